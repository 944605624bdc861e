"""The least that any loss leaves, maximised: by hand, at random, from a study and in its cube."""

import json
from dataclasses import replace

import numpy as np
import pytest
import xarray as xr

import programme_study
from kansoku import configfile, study
from kansoku.configprogramme import StressSection
from kansoku.design.coarse import sampled
from kansoku.design.infeasible import InfeasibleError
from kansoku.design.portfolio import Effort
from kansoku.design.programme import contingencies
from kansoku.design.programme.assessment import Assessment
from kansoku.design.programme.columns import objective
from kansoku.design.programme.decision import Consequences
from kansoku.design.programme.programme import Tail, worst_case
from kansoku.design.programme.search import solve
from naive import programme as naive
from programme_cases import programme_of
from programme_examples import aim, own, question, sensor
from test_contingencies import EXACT, with_losses
from test_programme_question import (
    COVERAGE,
    DECISIONS,
    IDS,
    KINDS,
    asked,
    credited,
    decision_of,
    lost_in,
    worth_to_us,
)

LEAST = 0.3


def two_of_three(least_worth):
    """A and B at one site see 5 and 3 of 10, C elsewhere 2; there is money for two of them."""
    whole, without_a_b, without_c = [5, 3, 2], [0, 0, 2], [5, 3, 0]
    aims = [aim(1, whole, worth=1.0 - least_worth)]
    aims += [aim(1, left, worth=0.0) for left in (without_a_b, without_c)]
    tail = {"aims": [1, 2], "probability": [0.5, 0.5], "worth": least_worth, "gamma": 0.5}
    return question(
        [own(i) for i in range(3)], whole, sensors=[sensor()] * 3, aims=aims, tails=[tail],
        purse={"budget": [8.0, 0.0]},
    )  # fmt: skip


@pytest.mark.parametrize(
    ("least_worth", "best", "chosen"), [(0.2, 0.64, [0, 0, -1]), (0.4, 0.50, [0, -1, 0])]
)
def test_two_at_one_site_give_way_once_the_worst_counts_enough(least_worth, best, chosen):
    """As docs/programme.md works it out: 0.8 and 0 left, or 0.7 and 0.2 left."""
    case = two_of_three(least_worth)
    assert naive.best(case) == pytest.approx(best)
    plan = solve(programme_of(case), Effort(0.0, 20.0, 1))
    assert plan.objective == pytest.approx(best)
    assert (plan.decision.ordered >= 0).tolist() == [tau >= 0 for tau in chosen]


def test_the_worst_case_is_the_least_of_the_draws():
    tail = worst_case([0, 2, 3], 0.5)
    assert tail.is_worst_case
    assert not Tail((0, 1), (0.5, 0.5), 1.0, 0.4).is_worst_case
    assert Tail((0, 1), (0.25, 0.75), 1.0, 0.75).is_worst_case
    assert not Tail((0, 1), (0.25, 0.75), 1.0, 0.5).is_worst_case


def least_of(seed, at_least=0.0):
    """A random question in which the least of some losses is worth as much as all else."""
    case, programme, floors = with_losses(seed, at_least)
    tail = worst_case(floors, 1.0)
    one = {"aims": list(floors), "probability": tail.probability, "worth": 1.0}
    case["tails"] = [*case["tails"], {**one, "gamma": tail.gamma}]
    return case, replace(programme, tails=(*programme.tails, tail)), floors


@pytest.mark.parametrize("seed", range(40))
def test_the_search_finds_the_best_least(seed):
    case, programme, _ = least_of(seed, at_least=0.05 * (seed % 3))
    best = naive.best(case)
    if best is None:
        with pytest.raises(InfeasibleError):
            solve(programme, EXACT)
        return
    plan = solve(programme, EXACT)
    assert plan.objective == pytest.approx(best, abs=1e-9)
    assert plan.bound == pytest.approx(best, abs=1e-8)
    assert plan.proven


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("is_sampled", [False, True])
def test_the_least_is_exact_and_cut_where_it_is(seed, is_sampled, monkeypatch):
    if is_sampled:
        monkeypatch.setattr(contingencies, "roughly", lambda term: sampled(term, 20))
    _, programme, floors = least_of(seed)
    rng = np.random.default_rng(seed)
    weights = rng.random(len(programme.slots) * len(programme.rows)).round(6)
    together = Assessment(programme)
    assert {case.aim for each in together._together for case in each.cases} == set(floors)
    local = weights.reshape(len(programme.slots), -1)
    exact = {}
    for k in floors:
        one = programme.aims[k]
        block = programme.slots.index((programme.views.index(one.view), one.year))
        exact[k] = one.term.cuts(local[block])[0].value
    found, at_point = together.values(weights), together.cuts(weights)
    for k in floors:
        assert found[k][0].value == pytest.approx(exact[k], abs=1e-12)
        assert at_point[k][0].at(weights) >= exact[k] - 1e-12
        if exact[k] == min(exact.values()):
            assert found[k][0].at(weights) == pytest.approx(exact[k], abs=1e-12)
            assert is_sampled or at_point[k][0].at(weights) == pytest.approx(exact[k], abs=1e-12)


@pytest.mark.parametrize(("order", "agreed"), DECISIONS)
def test_what_a_decision_of_a_study_is_worth_is_that_of_the_bits(order, agreed):
    stress = StressSection(kinds=KINDS, least_worth=LEAST, years=(2029, 2030))
    programme = asked(gains=False, stress=stress, discount_per_year=0.1)
    assessed = Assessment(programme)
    expected = 0.0
    for t, share in enumerate(1.1 ** -np.arange(4.0) / (1.1 ** -np.arange(4.0)).sum()):
        whole = credited(worth_to_us(order, agreed, t), COVERAGE.credit)
        expected += (1.0 - LEAST) * share * whole
    for t, share in ((2, 1.1 / 2.1), (3, 1.0 / 2.1)):
        expected += (
            LEAST * share * min(left_of(case, order, agreed, t) for case in named(programme))
        )
    weights = stacked(programme, decision_of(programme, order, agreed))
    values = np.array([cuts[0].value for cuts in assessed.values(weights)])
    assert objective(programme, values) == pytest.approx(expected, abs=1e-9)


def named(programme):
    """Names of the losses, such as 'country JPN'."""
    under_stress = {k for tail in programme.tails for k in tail.aims}
    pairs = [(programme.aims[k].term.name, programme.aims[k].view.name) for k in under_stress]
    return {
        (term if term.startswith("without ") else view).removeprefix("without ")
        for term, view in pairs
    }


def left_of(case, order, agreed, t):
    fallen, left = lost_in(case, agreed)
    worth = worth_to_us(order, left, t)
    worth[[IDS.index(each) for each in fallen]] = 0.0
    return credited(worth, COVERAGE.credit)


def stacked(programme, decision):
    of = Consequences(programme)
    every = {v: of.weights(decision, v) for v, _ in programme.slots}
    return np.concatenate([every[v][:, t] for v, t in programme.slots])


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    folder = tmp_path_factory.mktemp("least")
    path = programme_study.write(
        folder, old="keep_min: 0.40", new=f"keep_min: 0.30, least_worth: {LEAST}"
    )
    page = study.run_to_folder(configfile.load_config(path), folder / "out")
    return folder / "out", page


def test_the_objective_follows_from_the_file(results):
    cube = xr.open_dataset(results[0] / "study.nc").load()
    chosen = cube.sel(design="chosen", requirement="coverage")
    assert cube["year_worth"].sum().item() == pytest.approx(1.0 - LEAST)
    assert cube["least_worth"].values.nonzero()[0].tolist() == [3, 4]
    kinds = np.isin(cube["stress_kind"], ["site", "partner", "link"])
    least = chosen["stress_credited_fraction"].isel(stress=kinds).min("stress")
    expected = (
        chosen["credited_expected"] * cube["year_worth"] + least * cube["least_worth"]
    ).sum()
    assert cube.attrs["kansoku_objective"] == pytest.approx(expected.item(), abs=3e-6)
    answer = json.loads((results[0] / "answer.json").read_text())
    assert answer["proof"]["proven"]
    page = " ".join(results[1].split())
    assert ", and what the worst loss leaves in FY2030-31 counted for 30.0 % of it," in page
