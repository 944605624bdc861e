"""Horizon masks: read from a table, checked line by line, and set before the sensors of a site."""

import itertools
import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kansoku.config import Config, DesignSection, NetworkSection
from kansoku.configfile import inspect, load_config
from kansoku.errors import NetworkError
from kansoku.network import load, load_tables
from kansoku.network.single import sensor_at
from kansoku.network.tables import Row
from kansoku.network.terrain import masks_of
from kansoku.study import scope_of

TABLES = load_tables()
HEADER = "site,azimuth_deg,elevation_deg\n"
COMMENT = "# surveyed with a theodolite\n# degrees\n"


@pytest.fixture
def mask_file(tmp_path):
    """Write rows as a mask file."""

    def write(rows, comment="", header=HEADER):
        path = tmp_path / "skyline.csv"
        path.write_text(comment + header + rows, encoding="utf-8")
        return path

    return write


def degrees(mask):
    return np.degrees(mask.astype(float))


def interpolated(points, azimuth_deg):
    """Elevation between the two rows around an azimuth, through north where need be."""
    ring = [(points[-1][0] - 360.0, points[-1][1]), *points, (points[0][0] + 360.0, points[0][1])]
    for (a0, e0), (a1, e1) in itertools.pairwise(ring):
        if a0 <= azimuth_deg <= a1 and a1 > a0:
            return e0 + (e1 - e0) * (azimuth_deg - a0) / (a1 - a0)
    raise AssertionError(azimuth_deg)


def test_no_mask_is_packaged_and_none_is_assumed():
    assert TABLES.horizon_masks == ()
    assert masks_of(TABLES) == {}
    net = load(NetworkSection(), DesignSection(budget_mjpy=0))
    assert (net.sensors.horizon_rad == np.float32(-math.pi / 2)).all()


def test_linear_between_rows_and_through_north(mask_file):
    path = mask_file("S-JP-BISEI,90,10\nS-JP-BISEI,180,20\nS-JP-BISEI,350,3\n", COMMENT)
    mask = masks_of(TABLES, path)["S-JP-BISEI"]
    assert mask.shape == (361,)
    assert mask.dtype == np.float32
    got = degrees(mask)
    assert got[90] == pytest.approx(10)
    assert got[135] == pytest.approx(15)
    assert got[355] == pytest.approx(3.35)  # 5 of the 100 degrees from 350 to 90
    assert got[0] == got[360] == pytest.approx(3.7)


@given(
    st.dictionaries(
        st.integers(0, 359), st.floats(-10, 90).map(lambda value: round(value, 3)), min_size=1
    )
)
def test_every_degree_lies_between_its_rows(points):
    rising = sorted(points.items())
    rows = tuple(
        Row("f:1", {"site": "S-JP-BISEI", "azimuth_deg": str(a), "elevation_deg": str(e)})
        for a, e in rising
    )
    got = degrees(masks_of(replace(TABLES, horizon_masks=rows))["S-JP-BISEI"])
    expected = [interpolated(rising, azimuth) for azimuth in range(361)]
    assert np.allclose(got, expected, atol=1e-5)
    assert got[0] == got[360]


def test_both_ends_of_the_circle_may_be_written(mask_file):
    path = mask_file("S-JP-BISEI,0,5\nS-JP-BISEI,180,9\nS-JP-BISEI,360,5\n")
    assert degrees(masks_of(TABLES, path)["S-JP-BISEI"])[[0, 180, 360]] == pytest.approx([5, 9, 5])


@pytest.mark.parametrize(
    ("rows", "line", "said"),
    [
        (
            "S-JP-BISEY,0,5\n",
            4,
            "site: got 'S-JP-BISEY', which is no candidate site or existing sensor; did you mean "
            "S-JP-BISEI",
        ),
        (
            "S-JP-BISEI,10,5\nS-JP-BISEI,5,6\n",
            5,
            "azimuth_deg: got 5 after 10, must rise from row to row of S-JP-BISEI; sort its rows",
        ),
        ("S-JP-BISEI,10,5\nS-JP-BISEI,10.0,6\n", 5, "azimuth_deg: got 10 after 10, must rise"),
        ("S-JP-BISEI,361,5\n", 4, "azimuth_deg: got 361, must be a number from 0 to 360 [deg]"),
        ("S-JP-BISEI,-1,5\n", 4, "azimuth_deg: got -1, must be a number from 0 to 360 [deg]"),
        ("S-JP-BISEI,1,91\n", 4, "elevation_deg: got 91, must be a number from -10 to 90 [deg]"),
        ("S-JP-BISEI,1,-11\n", 4, "elevation_deg: got -11, must be a number from -10 to 90"),
        ("S-JP-BISEI,1,nan\n", 4, "elevation_deg: got nan, must be a number"),
        ("S-JP-BISEI,1,high\n", 4, "elevation_deg: got high, must be a number"),
        ("S-JP-BISEI,1,\n", 4, "elevation_deg: empty, must be a number"),
        (",1,5\n", 4, "site: empty; write it, or remove the row"),
        ("S-JP-BISEI,1\n", 4, "got 2 cells, must be 3"),
        (
            "S-JP-BISEI,0,5\nS-JP-BISEI,360,6\n",
            5,
            "elevation_deg: got 6 at azimuth 360, but 5 at 0, which is the same",
        ),
    ],
)
def test_a_bad_row_is_named_with_its_line(mask_file, rows, line, said):
    path = mask_file(rows, COMMENT)
    with pytest.raises(NetworkError) as caught:
        masks_of(TABLES, path)
    assert str(caught.value).startswith(f"{path}:{line}: {said}")


def test_all_bad_rows_at_once(mask_file):
    with pytest.raises(NetworkError) as caught:
        masks_of(TABLES, mask_file("S-A,0,5\nS-B,0,5\nS-JP-KISO,9,5\nS-JP-KISO,8,5\n"))
    assert len(str(caught.value).splitlines()) == 3


@pytest.mark.parametrize("header", ["site,azimuth,elevation_deg\n", ""])
def test_a_file_without_its_header(mask_file, header):
    path = mask_file("S-JP-BISEI,0,5\n", COMMENT, header)
    with pytest.raises(NetworkError, match=r"skyline\.csv:3: no column .*azimuth_deg"):
        masks_of(TABLES, path)


def test_a_mask_stands_before_every_sensor_of_its_site_and_no_other(mask_file):
    path = mask_file("S-JP-BISEI,0,12\nJP-SIMO-SLR,0,7\n")
    section = NetworkSection(sites=("S-JP-BISEI", "S-JP-KISO"), horizon_masks=path.name)
    net = load(section, DesignSection(budget_mjpy=0), base=path.parent)
    low, high = (np.degrees(edge(net.sensors.horizon_rad, axis=1)) for edge in (np.min, np.max))
    expected = np.where(net.site == "S-JP-BISEI", 12.0, -90.0)
    expected[net.id == "JP-SIMO-SLR"] = 7.0
    assert (net.site == "S-JP-BISEI").sum() > 3
    assert np.allclose(low, expected, atol=1e-4)
    assert np.allclose(high, expected, atol=1e-4)


def test_a_file_of_the_user_wins_over_the_table(mask_file):
    row = {"site": "S-JP-BISEI", "azimuth_deg": "0", "elevation_deg": "30"}
    ours = replace(TABLES, horizon_masks=(Row("t:1", row), Row("t:2", row | {"site": "S-JP-KISO"})))
    masks = masks_of(ours, mask_file("S-JP-BISEI,0,12\n"))
    assert degrees(masks["S-JP-BISEI"])[0] == pytest.approx(12)
    assert degrees(masks["S-JP-KISO"])[0] == pytest.approx(30)
    alone = sensor_at("T-OPT-05W", 35.8, 137.6, 1130.0, ours, site="S-JP-KISO")
    assert degrees(alone.horizon_rad[0])[0] == pytest.approx(30)
    bare = sensor_at("T-OPT-05W", 35.8, 137.6, 1130.0, ours)
    assert degrees(bare.horizon_rad[0])[0] == pytest.approx(-90)


STUDY = """
study: {name: masked}
network: {countries: [JPN], sites: [S-JP-BISEI], horizon_masks: skyline.csv}
time: {start: 2024-07-05T00:00:00Z}
design: {budget_mjpy: 1000}
"""


def test_a_study_names_a_file_beside_it(tmp_path, mask_file, monkeypatch):
    study = tmp_path / "study.yaml"
    study.write_text(STUDY, encoding="utf-8")
    loaded, problems = inspect(study)
    assert loaded is None
    (problem,) = problems
    assert str(problem).startswith(f"{study}:3: network.horizon_masks: got 'skyline.csv', no such")
    mask_file("S-JP-BISEI,0,12\n")
    monkeypatch.chdir("/")
    net = scope_of(load_config(study)).network
    assert np.degrees(net.sensors.horizon_rad[net.site == "S-JP-BISEI"].max()) == pytest.approx(12)


def test_masks_are_off_by_default():
    assert Config.model_fields["network"].annotation().horizon_masks is None
