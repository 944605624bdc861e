"""An answer, looked at again: cost, coverage, floors, bound and, where few decide, the optimum.

Uses loops and exhaustive search alone. An answer is a dict with `built` and `signed` (sets of
indices, those in force left out), `objective`, `bound`, `gap` (the one asked for) and `proven`.
"""

from naive import design

MOST_DECISIONS = 12
TOLERANCE = 1e-9


def faults(case, answer):
    """Return what is wrong with an answer, as sentences; none when it holds."""
    built, signed = answer["built"], answer["signed"]
    weights = design.row_weights(case, built, signed)
    spent = design.cost(case, built, signed)
    reached = [design.coverage(*r["cells"], weights) for r in case["requirements"]]
    found = []
    if spent > case["budget"] * (1 + TOLERANCE):
        found.append(f"costs {spent}, the budget is {case['budget']}")
    for k, (have, requirement) in enumerate(zip(reached, case["requirements"], strict=True)):
        if have < requirement["at_least"] - TOLERANCE:
            found.append(f"requirement {k} reaches {have}, needs {requirement['at_least']}")
    value = spent if case["minimise_cost"] else reached[0]
    scale = max(abs(value), 1e-12)
    if abs(value - answer["objective"]) > TOLERANCE * max(scale, 1.0):
        found.append(f"objective is {value}, said to be {answer['objective']}")
    return found + _bound_faults(case, answer, value, scale)


def _bound_faults(case, answer, value, scale):
    sign = -1.0 if case["minimise_cost"] else 1.0
    ahead = sign * (answer["bound"] - value)
    found = []
    if ahead < -TOLERANCE * max(scale, 1.0):
        found.append(f"bound {answer['bound']} is on the wrong side of {value}")
    if answer["proven"] and ahead > answer["gap"] * scale * (1 + 1e-6) + TOLERANCE:
        found.append(f"said to be proven, but the bound is {answer['bound']} for {value}")
    decisions = len(case["cost"]) + len(case["fee"])
    if decisions <= MOST_DECISIONS:
        best = design.best(case)
        if sign * (best - answer["bound"]) > TOLERANCE * max(scale, 1.0):
            found.append(f"bound {answer['bound']} excludes the optimum {best}")
    return found
