"""Any two losses at once: the same as all pairs listed one by one, which the oracle does."""

import json
from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest
import xarray as xr

import programme_study
from design_cases import CREDITS, counted, random_cells
from kansoku import configfile, study
from kansoku.design.infeasible import InfeasibleError
from kansoku.design.portfolio import Effort
from kansoku.design.programme import pairs as by_pairs
from kansoku.design.programme import search
from kansoku.design.programme.decision import Consequences
from kansoku.design.programme.programme import OURS, Lost, Pairs, View
from kansoku.errors import DesignError
from naive import programme as naive
from naive import programme_cube as naive_cube
from programme_cases import decision_of, programme_of
from programme_examples import agreed, aim, own, question, sensor, theirs
from test_contingencies import EXACT

BEYOND = 0.01
"""More than any decision leaves."""


def a_choice(seed):
    """Five sensors and a partner's data, with money for three or so, and what falls alone."""
    rng = np.random.default_rng([seed, 59])
    sensors = [sensor(payments=[float(rng.integers(2, 6)), 0.0], life=1) for _ in range(5)]
    rows = [own(i) for i in range(5)] + [theirs(0)]
    credit = CREDITS[seed % len(CREDITS)]
    case = question(
        rows, [1] * 6, sensors=sensors, arrangements=[agreed(fee=float(rng.integers(1, 4)))],
        aims=[{**aim(1, [1] * 6), "cells": random_cells(rng, 6, 0, 10, credit)}],
        purse={"budget": [0.0, float(rng.integers(8, 13))]},
    )  # fmt: skip
    return case, [*(({j}, set()) for j in range(5)), (set(), {0})], rng


def listed_pairs(case, losses, rng):
    """One aim a pair of losses, for the oracle, over cells of their own: they pull elsewhere."""
    ours = case["aims"][0]
    ours = {**ours, "cells": random_cells(rng, 6, 0, 10, ours["cells"][-1])}
    values, *rest = ours["cells"]
    listed = []
    for one, other in combinations(losses, 2):
        left = np.array(values)
        left[sorted(one[0] | other[0])] = 0
        view = (frozenset(one[1] | other[1]), None)
        listed.append({**ours, "cells": (left, *rest), "worth": 0.0, "view": view})
    return ours, listed


def worst_pairs(case, listed):
    """(score, what the worst pair leaves) of every decision that keeps all else."""
    known, seen = {}, {}

    def left(decision, number):
        one = listed[number]
        weights = tuple(naive.weights(case, decision, one["view"], one["year"]))
        if (number, weights) not in seen:
            seen[number, weights] = naive.covered(one, weights)
        return seen[number, weights]

    return [
        (score, min(left(decision, number) for number in range(len(listed))))
        for decision in naive.decisions(case)
        for score in [naive.score(case, decision, known)]
        if score is not None
    ]


def with_pairs(seed, at_least=None):
    """A question with a floor on any two losses; half way to the most that can be left."""
    case, losses, rng = a_choice(seed)
    ours, listed = listed_pairs(case, losses, rng)
    found = worst_pairs(case, listed)
    if at_least is None and found:
        most = max(left for _, left in found)
        at_least = (max(found)[1] + most) / 2 if seed % 10 else most + BEYOND
    named = tuple(
        Lost(f"loss {e}", tuple(sorted(r)), View(f"v{e}", tuple(sorted(v))) if v else OURS)
        for e, (r, v) in enumerate(losses)
    )
    asked = Pairs(counted("stress", *ours["cells"]), named, (ours["year"],), at_least or BEYOND)
    kept = [score for score, left in found if left >= asked.at_least - 1e-9]
    best = max(kept, default=None)
    return case, replace(programme_of(case), pairs=asked), listed, best


@pytest.mark.parametrize("seed", range(40))
def test_the_best_plan_is_that_with_all_pairs_listed(seed, monkeypatch):
    monkeypatch.setattr(by_pairs, "ADDED", 2)
    _, programme, _, best = with_pairs(seed)
    if best is None:
        with pytest.raises(DesignError, match=r"keep_min_pair|no decision keeps"):
            by_pairs.solve(programme, EXACT)
        return
    asked, plan = by_pairs.solve(programme, EXACT)
    assert plan.objective == pytest.approx(best, abs=1e-9)
    assert plan.bound == pytest.approx(best, abs=1e-8)
    assert plan.proven
    assert plan.gap <= 1e-7
    assert len(plan.coverage) == len(asked.aims)
    floors = [one.at_least for one in asked.aims]
    assert (plan.coverage >= np.array(floors) - 1e-9).all()


@pytest.mark.slow
def test_pairs_bind_in_many_of_these_questions_and_few_are_asked_for(monkeypatch):
    monkeypatch.setattr(by_pairs, "ADDED", 1)
    changed, added, every = 0, 0, 0
    for seed in range(1, 20):
        _, programme, listed, best = with_pairs(seed)
        if best is not None:
            asked, _ = by_pairs.solve(programme, EXACT)
            changed += search.solve(programme, EXACT).objective > best + 1e-6
            added += len(asked.aims) - len(programme.aims)
            every += len(listed)
    assert changed >= 5
    assert changed <= added < every / 3


@pytest.mark.parametrize("seed", range(30))
def test_what_two_losses_leave_is_that_of_all_pairs(seed):
    level = 0.3
    case, programme, listed, _ = with_pairs(seed, level)
    of, rng = Consequences(programme), np.random.default_rng(seed)
    every = list(naive.decisions(case))
    for k in rng.choice(len(every), min(5, len(every)), replace=False):
        decision = every[k]
        found = by_pairs.of_decision(programme, programme.pairs, decision_of(case, decision))
        exact = {}
        losses = combinations(range(len(programme.pairs.losses)), 2)
        for (e, f), one in zip(losses, listed, strict=True):
            seen = tuple(naive.weights(case, decision, one["view"], one["year"]))
            exact[e, f] = naive.covered(one, seen)
        got = {(one.first, one.second): one.left for one in found}
        assert got == pytest.approx({pair: exact[pair] for pair in got}, abs=1e-9)
        assert {pair for pair, left in exact.items() if left < level - 1e-9} <= set(got)
        assert found[0].left == pytest.approx(min(exact.values()), abs=1e-9)
        assert [one.left for one in found] == sorted(got.values())
    assert of.years == case["years"]


def test_a_start_that_keeps_all_pairs_is_not_given_up_for_a_plan_that_breaks_some(monkeypatch):
    solved, starts = search.solve, []

    def remembered(programme, effort, progress=None, start=None):
        starts.append(start)
        return solved(programme, effort, progress, start)

    monkeypatch.setattr(by_pairs, "ADDED", 1)
    rounds = 0
    for seed in range(1, 8):
        _, programme, _, best = with_pairs(seed)
        if best is None:
            continue
        _, known = by_pairs.solve(programme, EXACT)
        with monkeypatch.context() as patched:
            patched.setattr(by_pairs.search, "solve", remembered)
            _, plan = by_pairs.solve(programme, EXACT, start=known.decision)
            at_once = replace(EXACT, time_limit_s=0.0)
            _, kept = by_pairs.solve(programme, at_once, start=known.decision)
        assert plan.objective == pytest.approx(best, abs=1e-9)
        assert kept.objective == pytest.approx(best, abs=1e-9)
        assert all(start is known.decision for start in starts)
        rounds = max(rounds, len(starts) - 1)
        starts.clear()
    assert rounds > 1


def three_places(at_least):
    """A, B and C see 5, 3 and 2 of 10 of their own; any two of them may be lost at once."""
    case = question(
        [own(i) for i in range(3)], [5, 3, 2], sensors=[sensor()] * 3,
        aims=[aim(1, [5, 3, 2])], purse={"budget": [8.0, 4.0]},
    )  # fmt: skip
    programme = programme_of(case)
    losses = tuple(Lost(f"sensor {name}", (j,), OURS) for j, name in enumerate("ABC"))
    return replace(programme, pairs=Pairs(programme.aims[0].term, losses, (1,), at_least))


def test_two_losses_by_hand():
    """As docs/programme.md works it out: A and B lost leave the 2 of C, so all three are built."""
    asked, plan = by_pairs.solve(three_places(0.2), Effort(0.0, 20.0, 1))
    assert plan.objective == pytest.approx(1.0)
    assert [one.view.name for one in asked.aims[1:]] == []
    told = []
    cheap = replace(three_places(0.2), purses=programme_of(
        question([own(i) for i in range(3)], [5, 3, 2], sensors=[sensor()] * 3,
                 aims=[aim(1, [5, 3, 2])], purse={"budget": [8.0, 0.0]})).purses)  # fmt: skip
    with pytest.raises(InfeasibleError, match="no decision keeps every limit"):
        by_pairs.solve(cheap, Effort(0.0, 20.0, 1), told=lambda *said: told.append(said))
    assert told[0] == (1, pytest.approx(0.0))


def test_a_pair_shares_the_view_of_a_loss_that_says_it_all():
    """Each view is a block of rows in the master: two sites lost need none beside ours."""
    rows, partner = Lost("site A", (0,), OURS), Lost("partner P", (1,), View("P", (3, 4)))
    assert rows.with_another(Lost("site B", (2,), OURS)) == Lost("site A and site B", (0, 2), OURS)
    both = partner.with_another(rows)
    assert both == Lost("partner P and site A", (0, 1), partner.view)
    assert rows.with_another(partner).view == partner.view
    link = Lost("link L", (), View("L", (2,), late=(5,), late_years=2))
    assert partner.with_another(link).view == View(
        "without partner P and link L", (2, 3, 4), late=(5,), late_years=2
    )


def test_pairs_that_nothing_survives_are_named_before_anything_is_searched():
    with pytest.raises(DesignError) as caught:
        by_pairs.solve(three_places(0.25), Effort(0.0, 20.0, 1))
    assert str(caught.value) == (
        "design.programme.stress.keep_min_pair: 0.25 must be left in FY2028 without sensor A and "
        "sensor B, but all other sensors and arrangements together reach 0.2; lower it, name fewer "
        "kinds, or add candidates"
    )


def test_no_time_for_a_plan_that_keeps_every_pair_is_an_error(monkeypatch):
    monkeypatch.setattr(by_pairs, "of_decision", lambda *_: [by_pairs.AfterTwo(0, 1, 1, 0.1)])
    with pytest.raises(DesignError, match=r"0\.2 after any two losses was found in 0\.5 s; raise"):
        by_pairs.solve(three_places(0.2), Effort(0.0, 0.5, 1))


def test_an_interrupt_before_a_plan_keeps_every_pair_is_not_said_to_be_the_time(monkeypatch):
    found = search.solve

    def interrupted(*given):
        return replace(found(*given), status="interrupted")

    monkeypatch.setattr(search, "solve", interrupted)
    monkeypatch.setattr(by_pairs, "of_decision", lambda *_: [by_pairs.AfterTwo(0, 1, 1, 0.1)])
    with pytest.raises(DesignError, match=r"interrupted before .* 0\.2 after any two losses"):
        by_pairs.solve(three_places(0.2), Effort(0.0, 20.0, 1))


def test_what_else_stops_a_search_is_said_as_it_is(monkeypatch):
    def fails(*_):
        raise DesignError("credit that rises")

    monkeypatch.setattr(search, "solve", fails)
    with pytest.raises(DesignError, match="credit that rises"):
        by_pairs.solve(three_places(0.2), Effort(0.0, 20.0, 1))


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    folder = tmp_path_factory.mktemp("pairs")
    path = programme_study.write(folder, old="keep_min: 0.40", new="keep_min_pair: 0.30")
    page = study.run_to_folder(configfile.load_config(path), folder / "out")
    return folder / "out", page


def test_the_worst_pairs_follow_from_the_file(results):
    cube = xr.open_dataset(results[0] / "study.nc").load()
    left = cube["pair_credited_fraction"].values
    assert (left >= 0.30).all()
    assert (np.diff(left) >= 0).all()
    assert (cube["pair_floor"] == 0.30).all()
    named = set(cube["stress"].values)
    checked = 0
    for k in range(cube.sizes["pair"]):
        first, second = cube["pair_first"].values[k], cube["pair_second"].values[k]
        if {first, second} <= named:
            each = naive_cube.worth_after(
                cube, "chosen", cube["pair_year"].values[k], first, 12.0, other=second
            )
            _, credited = naive_cube.coverage(cube, "coverage", each)
            assert credited == pytest.approx(left[k], abs=3e-6)
            checked += 1
    assert checked >= 3


def test_the_page_names_the_worst_pair_once(results):
    answer = json.loads((results[0] / "answer.json").read_text())
    worst = answer["pairs"][0]
    page = " ".join(results[1].split())
    said = page[page.index("**Two losses at once.**") :].split("##")[0]
    assert said.startswith(
        "**Two losses at once.** Whichever two of the losses asked for come together, at least "
        "30.0 % must be left. The worst: the site JASDF deep-space"
    )
    assert f"({100 * worst['credited_left']:.1f} % left in FY{worst['fiscal_year']})" in said
    assert said.count("the site JASDF deep-space") == 1
