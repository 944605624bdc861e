"""Any answer of the optimiser, looked at again in plain NumPy, written from the formulation.

A question is a dictionary: prices, who is at which site, arrangements, rows, and requirements as
(term, at_least) with terms as dictionaries by form; `planes` are binary digits of tracks packed
along cells. An answer is a dictionary with the fields of a portfolio. Slots (form g) are solved as
the linear program of section 6 (viii), so that what an assignment is said to reach can be no more.
"""

import itertools

import numpy as np
from scipy.optimize import linprog
from scipy.sparse import coo_array

MOST_DECISIONS = 12
MOST_LOOKS = 3_000  # designs x requirements in one exhaustive search
MOST_READ = 2e7  # designs x rows x cells
MOST_ENTRIES = 20_000  # of the linear programs of one requirement
EXACT, ROUNDED = 1e-9, 3e-6  # the optimiser keeps six decimals of a worth


def row(term, j):
    """Tracks of row j of the term in each cell."""
    digits = np.unpackbits(term["planes"][:, j], axis=1, count=len(term["weight"]))
    return 2.0 ** np.arange(len(digits)) @ digits


def credited(tracks, credit):
    """sum_m phi_m clip(N - m + 1, 0, 1)."""
    return sum(phi * np.clip(tracks - m, 0.0, 1.0) for m, phi in enumerate(credit))


def tracks_of(term, w):
    tracks = term["base"].astype(float)
    for j in np.flatnonzero(w[term["rows"]] > 0):
        tracks += w[term["rows"][j]] * row(term, j)
    return tracks


def count(term, w):
    return credited(tracks_of(term, w), term["credit"]) / sum(term["credit"])


def best(term, w):
    """Fill K places in falling alpha; a tier offers its tracks less those of the next richer."""
    own = w[term["rows"]]
    offers = [(1.0, term["base"].astype(float))]
    for contributor in set(term["contributor"]):
        tiers = [j for j in range(len(own)) if term["contributor"][j] == contributor]
        tiers.sort(key=lambda j: term["alpha"][j])
        for j, richer in zip(tiers, [*tiers[1:], None], strict=True):
            active = own[j] - (own[richer] if richer is not None else 0.0)
            offers.append((term["alpha"][j], active * row(term, j)))
    left, worth = np.full(len(term["weight"]), float(term["places"])), 0.0
    for alpha, amount in sorted(offers, key=lambda offer: -offer[0]):
        taken = np.minimum(amount, left)
        worth, left = worth + alpha * taken, left - taken
    return worth / term["places"]


def distinct(term, w):
    total = 0.0
    for h in set(term["group"]):
        members = [j for j in range(len(term["rows"])) if term["group"][j] == h]
        most = np.inf if term["every_track"] else 1
        seen = sum(np.minimum(row(term, j), most) * w[term["rows"][j]] for j in members)
        total = total + term["beta"].get(h, 1.0) * np.minimum(1.0, seen)
    return credited(total, term["credit"]) / sum(term["credit"])


def miss(term, w):
    return 1.0 - np.exp(-term["step"] * tracks_of(term, w))


def strict(term, w):
    return (tracks_of(term, w) >= term["tracks"]).astype(float)


def all_of(term, w):
    return np.min([PER_CELL[part["form"]](part, w) for part in term["parts"]], axis=0)


PER_CELL = {
    "count": count,
    "best": best,
    "distinct": distinct,
    "miss": miss,
    "strict": strict,
    "all_of": all_of,
}


def value(term, w):
    """F(w) at the row weights of a design."""
    form = term["form"]
    if form == "sum":
        parts = zip(term["shares"], term["parts"], strict=True)
        return sum(share * value(part, w) for share, part in parts)
    if form == "least":
        return min(value(part, w) for part in term["parts"])
    if form == "without":
        left = w.copy()
        left[term["lost"]] = 0.0
        return value(term["part"], left)
    if form == "capacity":
        return sum(shift_credit(shift, term["credit"], w) for shift in term["shifts"]) / (
            term["total_weight"] * sum(term["credit"])
        )
    if not len(term["weight"]):
        return 0.0
    return float(term["weight"] @ PER_CELL[form](term, w) / max(term["total_weight"], 1))


def shift_credit(shift, credit, w):
    """max sum_dm omega_d phi_m z_dm within slots; z and u count all objects of a cell."""
    active = np.flatnonzero((w[shift["row"]] > 0) & (shift["slots"][shift["row"]] > 0))
    if not len(active):
        return 0.0
    by, of = shift["row"][active], shift["cell"][active]
    cells, steps, pairs = len(shift["objects"]), len(credit), len(active)
    taken = pairs + np.arange(cells * steps)
    users, used = np.unique(by, return_inverse=True)
    line = np.concatenate([of, np.repeat(np.arange(cells), steps), cells + used])
    column = np.concatenate([np.arange(pairs), taken, np.arange(pairs)])
    sign = np.concatenate([-np.ones(pairs), np.ones(cells * steps), np.ones(pairs)])
    right = np.concatenate([np.zeros(cells), (shift["slots"] * w)[users]])
    most = np.concatenate(
        [shift["tracks"][active] * w[by] * shift["objects"][of], np.repeat(shift["objects"], steps)]
    )
    gain = np.concatenate([np.zeros(pairs), -np.outer(shift["worth"], credit).ravel()])
    matrix = coo_array((sign, (line, column)), shape=(len(right), len(most))).tocsr()
    found = linprog(gain, A_ub=matrix, b_ub=right, bounds=np.stack([0 * most, most], axis=1))
    assert found.status == 0
    return -found.fun


def shifts_in(term):
    """All shifts of a term and its parts."""
    parts = [*term.get("parts", ()), *([term["part"]] if "part" in term else [])]
    return [*term.get("shifts", ()), *(one for part in parts for one in shifts_in(part))]


def size(term):
    """Rows x cells that one look at a term reads."""
    parts = [*term.get("parts", ()), *([term["part"]] if "part" in term else [])]
    own = term["planes"].shape[1] * len(term["weight"]) if "planes" in term else 0
    return own + sum(size(part) for part in parts)


def cost(question, built, signed):
    """Candidates, the sites they open, and arrangements not in force."""
    sites = {question["site"][i] for i in built} - {-1}
    paid = sum(question["cost"][i] for i in built) + sum(question["opening"][s] for s in sites)
    return float(paid + sum(question["fee"][r] for r in signed if not question["in_force"][r]))


def row_weights(question, built, signed):
    """1 for what is built or always on, the profile at the richest tier received for a partner."""
    tiers = {}
    for r, active in enumerate(question["in_force"]):
        if active or r in signed:
            p = question["partner"][r]
            tiers[p] = max(tiers.get(p, 0), question["tier"][r])
    worth = np.ones(len(question["row_candidate"]))
    for j, (i, p) in enumerate(
        zip(question["row_candidate"], question["row_partner"], strict=True)
    ):
        if i >= 0:
            worth[j] = float(i in built)
        elif p >= 0:
            worth[j] = question["profile"][j][tiers[p] - 1] if p in tiers else 0.0
    return worth


def too_near(question, built, signed):
    """Whether a design differs too little from one that is excluded."""
    new = {r for r in signed if not question["in_force"][r]}
    for other, arranged, differ in question["excluded"]:
        old = {r for r in arranged if not question["in_force"][r]}
        if len(built ^ other) + len(new ^ old) < differ:
            return True
    return False


def offers(question):
    """At most one new arrangement a partner."""
    new = [r for r, active in enumerate(question["in_force"]) if not active]
    by_partner = [
        [None, *(r for r in new if question["partner"][r] == p)]
        for p in sorted({question["partner"][r] for r in new})
    ]
    for chosen in itertools.product(*by_partner):
        yield {r for r in chosen if r is not None}


def optimum(question):
    """Return the best score of all designs, None if none."""
    scores, count = [], len(question["cost"])
    for picked in itertools.product((False, True), repeat=count):
        built = {i for i in range(count) if picked[i]}
        for signed in offers(question):
            paid = cost(question, built, signed)
            if paid > question["budget"] * (1 + EXACT) or too_near(question, built, signed):
                continue
            w = row_weights(question, built, signed)
            reached = [value(term, w) for term, _ in question["requirements"]]
            needed = [at_least for _, at_least in question["requirements"]]
            if all(have >= need - 1e-11 for have, need in zip(reached, needed, strict=True)):
                scores.append(paid if question["minimises_cost"] else reached[0])
    if not scores:
        return None
    return min(scores) if question["minimises_cost"] else max(scores)


def is_small(question):
    """Whether exhaustive search takes less than about a second."""
    new = sum(not active for active in question["in_force"])
    decisions = len(question["cost"]) + new
    terms = [term for term, _ in question["requirements"]]
    if decisions > MOST_DECISIONS or any(shifts_in(term) for term in terms):
        return False
    designs = 2 ** len(question["cost"]) * sum(1 for _ in offers(question))
    read = designs * sum(size(term) for term in terms)
    return designs * len(terms) <= MOST_LOOKS and read <= MOST_READ


def faults(question, answer):
    """Return what is wrong with an answer, as sentences; none when it holds."""
    built, signed = answer["built"], answer["signed"]
    near = ROUNDED if question["rounded"] else EXACT
    found = _names(question, answer) + _money(question, answer)
    if too_near(question, built, signed):
        found.append("the design is too near an excluded one")
    w = row_weights(question, built, signed)
    if len(answer["coverage"]) != len(question["requirements"]):
        found.append(f"{len(answer['coverage'])} coverages are told")
    for k, ((term, at_least), said) in enumerate(
        zip(question["requirements"], answer["coverage"], strict=False)
    ):
        found += _coverage(term, w, k, said, near)
        if said < at_least - near:
            found.append(f"requirement {k} reaches {said}, needs {at_least}")
    return found + _bound(question, answer, w, near)


def _names(question, answer):
    found = []
    for key, chosen in (
        ("chosen", answer["built"]),
        ("arrangements", answer["signed"] | set(np.flatnonzero(question["in_force"]).tolist())),
        ("sites", {question["site"][i] for i in answer["built"]} - {-1}),
    ):
        meant = [question["names"][key][k] for k in sorted(chosen)]
        if list(answer[key]) != meant:
            found.append(f"{key} are {list(answer[key])}, the design says {meant}")
    return found


def _money(question, answer):
    spent, found = cost(question, answer["built"], answer["signed"]), []
    if abs(spent - answer["cost_mjpy"]) > EXACT * max(spent, 1.0):
        found.append(f"cost is {spent}, said to be {answer['cost_mjpy']}")
    if spent > question["budget"] * (1 + 2 * EXACT):
        found.append(f"costs {spent}, the budget is {question['budget']}")
    return found


def _coverage(term, w, k, said, near):
    shifts = shifts_in(term)
    if sum(len(shift["row"]) for shift in shifts) > MOST_ENTRIES:
        return [] if 0.0 <= said <= 1.0 else [f"requirement {k} is said to reach {said}"]
    have = value(term, w)
    # With slots an assignment that was carried out is told, which may fall short of the best one
    wrong = said > have + 1e-6 if shifts else abs(said - have) > near
    return [f"requirement {k} reaches {have}, said to be {said}"] if wrong else []


def _bound(question, answer, w, near):
    sign = -1.0 if question["minimises_cost"] else 1.0
    objective, bound = answer["objective"], answer["bound"]
    scale = max(abs(objective), 1e-12)
    told = answer["cost_mjpy"] if question["minimises_cost"] else answer["coverage"][0]
    found = []
    if abs(objective - told) > EXACT * max(scale, 1.0):
        found.append(f"objective is {told}, said to be {objective}")
    if sign * (bound - objective) < -EXACT * max(scale, 1.0):
        found.append(f"bound {bound} is on the wrong side of {objective}")
    gap = abs(bound - objective) / scale
    if abs(gap - answer["gap"]) > EXACT * max(gap, 1.0):
        found.append(f"gap is {gap}, said to be {answer['gap']}")
    if answer["proven"] != (answer["gap"] <= answer["asked_gap"]):
        found.append(f"proven is {answer['proven']} at a gap of {answer['gap']}")
    if answer["proven"] != (answer["status"] == "gap_reached"):
        found.append(f"status is {answer['status']}, proven is {answer['proven']}")
    if is_small(question):
        best = optimum(question)
        if best is None or sign * (best - bound) > near * max(scale, 1.0):
            found.append(f"bound {bound} excludes the optimum {best}")
        elif sign * (objective - best) > near * max(scale, 1.0):
            found.append(f"objective {objective} is better than the optimum {best}")
    return found
