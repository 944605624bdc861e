"""Questions beside a plan: against exhaustive search, and of a study again from its file alone."""

import json
from dataclasses import replace

import numpy as np
import pytest
import xarray as xr

import programme_study
from kansoku import configfile, network, study
from kansoku.design.portfolio import Effort
from kansoku.design.programme import pairs
from kansoku.design.programme.search import solve
from kansoku.design.value import shadow
from kansoku.design.value.profiles import regret_of_plans, reweighed
from kansoku.design.value.what_if import Changed, answered
from kansoku.errors import DesignError, KansokuError
from kansoku.report import tables, whatif
from kansoku.study.overyears import asking, question
from kansoku.study.scope import look, scope_of, witnessed
from kansoku.study.whatif import Beside
from naive import programme as naive
from naive import programme_cube
from programme_cases import programme_of, random_case
from programme_examples import of_sensors, sensor
from test_programme_pairs import with_pairs, worst_pairs

EXACT = Effort(gap=1e-9, time_limit_s=60.0)
LOOSE = Effort(gap=0.3, time_limit_s=60.0)
SEEDS = (0, 1, 2, 3, 6, 10, 14, 16, 19, 22, 25, 30, 57, 58)
SMALL_BILLION = 3.0  # where a sensor costs 2 to 10


def answer_to(case, effort=EXACT):
    """Return the programme with its plan."""
    programme = programme_of(case)
    return programme, solve(programme, effort)


def asked(now, ask, effort=EXACT, direction="looser"):
    (found,) = answered([Changed("next_billion", "", ask, direction)], now, effort, workers=1)
    return found


def holds(found, truth, exact):
    assert found.price.low - 1e-6 <= truth <= found.price.high + 1e-6
    assert found.price.low >= 0.0
    if exact:
        assert found.price.high - found.price.low <= 1e-6


# Against exhaustive search ---------------------------------------------------------------------


def with_more(case, purse=None):
    """The case with the small billion shared out in proportion to the budgets."""
    paying = range(len(case["purses"])) if purse is None else [purse]
    whole = sum(sum(case["purses"][f]["budget"]) for f in paying)
    purses = [
        {**one, "budget": [b + SMALL_BILLION * b / whole for b in one["budget"]]}
        if f in paying
        else one
        for f, one in enumerate(case["purses"])
    ]
    return {**case, "purses": purses}


@pytest.mark.parametrize("effort", [EXACT, LOOSE])
@pytest.mark.parametrize("seed", SEEDS)
def test_more_money_is_worth_what_exhaustive_search_says(seed, effort, monkeypatch):
    monkeypatch.setattr(shadow, "ONE_BILLION_MJPY", SMALL_BILLION)
    case = random_case(seed)
    programme, now = answer_to(case, effort)
    for purse in (None, 0):
        truth = naive.best(with_more(case, purse)) - naive.best(case)
        name = None if purse is None else programme.purses.names[purse]
        found = asked(now, lambda name=name: shadow.richer_in_proportion(programme, name), effort)
        holds(found, truth, effort is EXACT)
        assert found.plan.objective >= now.objective - 1e-9


@pytest.mark.parametrize("seed", [1, 2, 3, 4, 6, 7, 8, 9])
def test_a_changed_question_keeps_what_two_losses_must_leave(seed, monkeypatch):
    monkeypatch.setattr(shadow, "ONE_BILLION_MJPY", SMALL_BILLION)
    case, programme, listed, best = with_pairs(seed)
    _, now = pairs.solve(programme, EXACT)
    found = asked(now, lambda: shadow.richer_in_proportion(programme))
    enough = programme.pairs.at_least - 1e-9
    scores = [score for score, left in worst_pairs(with_more(case), listed) if left >= enough]
    holds(found, max(scores) - best, exact=True)
    assert pairs.kept(programme, found.plan.decision)


def test_money_is_worth_something_to_some_of_these_cases():
    worth = [
        (naive.best(with_more(case)) or 0.0) - (naive.best(case) or 0.0)
        for case in map(random_case, SEEDS)
    ]
    assert sum(one > 1e-3 for one in worth) >= 5


def with_a_floor(at_least):
    """A sees 6 of 10 and B 4, of what a floor asks for 400 and 405 of 1000; money for one."""
    case = of_sensors(sensor(), sensor(), purse={"budget": [5.0, 0.0]})
    cells = (np.eye(2, dtype=int), np.zeros(2), np.array([400, 405]), 1000, (1.0,))
    floor = {"cells": cells, "year": 0, "view": (frozenset(), None), "worth": 0.0}
    return {**case, "aims": [*case["aims"], {**floor, "floor": at_least}]}


def test_a_point_less_where_it_binds():
    case, lower = with_a_floor(0.405), with_a_floor(0.395)
    assert (naive.best(case), naive.best(lower)) == pytest.approx((0.8, 1.2))
    programme, now = answer_to(case)
    found = asked(now, lambda: shadow.less_of(programme, "aim 2"))
    assert (found.price.low, found.price.high) == pytest.approx((0.4, 0.4), abs=1e-6)


@pytest.mark.parametrize("seed", [1, 2, 3, 6, 14, 16])
def test_a_lower_floor_is_worth_what_exhaustive_search_says(seed):
    case = random_case(seed)
    floors = [k for k, aim in enumerate(case["aims"]) if aim["floor"] > 0.0]
    programme, now = answer_to(case)
    name = f"aim {floors[0]}"
    lower = max(case["aims"][floors[0]]["floor"] - 0.15, 0.0)
    aims = [{**a, "floor": lower} if k == floors[0] else a for k, a in enumerate(case["aims"])]
    truth = naive.best({**case, "aims": aims}) - naive.best(case)
    holds(asked(now, lambda: shadow.less_of(programme, name, 0.15)), truth, exact=True)


@pytest.mark.parametrize("seed", SEEDS)
def test_richer_tiers_are_worth_what_exhaustive_search_says(seed):
    case = random_case(seed)
    _, now = answer_to(case)
    agreed = [
        {**one, "received": [q and min(q + 1, 5) for q in one["received"]]}
        for one in case["arrangements"]
    ]
    richer = {**case, "arrangements": agreed}
    truth = naive.best(richer) - naive.best(case)
    holds(asked(now, lambda: programme_of(richer)), truth, exact=True)


def test_what_does_not_bind_is_worth_nothing_and_not_asked():
    programme = programme_of(of_sensors(sensor()))
    now = solve(programme, LOOSE)
    found = asked(now, None)
    assert (found.price.low, found.price.high, found.plan) == (0.0, 0.0, now)


def test_after_an_interrupt_questions_stay_unanswered():
    programme = programme_of(of_sensors(sensor()))
    now = replace(solve(programme, EXACT), status="interrupted")
    found = asked(now, lambda: programme)
    assert (found.plan, found.price, found.reason) == (None, None, "interrupted")


def test_a_question_that_nothing_answers_tells_why():
    free, floored = of_sensors(sensor()), of_sensors(sensor(payments=[40.0, 0.0]))
    floored["aims"][0]["floor"] = 0.5
    now = solve(programme_of(free), EXACT)
    found = asked(now, lambda: programme_of(floored))
    assert found.plan is None
    assert found.price is None
    assert "no decision keeps every limit" in found.reason


def test_a_billion_is_shared_out_as_the_budgets_are():
    case = of_sensors(sensor(), purse={"budget": [6.0, 2.0]})
    case["purses"].append({**case["purses"][0], "budget": [0.0, 12.0]})
    programme = programme_of(case)
    every = shadow.richer_in_proportion(programme).purses.budget_mjpy
    assert every - programme.purses.budget_mjpy == pytest.approx(np.array([[300, 100], [0, 600]]))
    one = shadow.richer_in_proportion(programme, "f0").purses.budget_mjpy
    assert one - programme.purses.budget_mjpy == pytest.approx(np.array([[750, 250], [0, 0]]))


def test_money_that_nobody_has_is_not_shared_out():
    programme = programme_of(of_sensors(sensor(), purse={"budget": [0.0, 0.0]}))
    with pytest.raises(DesignError, match="budgets hold 0 million JPY"):
        shadow.richer_in_proportion(programme)
    with pytest.raises(DesignError, match="purse f9: not in the programme; it has f0"):
        shadow.richer_in_proportion(programme, "f9")


# Profiles --------------------------------------------------------------------------------------


def weighed_anew(case, seed):
    """The case with other weights of its cells: what a profile does to the demand."""
    rng = np.random.default_rng([seed, 77])
    aims = []
    for aim in case["aims"]:
        values, base, weight, _, credit = aim["cells"]
        drawn = rng.integers(1, 30, len(weight))
        aims.append({**aim, "cells": (values, base, drawn, int(drawn.sum()), credit)})
    return {**case, "aims": aims}


def judged_by(case, other):
    """Limits, floors and promises of a case, and the objective of another."""
    first = len(case["aims"])
    aims = [{**aim, "worth": 0.0} for aim in case["aims"]]
    aims += [{**aim, "floor": 0.0} for aim in other["aims"]]
    tails = [{**tail, "aims": [first + k for k in tail["aims"]]} for tail in other["tails"]]
    return {**case, "aims": aims, "tails": tails}


def told(decision):
    """Return a Decision as the oracle's."""
    return {
        "ordered": [None if tau < 0 else int(tau) for tau in decision.ordered],
        "kept": decision.kept.tolist(),
        "in_force": decision.in_force.tolist(),
        "tasked": {tuple(place) for place in np.argwhere(decision.tasked).tolist()},
    }


@pytest.mark.parametrize("seed", SEEDS)
def test_regret_is_that_of_exhaustive_search(seed):
    case = random_case(seed)
    programme, plan = answer_to(case)
    others = [weighed_anew(case, k) for k in range(2)]
    cases = [case, *(judged_by(case, other) for other in others)]
    asked_for = {"study": programme} | {
        f"k{k}": reweighed(programme, programme_of(other)) for k, other in enumerate(others)
    }
    plans = [plan]
    for name in ("k0", "k1"):
        found = asked(plan, lambda name=name: asked_for[name], direction=None)
        assert found.price is None
        plans.append(found.plan)
    regret = regret_of_plans(asked_for, plans)
    best = [naive.best(one) for one in cases]
    assert [one.objective for one in plans] == pytest.approx(best, abs=1e-6)
    for a, one in enumerate(plans):
        for k, judge in enumerate(cases):
            given_up = best[k] - naive.score(judge, told(one.decision), {})
            assert regret.low[a, k] == pytest.approx(given_up, abs=1e-6)
            assert regret.high[a, k] == pytest.approx(given_up, abs=1e-6)


def test_floors_are_those_of_the_study_whatever_is_weighed():
    """Were A 9 of 10, and the floor gone, A would be ordered."""
    case, other = with_a_floor(0.405), with_a_floor(0.0)
    for aim in other["aims"][:2]:
        values, base, _, total, credit = aim["cells"]
        aim["cells"] = (values, base, np.array([9, 1]), total, credit)
    programme, plan = answer_to(case)
    found = asked(plan, lambda: reweighed(programme, programme_of(other)), direction=None)
    assert found.plan.objective == pytest.approx(0.2)
    assert naive.best(judged_by(case, other)) == pytest.approx(0.2)
    assert naive.best(other) == pytest.approx(1.8)


def test_programmes_of_other_rows_are_not_compared():
    one, two = programme_of(of_sensors(sensor())), programme_of(of_sensors(sensor(), sensor()))
    with pytest.raises(DesignError, match="rows differ, 1 and 2"):
        reweighed(one, two)


# A study ---------------------------------------------------------------------------------------

YEARLY = "    discount_per_year: 0.05\n"
ASK = (
    "[next_billion, next_billion_by_purse, less_autonomy, one_tier_more, one_tier_more_by_partner, "
    "profiles]"
)


def with_questions(folder, what_if):
    return programme_study.write(folder, old=YEARLY, new=f"{YEARLY}    what_if: {what_if}\n")


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    folder = tmp_path_factory.mktemp("whatif")
    path = with_questions(folder, f"{{ask: {ASK}, gap: 0.004, time_limit_s: 30}}")
    page = study.run_to_folder(configfile.load_config(path), folder / "out")
    return folder / "out", page


@pytest.fixture(scope="module")
def cube(results):
    return xr.open_dataset(results[0] / "study.nc").load()


@pytest.fixture(scope="module")
def answer(results):
    return json.loads((results[0] / "answer.json").read_text())


def test_questions_stand_in_the_cube_in_the_order_of_the_tables(cube):
    assert cube["what_if"].values.tolist() == [
        "next_billion", "next_billion civil", "next_billion defence", "next_billion data",
        "less_autonomy", "one_tier_more", "one_tier_more USA", "one_tier_more AUS",
        "one_tier_more KOR", "one_tier_more LEOLABS", "profiles security", "profiles economy",
        "profiles environment",
    ]  # fmt: skip
    assert (cube["what_if_answered"] == 1).all()
    assert not any(cube["what_if_reason"].values)


def test_changes_in_the_cube_are_those_of_the_bounds(cube):
    priced = cube.isel(what_if=cube["what_if_kind"].values != "profiles")
    low = priced["what_if_coverage"] - cube.attrs["kansoku_bound"]
    high = priced["what_if_bound"] - cube.attrs["kansoku_objective"]
    np.testing.assert_allclose(priced["what_if_change_low"], np.maximum(low, 0.0), atol=1e-12)
    np.testing.assert_allclose(priced["what_if_change_high"], np.maximum(high, 0.0), atol=1e-12)
    assert (priced["what_if_coverage"] >= cube.attrs["kansoku_objective"] - 1e-9).all()
    assert priced["what_if_change_low"].sel(what_if="one_tier_more") > 0.02
    rest = cube.isel(what_if=cube["what_if_kind"].values == "profiles")
    assert rest["what_if_change_low"].isnull().all()


def test_what_a_plan_is_worth_under_other_weights_follows_from_the_file(cube):
    """Every regime weighs as the profile says, shared among its objects as in the study."""
    of = cube["target_regime"].values
    mine = cube["demand_weight"].sel(requirement="coverage").values
    whole = {regime: mine[of == regime].sum() for regime in cube["group"].values}
    for profile in cube["weight_profile"].values:
        share = cube["profile_weight"].sel(weight_profile=profile)
        scale = [share.sel(group=regime).item() / whole[regime] for regime in of]
        weighed = cube.copy()
        weighed["demand_weight"] = cube["demand_weight"] * xr.DataArray(scale, dims="target")
        credited = [
            programme_cube.coverage(
                weighed, "coverage", programme_cube.worth(cube, "chosen", year)
            )[1]
            for year in cube["year"].values
        ]
        stored = cube["profile_coverage"].sel(plan_profile="study", weight_profile=profile)
        assert stored.item() == pytest.approx(
            float(np.dot(credited, cube["year_worth"].values)), abs=1e-5
        )


def test_regret_in_the_cube_is_between_the_best_found_and_the_bound(cube):
    value, low = cube["profile_coverage"].values, cube["profile_regret_low"].values
    assert cube["weight_profile"].values.tolist() == ["study", "security", "economy", "environment"]
    assert value[0, 0] == pytest.approx(cube.attrs["kansoku_objective"], abs=1e-9)
    np.testing.assert_allclose(low, value.max(axis=0) - value, atol=1e-12)
    assert (cube["profile_regret_high"].values >= low - 1e-12).all()
    np.testing.assert_allclose(cube["profile_weight"].sum("group"), 1.0, atol=1e-9)
    for k, name in enumerate(cube["weight_profile"].values[1:], start=1):
        reached = cube["what_if_coverage"].sel(what_if=f"profiles {name}").item()
        assert value[k, k] == pytest.approx(reached, abs=1e-9)


def test_commonality_counts_over_different_plans(cube, answer):
    flags = np.hstack([cube["what_if_sensor_ordered"], cube["what_if_arrangement_signed"]])
    chosen = cube.sel(design="chosen")
    new = cube["arrangement_in_force_before"].values == 0
    force = (chosen["arrangement_in_force"].values > 0).any(axis=0) & new
    own = np.hstack([chosen["sensor_added"].values > 0, force])
    different = {tuple(row) for row in np.vstack([flags > 0, own])}
    names = [*cube["sensor"].values, *cube["arrangement"].values]
    options = answer["what_if"]["commonality"]
    assert len(different) > 1
    assert {one["plans"] for one in options} == {len(different)}
    for one in options:
        at = names.index(one["id"])
        assert one["plans_chosen"] == sum(row[at] for row in different), one["id"]
    standing = cube["sensor"].values[cube["sensor_purse"].values == ""]
    assert not {one["id"] for one in options} & {*standing, *cube["arrangement"].values[~new]}


def test_the_page_tells_what_was_found_and_what_is_proven(results, answer):
    text = results[1].partition("## What if\n\n")[2].partition("\n## ")[0]
    rows = {row.split("|")[1].strip(): row for row in text.splitlines() if row.startswith("| ")}
    assert "one billion yen more, in proportion to all budgets" in rows
    assert "one tier more: the United States" in rows
    assert "one point less autonomy, in every year" in rows
    tier = answer["what_if"]["questions"][5]
    found, low, high = (100 * tier[key] for key in ("change_found", "change_low", "change_high"))
    assert f"+{found:.1f} | {low:.1f} to {high:.1f} |" in rows["one tier more, from every partner"]
    assert "- **Always:** 0.5 m wide-field survey telescope at Iriki (Kagoshima)," in text
    assert "HOST-AUS and HOST-USA." in text
    assert {"plan for the study", "plan for security"} <= set(rows)
    assert max(map(len, results[1].splitlines())) <= tables.COLUMNS


def beside_of(folder, what_if):
    """Return the questions of a study before it is searched."""
    scope = scope_of(configfile.load_config(with_questions(folder, what_if)))
    witness = witnessed(scope, look(scope))
    accounts = network.accounts_of(scope.network, scope.config.network, scope.config.design)
    programme = question(scope, witness, accounts)
    return Beside(scope, witness, programme, asking(scope, witness, accounts))


def test_a_tier_more_is_worth_its_credit_at_the_same_price(tmp_path):
    beside = beside_of(tmp_path, "{ask: [one_tier_more_by_partner]}")
    before, offered = beside.programme, beside.scope.network.arrangements
    (usa,) = (one for one in beside.changed if one.of == "USA")
    after = usa.ask()
    credit = beside.scope.config.coverage.tier_credit
    names = before.sharing.partners
    for r, one in enumerate(offered):
        step = int(one.partner == "USA" and 0 < one.tier < 5)
        was, now = before.sharing.received[r], after.sharing.received[r]
        assert now.tolist() == [q + step if q else 0 for q in was]
    brought = [one for one in offered if one.partner == "USA" and one.opens_data]
    rows = after.rows.profile[after.rows.partner == names.index("USA")]
    for tier in range(3, 6):
        worth = max(
            (credit[one.tier] * one.usable_share for one in brought if 3 <= one.tier + 1 <= tier),
            default=0.0,
        )
        assert rows[:, tier - 1] == pytest.approx(worth)
    np.testing.assert_array_equal(before.sharing.fee_mjpy, after.sharing.fee_mjpy)
    assert np.array_equal(before.options.payments_mjpy, after.options.payments_mjpy)


def test_autonomy_that_what_stands_keeps_is_not_asked_again(tmp_path):
    """A floor of one in a thousand is kept by the sensors of today."""
    path = tmp_path / "years.yaml"
    text = with_questions(tmp_path, "{ask: [less_autonomy]}").read_text()
    path.write_text(text.replace("{2030: 0.55, 2031: 0.58}", "0.001"))
    scope = scope_of(configfile.load_config(path))
    witness = witnessed(scope, look(scope))
    accounts = network.accounts_of(scope.network, scope.config.network, scope.config.design)
    programme = question(scope, witness, accounts)
    (less,) = Beside(scope, witness, programme, asking(scope, witness, accounts)).changed
    assert less.ask is None


WRONG = {
    "a profile that nobody knows": (
        "{ask: [profiles], profiles: [security, glory]}", "",
        "design.programme.what_if.profiles[1]: got 'glory', must be a profile of "
        "weight_profiles.csv; choose from security, economy, environment",
    ),
    "profiles that are not asked for": (
        "{ask: [next_billion], profiles: [security]}", "",
        "design.programme.what_if.profiles: got ['security'], must not be given where ask does not",
    ),
    "less of no autonomy": (
        "{ask: [less_autonomy]}", "    autonomy_min: {2030: 0.55, 2031: 0.58}\n",
        "must not name less_autonomy where no autonomy is asked for; give autonomy_min",
    ),
    "one question twice": (
        "{ask: [profiles, profiles]}", "",
        "design.programme.what_if.ask: got ['profiles', 'profiles'], must name each once; remove",
    ),
    "no question": (
        "{ask: []}", "", "design.programme.what_if.ask: got [], must name at least one; add one",
    ),
    "a question that nobody knows": (
        "{ask: [two_billion]}", "", "design.programme.what_if.ask[0]: got 'two_billion', must be",
    ),
}  # fmt: skip


@pytest.mark.parametrize("wrong", WRONG)
def test_what_cannot_be_asked_is_told_by_key(tmp_path, wrong):
    what_if, without, said = WRONG[wrong]
    path = with_questions(tmp_path, what_if)
    path.write_text(path.read_text().replace(without, ""))
    with pytest.raises(KansokuError) as told:
        study.run_to_folder(configfile.load_config(path), tmp_path / "out")
    assert said in str(told.value)
    assert not (tmp_path / "out").exists()


def test_a_tier_above_the_richest_is_not_asked_for(tmp_path):
    path = with_questions(tmp_path, "{ask: [one_tier_more]}")
    text = path.read_text()
    begin, end = text.index("  arrangements: ["), text.index("coverage: {")
    text = f"{text[:begin]}  arrangements: [HOST-AUS, HOST-USA]\n{text[end:]}"
    begin, end = text.index("      defence: {"), text.index("    autonomy_min:")
    path.write_text(text[:begin] + text[end:])  # these purses pay for nothing else
    with pytest.raises(KansokuError, match="one_tier_more has nothing to ask for: of the arrange"):
        study.run(configfile.load_config(path))


# The page, by hand -----------------------------------------------------------------------------


def a_question(**facts):
    plain = {"kind": "next_billion", "of": "", "name": "", "answered": True, "reason": ""}
    reached = {"credited_coverage": 0.7, "change_found": 0.0, "spent_mjpy": 10.0, "gap": 0.013}
    return {**plain, **reached, "change_low": 0.0, "change_high": 0.0, **facts}


def section(*questions):
    asked_for = {"questions": list(questions), "commonality": [], "regret": None}
    return "\n".join(whatif.what_if_section({"what_if": asked_for}))


def test_a_change_that_is_known_to_be_none_reads_as_nothing():
    rows = section(a_question(kind="less_autonomy"), a_question(change_high=0.004)).splitlines()
    assert any("one point less autonomy" in row and "nothing" in row for row in rows)
    assert any("one billion yen more" in row and "0.0 to 0.4" in row for row in rows)
    assert "Every question that was answered leads to the sensors and" in " ".join(rows)
    small = section(a_question(change_high=4e-4))
    assert "below 0.05 |" in small
    assert "The widest gap of these searches is 1.3 %: `what_if.gap`" in " ".join(small.split())


def test_a_question_without_answer_says_why():
    none = {
        "gap": None,
        "credited_coverage": None,
        "change_found": None,
        "change_low": None,
        "spent_mjpy": None,
    }
    text = section(a_question(**none, answered=False, reason="interrupted", of="f", name="Fund"))
    assert "No answer for one billion yen more: Fund: interrupted." in " ".join(text.split())
    assert "Every question" not in text
    assert "widest gap" not in text
