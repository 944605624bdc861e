"""kansoku compare: what stands side by side, what is warned of, and what is refused."""

import dataclasses
import json

import numpy as np
import pytest
import xarray as xr
import yaml

from kansoku.cubes import dataset, storage
from kansoku.report import tables
from kansoku.report.comparison import comparison
from kansoku.report.side_by_side import side_by_side
from small_study import design_of, small_findings


@pytest.fixture(scope="module")
def cube():
    return dataset.label(small_findings())


def altered(cube, attrs=None, config=None, **variables):
    """A cube with other attributes, settings or values."""
    made = cube.copy(deep=True)
    made.attrs.update(attrs or {})
    if config:
        settings = yaml.safe_load(made.attrs["kansoku_config"])
        for section, values in config.items():
            settings[section] = {**settings[section], **values}
        made.attrs["kansoku_config"] = yaml.safe_dump(settings)
    for name, values in variables.items():
        made[name].values[...] = values
    return made


def compared(*cubes):
    labels = "ABCDEF"[: len(cubes)]
    figures = comparison(cubes, labels)
    for one in figures["results"]:
        one["path"] = f"results/{one['label']}"
    return figures


def without_first_sensor(cube):
    flags = cube["sensor_added"].to_numpy().copy()
    flags[0, np.flatnonzero(flags[0])[0]] = 0
    return altered(cube, sensor_added=flags)


def over_years(cube, years=(2028, 2030, 2032)):
    """The chosen design year by year: nothing in the first year, all it has from the second on."""
    dims = [name for name in cube.variables if "year" in cube[name].dims and name != "year"]
    grown = xr.concat([cube[dims]] * len(years), dim="year").assign_coords(year=list(years))
    rest = cube.drop_vars(dims).drop_dims("year", errors="ignore")
    made = xr.merge([rest, grown], combine_attrs="override")
    made.attrs = dict(cube.attrs)
    for name in ("sensor_in_service", "arrangement_in_force"):
        made[name] = made[name].transpose("design", "year", ...)
        made[name].values[:, 0] = 0
    expected = made["credited_expected"].transpose("design", "year", "requirement")
    made["credited_expected"] = expected * xr.DataArray([0.5, 0.75, 1.0], {"year": list(years)})
    for name in ("capex", "opex", "data_fee"):
        made[name] = made[name] / len(years)
    return made


def test_figures_are_those_of_the_cube(cube):
    one = compared(cube, cube)["results"][0]
    assert one["objective"] == cube.attrs["kansoku_objective"]
    assert one["bound"] == cube.attrs["kansoku_bound"]
    assert one["gap"] == cube.attrs["kansoku_mip_gap"]
    chosen = cube.sel(design="chosen")
    paid = sum(float(chosen[name].sum()) for name in ("capex", "opex", "data_fee"))
    assert one["spent_mjpy"] == pytest.approx(paid)
    assert one["budget_mjpy"] == 8000.0
    credited = chosen["credited_expected"].sel(requirement="coverage").item()
    assert one["credited_coverage"] == pytest.approx(credited)
    group = chosen["coverage_fraction_group"].sel(requirement="coverage", group="GEO").mean()
    assert one["by_group"]["GEO"] == pytest.approx(float(group))
    assert one["own_over_all"] == pytest.approx(
        chosen["autonomy_fraction"].sel(requirement="coverage").item()
    )


def test_equal_results_differ_in_nothing(cube):
    figures = compared(cube, cube)
    assert figures["demand_differences"] == []
    assert figures["settings_that_differ"] == {}
    assert figures["sensors"]["only"] == {"A": [], "B": []}
    page = side_by_side(figures)
    assert "All were judged on the same demand." in page
    assert "WARNING" not in page
    assert "that differ" not in page


def test_what_is_common_and_what_only_one_has(cube):
    less = without_first_sensor(cube)
    figures = compared(cube, less)
    both, gone = figures["sensors"]["common"], figures["sensors"]["only"]["A"]
    assert len(both) == 1
    assert len(gone) == 1
    assert figures["sensors"]["only"]["B"] == []
    line = next(row for row in side_by_side(figures).splitlines() if gone[0] in row)
    assert [cell.strip() for cell in line.strip("|").split("|")] == [gone[0], "yes", "-"]


def test_of_three_what_two_have_is_of_some(cube):
    figures = compared(cube, without_first_sensor(cube), cube)
    (name,) = figures["sensors"]["some"]
    assert figures["sensors"]["some"][name] == ["A", "C"]
    assert figures["sensors"]["only"] == {"A": [], "B": [], "C": []}


DEMANDS = {
    "another catalogue": {"attrs": {"kansoku_catalogue_sha256": "f" * 64}},
    "other credit for tracks": {"credit_step": 0.5},
    "tracks counted by their source or not": {"config": {"coverage": {"cross_check": "owner"}}},
    "another length of a track": {"config": {"coverage": {"max_track_hours": 1.0}}},
    "another worth of shared data": {"config": {"coverage": {"min_tier": 4}}},
    "other draws of the weather": {"attrs": {"kansoku_seed": 7}},
    "slots counted or not": {"attrs": {"kansoku_capacity": "block"}},
    "other limits of visibility": {"config": {"visibility": {"min_elevation_deg": 33.0}}},
    "another version of kansoku": {"attrs": {"kansoku_version": "9.9"}},
    "one budget or fiscal years": {"config": {"design": {"programme": {"gains": True}}}},
}


@pytest.mark.parametrize("what", DEMANDS)
def test_another_demand_is_warned_of(cube, what):
    figures = compared(cube, altered(cube, **DEMANDS[what]), cube)
    (told,) = figures["demand_differences"]
    assert told.startswith(what)
    assert told.endswith(": A and C against B")
    assert "**WARNING.** Not judged on the same demand" in side_by_side(figures)


def test_other_weights_and_windows_are_warned_of(cube):
    weight = cube["demand_weight"].to_numpy().copy()
    weight[:, 0] *= 2
    told = compared(cube, altered(cube, demand_weight=weight))["demand_differences"]
    assert told == ["other weights of the demand: A against B"]
    twice = altered(cube, demand_weight=2 * cube["demand_weight"].to_numpy())
    assert compared(cube, twice)["demand_differences"] == []  # the unit is not the weight
    later = cube["window_bounds"].to_numpy() + np.timedelta64(1, "D")
    told = compared(cube, altered(cube, window_bounds=later))["demand_differences"]
    assert told == ["other windows: A against B"]


def test_settings_that_differ_are_listed_but_for_the_name(cube):
    other = altered(cube, config={"design": {"budget_mjpy": 1.5}, "study": {"name": "else"}})
    figures = compared(cube, other)
    assert figures["settings_that_differ"] == {"design.budget_mjpy": {"A": 8000.0, "B": 1.5}}
    assert figures["demand_differences"] == []


def test_a_result_over_years_stands_beside_one_of_one_budget(cube):
    figures = compared(over_years(cube), cube)
    years, single = figures["results"]
    assert years["years"] == [2028, 2030, 2032]
    assert years["credited_coverage"] == pytest.approx(single["credited_coverage"])
    by_year = years["by_year"]["credited_coverage"]
    assert by_year["2028"] == pytest.approx(0.5 * single["credited_coverage"])
    assert years["spent_mjpy"] == pytest.approx(single["spent_mjpy"])
    assert set(years["sensors"].values()) == {2030}
    page = side_by_side(figures)
    assert "## By fiscal year" in page
    rows = [line for line in page.splitlines() if line.startswith("| FY2028 ")]
    assert len(rows) == 3  # coverage, own coverage, money
    assert all(row.endswith(" - |") for row in rows)  # the other result has no such year
    assert "FY2030" in next(line for line in page.splitlines() if "| S-AU-LEARMONTH" in line)


def test_an_older_cube_without_some_figures_is_read(cube):
    old = cube.drop_vars(["coverage_fraction_group", "autonomy_floor", "coverage_expected"])
    del old.attrs["kansoku_capacity"]
    settings = yaml.safe_load(old.attrs["kansoku_config"])
    del settings["coverage"]["cross_check"]
    old.attrs["kansoku_config"] = yaml.safe_dump(settings)
    one = compared(old, cube)["results"][0]
    assert one["by_group"] == {}
    assert one["autonomy_floor"] is None
    assert one["coverage"] is None
    assert compared(old, cube)["demand_differences"] == []


def test_the_page_fits_a_terminal_with_six_results(cube):
    page = side_by_side(compared(over_years(cube), without_first_sensor(cube), *[cube] * 4))
    assert max(map(len, page.splitlines())) <= tables.COLUMNS


# --- the command


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    folder = tmp_path_factory.mktemp("results")
    findings = small_findings()
    design = design_of(findings.problem, [], [])
    answers = findings.answers
    bare = dataclasses.replace(answers.portfolio, design=design, chosen=())
    other = dataclasses.replace(findings, answers=dataclasses.replace(answers, portfolio=bare))
    storage.write(dataset.label(findings), folder / "a" / "study.nc")
    storage.write(dataset.label(other), folder / "b" / "study.nc")
    return folder


def test_the_command_prints_the_table(kansoku, folders):
    done = kansoku("compare", str(folders / "a"), str(folders / "b" / "study.nc"))
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("# Results side by side\n")
    row = next(line for line in done.stdout.splitlines() if line.startswith("| Sensors added"))
    assert [cell.strip() for cell in row.split("|")[2:4]] == ["2", "0"]


def test_json_is_one_object_and_nothing_else(kansoku, folders):
    done = kansoku("compare", str(folders / "a"), str(folders / "b"), "--json")
    assert (done.returncode, done.stderr) == (0, "")
    figures = json.loads(done.stdout)
    assert [one["path"] for one in figures["results"]] == [str(folders / "a"), str(folders / "b")]
    assert len(figures["sensors"]["only"]["A"]) == 2


def refused(kansoku, *arguments):
    done = kansoku("compare", *map(str, arguments))
    assert (done.returncode, done.stdout) == (2, "")
    assert "Traceback" not in done.stderr
    return " ".join(done.stderr.split())


def test_one_result_is_too_few(kansoku, folders):
    assert "got 1, must be 2 to 6 results to compare" in refused(kansoku, folders / "a")


def test_the_same_result_twice_is_refused(kansoku, folders):
    said = refused(kansoku, folders / "a", folders / "a" / "study.nc")
    assert "are one result; name each once" in said


def test_a_folder_without_a_result_is_refused(kansoku, folders, tmp_path):
    said = refused(kansoku, folders / "a", tmp_path)
    assert f"{tmp_path}: holds no study.nc, so no result; give a folder that kansoku run" in said


def test_what_is_not_there_is_refused(kansoku, folders, tmp_path):
    said = refused(kansoku, folders / "a", tmp_path / "none")
    assert f"{tmp_path / 'none'}: there is no such file" in said


def test_a_file_that_is_no_cube_is_refused(kansoku, folders, tmp_path):
    (tmp_path / "study.nc").write_text("no cube")
    assert "cannot be read as netCDF" in refused(kansoku, folders / "a", tmp_path)


def test_a_cube_of_something_else_is_refused(kansoku, folders, tmp_path):
    passes = xr.Dataset({"rise": ("pass", [1.0])}, attrs={"kansoku_version": "0.1.0"})
    passes.to_netcdf(tmp_path / "passes.nc", engine="h5netcdf")
    said = refused(kansoku, folders / "a", tmp_path / "passes.nc")
    assert "is a cube of kansoku but not of a study" in said
