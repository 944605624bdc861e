"""Coverage by loops and designs by exhaustive search, written from the formulation.

Section 4: forms (a) and (b) with nested tiers; section 3: budget, sites, access, exclusivity.
"""

import itertools


def credited(tracks, credit):
    """f(N) = sum_m credit_m clip(N - m + 1, 0, 1)."""
    return sum(c * min(max(tracks - m, 0.0), 1.0) for m, c in enumerate(credit))


def coverage(values, base, weight, total_weight, credit, row_weights):
    """F(w) for values[j][d] tracks of row j in cell d."""
    covered = 0.0
    for d in range(len(weight)):
        tracks = base[d] + sum(values[j][d] * row_weights[j] for j in range(len(values)))
        covered += weight[d] * credited(tracks, credit)
    return covered / (total_weight * sum(credit))


def cost(case, built, signed):
    """Candidates, the sites they open, and new arrangements."""
    paid = sum(case["cost"][i] for i in built)
    paid += sum(case["opening"][s] for s in {case["site"][i] for i in built} if s >= 0)
    return paid + sum(case["fee"][r] for r in signed if not case["in_force"][r])


def row_weights(case, built, signed):
    """1 for what is built, the credit of the richest tier for a partner."""
    in_force = {r for r, active in enumerate(case["in_force"]) if active}
    worth = []
    for kind, index in case["rows"]:
        if kind == "candidate":
            worth.append(1.0 if index in built else 0.0)
        else:
            tiers = [case["tier"][r] for r in in_force | set(signed) if case["partner"][r] == index]
            worth.append(case["alpha"][index][max(tiers) - 1] if tiers else 0.0)
    return worth


def designs(case):
    """Every set of candidates with at most one new arrangement a partner."""
    partners = range(len(case["alpha"]))
    offers = [
        [None, *(r for r, p in enumerate(case["partner"]) if p == q and not case["in_force"][r])]
        for q in partners
    ]
    count = len(case["cost"])
    for built in itertools.product((False, True), repeat=count):
        chosen = {i for i in range(count) if built[i]}
        for signed in itertools.product(*offers):
            yield chosen, {r for r in signed if r is not None}


def difference(design, elements):
    """Number of candidates ("x", i) and new arrangements ("m", r) in one of two designs only."""
    built, signed = design
    return len(({("x", i) for i in built} | {("m", r) for r in signed}) ^ elements)


def best(case, known=(), differ=0):
    """Return the best score (coverage, or cost when minimised) over all designs, None if none.

    Designs that differ from a known one in fewer than `differ` elements do not count.
    """
    scores = []
    for built, signed in designs(case):
        if any(difference((built, signed), elements) < differ for elements in known):
            continue
        spent = cost(case, built, signed)
        if spent > case["budget"] + 1e-9:
            continue
        weights = row_weights(case, built, signed)
        reached = [coverage(*requirement["cells"], weights) for requirement in case["requirements"]]
        floors = [requirement["at_least"] for requirement in case["requirements"]]
        if all(have >= need - 1e-11 for have, need in zip(reached, floors, strict=True)):
            scores.append(spent if case["minimise_cost"] else reached[0])
    if not scores:
        return None
    return min(scores) if case["minimise_cost"] else max(scores)
