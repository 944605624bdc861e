"""One hand-worked question a constraint family, with the best answer with and without the family.

docs/programme.md works them out. Each row of the matrix sees one cell of its own; of a demand of 10
`sees` gives the weight of each. The objective is coverage of year 0 plus coverage of year 1.
"""

import math
from dataclasses import dataclass

import numpy as np

OURS, GAIN = (frozenset(), None), (frozenset(), 0)
TIERS = 5


@dataclass(frozen=True)
class Example:
    """A case, its optimum, and its optimum once the family is left out."""

    case: dict
    best: float
    without: float

    @property
    def implied(self):
        """Whether the other families imply this one."""
        return self.best == self.without


def sensor(**facts):
    plain = {"site": None, "mount": None, "supplier": None, "purse": 0, "payments": [4.0, 0.0]}
    times = {"opex": 0.0, "lead": 0, "life": 9, "earliest": 0, "latest": 9, "staff": 0.0}
    state = {"standing": False, "retirable": False, "host": None}
    shared = {"ceiling": [5, 5], "slots": [0.0, 0.0], "reserve": 0.0}
    return {**plain, **times, **state, **shared, **facts}


def standing(**facts):
    return sensor(**{"payments": [0.0, 0.0], "standing": True, **facts})


def agreed(**facts):
    tiers = {"received": [5, 0], "given": [5, 0]}
    money = {"setup": 0.0, "fee": 1.0, "purse": 0, "lead": 0, "term": 1, "notice": 0}
    bonds = {"in_force": False, "needs": [], "onward": False, "asked": None}
    return {**tiers, **money, **bonds, **facts}


def own(i):
    return {"sensor": i, "partner": None, "profile": [1.0] * TIERS}


def theirs(p, sensor=None):
    return {"sensor": sensor, "partner": p, "profile": [1.0] * TIERS}


def aim(year, sees, view=OURS, worth=1.0, floor=0.0):
    count = len(sees)
    cells = (np.eye(count, dtype=int), np.zeros(count), np.array(sees), 10, (1.0,))
    return {"cells": cells, "year": year, "view": view, "worth": worth, "floor": floor}


def question(rows, sees, view=OURS, **parts):
    purse = {"budget": [10.0, 10.0], "carry_limit": 0.0, "carried_in": 0.0, "tail": math.inf}
    limits = {"authority": [math.inf] * 2, "staff": [math.inf] * 2}
    case = {
        "years": 2,
        "tiers": TIERS,
        "partners": 2,
        "prices": [1.0, 1.0],
        "sites": [],
        "suppliers": [],
        "sensors": [],
        "arrangements": [],
        "excludes": [],
        "worth_given": [[1.0] * TIERS] * 2,
        "rows": rows,
        "aims": [aim(t, sees, view) for t in (0, 1)],
        "promises": [],
        "tails": [],
    }
    return {**case, **parts, "purses": [{**purse, **limits, **parts.pop("purse", {})}]}


def of_sensors(*sensors, **parts):
    """A (and B) that see 6 (and 4) of 10."""
    count = len(sensors)
    rows, sees = [own(i) for i in range(count)], [6, 4][:count]
    return question(rows, sees, sensors=list(sensors), **parts)


RICHER_IS_BETTER = [0.0, 0.0, 0.6, 0.6, 1.0]  # worth of a track by tier


def of_partner(*arrangements, **parts):
    """A partner who sees 5 of 10."""
    return question([theirs(0)], [5], arrangements=list(arrangements), **parts)


def gain(*arrangements, of, **parts):
    """What partner 0 gets of a sensor of ours that sees 6 of 10."""
    return question([own(0)], [6], GAIN, sensors=[of], arrangements=list(arrangements), **parts)


def passed(arrangement):
    """What partner 0 gets of partner 1, who sees 5 of 10."""
    return question([theirs(1)], [5], GAIN, arrangements=[arrangement])


def shared(sensor, arrangement):
    """A sensor that we pay for and receive through a partner, who sees 5 of 10 with it."""
    return question([theirs(0, 0)], [5], sensors=[sensor], arrangements=[arrangement])


def site(opening, most=math.inf):
    return [{"opening": opening, "purse": 0, "most": most}]


def of_suppliers():
    both = [{"share": 0.5, "allowance": 0.0}] * 2
    budget = {"budget": [4.0, 0.0]}
    return of_sensors(sensor(supplier=0), sensor(supplier=1), suppliers=both, purse=budget)


def of_draws():
    draws = [aim(0, [6], worth=0.0), aim(0, [2], worth=0.0)]
    tail = {"aims": [0, 1], "probability": [0.5, 0.5], "worth": 1.0, "gamma": 0.5}
    return of_sensors(standing(), aims=draws, tails=[tail])


def with_floor():
    aims = [aim(0, [6, 4]), aim(1, [6, 4]), aim(0, [0, 4], worth=0.0, floor=0.4)]
    return of_sensors(sensor(), sensor(), aims=aims, purse={"budget": [4.0, 0.0]})


def with_promise():
    aims = [aim(0, [5]), aim(1, [5]), aim(0, [0], GAIN, 0.0), aim(1, [0], GAIN, 0.0)]
    promises = [{"aim": n, "arrangement": 0, "need": 0.3, "base": 0.0} for n in (2, 3)]
    return of_partner(agreed(), aims=aims, promises=promises)


def tasked(sensor_facts):
    worth = [[0.0, 0.0, 0.4, 0.9, 1.0]] * 2
    return gain(agreed(), of=standing(**sensor_facts), worth_given=worth)


HALF = {"slots": [0.5, 0.0], "reserve": 0.6}
BEYOND = 11.0  # more than a year's budget

EXAMPLES = {
    "ordered_once": Example(of_sensors(sensor(life=1)), 0.6, 1.2),
    "one_sensor_a_mount": Example(of_sensors(sensor(mount=0), sensor(mount=0)), 1.2, 2.0),
    "ordered_only_at_open_site": Example(of_sensors(sensor(site=0), sites=site(7.0)), 0.0, 1.2),
    "site_stays_open": Example(
        of_sensors(
            sensor(site=0, opex=1.0, latest=0), sites=site(5.0), purse={"budget": [10.0, 0.0]}
        ),
        0.0,
        1.2,
    ),
    "site_opened_by_an_order": Example(
        of_sensors(
            sensor(site=0, payments=[5.0, 0.0], earliest=1),
            sites=site(5.0),
            purse={"budget": [5.0, 5.0]},
        ),
        0.0,
        0.6,
    ),
    "site_has_room": Example(
        of_sensors(sensor(site=0), sensor(site=0), sites=site(0.0, 1.0)), 1.2, 2.0
    ),
    "retired_for_good": Example(
        of_sensors(standing(retirable=True, opex=1.0), purse={"budget": [0.0, 1.0]}), 0.0, 0.6
    ),
    "hosted_while_agreed": Example(
        of_sensors(sensor(host=0), arrangements=[agreed(fee=7.0)]), 0.0, 1.2
    ),
    "spent_within_budget": Example(
        of_sensors(sensor(), sensor(), purse={"budget": [7.0, 0.0]}), 1.2, 2.0
    ),
    "committed_within_authority": Example(
        of_sensors(sensor(payments=[2.0, 6.0]), purse={"authority": [7.0, 7.0]}), 0.0, 1.2
    ),
    "left_to_pay_within_tail": Example(
        of_sensors(sensor(payments=[2.0, 6.0], earliest=1), purse={"tail": 5.0}), 0.0, 0.6
    ),
    "kept_for_its_term": Example(
        of_partner(agreed(fee=3.0, term=2), purse={"budget": [3.0, 0.0]}), 0.0, 0.5
    ),
    "in_force_once_started": Example(
        of_partner(agreed(setup=6.0), purse={"budget": [5.0, 5.0]}), 0.0, 1.0
    ),
    "needs_another": Example(
        of_partner(
            agreed(received=[0, 0], fee=4.0),
            agreed(fee=2.0, needs=[[0]]),
            purse={"budget": [5.0, 5.0]},
        ),
        0.0,
        1.0,
    ),
    "one_of_a_group": Example(
        question(
            [theirs(0), theirs(1)],
            [5, 3],
            arrangements=[agreed(), agreed(received=[0, 5])],
            excludes=[[0, 1]],
        ),
        1.0,
        1.6,
    ),
    "in_force_as_asked": Example(
        of_sensors(sensor(), arrangements=[agreed(received=[0, 0], fee=7.0, asked=0)]), 0.0, 1.2
    ),
    "access_only_by_arrangement": Example(of_partner(agreed(fee=BEYOND)), 0.0, 1.0),
    "richer_access_includes_poorer": Example(
        question([theirs(0) | {"profile": RICHER_IS_BETTER}], [5], arrangements=[agreed()]),
        1.0,
        1.0,
    ),
    "given_only_by_arrangement": Example(gain(agreed(fee=BEYOND), of=standing()), 0.0, 1.2),
    "giving_richer_includes_poorer": Example(gain(agreed(), of=standing()), 1.2, 1.2),
    "released_from_service": Example(gain(agreed(), of=sensor(payments=[BEYOND, 0.0])), 0.0, 1.2),
    "released_as_agreed": Example(gain(agreed(given=[0, 0]), of=standing()), 0.0, 1.2),
    "released_richer_includes_poorer": Example(tasked(HALF), 0.48, 0.6),
    "slots_are_reserved": Example(tasked(HALF), 0.48, 1.2),
    "passed_on_if_allowed": Example(passed(agreed(received=[0, 5])), 0.0, 1.0),
    "passed_on_as_agreed": Example(
        passed(agreed(received=[0, 5], given=[0, 0], onward=True)), 0.0, 1.0
    ),
    "shared_sensor_in_service": Example(shared(sensor(payments=[BEYOND, 0.0]), agreed()), 0.0, 1.0),
    "shared_sensor_accessible": Example(shared(sensor(), agreed(fee=BEYOND)), 0.0, 1.0),
    "shared_sensor_counts": Example(shared(sensor(), agreed()), 1.0, 1.0),
    "supplier_within_share": Example(of_suppliers(), 0.0, 1.2),
    "staff_at_hand": Example(
        of_sensors(sensor(staff=2.0), sensor(staff=2.0), purse={"staff": [3.0, 3.0]}), 1.2, 2.0
    ),
    "short_of_the_quantile": Example(of_draws(), 0.2, 1.0),
    "coverage_at_least_floor": Example(with_floor(), 0.8, 1.2),
    "promise_kept": Example(with_promise(), 0.0, 1.0),
}
