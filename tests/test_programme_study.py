"""A study over fiscal years, end to end: the file alone rebuilds what the page says."""

import json
import re
import signal
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

import programme_study
from kansoku import configfile, study
from kansoku.configprogramme import (
    BeneficiarySection,
    ProgrammeSection,
    PurseSection,
    SlotsSection,
    StressSection,
    SupplierSection,
    WhatIfSection,
)
from kansoku.cubes import recompute
from kansoku.errors import DesignError
from kansoku.report import tables
from naive import programme_cube as naive

REPOSITORY = Path(__file__).parent.parent
YEARS = list(range(2027, 2032))
ROUNDED = 3e-6  # row weights are multiples of 2^-20


def run(folder, **changes):
    path = programme_study.write(folder, **changes)
    page = study.run_to_folder(configfile.load_config(path), folder / "out")
    return folder / "out", page


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    return run(tmp_path_factory.mktemp("years"))


@pytest.fixture(scope="module")
def cube(results):
    return xr.open_dataset(results[0] / "study.nc").load()


@pytest.fixture(scope="module")
def answer(results):
    return json.loads((results[0] / "answer.json").read_text())


# The file alone -------------------------------------------------------------------------------


SECTION_11 = {
    "contributor_active": ("design", "year", "contributor"),
    "coverage_fraction": ("design", "year", "scenario", "requirement"),
    "credited_fraction": ("design", "year", "scenario", "requirement"),
    "coverage_attainable_fraction": ("year", "requirement"),
    "autonomy_fraction": ("design", "year", "requirement"),
    "stress_coverage_fraction": ("design", "year", "stress", "requirement"),
    "stress_loss_fraction": ("design", "year", "stress", "requirement"),
    "partner_gain_fraction": ("design", "year", "partner"),
    "partner_need_fraction": ("design", "year", "partner"),
    "sensor_in_service": ("design", "year", "sensor"),
    "arrangement_in_force": ("design", "year", "arrangement"),
    "capex": ("design", "year", "purse"),
    "opex": ("design", "year", "purse"),
    "data_fee": ("design", "year", "purse"),
    "bound_upper": ("iteration",),
    "bound_lower": ("iteration",),
}


@pytest.mark.parametrize(("name", "dims"), SECTION_11.items())
def test_a_variable_of_the_formulation_has_its_name_and_dims(cube, name, dims):
    assert cube[name].dims == dims
    assert cube["year"].values.tolist() == YEARS


def test_every_variable_says_what_it_is_and_fractions_keep_their_range(cube):
    for name, variable in cube.variables.items():
        assert variable.attrs["long_name"], name
        if "valid_range" in variable.attrs:
            low, high = variable.attrs["valid_range"]
            known = variable.values[~np.isnan(variable.values)]
            assert ((known >= low) & (known <= high + 1e-12)).all(), name


def test_the_file_gives_the_coverage_of_every_year_again(cube):
    for name, again in recompute.coverage(cube).items():
        np.testing.assert_allclose(again.values, cube[name].values, rtol=0, atol=1e-12)


@pytest.mark.parametrize("design", ["chosen", "today"])
@pytest.mark.parametrize("year", [2027, 2031])
def test_the_definitions_give_the_same_coverage(cube, design, year):
    each = naive.worth(cube, design, year)
    for requirement in ("coverage", "autonomy"):
        stored = cube.sel(design=design, year=year, requirement=requirement)
        plain, credited = naive.coverage(cube, requirement, each)
        assert plain == pytest.approx(stored["coverage_fraction"].mean().item(), abs=1e-12)
        assert credited == pytest.approx(stored["credited_fraction"].mean().item(), abs=1e-12)


def test_a_package_covers_its_objects_alone(cube):
    """A quarter of the objects is in the first part of the supply, and the firm gives no others."""
    objects = cube["target_multiplicity"].values
    first = objects[cube["target_supply_part"].values == 0].sum() / objects.sum()
    assert first == pytest.approx(0.25, abs=0.03)
    credit = cube["contributor_credit"].sel(design="chosen", year=2031)
    firm = credit.values[cube["contributor_partner"].values == "LEOLABS"]
    assert (firm > 0).any()
    assert ((firm[:, 0] > 0) == (firm[:, 0] == 0.9 * 0.8)).all()
    signed = cube["arrangement"].values[
        cube["arrangement_in_force"].sel(design="chosen", year=2031).values > 0
    ]
    assert ("LEOLABS-100" in signed) == bool((firm[:, 1] > 0).any())


def cases(cube):
    """Losses of every kind that take something, and some that take nothing."""
    lost = cube["stress_loss_fraction"].sel(design="chosen", year=2031, requirement="coverage")
    kinds = cube["stress_kind"].values
    worst = [
        cube["stress"].values[kinds == kind][np.argmax(lost.values[kinds == kind])]
        for kind in dict.fromkeys(kinds)
    ]
    return [*worst, *cube["stress"].values[lost.values == 0][:2]]


@pytest.mark.parametrize("design", ["chosen", "today"])
def test_what_a_loss_leaves_follows_from_the_file(cube, design):
    some = cases(cube)
    assert len(some) == 10
    for stress in some:
        each = naive.worth_after(cube, design, 2031, stress, latest_hours=12.0)
        for requirement in ("coverage", "autonomy"):
            stored = cube.sel(design=design, year=2031, requirement=requirement, stress=stress)
            plain, credited = naive.coverage(cube, requirement, each)
            assert plain == pytest.approx(stored["stress_coverage_fraction"].item(), abs=ROUNDED)
            assert credited == pytest.approx(stored["stress_credited_fraction"].item(), abs=ROUNDED)
            lost = stored["coverage_expected"].item() - plain
            assert lost == pytest.approx(stored["stress_loss_fraction"].item(), abs=ROUNDED)


@pytest.mark.parametrize("year", YEARS)
def test_what_late_orders_leave_follows_from_the_file(cube, year):
    late = cube["stress"].values[cube["stress_kind"].values == "supplier"]
    assert len(late)
    for stress in late:
        each = naive.worth_after(cube, "chosen", year, stress, latest_hours=12.0)
        stored = cube.sel(design="chosen", year=year, requirement="coverage", stress=stress)
        plain, credited = naive.coverage(cube, "coverage", each)
        assert plain == pytest.approx(stored["stress_coverage_fraction"].item(), abs=ROUNDED)
        assert credited == pytest.approx(stored["stress_credited_fraction"].item(), abs=ROUNDED)


def test_late_orders_take_something_in_some_year_and_all_come_in_the_end(cube):
    late = cube["stress_kind"] == "supplier"
    lost = cube["stress_credited_loss_fraction"].sel(design="chosen", requirement="coverage")
    worst = lost.where(late, drop=True).max("year")
    assert (worst > 0.01).any()
    assert not cube["stress_delay_years"].where(~late, drop=True).values.any()


def test_floors_are_kept_and_the_true_ratio_is_told(cube):
    chosen = cube.sel(design="chosen")
    own = chosen["coverage_expected"].sel(requirement="autonomy")
    every = chosen["coverage_expected"].sel(requirement="coverage")
    assert (own >= cube["autonomy_floor"] - 1e-9).all()
    assert cube["autonomy_floor"].values.tolist() == [0.0, 0.0, 0.0, 0.55, 0.58]
    ratio = chosen["autonomy_fraction"].sel(requirement="coverage")
    np.testing.assert_allclose(ratio, own / every)
    floor, left = cube["stress_floor"], chosen["stress_credited_fraction"]
    asked = floor.transpose("year", "stress").values > 0
    assert asked[-2:].any(axis=1).all()
    assert not asked[:-2].any()
    assert (left.sel(requirement="coverage") >= floor - ROUNDED).all()


def test_partners_gain_what_they_were_promised(cube):
    gain, need = (
        cube[f"partner_{name}_fraction"].sel(design="chosen") for name in ("gain", "need")
    )
    asked = need.values > 0
    assert asked.any()
    assert (gain.values[asked] >= need.values[asked] - ROUNDED).all()
    # Without anything released, a partner has what it has alone
    free = cube["partner_tier_given"].sel(design="chosen").values == 0
    np.testing.assert_allclose(gain.values[free & ~np.isnan(gain.values)], 0.0, atol=1e-12)


def test_money_of_every_purse_and_year_adds_up(cube):
    for design in ("chosen", "today"):
        one = cube.sel(design=design)
        spent = sum(one[name] for name in ("capex", "opex", "data_fee"))
        before = one["purse_carried"].shift(year=1, fill_value=0.0)
        left = cube["purse_budget"] + before - spent
        np.testing.assert_allclose(
            left.transpose("year", "purse"), one["purse_carried"] + one["purse_lapsed"], atol=1e-9
        )
        assert (one["purse_carried"] <= cube["purse_carry_limit"] + 1e-9).all()
        assert one["purse_carried"].isel(year=-1).sum() == 0.0


def test_capital_of_the_orders_is_what_is_paid_or_still_due(cube):
    """At prices of the year of payment; orders of one year of building are paid at once."""
    chosen = cube.sel(design="chosen")
    ordered = chosen["sensor_ordered"].transpose("year", "sensor").values
    capital = cube["contributor_capex"].sel(contributor=cube["sensor"].values).values
    level = cube["price_level"].values
    np.testing.assert_allclose(level, 1.02 ** np.arange(5))
    site = dict(zip(cube["site"].values, cube["site_opening_cost"].values, strict=True))
    opened, expected = set(), 0.0
    for t, s in zip(*np.nonzero(ordered), strict=True):
        place = cube["sensor_site"].values[s]
        expected += capital[s] * level[t] + (0.0 if place in opened else site[place] * level[t])
        opened.add(place)
    later = chosen["due_after_horizon"] - chosen["fees_after_horizon"]
    paid = chosen["capex"].sum().item() + later.sum().item()
    assert paid == pytest.approx(expected, rel=1e-3)


def test_a_sensor_abroad_is_in_service_under_its_host_alone(cube):
    chosen = cube.sel(design="chosen")
    hosted = [s for s in cube["sensor"].values if cube["sensor_host"].sel(sensor=s).item()]
    abroad = [s for s in hosted if chosen["sensor_in_service"].sel(sensor=s).any()]
    assert abroad
    for sensor in abroad:
        host = cube["sensor_host"].sel(sensor=sensor).item()
        runs = chosen["sensor_in_service"].sel(sensor=sensor)
        assert (runs <= chosen["arrangement_in_force"].sel(arrangement=host)).all()


def test_the_objective_is_coverage_weighed_over_the_years(cube, answer):
    credited = cube["credited_expected"].sel(design="chosen", requirement="coverage")
    worth = 1.05 ** -np.arange(5.0)
    np.testing.assert_allclose(cube["year_worth"], worth / worth.sum())
    reached = float((credited * cube["year_worth"]).sum())
    proof = answer["proof"]
    assert proof["credited_coverage"] == pytest.approx(reached, abs=1e-9)
    assert proof["credited_coverage_bound"] >= reached
    assert proof["proven"]
    assert proof["gap"] <= 0.01


def test_what_costs_nothing_and_changes_nothing_stays_in_force(cube):
    force = cube["arrangement_in_force"].sel(design="chosen", arrangement=["USA-T1", "USA-T2"])
    assert (force > 0).all()


# The page -------------------------------------------------------------------------------------


def test_the_answer_comes_first_and_says_what_the_numbers_say(results, answer):
    first = " ".join(results[1].split("\n\n")[1].split())
    last = answer["by_year"][-1]
    assert first.startswith("**Answer.** With 15.7 billion yen in 3 purses from FY2027 to FY2031,")
    assert f"order {len(answer['sensors'])} sensor" in first
    assert f"{100 * last['credited_fraction']['chosen']:.1f} % in FY2031" in first
    assert "(floor 58.0 %)" in first
    worst = max(answer["losses"], key=lambda one: one["credited_lost"])
    assert f"leaves {100 * worst['credited_left']:.1f} % credited coverage." in first
    assert first.count(". ") == 1, "the answer, in two sentences"


def test_the_page_has_its_sections_and_fits_a_terminal(results):
    sections = [line[3:] for line in results[1].splitlines() if line.startswith("## ")]
    assert sections == [
        "What is ordered and signed, year by year",
        "What is in force",
        "Money by fiscal year",
        "Who builds it",
        "Coverage and autonomy by year",
        "What it buys by FY2031",
        "What each part is worth",
        "If something is lost in FY2031",
        "What partners gain",
        "Can the sensors keep up?",
        "Objects never seen",
        "Notes",
        "Assumptions left unchanged",
        "Made from",
    ]
    assert max(len(line) for line in results[1].splitlines()) <= tables.COLUMNS


def section(page, title):
    return page.partition(f"## {title}\n\n")[2].partition("\n## ")[0]


def test_every_order_and_signature_stands_in_its_year_under_its_purse(results, answer):
    calendar = " ".join(section(results[1], "What is ordered and signed, year by year").split())
    for one in answer["sensors"]:
        assert one["ordered_fy"] < one["service_fy"] <= 2031
        entry = calendar.partition(f"**FY{one['ordered_fy']}, {one['purse']}:**")[2]
        assert one["site"] in entry.partition("**FY")[0]
    for one in answer["arrangements"]:
        for year in one["signed_fy"]:
            entry = calendar.partition(f"**FY{year}, {one['purse']}:**")[2].partition("**FY")[0]
            assert f"({one['id']})" in entry


def test_losses_are_told_worst_first_and_single_points_by_name(results, answer):
    lost = [one["credited_lost"] for one in answer["losses"]]
    assert lost == sorted(lost, reverse=True)
    table = section(results[1], "If something is lost in FY2031")
    rows = [line for line in table.splitlines() if line.startswith("| ")][1:]
    left = [float(row.split("|")[2].strip(" %")) for row in rows]
    assert left == sorted(left)
    single = [one for one in answer["losses"] if one["share_lost"] > answer["single_point_share"]]
    assert single
    named = " ".join(table.partition("**Single points of failure.**")[2].split())
    for one in single:
        assert f"({100 * one['share_lost']:.1f} %)" in named


def test_money_on_the_page_is_that_of_the_cube(results, cube, answer):
    chosen = cube.sel(design="chosen")
    spent = sum(float(chosen[name].sum()) for name in ("capex", "opex", "data_fee"))
    assert answer["money"]["spent_mjpy"] == pytest.approx(spent)
    by_year = sum(one["spent_mjpy"] for one in answer["money"]["years"])
    by_purse = sum(one["spent_mjpy"] for one in answer["money"]["purses"])
    assert by_year == pytest.approx(spent)
    assert by_purse == pytest.approx(spent)
    assert f"for {spent / 1000:.1f} billion yen in all" in " ".join(results[1].split())
    assert "in FY2031 8.2 % higher" in section(results[1], "Money by fiscal year")


def test_the_results_are_complete_and_nothing_temporary_is_left(results):
    names = sorted(path.relative_to(results[0]).as_posix() for path in results[0].rglob("*"))
    figures = (
        "coverage_by_regime", "coverage_by_year", "losses", "money_by_year", "network_map",
    )  # fmt: skip
    expected = ["answer.json", "answer.md", "config.yaml", "figures", "study.nc"]
    expected += [f"figures/{name}.{kind}" for name in figures for kind in ("png", "svg")]
    assert names == sorted(expected)
    svg = (results[0] / "figures" / "coverage_by_year.svg").read_text()
    assert "Share of the demand [%]" in svg
    assert "floor on it" in svg
    svg = (results[0] / "figures" / "money_by_year.svg").read_text()
    assert "Spent [billion yen, prices of each year]" in svg  # which rise by 2 % a year


def test_the_same_study_on_one_process_is_the_same_answer(results, cube, tmp_path):
    again, page = run(tmp_path, threads=1)
    with xr.open_dataset(again / "study.nc") as other:
        assert set(other.variables) == set(cube.variables)
        for name in cube.variables:
            np.testing.assert_array_equal(cube[name].values, other[name].values, err_msg=name)
    assert page.partition("## Made from")[0] == results[1].partition("## Made from")[0]


def test_the_resolved_config_asks_the_same_question(results):
    resolved = configfile.load_config(results[0] / "config.yaml").config
    asked = configfile.load_config(results[0].parent / "years.yaml").config
    assert resolved == asked


# Where it ends early --------------------------------------------------------------------------


def test_an_interrupted_search_gives_its_best_plan_with_an_honest_bound(tmp_path):
    """The gap asked for is out of reach; the interrupt comes with the first plan."""

    def interrupt(stage, *_):
        if stage.startswith("design: coverage"):
            raise KeyboardInterrupt

    path = programme_study.write(tmp_path, old="gap: 0.01", new="gap: 0.000001")
    cube = study.run(configfile.load_config(path), interrupt)
    assert cube.attrs["kansoku_status"] == "interrupted"
    assert cube.attrs["kansoku_proven"] == 0
    assert cube.attrs["kansoku_bound"] >= cube.attrs["kansoku_objective"]
    page = study.report.fiscalpage.page(study.report.fiscal.summary(cube))
    assert "the search was interrupted before the gap asked for" in " ".join(page.split())


def test_floors_out_of_reach_are_told_by_year_and_nothing_is_written(tmp_path):
    path = programme_study.write(tmp_path, old="2031: 0.58", new="2031: 0.99")
    with pytest.raises(DesignError, match=r"autonomy in FY2031: at least 0\.99 .* reach 0\.\d+;"):
        study.run_to_folder(configfile.load_config(path), tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_study_that_does_nothing_says_so(tmp_path):
    """Purses too small for anything: no orders, no new arrangements, no floors."""
    text = programme_study.TEXT.replace("THREADS", "2")
    text = re.sub(r"    autonomy_min.*\n    stress.*\n", "", text)
    text = re.sub(r"civil: \{.*\n.*\}\n", "civil: {budget_mjpy: 1}\n", text)
    text = text.replace("defence: {budget_mjpy: 900}", "defence: {budget_mjpy: 1}")
    text = text.replace("[300, 300, 300, 1200, 1200]", "1").replace("LEOLABS-100]", "LEOLABS-100]")
    (tmp_path / "poor.yaml").write_text(text, encoding="utf-8")
    loaded = configfile.load_config(tmp_path / "poor.yaml")
    page = " ".join(study.run_to_folder(loaded, tmp_path / "out").split())
    assert "nothing worth ordering is found: today's network is kept." in page
    assert re.search(r"coverage of the demand is \d+\.\d % in FY2031, as it is today;", page)
    assert re.search(r"of its sensors today's network reaches \d+\.\d % credited coverage\.", page)
    assert "added" not in page.partition("## ")[0]
    assert "## What is ordered and signed, year by year Nothing." in page


# What says so ---------------------------------------------------------------------------------


def test_the_page_on_cubes_names_every_variable_with_its_dims(cube):
    text = (REPOSITORY / "docs" / "cubes.md").read_text("utf-8")
    for name, variable in cube.variables.items():
        assert f"| `{name}` | {', '.join(variable.dims)} |" in text, name


def test_the_page_on_studies_names_every_key_of_the_section():
    text = (REPOSITORY / "docs" / "study.md").read_text("utf-8")
    for section, above in (
        (ProgrammeSection, ""),
        (StressSection, "stress."),
        (PurseSection, "purses.<id>."),
        (BeneficiarySection, "beneficiaries.<state>."),
        (SlotsSection, "slots.<kind>."),
        (SupplierSection, "suppliers.<country>."),
        (WhatIfSection, "what_if."),
    ):
        parts = {"purses", "stress", "beneficiaries", "slots", "suppliers", "what_if"}
        for key in set(section.model_fields) - parts:
            assert f"`{above}{key}`" in text, key


def test_the_example_of_the_page_on_studies_stands_in_the_packaged_plan(tmp_path):
    page = (REPOSITORY / "docs" / "study.md").read_text("utf-8")
    example = page.partition("```yaml\n")[2].partition("```")[0]
    above, _, rest = configfile.packaged_text("plan").partition("  programme:")
    text = f"{above}{example}  gap:{rest.partition('  gap:')[2]}"
    (tmp_path / "plan.yaml").write_text(text, encoding="utf-8")
    asked = configfile.load_config(tmp_path / "plan.yaml").config.design.programme
    assert asked is not None
    assert asked.stress is not None
    assert asked.stress.keep_min_pair == 0.2
    assert set(asked.suppliers) == {"ITA", "default"}


@pytest.mark.parametrize("name", ["plan", "japan"])
def test_packaged_studies_over_years_can_be_checked_and_copied(tmp_path, name):
    text = configfile.packaged_text(name)
    for file in ("catalogue.tle.gz", "satcat.csv.gz"):
        (tmp_path / file).touch()
    (tmp_path / f"{name}.yaml").write_text(text, encoding="utf-8")
    asked = configfile.load_config(tmp_path / f"{name}.yaml").config.design
    assert asked.programme is not None
    assert asked.budget_mjpy is None
    assert asked.programme.stress is not None
    assert asked.programme.autonomy_min
    assert (asked.decision_fy, asked.horizon_fy) == (2027, {"plan": 2032, "japan": 2036}[name])


# The command ----------------------------------------------------------------------------------


@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_ends_the_search_with_the_best_plan_so_far(kansoku, tmp_path, number, status):
    stage = f"""
    from kansoku.study import overyears
    sent = []
    def told(progress, stage):
        def tell(moment):
            import os
            if moment.lower > 0 and not sent:
                sent.append(True)
                os.kill(os.getpid(), {int(number)})
        return tell
    overyears.told = told
    """
    path = programme_study.write(tmp_path, old="gap: 0.01", new="gap: 0.000001")
    done = kansoku("run", path, "--out", tmp_path / "out", stage=stage)
    assert done.returncode == status
    assert "the search was interrupted" in " ".join(done.stdout.split())
    assert "Traceback" not in done.stderr
    assert (tmp_path / "out" / "study.nc").exists()


def test_a_floor_out_of_reach_is_status_2_with_its_message_alone(kansoku, tmp_path):
    path = programme_study.write(tmp_path, old="keep_min: 0.40", new="keep_min: 0.95")
    done = kansoku("run", path, "--out", tmp_path / "out")
    assert (done.returncode, done.stdout) == (2, "")
    told = [line for line in done.stderr.splitlines() if line.startswith("design.programme: ")]
    assert len(told) == 5
    said = "at least 0.95 is asked for, but all sensors and arrangements together reach 0."
    assert all(said in line for line in told)
    reached = [float(line.partition("reach ")[2].partition(";")[0]) for line in told]
    assert reached == sorted(reached)
    assert re.fullmatch(r"and \d+ more floors that nothing reaches", done.stderr.splitlines()[-1])


def test_check_refuses_keys_of_one_period_by_line(kansoku, tmp_path):
    path = programme_study.write(tmp_path, old="  gap: 0.01", new="  gap: 0.01\n  capacity: block")
    done = kansoku("check", path)
    line = path.read_text().splitlines().index("  capacity: block") + 1
    assert done.returncode == 2
    assert done.stderr == (
        f"{path}:{line}: design.capacity: got 'block', must not be given beside programme: slots "
        "are not weighed over fiscal years; remove the key\n"
    )
