"""The planner's question: tiers, rows, prices, floors, and the cases around the answer."""

from dataclasses import replace

import numpy as np
import pytest

from kansoku.config import CoverageSection, DesignSection, NetworkSection
from kansoku.coverage.value import value_of
from kansoku.design.cases import answer
from kansoku.design.portfolio import Effort
from kansoku.design.problem import Design
from kansoku.design.question import (
    contributor_credit,
    layout_of,
    problem_of,
    repriced,
    tier_credit,
)
from kansoku.design.requirements import AUTONOMY, Supply
from kansoku.design.search import solve
from kansoku.errors import DesignError
from naive import assignment
from network_rows import arrangement, network_of
from sensor_rows import HEMISPHERE, RADAR_ROW
from target_rows import targets_of

COVERAGE = CoverageSection(tier_credit=(0.5, 0.8, 0.9, 1.0, 1.0), min_tier=3, max_latency_hours=12)

# own, candidates at two sites (the last one owned abroad), two partners, one without an offer
ROLES = ["own", "candidate", "partner", "candidate", "partner", "partner", "candidate", "partner"]
PARTNERS = ["", "", "USA", "", "AUS", "USA", "", "GBR"]
SITES = ["own", "S1", "p1", "S1", "p2", "p3", "S2", "p4"]
OWNERS = ["JPN", "JPN", "USA", "JPN", "AUS", "USA", "AUS", "GBR"]
OFFERS = [
    arrangement("USA-3", "USA", 3, cost=200.0, usable=0.95),
    arrangement("USA-4", "USA", 4, cost=900.0, usable=0.8),
    arrangement("AUS-2", "AUS", 2, cost=10.0),
    arrangement("AUS-5", "AUS", 5, cost=300.0, latency=24.0),
    arrangement("AUS-4", "AUS", 4, cost=150.0, in_force=True),
]


def network(offers=OFFERS):
    costs = [(0, 0, 0), (400, 500, 800), (0, 0, 0), (300, 400, 900), (0, 0, 0), (0, 0, 0)]
    costs += [(600, 700, 750), (0, 0, 0)]
    rows = [HEMISPHERE, *[RADAR_ROW] * 7]
    openings = {"S1": (50.0, 100.0, 200.0), "S2": (5.0, 10.0, 20.0)}
    return network_of(rows, ROLES, PARTNERS, SITES, OWNERS, costs, openings, offers)


def seen(seed=0, targets=30, windows=3, scenarios=3):
    rng = np.random.default_rng(seed)
    tracks = rng.choice([0, 0, 0, 1, 2, 5], size=(8, targets, windows)).astype(np.uint8)
    clear = rng.random((scenarios, 8, windows)) < 0.8
    return tracks, clear, rng.integers(1, 1000, targets)


def question(budget=1000.0, autonomy=0.3, net=None, data=None, supply=None, **prices):
    net = network() if net is None else net
    design = DesignSection(budget_mjpy=budget, autonomy_min=autonomy, time_limit_s=20.0, gap=1e-6)
    data = seen() if data is None else data
    problem = problem_of(net, *data, COVERAGE, design, NetworkSection(**prices), supply)
    return net, problem, design, data


def test_tier_credit_by_hand():
    """3: 0.9 x 0.95; 4: 1.0 x 0.8 is less, so the running maximum keeps the richer worth."""
    found = tier_credit(network(), ("USA", "AUS"), COVERAGE)
    np.testing.assert_allclose(found[0], [0.0, 0.0, 0.855, 0.855, 0.855])
    # AUS-2 is below the least tier, AUS-5 is too late: AUS-4 alone counts, at 1.0.
    np.testing.assert_allclose(found[1], [0.0, 0.0, 0.0, 1.0, 1.0])


def test_a_package_is_worth_its_share_of_the_objects():
    """0.9 of the tier x 0.8 usable x a quarter of the objects."""
    quarter = replace(arrangement("F-25", "FIRM", 3, usable=0.8), package_share=0.25)
    found = tier_credit(network([quarter]), ("FIRM",), COVERAGE)
    np.testing.assert_allclose(found[0], [0.0, 0.0, 0.18, 0.18, 0.18])


def test_a_longer_patience_admits_the_late_tier():
    patient = CoverageSection(max_latency_hours=24.0, min_tier=1, tier_credit=(0, 0.8, 0.9, 0.9, 1))
    found = tier_credit(network(), ("USA", "AUS"), patient)
    np.testing.assert_allclose(found[1], [0.0, 0.8, 0.8, 0.9, 1.0])


def test_of_two_options_at_one_tier_the_better_counts():
    offers = [arrangement("a", "USA", 3, usable=0.5), arrangement("b", "USA", 3, usable=0.7)]
    found = tier_credit(network(offers), ("USA",), COVERAGE)
    np.testing.assert_allclose(found, [[0.0, 0.0, 0.63, 0.63, 0.63]])


def test_layout_leaves_out_partners_without_an_offer():
    layout = layout_of(network(), COVERAGE)
    assert layout.candidates.tolist() == [1, 3, 6]
    assert layout.always.tolist() == [0]
    assert layout.partners == ("USA", "AUS")
    assert [members.tolist() for members in layout.partner_members] == [[2, 5], [4]]


def test_the_problem_holds_names_costs_sites_and_rows():
    _, problem, _, _ = question()
    assert problem.candidates.names == ("C1", "C3", "C6")
    assert problem.candidates.cost_mjpy.tolist() == [500.0, 400.0, 700.0]
    assert problem.sites.names == ("S1", "S2")
    assert problem.candidates.site.tolist() == [0, 0, 1]
    assert problem.sites.opening_mjpy.tolist() == [100.0, 10.0]
    assert problem.row_candidate.tolist() == [0, 1, 2, -1, -1]
    assert problem.row_partner.tolist() == [-1, -1, -1, 0, 1]
    assert problem.arrangements.names == ("USA-3", "USA-4", "AUS-2", "AUS-5", "AUS-4")
    assert problem.arrangements.partner.tolist() == [0, 0, 1, 1, 1]
    assert problem.arrangements.in_force.tolist() == [False] * 4 + [True]
    assert [floor.name for floor in problem.floors] == [AUTONOMY]
    assert problem.floors[0].term.rows.tolist() == [0, 1], "a foreign candidate is not one's own"


def test_without_autonomy_there_is_no_floor():
    assert question(autonomy=0.0)[1].floors == ()


def every_design(problem):
    for code in range(2 ** (len(problem.candidates) + len(problem.arrangements))):
        bits = np.array([code >> k & 1 for k in range(8)], dtype=bool)
        yield Design(bits[:3], bits[3:] | problem.arrangements.in_force)


def test_every_design_has_the_value_that_the_cubes_give():
    """Objective and floor of the planner equal the value of the network, to 1e-12."""
    net, problem, _, (tracks, clear, weight) = question()
    targets = targets_of(np.zeros(len(weight)))
    for design in every_design(problem):
        rows = problem.row_weights(design)
        credit = contributor_credit(net, problem, design)
        whole = value_of(tracks, clear, credit, targets, weight, COVERAGE.credit)
        assert problem.objective.value(rows) == pytest.approx(whole.credited.mean(), abs=1e-12)
        own = credit * (net.owner == "JPN")
        alone = value_of(tracks, clear, own, targets, weight, COVERAGE.credit)
        assert problem.floors[0].term.value(rows) == pytest.approx(alone.covered.mean(), abs=1e-12)


def test_contributor_credit_by_hand():
    net, problem, _, _ = question()
    nothing = Design(np.zeros(3, dtype=bool), np.zeros(5, dtype=bool))
    # Own sensors, and the arrangement in force: Australia at tier 4.
    np.testing.assert_allclose(contributor_credit(net, problem, nothing), [1, 0, 0, 0, 1, 0, 0, 0])
    some = Design(np.array([False, True, False]), np.array([True, False, False, False, False]))
    np.testing.assert_allclose(
        contributor_credit(net, problem, some), [1, 0, 0.855, 1, 1, 0.855, 0, 0]
    )


@pytest.mark.parametrize(("level", "at"), [("low", 0), ("mid", 1), ("high", 2)])
def test_repricing_changes_costs_alone(level, at):
    net, problem, _, _ = question()
    other = repriced(net, problem, level)
    assert other.candidates.cost_mjpy.tolist() == [
        (400.0, 500.0, 800.0)[at], (300.0, 400.0, 900.0)[at], (600.0, 700.0, 750.0)[at],
    ]  # fmt: skip
    assert other.sites.opening_mjpy.tolist() == [(50.0, 100.0, 200.0)[at], (5.0, 10.0, 20.0)[at]]
    assert other.arrangements.cost_mjpy[1] == 900.0 * (0.5, 1.0, 3.0)[at]
    assert other.objective is problem.objective
    assert other.budget_mjpy == problem.budget_mjpy


def test_the_cost_level_of_the_section_prices_site_openings():
    assert question(cost_level="high")[1].sites.opening_mjpy.tolist() == [200.0, 20.0]


def best(problem):
    """Best coverage over every design that is affordable and meets the floor, by exhaustion."""
    found = []
    for design in every_design(problem):
        rows = problem.row_weights(design)
        met = all(floor.term.value(rows) >= floor.at_least - 1e-9 for floor in problem.floors)
        if met and problem.cost_mjpy(design) <= problem.budget_mjpy:
            found.append(problem.objective.value(rows))
    return max(found, default=None)


def answered(autonomy, **section):
    net, problem, design, _ = question(autonomy=autonomy)
    design = design.model_copy(update=section)
    return problem, answer(problem, lambda level: repriced(net, problem, level), design, "mid"), net


def test_answers_are_the_best_designs_of_every_case():
    problem, found, net = answered(autonomy=0.0)
    assert found.portfolio.objective == pytest.approx(best(problem), rel=1e-6)
    assert [case.budget_mjpy for case in found.frontier] == [500.0, 1000.0, 1500.0]
    for case in found.frontier:
        exact = best(problem.with_budget(case.budget_mjpy))
        assert exact >= case.portfolio.objective - 1e-12
        assert case.portfolio.bound >= exact - 1e-9
        assert case.portfolio.objective >= exact / 1.011
    assert [case.label for case in found.prices] == [
        "low costs",
        "the study's budget and costs",
        "high costs",
    ]
    for level, case in zip(("low", "mid", "high"), found.prices, strict=True):
        exact = best(repriced(net, problem, level))
        assert exact / 1.011 <= case.portfolio.objective <= exact + 1e-12
    assert found.next_billion.budget_mjpy == 2000.0
    assert found.next_billion.portfolio.objective >= found.portfolio.objective - 1e-12


def autonomy_needing_a_sensor():
    """A floor that what exists misses, and one candidate of 500 million JPY meets."""
    _, problem, _, _ = question()
    floor = problem.floors[0].term
    alone, with_one = (floor.value(np.array([on, 0, 0, 0, 0])) for on in (0.0, 1.0))
    assert alone < with_one
    return 0.5 * (alone + with_one)


def test_a_budget_that_misses_the_floor_is_a_case_with_its_reason():
    _, found, _ = answered(
        autonomy=autonomy_needing_a_sensor(), frontier_budgets_mjpy=(50.0, 1500.0)
    )
    poor = found.frontier[0]
    assert poor.budget_mjpy == 50.0
    assert poor.portfolio is None
    assert AUTONOMY in poor.reason
    assert found.frontier[-1].portfolio is not None
    assert [case.budget_mjpy for case in found.frontier] == [50.0, 1000.0, 1500.0]


def test_a_floor_out_of_reach_of_the_study_itself_is_an_error():
    with pytest.raises(DesignError, match=AUTONOMY):
        answered(autonomy=1.0)


def test_progress_tells_every_case_by_name():
    net, problem, design, _ = question(autonomy=0.0)
    told = []
    answer(
        problem, lambda level: repriced(net, problem, level), design, "mid", progress=told.append
    )
    for words in ("design: coverage", "low costs", "high costs", "one more billion yen"):
        assert any(words in line for line in told), words


def within_slots(data, supply, credit_of, steps):
    """Best assignments of all shifts together, by the oracle."""
    tracks, clear, weight = data
    total = sum(
        assignment.credit(
            tracks[:, :, w] * clear[s, :, w, None], weight, supply.slots[:, w], steps, credit_of
        )
        for s in range(clear.shape[0])
        for w in range(tracks.shape[2])
    )
    return total / (weight.sum() * clear.shape[0] * tracks.shape[2] * sum(steps))


@pytest.mark.slow
def test_with_slots_the_bound_holds_for_every_design_and_the_answer_is_close_to_it():
    data = seen(targets=8, windows=2, scenarios=2)
    supply = Supply(np.ones(8), np.full((8, 2), 3.0))
    net, problem, _, _ = question(autonomy=0.25, data=data, supply=supply)
    found = solve(problem, Effort(gap=0.01, time_limit_s=60.0))
    best = 0.0
    for one in every_design(problem):
        credit_of = contributor_credit(net, problem, one)
        reached = within_slots(data, supply, credit_of, COVERAGE.credit)
        assert problem.objective.value(problem.row_weights(one)) >= reached - 1e-9
        if problem.cost_mjpy(one) <= problem.budget_mjpy and best < reached:
            own = within_slots(data, supply, credit_of * (net.owner == "JPN"), (1.0,))
            best = reached if own >= 0.25 else best
    assert found.objective <= best + 1e-9 <= found.bound + 2e-9
    assert found.gap <= 0.02
    credit_of = contributor_credit(net, problem, found.design)
    own = within_slots(data, supply, credit_of * (net.owner == "JPN"), (1.0,))
    assert found.coverage[1] <= own + 1e-9
    assert found.coverage[1] >= 0.25


def test_partners_without_an_offer_stay_out_of_the_slots():
    supply = Supply(np.ones(30), np.full((8, 3), 3.0))
    _, problem, _, _ = question(supply=supply)
    assert problem.objective.rows.tolist() == [0, 1, 2, 3, 4, 5, 6]
