"""Figures come out the same from the same cube, and the map shows what it says."""

import numpy as np
import pytest

from kansoku.cubes import dataset
from kansoku.report import answer, canvas, figures, fiscalfigures
from kansoku.report import map as maps
from kansoku.report.placing import Label, placed
from small_study import small_findings


@pytest.fixture(scope="module")
def cube():
    return dataset.label(small_findings())


def inside(rings, longitude, latitude):
    """Whether a point lies on land, by counting the edges east of it."""
    crossings = 0
    for ring in rings:
        (x0, y0), (x1, y1) = ring[:-1].T, ring[1:].T
        level = (y0 > latitude) != (y1 > latitude)
        x = x0[level] + (latitude - y0[level]) * (x1 - x0)[level] / (y1 - y0)[level]
        crossings += int((x > longitude).sum())
    return crossings % 2 == 1


@pytest.mark.parametrize(
    ("place", "longitude", "latitude", "land"),
    [
        ("Canberra", 149.1, -35.3, True),
        ("Ulaanbaatar", 106.9, 47.9, True),
        ("Nagano", 138.0, 36.2, True),
        ("Denver", -105.0, 39.7, True),
        ("South Pole plateau", 45.0, -85.0, True),
        ("mid Pacific", 150.0, 10.0, False),
        ("Tasman Sea", 160.0, -38.0, False),
        ("Norwegian Sea", 0.0, 67.0, False),
    ],
)
def test_the_coastline_parts_land_from_sea(place, longitude, latitude, land):
    rings = [ring + np.array([turn, 0.0]) for turn in (-360, 0, 360) for ring in maps.coastline()]
    assert inside(rings, longitude, latitude) is land, place


def test_coastlines_are_closed_and_never_jump_across_the_map():
    for ring in maps.coastline():
        np.testing.assert_allclose(ring[0], ring[-1], atol=0.011)
        jumps = np.abs(np.diff(ring[:, 0]))
        on_map = (ring[1:, 1] > maps.SOUTH_DEG) & (ring[:-1, 1] > maps.SOUTH_DEG)
        assert jumps[on_map].max(initial=0.0) < 30.0


def test_the_map_has_the_pacific_in_its_middle():
    assert maps.eastward(-155.5) == pytest.approx(204.5)
    assert maps.eastward(139.7) == pytest.approx(139.7)
    assert maps.eastward(-10.0) == pytest.approx(-10.0)


def test_chosen_sites_are_named_with_their_sensors(cube):
    sites = maps.chosen_sites(answer.summary(cube))
    assert [name for name, *_ in sites] == ["Learmonth, Australia", "Ishigaki, Japan"]
    assert sites[0][3].startswith("S-band tracking phased array")


def test_names_on_the_map_do_not_cover_each_other():
    crowded = [Label(f"{n} Observatory", 135.0 + n, 34.0 + 0.5 * n) for n in range(8)]
    boxes = placed(crowded, (-30.0, 330.0, -60.0, 82.0))
    assert all(west >= -30 and east <= 330 for west, east, _, _ in boxes)
    for a in range(8):
        for b in range(a):
            apart_x = boxes[a][1] <= boxes[b][0] or boxes[b][1] <= boxes[a][0]
            apart_y = boxes[a][3] <= boxes[b][2] or boxes[b][3] <= boxes[a][2]
            assert apart_x or apart_y, (a, b)


def test_names_on_the_map_are_short():
    assert maps.short_name("Fairbanks / Poker Flat, United States") == "Fairbanks"
    assert maps.short_name("Cocos (Keeling) Islands, Australia") == "Cocos"


def test_figures_of_one_cube_are_the_same_twice(cube, tmp_path):
    for name in ("first", "second"):
        (tmp_path / name).mkdir()
        figures.draw(cube, tmp_path / name)
    drawn = sorted((tmp_path / "first").iterdir())
    assert len(drawn) == 6
    for path in drawn:
        assert path.read_bytes() == (tmp_path / "second" / path.name).read_bytes(), path.name


def test_axes_say_their_units(cube):
    found = answer.summary(cube)
    with canvas.look():
        bars = figures.coverage_by_regime(found).axes[0]
        costs = figures.cost_against_coverage(found).axes[0]
    assert "[%]" in bars.get_xlabel()
    assert "[%]" in costs.get_ylabel()
    assert "billion yen" in costs.get_xlabel()


def test_a_budget_whose_floor_is_out_of_reach_is_marked(cube):
    with canvas.look():
        axes = figures.cost_against_coverage(answer.summary(cube)).axes[0]
    marked = [text.get_text() for text in axes.texts]
    assert marked.count("floor out of reach") == 1


def a_loss(kind, label, floor=None):
    return {
        "kind": kind, "label": label, "credited_lost": 0.2, "credited_left": 0.5, "floor": floor,
    }  # fmt: skip


def drawn_losses(*losses):
    years = [{"fiscal_year": 2032, "credited_fraction": {"chosen": 0.7}}]
    return fiscalfigures.losses({"losses": list(losses), "by_year": years})


def test_losses_shorten_names_of_sites_alone_and_tell_a_floor_where_there_is_one():
    telescope = "1.0 m tracking / medium-field telescope"
    site = a_loss("site", "Fairbanks / Poker Flat")
    kind = a_loss("sensor_type", f"{telescope} (new)")
    (axes,) = drawn_losses(site, kind).axes
    names = [one.get_text() for one in axes.get_yticklabels()]
    assert names == ["site Fairbanks", f"sensor type {telescope}"]
    assert "floor" not in axes.get_xlabel()
    (axes,) = drawn_losses(site | {"floor": 0.4}, kind).axes
    assert axes.get_xlabel().endswith("black: floor")


def test_the_words_under_the_losses_stay_on_the_page():
    long = a_loss("site", "JAXA remote small telescopes at Siding Spring", 0.4)
    figure = drawn_losses(long)
    figure.canvas.draw()
    (axes,) = figure.axes
    assert axes.xaxis.label.get_window_extent().x1 <= figure.bbox.x1 - 1
