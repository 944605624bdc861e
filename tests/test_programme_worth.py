"""What parts of a plan are worth, again from the bits of its file alone."""

import json

import numpy as np
import pytest
import xarray as xr

import programme_study
from kansoku import configfile, study
from kansoku.report import tables
from naive import games
from naive import programme_cube as naive

ROUNDED = 3e-6  # row weights are multiples of 2^-20


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    folder = tmp_path_factory.mktemp("worth")
    page = study.run_to_folder(
        configfile.load_config(programme_study.write(folder)), folder / "out"
    )
    return folder / "out", page


@pytest.fixture(scope="module")
def cube(results):
    return xr.open_dataset(results[0] / "study.nc").load()


@pytest.fixture(scope="module")
def answer(results):
    return json.loads((results[0] / "answer.json").read_text())


def test_every_part_of_the_plan_is_there_once(cube):
    chosen = cube.sel(design="chosen")
    of = {kind: set(cube["part_of"].values[cube["part_kind"].values == kind])
          for kind in ("sensor", "arrangement", "partner", "tier")}  # fmt: skip
    assert of["sensor"] == set(cube["sensor"].values[chosen["sensor_added"].values > 0])
    signed = chosen["arrangement_signed"].values.any(axis=0)
    assert of["arrangement"] == set(cube["arrangement"].values[signed])
    assert of["tier"] <= of["partner"] <= set(cube["partner"].values)
    assert len(set(cube["part"].values)) == cube.sizes["part"] > 10


@pytest.mark.parametrize("year", [2028, 2031])
def test_what_is_missed_without_a_part_follows_from_the_file(cube, year):
    whole = cube["credited_expected"].sel(design="chosen", year=year, requirement="coverage").item()
    for part in cube["part"].values:
        each = naive.worth_without(cube, "chosen", year, part, latest_hours=12.0)
        _, credited = naive.coverage(cube, "coverage", each)
        stored = cube["part_credited_lost"].sel(part=part, year=year).item()
        assert whole - credited == pytest.approx(stored, abs=ROUNDED), part
    assert (cube["part_credited_lost"].sel(year=2031) > 1e-3).all()


def test_years_weigh_in_what_is_missed_as_in_the_objective(cube):
    weighed = (cube["part_credited_lost"] * cube["year_worth"]).sum("year")
    np.testing.assert_allclose(weighed, cube["part_objective_lost"], atol=1e-12)


def test_what_arrangements_save_is_what_data_costs_and_hosted_sensors_run_for(cube):
    """No arrangement of this plan takes another along, so nothing is saved twice."""
    kinds, saved = cube["part_kind"].values, cube["part_saved"].values
    arrangements = kinds == "arrangement"
    assert (saved[kinds == "tier"] == 0.0).all()
    assert not cube["part_arrangement_alongside"].values[arrangements].any()
    hosted = cube["part_sensor_alongside"].values[arrangements].any(axis=0)
    chosen, level = cube.sel(design="chosen"), cube["price_level"].values
    opex = cube["contributor_opex"].sel(contributor=cube["sensor"].values).values
    years = chosen["sensor_in_service"].transpose("year", "sensor").values
    running = (years * opex * level[:, None])[:, hosted].sum()
    assert hosted.sum() == 2
    fees = float(chosen["data_fee"].sum())
    assert saved[arrangements].sum() == pytest.approx(fees + running)


def test_what_falls_with_a_host_leaves_with_the_partner_too(cube):
    host = cube.sel(part="arrangement HOST-USA")
    partner = cube.sel(part="partner USA")
    sensors = cube["sensor"].values[host["part_sensor_alongside"].values > 0].tolist()
    hosts = {cube["sensor_host"].sel(sensor=name).item() for name in sensors}
    assert hosts == {"HOST-USA"}
    assert (partner["part_sensor_alongside"] >= host["part_sensor_alongside"]).all()
    assert partner["part_arrangement_alongside"].sel(arrangement="HOST-USA") == 1


@pytest.mark.parametrize("requirement", ["coverage", "autonomy"])
def test_coverage_of_the_last_year_is_shared_out_among_owners(cube, requirement):
    owners = cube["owner"].values
    each = naive.worth(cube, "chosen", 2031)
    kind = 1 if requirement == "coverage" else 0
    cache = {}

    def worth(players):
        key = frozenset(players)
        if key not in cache:
            joined = np.isin(cube["contributor_owner"].values, owners[sorted(key)])
            cache[key] = naive.coverage(cube, requirement, each * joined[:, None])[kind]
        return cache[key]

    stored = cube.sel(design="chosen", requirement=requirement)["shapley_coverage_owner"]
    assert stored.values == pytest.approx(games.shapley(len(owners), worth), abs=1e-9)
    assert (cube["shapley_coverage_owner_half_width"] == 0.0).all()


def test_the_shares_of_host_countries_add_up_to_the_coverage(cube):
    whole = {"coverage": "credited_expected", "autonomy": "coverage_expected"}
    for requirement, name in whole.items():
        for design in ("chosen", "today"):
            one = cube.sel(design=design, requirement=requirement)
            total = one["shapley_coverage_country"].sum().item()
            assert total == pytest.approx(one[name].sel(year=2031).item(), abs=1e-9)


@pytest.mark.parametrize("design", ["chosen", "today"])
def test_contributors_are_missed_as_the_file_says(cube, design):
    each = naive.worth(cube, design, 2031)
    whole = naive.coverage(cube, "coverage", each)[1]
    used = np.flatnonzero(each.any(axis=1))
    for c in used[:: max(1, len(used) // 8)]:
        left = each.copy()
        left[c] = 0.0
        lost = whole - naive.coverage(cube, "coverage", left)[1]
        stored = cube["marginal_coverage"].sel(design=design, requirement="coverage")
        assert stored.values[c] == pytest.approx(lost, abs=1e-9)


# The page -------------------------------------------------------------------------------------


def section(page):
    return page.partition("## What each part is worth\n\n")[2].partition("\n## ")[0]


def test_the_page_tells_what_is_missed_most_first(results, answer):
    text = section(results[1])
    assert "| Credited coverage in FY2031 is owed to" in text
    lost = [one["objective_lost"] for one in answer["worth"]["parts"]]
    assert lost == sorted(lost, reverse=True)
    rows = text.partition("| Without")[2].splitlines()[2:]
    shown = [float(row.split("|")[2]) for row in rows if row.startswith("| ")]
    assert shown == [round(100 * one, 1) for one in lost[: len(shown)]]
    assert "partner the United States" in rows[0]
    assert "4 arrangements, 1 sensor" in rows[0]
    assert max(map(len, results[1].splitlines())) <= tables.COLUMNS


def test_nothing_is_asked_beside_the_plan_by_default(results, cube, answer):
    assert cube.sizes["what_if"] == cube.sizes["weight_profile"] == 0
    assert answer["what_if"] is None
    assert "## What if" not in results[1]
