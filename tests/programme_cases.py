"""Random small programmes, once as plain lists for the oracle and once as a Programme."""

import math

import numpy as np

from design_cases import CREDITS, cells_of, counted, random_cells
from kansoku.design.programme import (
    Aim,
    Decision,
    Industry,
    Options,
    Places,
    Programme,
    Promise,
    Purses,
    Release,
    Rows,
    Service,
    Sharing,
    Tail,
    View,
)
from kansoku.design.terms import Distinct

NONE = -1
TIERS = 5
PROFILES = ([0.5, 0.8, 0.9, 1.0, 1.0], [0.0, 0.3, 0.7, 1.0, 1.0], [0.0, 0.0, 0.4, 0.9, 1.0])


def random_case(seed):
    """Return the oracle's case; everything follows from the seed."""
    rng = np.random.default_rng(seed)
    years = 3 if seed % 4 == 3 else 2
    sensors, agreed = (2, 2) if years == 3 else (int(rng.integers(2, 4)), int(rng.integers(1, 4)))
    partners, purses = int(rng.integers(1, 3)), int(rng.integers(1, 3))
    case = {
        "years": years,
        "tiers": TIERS,
        "partners": partners,
        "prices": [1.0, 1.1, 1.2][:years] if rng.random() < 0.5 else [1.0, 0.9, 0.8][:years],
        "sites": [random_site(rng, purses) for _ in range(2)],
        "suppliers": [random_supplier(rng) for _ in range(2)],
        "arrangements": [random_arrangement(rng, r, partners, purses) for r in range(agreed)],
        "excludes": [[0, 1]] if agreed > 1 and rng.random() < 0.25 else [],
    }
    case["sensors"] = [random_sensor(rng, i, case, purses) for i in range(sensors)]
    case["purses"] = [random_purse(rng, f, case) for f in range(purses)]
    case["worth_given"] = [PROFILES[int(rng.integers(3))] for _ in range(partners)]
    case["rows"] = random_rows(rng, sensors, partners)
    random_aims(rng, case, CREDITS[seed % len(CREDITS)])
    ask_for_some(np.random.default_rng([seed, 31]), case)
    delay_some(np.random.default_rng([seed, 47]), case)
    return case


def random_site(rng, purses):
    most = 1.0 if rng.random() < 0.2 else math.inf
    opening = float(np.round(rng.uniform(0.5, 4), 1))
    return {"opening": opening, "purse": int(rng.integers(purses)), "most": most}


def random_supplier(rng):
    if rng.random() < 0.6:
        return {"share": 1.0, "allowance": 0.0}
    return {"share": 0.5, "allowance": float(np.round(rng.uniform(0, 8), 1))}


def random_needs(rng, r):
    """Return groups of earlier arrangements, of each of which one is needed."""
    if r == 0 or rng.random() < 0.6:
        return []
    return [sorted({int(rng.integers(r)) for _ in range(2)})]


def random_arrangement(rng, r, partners, purses):
    return {
        "received": [int(rng.choice((0, 2, 3, 4))) for _ in range(partners)],
        "given": [int(rng.choice((0, 2, 4, 5))) for _ in range(partners)],
        "setup": float(np.round(rng.uniform(0, 3), 1)),
        "fee": float(np.round(rng.uniform(0.2, 2), 1)),
        "purse": int(rng.integers(purses)),
        "lead": int(rng.choice((0, 0, 1))),
        "term": int(rng.integers(1, 4)),
        "notice": int(rng.integers(0, 3)),
        "in_force": bool(rng.random() < 0.3),
        "needs": random_needs(rng, r),
        "onward": bool(rng.random() < 0.5),
    }


def ask_for_some(rng, case):
    """Let some arrangements be asked for, from a year on."""
    for agreed in case["arrangements"]:
        wanted = rng.random() < 0.15
        agreed["asked"] = int(rng.integers(agreed["lead"], case["years"])) if wanted else None


def delay_some(rng, case):
    """Let some sensors come late in the case of stress, in half of all programmes."""
    if rng.random() < 0.5:
        late = frozenset(i for i in range(len(case["sensors"])) if rng.random() < 0.7)
        for aim in case["aims"]:
            void, partner = aim["view"]
            if void:
                void = void if rng.random() < 0.5 else frozenset()
                aim["view"] = (void, partner, (late, int(rng.integers(1, 3))))


def random_sensor(rng, i, case, purses):
    standing = i == 0 and bool(rng.random() < 0.6)
    chosen = lambda count, often: int(rng.integers(count)) if rng.random() < often else None  # noqa: E731
    partners = case["partners"]
    return {
        "site": chosen(2, 0.7),
        "mount": chosen(1, 0.3),
        "supplier": chosen(2, 0.8),
        "purse": int(rng.integers(purses)),
        "payments": [0.0, 0.0] if standing else np.round(rng.uniform(1, 5, 2), 1).tolist(),
        "opex": float(np.round(rng.uniform(0, 1.5), 1)),
        "lead": int(rng.integers(0, 2)),
        "life": int(rng.integers(1, 5)),
        "earliest": int(rng.integers(0, 2)),
        "latest": int(rng.integers(1, 4)),
        "standing": standing,
        "retirable": standing and bool(rng.random() < 0.7),
        "staff": float(rng.integers(0, 3)),
        "host": chosen(len(case["arrangements"]), 0.2),
        "ceiling": [int(rng.choice((0, 3, 4, 5))) for _ in range(partners)],
        "slots": [float(rng.choice((0.0, 0.3, 0.5))) for _ in range(partners)],
        "reserve": float(rng.choice((0.4, 0.6))),
    }


def random_purse(rng, f, case):
    full = sum(sum(s["payments"]) for s in case["sensors"] if s["purse"] == f) + 4.0
    years = case["years"]
    limit = lambda often, low, high: (  # noqa: E731
        float(np.round(rng.uniform(low, high), 1)) if rng.random() < often else math.inf
    )
    return {
        "budget": [float(np.round(rng.uniform(0.2, 0.7) * full, 1)) for _ in range(years)],
        "carry_limit": float(rng.choice((0.0, 2.0, 20.0))),
        "carried_in": float(rng.choice((0.0, 1.0))),
        "authority": [limit(0.3, 0.5 * full, full) for _ in range(years)],
        "tail": limit(0.5, 0, 5),
        "staff": [limit(0.3, 1, 4) for _ in range(years)],
    }


def random_rows(rng, sensors, partners):
    """Our sensors, what partners have, one that both pay for, one that is always on."""
    profile = lambda: PROFILES[int(rng.integers(3))]  # noqa: E731
    rows = [{"sensor": i, "partner": None, "profile": [1.0] * TIERS} for i in range(sensors)]
    rows += [{"sensor": None, "partner": p, "profile": profile()} for p in range(partners)]
    shared = {"sensor": sensors - 1, "partner": 0, "profile": profile()}
    always = {"sensor": None, "partner": None, "profile": [1.0] * TIERS}
    return rows + [shared] * bool(rng.random() < 0.5) + [always] * bool(rng.random() < 0.4)


def random_aims(rng, case, credit):
    """Coverage in every year, stress and gain with floors, a promise, draws of the last year."""
    last, rows = case["years"] - 1, len(case["rows"])
    ours, gain = (frozenset(), None), (frozenset(), 0)
    stress = (frozenset({int(rng.integers(len(case["arrangements"])))}), None)

    def aim(year, view, worth, floor=0.0, credit=credit):
        cells = random_cells(rng, rows, 0, int(rng.integers(5, 12)), credit)
        return {"cells": cells, "year": year, "view": view, "worth": worth, "floor": floor}

    def level(often):
        return float(np.round(rng.uniform(0.02, 0.25), 2)) if rng.random() < often else 0.0

    aims = [aim(t, ours, float(rng.choice((0.5, 1.0)))) for t in range(case["years"])]
    aims.append(aim(last, stress, 0.3, level(0.4), (1.0,)))
    aims.append(aim(last, gain, 0.2, level(0.2), (1.0,)))
    case["promises"], case["tails"] = [], []
    if rng.random() < 0.5:
        arrangement = int(rng.integers(len(case["arrangements"])))
        promise = {"aim": len(aims) - 1, "arrangement": arrangement, "need": level(1.0)}
        case["promises"].append({**promise, "base": 0.0})
    if rng.random() < 0.5:
        numbers = list(range(len(aims), len(aims) + 3))
        aims += [aim(last, ours, 0.0) for _ in numbers]
        chances = [0.5, 0.25, 0.25]
        case["tails"].append(
            {
                "aims": numbers,
                "probability": chances,
                "worth": 0.5,
                "gamma": float(rng.choice((0, 0.6))),
            }
        )
    case["aims"] = aims


def by_sources(case):
    """Return a case whose coverage counts sources: ours, and every partner's, seen by each."""
    label = [row["partner"] if row["partner"] is not None else "ours" for row in case["rows"]]
    aims = []
    for aim in case["aims"]:
        values, base, *rest = aim["cells"]
        own = "ours" if aim["view"][1] is None else aim["view"][1]
        cells = (values, np.zeros_like(base), *rest)
        aims.append({**aim, "cells": cells, "sources": label, "own": own})
    return {**case, "aims": aims}


# --- as kansoku's own types


def programme_of(case):
    """Return the same question as a Programme."""
    return Programme(
        years=tuple(range(2027, 2027 + case["years"])),
        purses=purses_of(case),
        places=places_of(case),
        options=options_of(case),
        sharing=sharing_of(case),
        rows=Rows(
            indices(case["rows"], "sensor"),
            indices(case["rows"], "partner"),
            column(case["rows"], "profile", float, case["tiers"]),
        ),
        aims=tuple(aim_of(case, number) for number in range(len(case["aims"]))),
        release=Release(
            column(case["sensors"], "ceiling", int, case["partners"]),
            column(case["sensors"], "slots", float, case["partners"]),
            column(case["sensors"], "reserve"),
            np.array(case["worth_given"], dtype=float).reshape(case["partners"], case["tiers"]),
        ),
        industry=Industry(
            names("g", case["suppliers"]),
            column(case["suppliers"], "share"),
            column(case["suppliers"], "allowance"),
        ),
        promises=tuple(Promise(**promise) for promise in case["promises"]),
        services=tuple(
            Service(r, agreed["asked"])
            for r, agreed in enumerate(case["arrangements"])
            if agreed["asked"] is not None
        ),
        tails=tuple(
            Tail(tuple(t["aims"]), tuple(t["probability"]), t["worth"], t["gamma"])
            for t in case["tails"]
        ),
        escalation=np.array(case["prices"]),
    )


def names(letter, items):
    return tuple(f"{letter}{k}" for k in range(len(items)))


def column(items, key, kind=float, wide=None):
    values = np.array([item[key] for item in items], dtype=kind)
    return values if wide is None else values.reshape(len(items), wide)


def indices(items, key):
    found = [NONE if item[key] is None else item[key] for item in items]
    return np.array(found, dtype=np.intp)


def purses_of(case):
    purses, years = case["purses"], case["years"]
    return Purses(
        names("f", purses),
        column(purses, "budget", float, years),
        column(purses, "carry_limit"),
        column(purses, "carried_in"),
        column(purses, "authority", float, years),
        column(purses, "tail"),
        column(purses, "staff", float, years),
    )


def places_of(case):
    sites = case["sites"]
    opening, most = column(sites, "opening"), column(sites, "most")
    return Places(names("s", sites), opening, indices(sites, "purse"), most)


def options_of(case):
    sensors = case["sensors"]
    whole = {key: column(sensors, key, np.intp) for key in ("lead", "life", "earliest", "latest")}
    return Options(
        names=names("i", sensors),
        site=indices(sensors, "site"),
        mount=indices(sensors, "mount"),
        supplier=indices(sensors, "supplier"),
        purse=indices(sensors, "purse"),
        payments_mjpy=column(sensors, "payments", float, 2),
        opex_mjpy=column(sensors, "opex"),
        lead_years=whole["lead"],
        life_years=whole["life"],
        earliest=whole["earliest"],
        latest=whole["latest"],
        standing=column(sensors, "standing", bool),
        retirable=column(sensors, "retirable", bool),
        staff=column(sensors, "staff"),
        host=indices(sensors, "host"),
    )


def sharing_of(case):
    agreed, partners = case["arrangements"], case["partners"]
    return Sharing(
        names=names("r", agreed),
        partners=tuple(f"p{k}" for k in range(partners)),
        received=column(agreed, "received", np.intp, partners),
        given=column(agreed, "given", np.intp, partners),
        setup_mjpy=column(agreed, "setup"),
        fee_mjpy=column(agreed, "fee"),
        purse=indices(agreed, "purse"),
        lead_years=column(agreed, "lead", np.intp),
        term_years=column(agreed, "term", np.intp),
        notice_years=column(agreed, "notice", np.intp),
        in_force=column(agreed, "in_force", bool),
        needs=tuple(tuple(tuple(group) for group in a["needs"]) for a in agreed),
        excludes=tuple(tuple(group) for group in case["excludes"]),
        onward=column(agreed, "onward", bool),
    )


def aim_of(case, number):
    aim = case["aims"][number]
    void, partner, *late = aim["view"]
    name = "ours" if aim["view"] == (frozenset(), None) else f"{sorted(void)} {partner}"
    some, years = late[0] if late else ((), 0)
    partner = NONE if partner is None else partner
    view = View(name, tuple(sorted(void)), partner, tuple(sorted(some)), years)
    named = f"aim {number}"
    term = sourced(named, aim) if "sources" in aim else counted(named, *aim["cells"])
    return Aim(term, aim["year"], aim["worth"], aim["floor"], view)


def sourced(name, aim):
    """Return form (d) over plain lists."""
    values, base, weight, total_weight, credit = aim["cells"]
    cells = cells_of(values, base, weight, total_weight)
    beta = {aim["own"]: float(len(credit))} if aim["own"] in aim["sources"] else {}
    rows = len(values)
    return Distinct(name, cells, credit, aim["sources"], rows, beta, every_track=True)


def decision_of(case, decision):
    """Return the oracle's decision as a Decision."""
    years = case["years"]
    tasked = np.zeros((len(case["sensors"]), case["partners"], years), dtype=bool)
    for place in decision["tasked"]:
        tasked[place] = True
    ordered = [NONE if tau is None else tau for tau in decision["ordered"]]
    return Decision(
        np.array(ordered, dtype=np.intp),
        np.array(decision["kept"], dtype=bool).reshape(len(ordered), years),
        np.array(decision["in_force"], dtype=bool).reshape(-1, years),
        tasked,
    )
