"""Random small design questions of all coverage functions mixed, for the oracle and as Problems."""

import numpy as np

from design_terms_cases import CONCAVE, FORMS, random_joined, random_seen, term_of
from kansoku.design.problem import Arrangements, Candidates, Problem, Sites
from naive import terms as naive

PARTLY = (0.0, 0.5, 0.8, 0.9, 1.0)
NEVER = (0.0,) * 5


def from_tier(tier):
    """The profile of a row that is on from a tier on."""
    return tuple(float(q >= tier) for q in range(1, 6))


def _rows(rng, candidates, partners, whole):
    """Rows, their profiles, and which are tiers of one contributor."""
    rows, profile, tiers = [("candidate", i) for i in range(candidates)], [NEVER] * candidates, []
    for p in range(partners):
        if rng.random() < 0.5:
            tiers.append((len(rows), len(rows) + 1))
            rows += [("partner", p)] * 2
            profile += [from_tier(2), from_tier(4)]
        else:
            rows.append(("partner", p))
            profile.append(from_tier(int(rng.integers(2, 4))) if whole else PARTLY)
    if rng.random() < 0.4:
        rows.append(("always", 0))
        profile.append(NEVER)
    return rows, profile, tiers


def mixed_case(seed):
    """Return the oracle's case; everything follows from the seed."""
    rng = np.random.default_rng([seed, 7])
    candidates, partners = int(rng.integers(3, 6)), int(rng.integers(0, 3))
    sites, whole = int(rng.integers(0, 3)), bool(rng.random() < 0.6)
    rows, profile, tiers = _rows(rng, candidates, partners, whole)
    offers = [(p, t) for p in range(partners) for t in (2, 3, 4) if rng.random() < 0.6]
    cost = np.round(rng.uniform(1, 10, candidates), 1)
    case = {
        "cost": cost,
        "site": [int(rng.integers(-1, sites)) for _ in range(candidates)],
        "opening": np.round(rng.uniform(0.5, 4, sites), 1),
        "partners": partners,
        "partner": [p for p, _ in offers],
        "tier": [t for _, t in offers],
        "fee": np.round(rng.uniform(1, 8, len(offers)), 1),
        "in_force": [t == 2 and bool(rng.random() < 0.5) for _, t in offers],
        "rows": rows,
        "profile": profile,
        "minimise_cost": bool(rng.random() < 0.2),
    }
    case["budget"] = np.inf if case["minimise_cost"] else float(np.round(cost.sum() * 0.5, 1))
    case["requirements"] = _requirements(rng, case, tiers, whole)
    return case


def _requirements(rng, case, tiers, whole):
    """An objective and up to two floors below what everything together reaches."""
    most = naive.row_weights(case, set(range(len(case["cost"]))), [5] * case["partners"])
    requirements = []
    for k in range(1 + int(rng.integers(0, 3))):
        seen = random_seen(rng, len(case["rows"]), int(rng.integers(6, 20)))
        forms = FORMS if whole else CONCAVE
        term = random_joined(rng, seen, forms, tiers, depth=2 if k == 0 else 1)
        share = 0.0 if k == 0 and not case["minimise_cost"] else rng.uniform(0.2, 0.8)
        requirements.append((term, float(np.round(share * naive.value(term, most), 3))))
    return requirements


def problem_of(case):
    """Return the same question as kansoku's own type."""
    objective, *floors = case["requirements"]
    kind = np.array([kind for kind, _ in case["rows"]])
    index = np.array([k for _, k in case["rows"]], dtype=np.intp)
    return Problem(
        budget_mjpy=case["budget"],
        candidates=Candidates(
            tuple(f"c{i}" for i in range(len(case["cost"]))),
            case["cost"],
            np.array(case["site"], dtype=np.intp),
        ),
        sites=Sites(tuple(f"s{k}" for k in range(len(case["opening"]))), case["opening"]),
        partners=tuple(f"p{k}" for k in range(case["partners"])),
        arrangements=Arrangements(
            tuple(f"r{k}" for k in range(len(case["fee"]))),
            np.array(case["partner"], dtype=np.intp),
            np.array(case["tier"], dtype=np.intp),
            case["fee"],
            np.array(case["in_force"], dtype=bool),
        ),
        tier_credit=np.array([PARTLY] * case["partners"]).reshape(case["partners"], 5),
        row_candidate=np.where(kind == "candidate", index, -1),
        row_partner=np.where(kind == "partner", index, -1),
        row_profile=np.array(case["profile"]),
        objective=term_of(objective[0]),
        floors=tuple(
            term_of(term, f"floor {k}") >= at_least for k, (term, at_least) in enumerate(floors)
        ),
        min_coverage=objective[1] if case["minimise_cost"] else None,
    )
