"""A whole study, end to end: what it writes can be checked with nothing but xarray and numpy."""

import json

import numpy as np
import pytest
import xarray as xr

from kansoku import configfile, study
from kansoku.coverage import second_look
from kansoku.errors import CubeError

SMALL = """
study: {name: small}
time: {start: 2024-07-05T09:00:00Z, hours: 6, step_s: 120, days: []}
network:
  sites: [S-JP-IRIKI, S-AU-LEARMONTH, S-US-HALEAKALA, S-JP-TANEGA]
  sensor_types: [T-OPT-05W, T-RAD-LL-S]
coverage: {window_hours: 3, scenarios: 3}
design: {budget_mjpy: 7000, autonomy_min: 0.5, gap: 0.001}
compute: {backend: numpy, threads: THREADS}
"""


def run_small(folder, threads):
    path = folder / "small.yaml"
    path.write_text(SMALL.replace("THREADS", str(threads)), encoding="utf-8")
    out = folder / f"out{threads}"
    out.mkdir()
    page = study.run_to_folder(configfile.load_config(path), out)
    return out, page


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    return run_small(tmp_path_factory.mktemp("study"), 2)


def naive_coverage(cube, design, requirement, steps):
    """Mean over draws of the weighted credit of N, from the definitions alone."""
    credit = cube.contributor_credit.sel(design=design).squeeze(drop=True)
    admissible = cube.contributor_admissible.sel(requirement=requirement)
    weight = cube.demand_weight.sel(requirement=requirement).transpose("target", "window").values
    worth = (credit * admissible).values
    tracks = cube.visibility_tracks.transpose("contributor", "target", "window").values
    clear = cube.contributor_weather.transpose("scenario", "contributor", "window").values
    shares = []
    for draw in clear:
        count = np.zeros(weight.shape)
        for c in np.flatnonzero(worth):
            count += worth[c] * tracks[c] * draw[c][None, :]
        got = sum(step * np.clip(count - k, 0, 1) for k, step in enumerate(steps))
        shares.append((weight * got).sum() / (weight.sum() * sum(steps)))
    return float(np.mean(shares))


@pytest.mark.parametrize("design", ["chosen", "today"])
def test_the_cube_alone_gives_the_coverage_of_its_designs(results, design):
    with xr.open_dataset(results[0] / "study.nc") as cube:
        steps = cube.credit_step.values
        for requirement in ("coverage", "autonomy"):
            plain = cube.coverage_fraction.sel(design=design, requirement=requirement).mean()
            assert naive_coverage(cube, design, requirement, [1.0]) == pytest.approx(
                float(plain), abs=1e-12
            )
        credited = cube.credited_fraction.sel(design=design, requirement="coverage").mean()
        assert naive_coverage(cube, design, "coverage", steps) == pytest.approx(
            float(credited), abs=1e-12
        )


def test_the_search_and_the_cube_agree_on_the_value_of_the_portfolio(results):
    with xr.open_dataset(results[0] / "study.nc") as cube:
        credited = cube.credited_fraction.sel(design="chosen", requirement="coverage").mean()
    proof = json.loads((results[0] / "answer.json").read_text())["proof"]
    assert proof["credited_coverage"] == pytest.approx(float(credited), abs=1e-9)
    assert proof["proven"]
    assert proof["gap"] <= 0.001
    assert proof["credited_coverage_bound"] >= float(credited) - 1e-12


def test_the_portfolio_keeps_its_budget_and_floor(results):
    with xr.open_dataset(results[0] / "study.nc") as cube:
        own = cube.coverage_fraction.sel(design="chosen", requirement="autonomy").mean()
        before = cube.coverage_fraction.sel(design="today", requirement="autonomy").mean()
        chosen = cube.contributor_id if "contributor_id" in cube else cube.contributor
        names = chosen.values[cube.contributor_active.sel(design="chosen").values.ravel() > 0]
    answer = json.loads((results[0] / "answer.json").read_text())
    assert float(own) >= 0.5
    assert float(own) > float(before)
    built = {sensor["id"] for sensor in answer["sensors"]}
    assert built
    assert built <= set(names.tolist())
    assert answer["money"]["spent_mjpy"] <= 7000.0


def test_the_same_inputs_give_the_same_bytes_however_many_processes(results, tmp_path):
    again, _ = run_small(tmp_path, 1)
    with (
        xr.open_dataset(results[0] / "study.nc") as first,
        xr.open_dataset(again / "study.nc") as second,
    ):
        assert set(first.variables) == set(second.variables)
        for name in first.variables:
            np.testing.assert_array_equal(first[name].values, second[name].values, err_msg=name)
    # The number of processes is part of the config, and so of its hash; nothing else may differ.
    one, other = ((folder / "answer.json").read_text() for folder in (results[0], again))
    assert json.loads(one)["sensors"] == json.loads(other)["sensors"]


def test_the_same_study_twice_is_the_same_file(results, tmp_path):
    again, page = run_small(tmp_path, 2)
    assert page == results[1]
    for name in ("study.nc", "answer.json", "answer.md", "config.yaml"):
        assert (again / name).read_bytes() == (results[0] / name).read_bytes(), name


def test_the_results_are_complete_and_nothing_temporary_is_left(results):
    names = sorted(path.relative_to(results[0]).as_posix() for path in results[0].rglob("*"))
    figures = ("cost_against_coverage", "coverage_by_regime", "network_map")
    expected = ["answer.json", "answer.md", "config.yaml", "figures", "study.nc"]
    expected += [f"figures/{name}.{kind}" for name in figures for kind in ("png", "svg")]
    assert names == sorted(expected)
    assert (results[0] / "answer.md").read_text() == results[1]


def test_python_offers_the_same_cube(results):
    import kansoku

    cube = kansoku.run(results[0].parent / "small.yaml")
    with xr.open_dataset(results[0] / "study.nc") as written:
        for name in ("visibility_tracks", "coverage_fraction", "contributor_active"):
            np.testing.assert_array_equal(cube[name].values, written[name].values)


def test_an_interrupt_after_the_design_still_writes_the_portfolio(results, tmp_path, monkeypatch):
    def interrupted(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(second_look, "reached_by", interrupted)
    again, page = run_small(tmp_path, 2)
    assert "The run was interrupted after the design" in " ".join(page.split())
    whole, cut = (json.loads((f / "answer.json").read_text()) for f in (results[0], again))
    assert cut["sensors"] == whole["sensors"]
    assert cut["proof"] == whole["proof"]


def test_results_that_cannot_take_their_place_replace_nothing(tmp_path, results, monkeypatch):
    cube = xr.open_dataset(results[0] / "study.nc").load()
    monkeypatch.setattr(study, "run", lambda *_: cube)
    (tmp_path / "answer.md").mkdir()
    (tmp_path / "study.nc").write_text("an earlier result")
    with pytest.raises(CubeError, match=r"answer.md is in the way|results cannot be written"):
        study.run_to_folder(configfile.load_config("demo"), tmp_path)
    assert (tmp_path / "study.nc").read_text() == "an earlier result"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["answer.md", "study.nc"]


def test_a_study_within_slots_chooses_what_its_assignment_reaches(tmp_path):
    text = SMALL.replace("THREADS", "2").replace(
        "autonomy_min: 0.5, gap: 0.001", "autonomy_min: 0.02, gap: 0.02, capacity: block"
    )
    path = tmp_path / "slots.yaml"
    path.write_text(text, encoding="utf-8")
    page = study.run_to_folder(configfile.load_config(path), tmp_path / "out")
    proof = json.loads((tmp_path / "out" / "answer.json").read_text())["proof"]
    with xr.open_dataset(tmp_path / "out" / "study.nc") as cube:
        reached = cube.within_slots_fraction.sel(design="chosen").squeeze()
        in_view = cube.credited_expected.sel(design="chosen", requirement="coverage").item()
        use = cube.sensor_slot_use
        assert cube.attrs["kansoku_capacity"] == "block"
        assert float(use.min()) >= 0.0
        assert float(use.max()) <= 1.0 + 1e-9
        assert float(reached.sel(requirement="autonomy")) >= 0.02
        # The search and the check assign alike, but for the order of rows that tie
        assert proof["credited_coverage"] == pytest.approx(
            float(reached.sel(requirement="coverage")), rel=5e-3
        )
    assert proof["proven"]
    assert proof["credited_coverage_bound"] < in_view, "slots are scarce here"
    assert "With every track given to a sensor that has a slot for it" in " ".join(page.split())
    assert "WARNING" not in page
