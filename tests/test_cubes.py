"""A cube says what it holds, and is enough to compute its own coverage again."""

import dataclasses
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from kansoku.cubes import dataset, recompute, storage
from naive import cube as naive
from small_study import small_findings


@pytest.fixture(scope="module")
def findings():
    return small_findings()


@pytest.fixture(scope="module")
def labelled(findings):
    return dataset.label(findings)


@pytest.fixture(scope="module")
def file(labelled, tmp_path_factory):
    path = tmp_path_factory.mktemp("cube") / "study.nc"
    storage.write(labelled, path)
    return path


SECTION_11 = {
    "visibility_tracks": ("contributor", "target", "window"),
    "demand_weight": ("requirement", "target", "window"),
    "credit_step": ("credit",),
    "contributor_active": ("design", "year", "contributor"),
    "contributor_admissible": ("requirement", "contributor"),
    "contributor_weather": ("scenario", "contributor", "window"),
    "coverage_fraction": ("design", "year", "scenario", "requirement"),
    "credited_fraction": ("design", "year", "scenario", "requirement"),
    "coverage_fraction_group": ("design", "year", "scenario", "requirement", "group"),
    "coverage_fraction_target": ("design", "year", "requirement", "target"),
    "coverage_attainable_fraction": ("year", "requirement"),
    "coverage_expected": ("design", "year", "requirement"),
    "autonomy_fraction": ("design", "year", "requirement"),
    "revisit_gap_max": ("design", "year", "scenario", "target"),
    "revisit_gap_p95": ("design", "year", "scenario", "target"),
    "revisit_gap_mean": ("design", "year", "scenario", "target"),
    "sensor_in_service": ("design", "year", "sensor"),
    "arrangement_in_force": ("design", "year", "arrangement"),
    "capex": ("design", "year", "purse"),
    "opex": ("design", "year", "purse"),
    "data_fee": ("design", "year", "purse"),
    "bound_upper": ("iteration",),
    "bound_lower": ("iteration",),
    "mip_gap": ("iteration",),
    "cut_count": ("iteration",),
}


@pytest.mark.parametrize(("name", "dims"), SECTION_11.items())
def test_a_variable_of_the_formulation_has_its_name_and_dims(labelled, name, dims):
    assert labelled[name].dims == dims


def test_every_variable_says_what_it_is_and_in_which_units(labelled):
    for name, variable in labelled.variables.items():
        assert variable.attrs["long_name"], name
        wordy = variable.dtype == object or "flag_meanings" in variable.attrs
        timed = variable.dtype.kind == "M"
        assert wordy or timed or "units" in variable.attrs, name


def test_every_fraction_lies_in_its_valid_range(labelled):
    checked = 0
    for name, variable in labelled.variables.items():
        if "valid_range" in variable.attrs:
            low, high = variable.attrs["valid_range"]
            known = variable.values[~np.isnan(variable.values)]
            assert ((known >= low) & (known <= high + 1e-12)).all(), name
            checked += 1
    assert checked > 10


def test_the_file_opens_with_plain_xarray_and_holds_the_same(labelled, file):
    with xr.open_dataset(file) as opened:
        xr.testing.assert_identical(opened.load(), labelled)


def test_windows_carry_bounds_in_seconds_since_the_first(file):
    with xr.open_dataset(file, decode_times=False) as raw:
        assert raw["window"].attrs["units"] == "seconds since 2024-03-20T00:00:00Z"
        np.testing.assert_array_equal(raw["window_bounds"][1], [21600.0, 43200.0])
    with xr.open_dataset(file) as opened:
        assert opened["window"].values[-1] == np.datetime64("2024-09-22T18:00:00")


def test_the_file_alone_gives_every_coverage_again(file):
    with xr.open_dataset(file) as opened:
        again = recompute.coverage(opened)
        for name, values in again.items():
            xr.testing.assert_allclose(values, opened[name].drop_attrs(), rtol=0, atol=1e-12)


def test_loops_over_the_cells_of_the_file_agree_with_it(file):
    with xr.open_dataset(file) as opened:
        for design, scenario, requirement in np.ndindex(2, 2, 2):
            plain, credited = naive.coverage(opened, design, scenario, requirement)
            at = (design, 0, scenario, requirement)
            assert opened["coverage_fraction"].values[at] == pytest.approx(plain, abs=1e-12)
            assert opened["credited_fraction"].values[at] == pytest.approx(credited, abs=1e-12)


def test_findings_that_are_equal_give_equal_bytes(file, tmp_path):
    storage.write(dataset.label(small_findings()), tmp_path / "again.nc")
    assert (tmp_path / "again.nc").read_bytes() == file.read_bytes()


def test_a_slower_run_to_the_same_gap_gives_the_same_cube(findings, labelled):
    portfolio = findings.answers.portfolio
    later = tuple(dataclasses.replace(m, seconds=10 * m.seconds) for m in portfolio.history)
    slow = dataclasses.replace(portfolio, seconds=99.0, history=later)
    answers = dataclasses.replace(findings.answers, portfolio=slow)
    again = dataset.label(dataclasses.replace(findings, answers=answers))
    xr.testing.assert_identical(again, labelled)


def test_a_search_without_history_keeps_its_dim(findings):
    portfolio = dataclasses.replace(findings.answers.portfolio, history=())
    answers = dataclasses.replace(findings.answers, portfolio=portfolio)
    cube = dataset.label(dataclasses.replace(findings, answers=answers))
    assert cube["bound_upper"].sizes == {"iteration": 0}


def test_money_adds_up_to_the_cost_of_the_portfolio(findings, labelled):
    paid = labelled[["capex", "opex", "data_fee"]].sel(design="chosen").to_array().sum().item()
    assert paid == pytest.approx(findings.answers.portfolio.cost_mjpy)
    level = labelled["price_chosen_cost"].sel(cost_level="mid").item()
    assert level == pytest.approx(findings.answers.portfolio.cost_mjpy)


def test_running_cost_starts_in_the_first_year_in_service(labelled):
    # build times put the radar in service in FY2032, the telescope in FY2028
    yearly = labelled["opex_by_year"].sel(design="chosen").squeeze("purse")
    telescope, radar = (
        labelled["contributor_opex"].sel(contributor=name).item()
        for name in ("S-JP-ISHIGAKI/T-OPT-05W", "S-AU-LEARMONTH/T-RAD-KSGC")
    )
    assert yearly.sel(fiscal_year=2027).item() == 0
    assert yearly.sel(fiscal_year=2028).item() == pytest.approx(telescope)
    assert yearly.sel(fiscal_year=2032).item() == pytest.approx(telescope + radar)


def test_today_costs_nothing_and_adds_nothing(labelled):
    today = labelled.sel(design="today")
    assert today[["capex", "opex", "data_fee"]].to_array().sum().item() == 0
    assert today["sensor_added"].sum().item() == 0
    force = today["arrangement_in_force"].isel(year=0).values
    np.testing.assert_array_equal(force, labelled["arrangement_in_force_before"].values)


def test_autonomy_is_the_true_ratio(labelled):
    expected = labelled["coverage_expected"].isel(year=0)
    ratio = expected.sel(requirement="autonomy") / expected.sel(requirement="coverage")
    found = labelled["autonomy_fraction"].isel(year=0).sel(requirement="coverage")
    np.testing.assert_allclose(found.values, ratio.values, rtol=1e-12)


def test_unseen_flags_say_their_reasons_in_words(findings, labelled):
    flags = labelled["unseen_reason"]
    sentences = flags.attrs["kansoku_flag_sentences"].split("\n")
    assert len(flags.attrs["flag_meanings"].split()) == len(flags.attrs["flag_values"])
    told = [sentences[flag] for flag in flags.sel(design="chosen").values]
    assert told == [why or "seen" for why in findings.unseen[0].tolist()]
    assert sum(why != "seen" for why in told) == 4


def test_provenance_is_enough_to_run_the_study_again(findings, labelled):
    assert labelled.attrs["kansoku_config"] == findings.provenance.resolved_yaml
    for key in (
        "Conventions", "title", "source", "history", "kansoku_config_sha256",
        "kansoku_catalogue_epoch", "kansoku_catalogue_sha256", "kansoku_backend", "kansoku_machine",
        "kansoku_dtype", "kansoku_propagation",
        "kansoku_seed", "kansoku_solver", "kansoku_solver_version", "kansoku_mip_gap",
        "kansoku_price_base", "kansoku_assumptions", "kansoku_version", "kansoku_notes",
    ):  # fmt: skip
        assert str(labelled.attrs[key]), key
    assert labelled.attrs["kansoku_catalogue_epoch"].startswith("2024-07-05T")


def test_a_study_without_arrangements_keeps_every_dim(tmp_path):
    alone = small_findings(arrangements=())
    cube = dataset.label(alone)
    storage.write(cube, tmp_path / "alone.nc")
    with xr.open_dataset(tmp_path / "alone.nc") as opened:
        assert opened.sizes["arrangement"] == 0
        assert set(opened.dims) == set(cube.dims)
        again = recompute.coverage(opened)["coverage_fraction"]
        np.testing.assert_allclose(again, opened["coverage_fraction"], atol=1e-12)


def test_the_page_on_cubes_names_every_variable_with_its_dims(labelled):
    text = (Path(__file__).parent.parent / "docs" / "cubes.md").read_text("utf-8")
    for name, variable in labelled.variables.items():
        assert f"| `{name}` | {', '.join(variable.dims)} |" in text, name
