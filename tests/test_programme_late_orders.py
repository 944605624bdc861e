"""Orders that come late: by hand, against the bits, and on the page."""

from dataclasses import replace

import numpy as np
import pytest

from kansoku.configprogramme import StressSection
from kansoku.design.portfolio import Effort
from kansoku.design.programme.losses import Loss
from kansoku.design.programme.search import solve
from kansoku.report.lost import lost
from naive import programme as naive
from programme_cases import programme_of
from programme_examples import aim, of_sensors, sensor
from test_programme_question import (
    COVERAGE,
    DECISIONS,
    IDS,
    accounts,
    asked,
    coverage_of,
    credited,
    in_service,
    network,
    worth_to_us,
)

MAKERS = {"S1/A": "JPN", "S1/B": "USA", "S2/A": "USA"}
KEEP = 0.25


def with_late(years):
    """Money for A or B; of coverage in year 1, 0.4 must be left if A comes late."""
    view = (frozenset(), None, (frozenset({0}), years))
    floor = aim(1, [6, 4], view, worth=0.0, floor=0.4)
    return of_sensors(
        sensor(), sensor(), aims=[aim(0, [6, 4]), aim(1, [6, 4]), floor],
        purse={"budget": [4.0, 0.0]},
    )  # fmt: skip


@pytest.mark.parametrize(("late_years", "best"), [(0, 1.2), (1, 1.2), (2, 0.8)])
def test_what_comes_too_late_for_a_floor_is_not_relied_on(late_years, best):
    """As docs/programme.md works it out: two years late, A misses year 1 and B is ordered."""
    case = with_late(late_years)
    assert naive.best(case) == pytest.approx(best)
    plan = solve(programme_of(case), Effort(0.0, 20.0, 1))
    assert plan.objective == pytest.approx(best)
    assert plan.decision.ordered.tolist() == ([-1, 0] if late_years == 2 else [0, -1])


def makers():
    supplier = np.array([MAKERS.get(name, "") for name in IDS])
    return replace(accounts(network()), supplier=supplier)


@pytest.mark.parametrize(("order", "agreed"), DECISIONS)
@pytest.mark.parametrize("delay", [1, 2])
def test_what_late_orders_leave_is_that_of_the_bits(order, agreed, delay):
    stress = StressSection(
        kinds=("supplier",), keep_min=KEEP, years=(2029, 2030), supplier_delay_years=delay
    )
    programme = asked(books=makers(), gains=False, stress=stress)
    found = coverage_of(programme, order, agreed)
    cases = [(name, view, t) for name, view, t in found if view.endswith("late")]
    assert {view for _, view, _ in cases} == {"supplier JPN late", "supplier USA late"}
    assert {t for _, _, t in cases} == {2, 3}
    for name, view, t in cases:
        late = {one for one in order if MAKERS[one] in view}
        missing = late & in_service(order, t) - in_service(order, t - delay)
        worth = worth_to_us(order, agreed, t)
        worth[[IDS.index(one) for one in missing]] = 0.0
        exact = credited(worth, COVERAGE.credit)
        assert found[name, view, t] == pytest.approx(exact, abs=1e-12)


def test_late_orders_lie_within_the_loss_of_the_same_sensors():
    late = Loss("supplier USA", frozenset(), frozenset(), frozenset({3, 4}), 2)
    assert late.within(Loss("country AUS", frozenset({3, 4, 5}), frozenset()))
    assert late.within(replace(late, late_years=3))
    assert not late.within(replace(late, late_years=1))
    assert not late.within(Loss("country AUS", frozenset({3}), frozenset()))
    assert not Loss("site S", frozenset({3}), frozenset()).within(late)


def figures(lost_share, late):
    one = {
        "name": "site S", "kind": "site", "label": "S", "credited_left": 0.5,
        "credited_lost": lost_share, "share_lost": lost_share, "floor": 0.0,
        "own_plain_lost": 0.0, "sensors_lost": ["a"], "arrangements_void": [],
    }  # fmt: skip
    return {
        "by_year": [{"fiscal_year": 2031}], "losses": [one], "single_point_share": 0.2,
        "late_orders": late, "pairs": [],
    }  # fmt: skip


def test_the_page_tells_late_orders_by_the_year_they_hurt_most():
    late = [
        {"name": "supplier USA", "label": "USA", "delay_years": 2, "fiscal_year": 2029,
         "credited_left": 0.412, "credited_lost": 0.103, "floor": 0.0},
        {"name": "supplier JPN", "label": "JPN", "delay_years": 2, "fiscal_year": 2030,
         "credited_left": 0.5, "credited_lost": 0.0, "floor": 0.0},
    ]  # fmt: skip
    assert "".join(lost(figures(0.1, late))[-1]).replace("\n", " ") == (
        "**Late orders.** Were all orders from one country 2 years late, credited coverage would "
        "change most in these years: from the United States -10.3 points in FY2029, to 41.2 %."
    )
    assert "Late orders" not in "".join(lost(figures(0.1, late[1:])))
