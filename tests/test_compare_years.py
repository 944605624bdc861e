"""kansoku compare on real studies over fiscal years, and beside one of one budget."""

import json

import numpy as np
import pytest
import xarray as xr

import programme_study
from kansoku import configfile, study
from kansoku.cubes import dataset, storage
from kansoku.report import tables
from kansoku.report.comparison import comparison
from kansoku.report.side_by_side import side_by_side
from small_study import small_findings

CHANGES = {
    "wide": {},
    "home": {
        "HOST-AUS, HOST-USA, LEOLABS-25,\n                 LEOLABS-100]": "KOR-T3]",
        "{2030: 0.55, 2031: 0.58}": "{2031: 0.40}",
        "keep_min: 0.40": "keep_min: 0.20",
        "      data: {budget_mjpy: [300, 300, 300, 1200, 1200]}\n": "",
        "discount_per_year: 0.05": "discount_per_year: 0.0",
    },
}


def studied(folder, name):
    text = programme_study.TEXT.replace("THREADS", "2")
    for old, new in CHANGES[name].items():
        assert old in text
        text = text.replace(old, new)
    (folder / f"{name}.yaml").write_text(text, encoding="utf-8")
    study.run_to_folder(configfile.load_config(folder / f"{name}.yaml"), folder / name)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("compared")
    for name in CHANGES:
        studied(folder, name)
    storage.write(dataset.label(small_findings()), folder / "budget" / "study.nc")
    return folder


@pytest.fixture(scope="module")
def cubes(folder):
    return {name: xr.open_dataset(folder / name / "study.nc").load() for name in CHANGES}


@pytest.fixture(scope="module")
def answers(folder):
    return {name: json.loads((folder / name / "answer.json").read_text()) for name in CHANGES}


@pytest.fixture(scope="module")
def figures(folder):
    found = comparison([storage.read(folder / name / "study.nc") for name in CHANGES], "AB")
    for one, name in zip(found["results"], CHANGES, strict=True):
        one["path"] = name
    return json.loads(json.dumps(found))


def test_the_command_says_so(kansoku, folder, figures):
    done = kansoku("compare", folder / "wide", folder / "home", "--json")
    assert (done.returncode, done.stderr) == (0, "")
    said = json.loads(done.stdout)
    assert [one.pop("path") for one in said["results"]] == [str(folder / name) for name in CHANGES]
    expected = [{k: v for k, v in one.items() if k != "path"} for one in figures["results"]]
    assert said["results"] == expected


def test_money_is_told_by_kind_and_by_year(figures, cubes):
    for one, cube in zip(figures["results"], cubes.values(), strict=True):
        chosen = cube.sel(design="chosen")
        kinds = {"capital_mjpy": "capex", "running_mjpy": "opex", "data_mjpy": "data_fee"}
        for key, name in kinds.items():
            assert one[key] == pytest.approx(chosen[name].values.sum())
        assert one["spent_mjpy"] == pytest.approx(sum(one[key] for key in kinds))
        assert sum(one["by_year"]["spent_mjpy"].values()) == pytest.approx(one["spent_mjpy"])
        assert one["budget_mjpy"] == pytest.approx(cube["purse_budget"].values.sum())
        for year, spent in one["by_year"]["spent_mjpy"].items():
            paid = sum(chosen[name].sel(year=int(year)).values.sum() for name in kinds.values())
            assert spent == pytest.approx(paid)


def test_coverage_is_that_of_the_last_year_and_its_mean(figures, cubes):
    for one, cube in zip(figures["results"], cubes.values(), strict=True):
        credited = cube["credited_expected"].sel(design="chosen", requirement="coverage").values
        assert one["credited_coverage"] == pytest.approx(credited[-1])
        assert one["credited_coverage_mean"] == pytest.approx(credited.mean())
        own = cube["coverage_expected"].sel(design="chosen", requirement="autonomy").values
        assert one["own_coverage"] == pytest.approx(own[-1])


def test_the_worst_loss_is_the_least_that_any_leaves(figures, cubes, answers):
    for one, cube, name in zip(figures["results"], cubes.values(), CHANGES, strict=True):
        left = cube["stress_credited_fraction"].sel(design="chosen", requirement="coverage")
        assert one["worst_loss"]["credited_left"] == pytest.approx(left.values[-1].min())
        single = [
            each["name"] for each in answers[name]["losses"] if (each["share_lost"] or 0) > 0.1
        ]
        assert one["single_points_of_failure"] == single


def test_sensors_are_counted_by_type_and_country(figures, cubes):
    for one, cube in zip(figures["results"], cubes.values(), strict=True):
        names = cube["sensor"].values[cube["sensor_added"].sel(design="chosen").values > 0]
        assert sum(each["sensors"] for each in one["sensors_by_type"]) == len(names)
        for each in one["sensors_by_type"]:
            code = {"JPN": "S-JP", "AUS": "S-AU", "USA": "S-US"}[each["country"]]
            alike = [n for n in names if n.startswith(code) and n.endswith("/" + each["type"])]
            assert each["sensors"] == len(alike)


def test_what_is_chosen_stands_with_its_first_year(figures, cubes):
    for one, cube in zip(figures["results"], cubes.values(), strict=True):
        chosen = cube.sel(design="chosen")
        for dim, name in (("sensor", "sensor_in_service"), ("arrangement", "arrangement_in_force")):
            flags = chosen[name].transpose("year", dim).values
            for key, first in one[f"{dim}s"].items():
                column = flags[:, np.flatnonzero(cube[dim].values == key)[0]]
                assert first == cube["year"].values[np.flatnonzero(column)[0]]


def test_other_worth_of_the_years_is_warned_of(figures):
    (told,) = figures["demand_differences"]
    assert told.startswith("other fiscal years or another worth of them")


def test_the_page_tells_all_of_it_within_a_terminal(figures):
    printed = side_by_side(figures)
    sections = [line[3:] for line in printed.splitlines() if line.startswith("## ")]
    assert sections == [
        "By fiscal year", "If something is lost", "What is added", "Sensors", "Arrangements",
        "Settings that differ", "Made from",
    ]  # fmt: skip
    text = " ".join(printed.split())
    for one in figures["results"]:
        assert f"{one['spent_mjpy']:,.1f}" in text
        assert f"{100 * one['worst_loss']['credited_left']:.1f} %" in text
    assert "`design.programme.discount_per_year`: A 0.05; B 0.0" in text
    assert "`design.programme.purses.data.budget_mjpy.2027`" not in text or "B none" in text
    assert max(map(len, printed.splitlines())) <= tables.COLUMNS


def test_one_budget_stands_beside_years_with_a_warning(kansoku, folder):
    done = kansoku("compare", folder / "wide", folder / "budget", "--json")
    years, budget = (figures := json.loads(done.stdout))["results"]
    assert budget["worst_loss"] is None
    assert budget["credited_coverage_mean"] is None
    assert budget["due_after_horizon_mjpy"] is None
    assert budget["budget_mjpy"] == 8000.0
    assert years["worst_loss"]
    assert any(told.startswith("one budget or fiscal years") for told in
               figures["demand_differences"])  # fmt: skip
    page = kansoku("compare", folder / "wide", folder / "budget").stdout
    assert "**WARNING.** Not judged on the same demand" in page
    assert max(map(len, page.splitlines())) <= tables.COLUMNS
