"""Random small design questions, once as plain lists for the oracle and once as a Problem."""

import numpy as np

from kansoku.coverage.cells import Cells
from kansoku.design.problem import Arrangements, Candidates, Problem, Sites
from kansoku.design.terms import Count

CREDITS = ((1.0,), (1.0, 0.6, 0.3), (0.9, 0.9), (1.0, 0.5))


def cells_of(values, base, weight, total_weight, rows=None, planes=4):
    digits = np.stack([np.packbits((values >> p) & 1, axis=1) for p in range(planes)])
    return Cells(
        digits,
        base.astype(np.uint8),
        weight.astype(np.int64),
        int(total_weight),
        np.arange(len(values)) if rows is None else rows,
    )


def counted(name, values, base, weight, total_weight, credit, xp=np, **options):
    """Return form (a) over plain lists."""
    cells = cells_of(values, base, weight, total_weight)
    return Count(name, cells, credit, len(values), xp, **options)


def random_cells(rng, rows, partner_rows, count, credit):
    values = (rng.random((rows, count)) < 0.3) * rng.integers(1, len(credit) + 1, (rows, count))
    values[rows - partner_rows :] *= rng.integers(1, 5, (partner_rows, count))
    base = (rng.random(count) < 0.1).astype(int)
    weight = rng.integers(1, 50, count)
    return values, base, weight, int(weight.sum() + rng.integers(0, 100)), credit


def random_case(seed, floors=None, minimise_cost=False):
    """Return the oracle's case; everything follows from the seed."""
    rng = np.random.default_rng(seed)
    candidates, partners = int(rng.integers(4, 7)), int(rng.integers(0, 3))
    sites = int(rng.integers(0, 3))
    credit = CREDITS[seed % len(CREDITS)]
    offers = [(p, t) for p in range(partners) for t in (2, 3, 4) if rng.random() < 0.7]
    rows = [("candidate", i) for i in range(candidates)] + [("partner", p) for p in range(partners)]
    count = int(rng.integers(10, 40))
    prices = np.round(rng.uniform(1, 10, candidates), 1)
    fees = np.round(rng.uniform(1, 8, len(offers)), 1)
    objective = random_cells(rng, len(rows), partners, count, credit)
    requirements = [{"cells": objective, "at_least": 0.0}]
    for _ in range(int(rng.integers(0, 3)) if floors is None else floors):
        own = random_cells(rng, len(rows), partners, count, (1.0,))
        own[0][candidates:] = 0
        requirements.append({"cells": own, "at_least": float(np.round(rng.uniform(0.1, 0.55), 2))})
    if minimise_cost:
        requirements[0]["at_least"] = float(np.round(rng.uniform(0.2, 0.5), 2))
    return {
        "budget": np.inf if minimise_cost else float(np.round(prices.sum() * 0.45, 1)),
        "cost": prices,
        "site": [int(rng.integers(-1, sites)) for _ in range(candidates)],
        "opening": np.round(rng.uniform(0.5, 4, sites), 1),
        "partner": [p for p, _ in offers],
        "tier": [t for _, t in offers],
        "fee": fees,
        "in_force": [t == 2 and bool(rng.random() < 0.5) for _, t in offers],
        "alpha": [[0.0, 0.5, 0.8, 0.9, 1.0]] * partners,
        "rows": rows,
        "requirements": requirements,
        "minimise_cost": minimise_cost,
    }


def problem_of(case):
    """Return the same question as kansoku's own type."""
    objective, *floors = case["requirements"]
    kinds = np.array([kind == "candidate" for kind, _ in case["rows"]])
    index = np.array([k for _, k in case["rows"]])
    return Problem(
        budget_mjpy=case["budget"],
        candidates=Candidates(
            tuple(f"c{i}" for i in range(len(case["cost"]))),
            np.array(case["cost"]),
            np.array(case["site"], dtype=np.intp),
        ),
        sites=Sites(tuple(f"s{k}" for k in range(len(case["opening"]))), case["opening"]),
        partners=tuple(f"p{k}" for k in range(len(case["alpha"]))),
        arrangements=Arrangements(
            tuple(f"r{k}" for k in range(len(case["fee"]))),
            np.array(case["partner"], dtype=np.intp),
            np.array(case["tier"], dtype=np.intp),
            np.array(case["fee"]),
            np.array(case["in_force"], dtype=bool),
        ),
        tier_credit=np.array(case["alpha"], dtype=float).reshape(len(case["alpha"]), 5),
        row_candidate=np.where(kinds, index, -1),
        row_partner=np.where(kinds, -1, index),
        objective=counted("coverage", *objective["cells"]),
        floors=tuple(
            counted(f"floor {k}", *floor["cells"]) >= floor["at_least"]
            for k, floor in enumerate(floors)
        ),
        min_coverage=objective["at_least"] if case["minimise_cost"] else None,
    )
