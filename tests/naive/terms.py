"""Every closed coverage function by loops, written from section 4 of the formulation.

A requirement is a dictionary; `values[j][d]` are tracks of row j in cell d, `base[d]` tracks that
are always there, `w[j]` row weights. `f` is the value of one cell, between 0 and 1.
"""

import itertools
import math


def credited(tracks, credit):
    """sum_m phi_m clip(N - m + 1, 0, 1)."""
    return sum(c * min(max(tracks - m, 0.0), 1.0) for m, c in enumerate(credit))


def tracks_of(term, d, w):
    return term["base"][d] + sum(term["values"][j][d] * w[j] for j in range(len(w)))


def count(term, d, w):
    return credited(tracks_of(term, d, w), term["credit"]) / sum(term["credit"])


def best(term, d, w):
    """Fill K places in falling alpha; a contributor offers a_q - a_(q+1) at the worth of tier q."""
    offers = [(1.0, term["base"][d])]
    for contributor in set(term["contributor"]):
        rows = [j for j in range(len(w)) if term["contributor"][j] == contributor]
        rows.sort(key=lambda j: term["alpha"][j])
        for j, richer in zip(rows, [*rows[1:], None], strict=True):
            active = w[j] - (w[richer] if richer is not None else 0.0)
            offers.append((term["alpha"][j], term["values"][j][d] * active))
    left, worth = float(term["places"]), 0.0
    for alpha, amount in sorted(offers, key=lambda offer: -offer[0]):
        taken = min(amount, left)
        worth, left = worth + alpha * taken, left - taken
    return worth / term["places"]


def distinct(term, d, w):
    total = 0.0
    for h in set(term["group"]):
        members = [j for j in range(len(w)) if term["group"][j] == h]
        most = math.inf if term["every_track"] else 1
        seen = sum(min(term["values"][j][d], most) * w[j] for j in members)
        total += term["beta"].get(h, 1.0) * min(1.0, seen)
    return credited(total, term["credit"]) / sum(term["credit"])


def miss(term, d, w):
    missed = math.exp(-term["step"] * term["base"][d])
    for j in range(len(w)):
        missed *= math.exp(-term["step"] * term["values"][j][d]) ** w[j]
    return 1.0 - missed


def strict(term, d, w):
    """All or nothing; between designs its concave bound."""
    tracks = tracks_of(term, d, w)
    if all(worth in (0.0, 1.0) for worth in w):
        return 1.0 if tracks >= term["tracks"] else 0.0
    return min(tracks / term["tracks"], 1.0)


def all_of(term, d, w):
    return min(FORMS[part["form"]](part, d, w) for part in term["parts"])


FORMS = {
    "count": count,
    "best": best,
    "distinct": distinct,
    "miss": miss,
    "strict": strict,
    "all_of": all_of,
}


def value(term, w):
    """F(w); joined requirements by their definitions."""
    form = term["form"]
    if form == "mean":
        shares = term["shares"]
        return sum(s * value(t, w) for s, t in zip(shares, term["parts"], strict=True)) / sum(
            shares
        )
    if form == "least":
        return min(value(part, w) for part in term["parts"])
    if form == "without":
        left = [0.0 if j in term["lost"] else w[j] for j in range(len(w))]
        return value(term["part"], left)
    weighed = sum(omega * FORMS[form](term, d, w) for d, omega in enumerate(term["weight"]))
    return weighed / term["total_weight"]


def row_weights(case, built, tiers):
    """1 for what is built or always on, the profile of the row at the tier for a partner."""
    worth = []
    for (kind, index), profile in zip(case["rows"], case["profile"], strict=True):
        if kind == "candidate":
            worth.append(1.0 if index in built else 0.0)
        elif kind == "always":
            worth.append(1.0)
        else:
            worth.append(profile[tiers[index] - 1] if tiers[index] else 0.0)
    return worth


def tiers_of(case, signed):
    """Return the richest tier of each partner, 0 for none."""
    tiers = [0] * case["partners"]
    for r, active in enumerate(case["in_force"]):
        if active or r in signed:
            tiers[case["partner"][r]] = max(tiers[case["partner"][r]], case["tier"][r])
    return tiers


def subsets(case):
    """Every set of candidates with every set of arrangements that are not in force."""
    offers = [r for r, active in enumerate(case["in_force"]) if not active]
    for built in itertools.product((False, True), repeat=len(case["cost"])):
        for signed in itertools.product((False, True), repeat=len(offers)):
            chosen = {r for r, is_signed in zip(offers, signed, strict=True) if is_signed}
            if len({case["partner"][r] for r in chosen}) == len(chosen):
                yield {i for i, is_built in enumerate(built) if is_built}, chosen


def cost_of(case, built, signed):
    sites = {case["site"][i] for i in built} - {-1}
    paid = sum(case["cost"][i] for i in built) + sum(case["opening"][s] for s in sites)
    return paid + sum(case["fee"][r] for r in signed)


def best_design(case):
    """Return the best score (coverage, or cost when minimised) of all designs, None if none."""
    scores = []
    for built, signed in subsets(case):
        paid = cost_of(case, built, signed)
        if paid > case["budget"] + 1e-9:
            continue
        w = row_weights(case, built, tiers_of(case, signed))
        reached = [value(term, w) for term, _ in case["requirements"]]
        needed = [at_least for _, at_least in case["requirements"]]
        if all(have >= need - 1e-11 for have, need in zip(reached, needed, strict=True)):
            scores.append(paid if case["minimise_cost"] else reached[0])
    if not scores:
        return None
    return min(scores) if case["minimise_cost"] else max(scores)
