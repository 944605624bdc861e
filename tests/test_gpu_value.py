"""Coverage and cuts from the kernels of gpu/value.cu, bit for bit those of `Count` on NumPy."""

from dataclasses import replace

import numpy as np
import pytest

import test_question as study
from design_cases import cells_of, problem_of, random_case
from emulator import EmulatedDevice
from kansoku.config import DesignSection, NetworkSection
from kansoku.design.portfolio import Effort
from kansoku.design.question import problem_of as problem_of_study
from kansoku.design.search import solve
from kansoku.design.terms import Count, CountOnDevice, count_on, on_device
from kansoku.design.terms.contingency import Contingency
from kansoku.design.terms.count import ROW_UNIT, rounded
from kansoku.design.terms.on_device import Sums, fits
from kansoku.design.terms.tiles import tiles_in_windows, tiles_of
from kansoku.resources import map_in_order
from naive import design as naive

CREDITS = (
    (1.0,), (1.0, 0.6), (0.5, 0.5), (1.0, 0.6, 0.3), (0.9, 0.9, 0.4), (1.0, 0.0, 0.0),
    (1.0, 0.8, 0.6, 0.4, 0.2), (1.0, 1.0, 1.0, 0.5, 0.5),
)  # fmt: skip
WEIGHTS = {
    "one": lambda rng, cells: np.full(cells, 7),
    "few": lambda rng, cells: rng.choice((1, 3, 40), cells),
    "all different": lambda rng, cells: rng.permutation(cells) * 97 + 1,
    "large": lambda rng, cells: rng.integers(2**20, 2**22, cells),
    "some nothing": lambda rng, cells: rng.integers(0, 2, cells),
}


@pytest.fixture(autouse=True)
def few_blocks(monkeypatch):
    """A block then takes several tiles one after the other."""
    monkeypatch.setattr(on_device, "BLOCKS", 2)


def random_cells(rng, rows, cells, most=1, weights="few", base=True):
    values = (rng.random((rows, cells)) < 0.2) * rng.integers(1, most + 1, (rows, cells))
    always = rng.integers(0, 2, cells) * rng.integers(0, 3, cells) * base
    weight = WEIGHTS[weights](rng, cells)
    return values, always, weight, int(weight.sum()) + 5


def both(plain, credit, device=None):
    cells = cells_of(*plain)
    rows = len(plain[0])
    there = CountOnDevice("coverage", cells, credit, rows, device or EmulatedDevice())
    return Count("coverage", cells, credit, rows), there


def assert_same(found, expected):
    assert (found.constant, found.scale) == (expected.constant, expected.scale)
    assert found.value == expected.value
    np.testing.assert_array_equal(found.slopes, expected.slopes)


def whole(rng, rows):
    return (rng.random(rows) < 0.4).astype(float)


def fractional(rng, rows):
    return np.round(rng.random(rows), 6) * (rng.random(rows) < 0.6)


def coarse(rng, rows):
    return rng.choice((0.0, 0.4, 0.8, 1.0), rows)


@pytest.mark.parametrize("credit", CREDITS)
@pytest.mark.parametrize("at", [whole, coarse, fractional])
def test_cuts_are_those_of_the_host(credit, at):
    rng = np.random.default_rng(len(credit))
    plain = random_cells(rng, 30, 3000, most=3)
    here, there = both(plain, credit)
    for _ in range(3):
        weights = at(rng, 30)
        assert_same(there.cuts(weights)[0], here.cuts(weights)[0])
        assert there.value(weights) == here.value(weights)


def test_cells_that_do_not_fit_are_counted_on_the_host():
    rng, device = np.random.default_rng(1), EmulatedDevice(free=100_000)
    here, there = both(random_cells(rng, 30, 3000, most=3), (1.0, 0.6), device)
    point = whole(rng, 30)
    assert_same(there.cuts(point)[0], here.cuts(point)[0])
    assert device.launched == []


@pytest.mark.parametrize("weights", WEIGHTS)
@pytest.mark.parametrize("at", [whole, fractional])
def test_any_weights_of_cells_are_exact(weights, at):
    rng = np.random.default_rng(5)
    here, there = both(random_cells(rng, 9, 700, 2, weights), (1.0, 0.6))
    point = at(rng, 9)
    assert_same(there.cuts(point)[0], here.cuts(point)[0])


@pytest.mark.parametrize("cells", [1, 31, 32, 33, 1023, 1024, 1025, 2048])
def test_tiles_may_be_filled_in_part(cells):
    rng = np.random.default_rng(cells)
    here, there = both(random_cells(rng, 5, cells, weights="one"), (1.0, 0.5))
    for at in (whole, fractional):
        point = at(rng, 5)
        assert_same(there.cuts(point)[0], here.cuts(point)[0])


@pytest.mark.parametrize("rows", [1, 26, 27, 208, 209, 430])
def test_any_number_of_rows(rows):
    rng = np.random.default_rng(rows)
    here, there = both(random_cells(rng, rows, 500, base=False), (1.0, 0.6, 0.3))
    for at in (whole, fractional):
        point = at(rng, rows)
        assert_same(there.cuts(point)[0], here.cuts(point)[0])


def test_whole_rows_take_one_pass_and_others_two():
    rng, device = np.random.default_rng(0), EmulatedDevice()
    _, there = both(random_cells(rng, 6, 100), (1.0, 0.5), device)
    there.cuts(np.ones(6))
    there.cuts(np.full(6, 0.5))
    assert device.launched == ["cut_2", "thresholds", "slopes_2"]


@pytest.mark.parametrize(
    ("weight", "kernel"), [(2**27 // 5, "cut_1"), (2**27 // 5 + 1, "thresholds")]
)
def test_sums_that_32_bits_do_not_hold_take_two_passes(weight, kernel):
    device, cells = EmulatedDevice(), 9 * 1024
    plain = (np.ones((2, cells), int), np.zeros(cells, int), np.full(cells, weight), weight * cells)
    here, there = both(plain, (1.0,), device)
    assert_same(there.cuts(np.zeros(2))[0], here.cuts(np.zeros(2))[0])
    assert device.launched[0] == kernel


@pytest.mark.parametrize("tiles", range(1, 10))
@pytest.mark.parametrize("most", [1, 7])
def test_blocks_walk_over_any_number_of_tiles(tiles, most):
    rng = np.random.default_rng(tiles)
    here, there = both(random_cells(rng, 12, 1024 * tiles - 7, most, "one"), (1.0, 0.6, 0.3))
    for at in (whole, fractional):
        point = at(rng, 12)
        assert_same(there.cuts(point)[0], here.cuts(point)[0])


@pytest.mark.parametrize("point", [0.0, 1.0, 1e-6, 1 - 1e-6, 0.333333])
def test_all_rows_alike(point):
    rng = np.random.default_rng(3)
    here, there = both(random_cells(rng, 40, 400, most=15), (1.0, 0.7, 0.2))
    assert_same(there.cuts(np.full(40, point))[0], here.cuts(np.full(40, point))[0])


def test_no_row_and_no_cell():
    for values in (np.zeros((3, 40), int), np.zeros((3, 0), int)):
        count = values.shape[1]
        plain = (values, np.zeros(count, int), np.ones(count, int), max(count, 1))
        here, there = both(plain, (1.0, 0.5))
        assert_same(there.cuts(np.ones(3))[0], here.cuts(np.ones(3))[0])


@pytest.mark.parametrize("seed", range(4))
def test_value_is_that_of_the_formula(seed):
    rng = np.random.default_rng(seed)
    plain, credit = random_cells(rng, 8, 120, most=3), CREDITS[seed]
    _, there = both(plain, credit)
    for at in (whole, fractional):
        point = at(rng, 8)
        assert there.value(point) == pytest.approx(naive.coverage(*plain, credit, point), abs=1e-12)


def cut_in_loops(values, base, weight, credit, units):
    """Constant and slopes of the cut of formulation (a), in steps of 1/10 of credit."""
    phi = [round(10 * c) for c in credit] + [0]
    constant, slopes = 0, [0] * len(values)
    for d, omega in enumerate(weight.tolist()):
        tracks = int(base[d]) * ROW_UNIT + sum(
            int(v[d]) * u for v, u in zip(values, units, strict=True)
        )
        lam = phi[min(tracks // ROW_UNIT, len(credit))]
        constant += omega * (sum(max(p - lam, 0) for p in phi) + lam * int(base[d]))
        for j, v in enumerate(values):
            slopes[j] += omega * lam * int(v[d])
    return constant, slopes


@pytest.mark.parametrize("seed", range(6))
def test_cuts_are_those_of_the_loops(seed):
    rng = np.random.default_rng(seed)
    credit = ((0.7,), (1.0, 0.7), (0.9, 0.6, 0.1))[seed % 3]
    values, base, weight, total = random_cells(rng, 7, 150, most=3)
    _, there = both((values, base, weight, total), credit)
    for at in (whole, fractional):
        point = at(rng, 7)
        (found,) = there.cuts(point)
        constant, slopes = cut_in_loops(values, base, weight, credit, rounded(point).tolist())
        unit = 10 * sum(credit) * total / found.scale  # `Count` divides credit by what it shares
        assert found.constant * unit == pytest.approx(constant, rel=1e-15)
        np.testing.assert_allclose(found.slopes * unit, slopes, rtol=1e-15)


def test_losses_can_be_asked_for():
    rng = np.random.default_rng(1)
    here, there = both(random_cells(rng, 8, 300, most=2), (1.0, 0.6))
    point = fractional(rng, 8)
    assert_same(Contingency(there, point).cut, here.cuts(point)[0])


def test_what_the_kernels_cannot_count_is_known():
    rng = np.random.default_rng(0)
    cells = cells_of(*random_cells(rng, 3, 50))
    assert fits(cells, np.array([10, 6]))
    assert not fits(cells, np.arange(9, 0, -1))
    assert not fits(cells, np.array([2**28, 1]))
    assert not fits(
        cells_of(np.ones((1, 1), int), np.zeros(1), np.array([2**32]), 2**32), np.ones(1, int)
    )


def in_draws(tracks, clear, weight):
    """Cells of all draws side by side, row by contributor."""
    values = tracks[None] * clear[:, :, None, :]
    by_row = values.swapaxes(0, 1).reshape(len(tracks), -1)
    scenarios, _, windows = clear.shape
    omega = np.tile(np.repeat(weight, windows), scenarios)
    return by_row, np.zeros(by_row.shape[1], int), omega, int(omega.sum())


@pytest.mark.parametrize("credit", [(1.0,), (1.0, 0.6), (1.0, 0.6, 0.3), (1.0, 0.8, 0.6, 0.4)])
@pytest.mark.parametrize("contributors", [5, 220])
@pytest.mark.parametrize("at", [whole, fractional])
def test_draws_of_the_weather_are_counted_without_being_expanded(credit, contributors, at):
    rng = np.random.default_rng(contributors)
    tracks = (rng.random((contributors, 70, 3)) < 0.2) * rng.integers(1, 4, (contributors, 70, 3))
    clear = rng.random((4, contributors, 3)) < 0.6
    weight = rng.choice((1, 2, 11), 70)
    term = Count("coverage", cells_of(*in_draws(tracks, clear, weight)), credit, contributors)
    sums = Sums(
        EmulatedDevice(),
        tiles_in_windows(tracks.astype(np.uint8), clear, weight),
        term._credit[:-1],
    )
    point = at(rng, contributors)
    constant, slopes = sums.cut(rounded(point))
    assert_same(term.closed(rounded(point), constant, slopes), term.cuts(point)[0])


@pytest.mark.parametrize("weights", WEIGHTS)
def test_words_weigh_what_their_cells_do(weights):
    rng = np.random.default_rng(2)
    plain = random_cells(rng, 3, 900, 1, weights, base=False)
    tiles = tiles_of(cells_of(*plain))
    bits = np.unpackbits(tiles.bits[:, :3].copy().view(np.uint8), axis=2, bitorder="little")
    by_row = (bits.reshape(len(bits), 3, 32, 32).sum(-1) * tiles.weight[:, None].astype(int)).sum(
        (0, 2)
    )
    np.testing.assert_array_equal(by_row, plain[0] @ plain[2])
    assert tiles.weight.size * 32 < 8 * 900 + 32 * 1024


def test_row_weights_are_rounded_as_on_the_host():
    rng = np.random.default_rng(4)
    here, there = both(random_cells(rng, 6, 200), (1.0, 0.6))
    point = np.array([-0.1, 1.2, 1 / 3, 2 / 3, 1 - 1e-9, 0.5 / ROW_UNIT])
    assert_same(there.cuts(point)[0], here.cuts(point)[0])


def test_where_a_count_answers(monkeypatch):
    rng, device = np.random.default_rng(0), EmulatedDevice()
    cells = cells_of(*random_cells(rng, 3, 50))
    given = ("coverage", cells, (1.0, 0.6), 3)
    assert not isinstance(count_on(None, *given), CountOnDevice)
    assert not isinstance(count_on(device, *given), CountOnDevice)  # so few cells
    monkeypatch.setattr(on_device, "FEWEST_CELLS", 10)
    there = count_on(device, *given)
    assert isinstance(there, CountOnDevice)
    assert isinstance(there.over(cells), CountOnDevice)
    assert not isinstance(count_on(device, *given[:2], (1.0,) * 9, 3), CountOnDevice)


def test_a_forked_process_counts_on_the_host(monkeypatch):
    rng, device = np.random.default_rng(0), EmulatedDevice()
    here, there = both(random_cells(rng, 3, 50), (1.0, 0.6), device)
    monkeypatch.setattr(on_device.os, "getpid", lambda: -1)
    assert_same(there.cuts(np.ones(3))[0], here.cuts(np.ones(3))[0])
    assert device.launched == []


def test_a_term_of_a_forked_process_counts_on_the_host(monkeypatch):
    """Whatever built it there: the device belongs to the process that made it."""
    monkeypatch.setattr(on_device, "FEWEST_CELLS", 1)
    cells, device = cells_of(*random_cells(np.random.default_rng(0), 3, 50)), EmulatedDevice()

    def built(_item):
        return type(count_on(device, "coverage", cells, (1.0,), 3)).__name__

    assert built(0) == "CountOnDevice"
    assert list(map_in_order(built, [0, 1], workers=2)) == ["Count", "Count"]


def onto(device, term):
    return CountOnDevice(term.name, term.cells, term.credit, term.problem_rows, device)


@pytest.mark.parametrize("seed", [0, 3, 6, 9])
def test_a_search_on_a_device_takes_the_same_steps(seed):
    device, problem = EmulatedDevice(), problem_of(random_case(seed, floors=1))
    (floor,) = problem.floors
    moved = replace(
        problem,
        objective=onto(device, problem.objective),
        floors=(onto(device, floor.term) >= floor.at_least,),
    )
    effort = Effort(gap=1e-9, time_limit_s=60.0)
    here, there = solve(problem, effort), solve(moved, effort)
    assert (there.chosen, there.arrangements) == (here.chosen, here.arrangements)
    assert (there.objective, there.bound) == (here.objective, here.bound)
    assert device.launched


def test_the_terms_of_a_study_count_on_its_device(monkeypatch):
    monkeypatch.setattr(on_device, "FEWEST_CELLS", 1)
    asked = DesignSection(budget_mjpy=1000.0, autonomy_min=0.3)
    given = (study.network(), *study.seen(), study.COVERAGE, asked, NetworkSection())
    here = problem_of_study(*given)
    there = problem_of_study(*given, device=EmulatedDevice())
    terms = (there.objective, *(floor.term for floor in there.floors))
    assert all(isinstance(term, CountOnDevice) for term in terms)
    for found, expected in zip(there.requirements, here.requirements, strict=True):
        point = fractional(np.random.default_rng(0), len(here.row_candidate))
        assert_same(found.term.cuts(point)[0], expected.term.cuts(point)[0])
