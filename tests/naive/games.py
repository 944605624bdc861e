"""Shapley values by joining in every order, and answers with parts taken out, by loops."""

import itertools

from naive import design, programme


def shapley(count, worth):
    """Mean over all orders of what each player adds; `worth` takes a frozenset of players."""
    added = [0.0] * count
    orders = list(itertools.permutations(range(count)))
    for order in orders:
        inside = set()
        for player in order:
            before = worth(frozenset(inside))
            inside.add(player)
            added[player] += worth(frozenset(inside)) - before
    return [total / len(orders) for total in added]


def one_budget(case, built, signed, absent=(), highest=None):
    """Coverage of every requirement, partners absent and tiers capped where asked."""
    offered = [
        {
            "partner": p,
            "tier": min(case["tier"][r], (highest or {}).get(p, 5)),
            "stands": (case["in_force"][r] or r in signed) and p not in absent,
        }
        for r, p in enumerate(case["partner"])
    ]
    weights = []
    for kind, index in case["rows"]:
        if kind == "candidate":
            weights.append(1.0 if index in built else 0.0)
            continue
        best = max((o["tier"] for o in offered if o["partner"] == index and o["stands"]), default=0)
        weights.append(case["alpha"][index][best - 1] if best else 0.0)
    return [design.coverage(*one["cells"], weights) for one in case["requirements"]]


def without(case, decision, sensors=(), signed=(), absent=()):
    """A decision over years once some parts have left, with all that cannot stay without them."""
    years, agreed = case["years"], case["arrangements"]
    in_force = [list(row) for row in decision["in_force"]]
    for r, one in enumerate(agreed):
        partners = {
            p for p in range(case["partners"]) if one["received"][p] > 0 or one["given"][p] > 0
        }
        alone = bool(partners) and partners <= set(absent)
        today = one["in_force"]
        for t in range(years):
            today = today and decision["in_force"][r][t]
            if alone or (r in signed and not today):
                in_force[r][t] = False
    for t in range(years):
        for _ in agreed:
            for r, one in enumerate(agreed):
                if not all(any(in_force[o][t] for o in group) for group in one["needs"]):
                    in_force[r][t] = False
    ordered = [None if i in sensors else tau for i, tau in enumerate(decision["ordered"])]
    return {**decision, "ordered": ordered, "in_force": in_force}


def over_years(case, decision, absent=(), highest=None):
    """Objective of a decision, floors aside, its hosted sensors running only while agreed.

    Absent partners give nothing; tiers received are at most `highest` of a partner.
    """
    caps = {**(highest or {}), **dict.fromkeys(absent, 0)}
    capped = [
        {
            **one,
            "received": [min(q, caps.get(p, q)) for p, q in enumerate(one["received"])],
        }
        for one in case["arrangements"]
    ]
    seen = {**case, "arrangements": capped}
    reached = []
    for aim in case["aims"]:
        t = aim["year"]
        weights = [
            weight * hosted(case, decision, row["sensor"], t)
            for weight, row in zip(
                programme.weights(seen, decision, aim["view"], t), case["rows"], strict=True
            )
        ]
        reached.append(design.coverage(*aim["cells"], weights))
    total = sum(aim["worth"] * value for aim, value in zip(case["aims"], reached, strict=True))
    for tail in case["tails"]:
        values = [reached[number] for number in tail["aims"]]
        total += tail["worth"] * programme.worst_mean(values, tail["probability"], tail["gamma"])
    return total


def hosted(case, decision, sensor, t):
    """Whether the sensor of a row, if there is one, has its host's agreement in a year."""
    if sensor is None or case["sensors"][sensor]["host"] is None:
        return True
    return decision["in_force"][case["sensors"][sensor]["host"]][t]
