"""Credit for independent sources: from the bits, by hand, after losses, in a study's file."""

import json
from dataclasses import replace
from itertools import product

import numpy as np
import pytest
import xarray as xr

import programme_study
from kansoku import configfile, study
from kansoku.config import CoverageSection, DesignSection, NetworkSection
from kansoku.configprogramme import ProgrammeSection
from kansoku.coverage.sources import by_source, sources_of
from kansoku.coverage.value import stepped_credit
from kansoku.cubes import recompute
from kansoku.design.programme.coarse import coarse_of
from kansoku.design.programme.question import programme_of
from kansoku.design.terms import Distinct
from kansoku.design.terms.sourced import SourcedContingency
from kansoku.errors import KansokuError
from naive import programme_cube as naive
from test_programme_question import (
    CLASSES,
    CREDIT_OF_TIER,
    DECISIONS,
    IDS,
    NUMBERS,
    accounts,
    coverage_of,
    in_service,
    lost_in,
    network,
    seen,
    worth_to_us,
)

KEEP = 0.25
COUNTRY_OF = {"own-1": "JPN", "own-2": "JPN", "S1/A": "JPN", "S1/B": "JPN", "S2/A": "JPN",
              "us-1": "USA", "us-2": "USA", "au-1": "AUS", "firm-1": "NZL"}  # fmt: skip
OWNER_OF = COUNTRY_OF | {"firm-1": "FIRM"}
SOURCE_OF = {"country": COUNTRY_OF, "owner": OWNER_OF}
CREDIT = (1.0, 0.5)


def asked(cross_check="country", net=None, **section):
    net = network() if net is None else net
    coverage = CoverageSection(
        credit=CREDIT, min_tier=3, max_latency_hours=12, cross_check=cross_check
    )
    design = DesignSection(
        decision_fy=2027, horizon_fy=2030, programme=ProgrammeSection(**section)
    )  # fmt: skip
    return programme_of(net, accounts(net), seen(), NUMBERS, coverage, design, NetworkSection())


def checked(worth, source, own="JPN"):
    """Credited coverage by loops: each source once, one's own as often as there is credit."""
    data, earned, demand = seen(), 0.0, 0.0
    draws, _, windows = data.clear.shape
    for s, n, w in product(range(draws), range(len(NUMBERS)), range(windows)):
        tracks = {}
        for c, name in enumerate(IDS):
            one = int(data.tracks[c, n, w]) * bool(data.clear[s, c, w]) * worth[c, n]
            tracks[source[name]] = tracks.get(source[name], 0.0) + one
        together = sum(
            min(count, 1.0) * (len(CREDIT) if h == own else 1) for h, count in tracks.items()
        )
        weight = float(data.weight[n])
        earned += weight * sum(
            phi * min(max(together - m, 0.0), 1.0) for m, phi in enumerate(CREDIT)
        )
        demand += weight * sum(CREDIT)
    return earned / demand


@pytest.mark.parametrize("cross_check", ["country", "owner"])
@pytest.mark.parametrize(("order", "agreed"), DECISIONS)
def test_coverage_by_sources_is_that_of_the_bits(order, agreed, cross_check):
    found = coverage_of(asked(cross_check, gains=False), order, agreed)
    for t in range(4):
        exact = checked(worth_to_us(order, agreed, t), SOURCE_OF[cross_check])
        assert found["coverage", "ours", t] == pytest.approx(exact, abs=1e-12)


def test_a_firm_of_the_same_country_is_a_source_of_its_own_only_as_an_owner():
    net = network()
    net = replace(net, owner=np.where(net.id == "firm-1", "USA", net.owner))
    by_country = dict(COUNTRY_OF, **{"firm-1": "USA"})
    order, agreed = {}, {"USA-3", "F-100"}
    worth = worth_to_us(order, agreed, 3)
    of = coverage_of(asked("country", net, gains=False), order, agreed)
    apart = coverage_of(asked("owner", net, gains=False), order, agreed)
    assert of["coverage", "ours", 3] == pytest.approx(checked(worth, by_country), abs=1e-12)
    assert apart["coverage", "ours", 3] == pytest.approx(checked(worth, OWNER_OF), abs=1e-12)
    assert of["coverage", "ours", 3] < apart["coverage", "ours", 3] - 1e-3


@pytest.mark.parametrize(("order", "agreed"), DECISIONS)
def test_what_is_left_after_a_loss_counts_sources_too(order, agreed):
    kinds = ("site", "country", "partner", "link", "owner_class")
    programme = asked(gains=False, stress={"kinds": kinds, "keep_min": KEEP, "years": (2029, 2030)})
    found = coverage_of(programme, order, agreed)
    cases = {key for key in found if key[0] not in ("coverage", "autonomy")}
    assert len(cases) >= 10
    for name, view, t in cases:
        case = (name if name.startswith("without ") else view).removeprefix("without ")
        fallen, left = lost_in(case, agreed)
        worth = worth_to_us(order, left, t)
        worth[[IDS.index(each) for each in fallen]] = 0.0
        assert found[name, view, t] == pytest.approx(checked(worth, COUNTRY_OF), abs=1e-12)


@pytest.mark.parametrize(("order", "agreed"), DECISIONS)
def test_to_a_partner_its_own_sensors_are_its_own_source(order, agreed):
    found = coverage_of(asked(), order, agreed)
    given = max([0, *(int(name[-1]) for name in agreed if name.startswith("USA"))])
    given = max(given, 3 if "POOL" in agreed else 0)
    for t in range(1, 4):
        worth = np.zeros((len(IDS), len(NUMBERS)))
        worth[[IDS.index("us-1"), IDS.index("us-2")]] = 1.0
        for name in in_service(order, t):
            tier = min(given, 4 if CLASSES[IDS.index(name)] == "civil" else 3)
            worth[IDS.index(name)] = CREDIT_OF_TIER[tier - 1] if tier > 1 else 0.0
        exact = checked(worth, COUNTRY_OF, own="USA")
        assert found["gain", "gain of USA", t] == pytest.approx(exact, abs=1e-12)


def test_the_example_of_the_page_on_programmes():
    """Credit 1, 0.6, 0.3; sources JPN, USA, AUS, NZL; tracks of each, worth and what it pays."""
    counts, credit = np.array([3.0, 1.0, 1.0, 1.0]), (1.0, 0.6, 0.3)
    cases = [
        ([0, 1, 0, 0], 1.0, 1 / 1.9),
        ([0, 5, 0, 0], 1.0, 1 / 1.9),
        ([0, 1, 1, 0], 1.0, 1.6 / 1.9),
        ([0, 1, 1, 1], 1.0, 1.0),
        ([1, 0, 0, 0], 1.0, 1.0),
        ([1, 1, 1, 0], 1.0, 1.0),
        ([0, 1, 0, 0], 0.54, 0.54 / 1.9),
        ([0, 2, 0, 0], 0.54, 1 / 1.9),
    ]
    for tracks, worth, paid in cases:
        each = worth * np.array(tracks, dtype=float)[:, None, None]
        together = by_source(each, np.ones((4, 1)), np.arange(4), counts)
        assert float(stepped_credit(together, credit)[0, 0]) / 1.9 == pytest.approx(paid)


def test_sources_are_named_from_the_owner_on():
    net = network()
    coverage = CoverageSection(cross_check="owner")
    sources = sources_of(net, coverage, "JPN")
    assert sources.names[0] == "JPN"
    assert sources.counts.tolist() == [3.0] + [1.0] * (len(sources.names) - 1)
    assert [sources.label(c) for c in range(len(IDS))] == [OWNER_OF[name] for name in IDS]
    assert sources_of(net, CoverageSection(), "JPN") is None


@pytest.mark.parametrize("seed", range(20))
def test_a_contingency_by_sources_is_that_of_a_fresh_evaluation(seed):
    from design_cases import cells_of

    rng = np.random.default_rng(seed)
    values = rng.integers(0, 4, (7, 60)) * (rng.random((7, 60)) < 0.4)
    cells = cells_of(values, np.zeros(60), rng.integers(1, 9, 60), 700)
    of, counts = rng.integers(0, 3, 7), np.array([2.0, 1.0, 1.0])
    before = rng.choice([0.0, 0.3, 0.54, 1.0], 7)
    begun = SourcedContingency(cells, of, counts, CREDIT, before)
    for _ in range(5):
        after = before * rng.choice([0.0, 0.5, 1.0], 7)
        fresh = SourcedContingency(cells, of, counts, CREDIT, after)
        assert begun.value(after) == pytest.approx(fresh.value(after), abs=1e-12)
        by_source = [
            np.minimum((after[of == h, None] * values[of == h]).sum(axis=0), 1.0) for h in range(3)
        ]
        earned = stepped_credit(counts @ by_source, CREDIT) @ cells.weight
        assert begun.value(after) == pytest.approx(earned / (700 * 1.5), abs=1e-12)
    if before.any():
        with pytest.raises(ValueError, match="a row weighs more"):
            SourcedContingency(cells, of, counts, CREDIT, 0.0 * before).value(before)


def test_a_sample_of_the_cells_ranks_sources_nearly_as_all_cells_do():
    from design_cases import cells_of

    rng = np.random.default_rng(5)
    values = rng.integers(0, 4, (6, 3000)) * (rng.random((6, 3000)) < 0.4)
    cells = cells_of(values, np.zeros(3000), rng.integers(1, 90, 3000), 200_000)
    term = Distinct("d", cells, CREDIT, "jjuuua", 6, {"j": 2.0}, every_track=True)
    programme = asked(gains=False)
    large = replace(programme, aims=(replace(programme.aims[0], term=term),))
    (aim,) = coarse_of(large, 1000).aims
    assert len(aim.term.cells) <= 1000 < len(cells)
    again = term.over(cells)
    for _ in range(10):
        weights = rng.choice([0.0, 0.54, 1.0], 6)
        assert again.value(weights) == term.value(weights)
        assert aim.term.value(weights) == pytest.approx(term.value(weights), abs=0.02)


# A study ---------------------------------------------------------------------------------------


def run(folder):
    path = programme_study.write(
        folder, old="coverage: {", new="coverage: {cross_check: owner, credit: [1.0, 0.6], "
    )
    text = path.read_text().replace("keep_min: 0.40", "keep_min: 0.30")
    path.write_text(text)
    page = study.run_to_folder(configfile.load_config(path), folder / "out")
    return folder / "out", page


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    return run(tmp_path_factory.mktemp("checked"))


@pytest.fixture(scope="module")
def cube(results):
    return xr.open_dataset(results[0] / "study.nc").load()


def test_the_file_alone_gives_coverage_by_sources_again(cube):
    assert cube["source"].values[0] == "JPN"
    assert cube["source_count"].values[0] == 2.0
    for name, again in recompute.coverage(cube).items():
        np.testing.assert_allclose(again.values, cube[name].values, rtol=0, atol=1e-12)
    plain = recompute.coverage(cube.drop_vars(["contributor_source", "source_count"]))
    assert (plain["credited_fraction"] > cube["credited_fraction"] + 1e-4).any()
    np.testing.assert_allclose(plain["coverage_fraction"], cube["coverage_fraction"], atol=1e-12)


def test_what_a_loss_leaves_follows_from_the_file(cube):
    for stress in cube["stress"].values[:: max(1, cube.sizes["stress"] // 12)]:
        each = naive.worth_after(cube, "chosen", 2031, stress, latest_hours=12.0)
        for requirement in ("coverage", "autonomy"):
            stored = cube.sel(design="chosen", year=2031, requirement=requirement, stress=stress)
            found = naive.by_source(cube, requirement, each)
            assert found == pytest.approx(stored["stress_credited_fraction"].item(), abs=3e-6)


@pytest.mark.parametrize("design", ["chosen", "today"])
def test_what_contributors_are_worth_counts_sources(cube, design):
    each = naive.worth(cube, design, 2031)
    whole = naive.by_source(cube, "coverage", each)
    one = cube.sel(design=design, requirement="coverage")
    for dim in ("owner", "country"):
        assert one[f"shapley_coverage_{dim}"].sum().item() == pytest.approx(whole, abs=1e-9)
    used = np.flatnonzero(each.any(axis=1))
    for c in used[:: max(1, len(used) // 8)]:
        left = each.copy()
        left[c] = 0.0
        lost = whole - naive.by_source(cube, "coverage", left)
        assert one["marginal_coverage"].values[c] == pytest.approx(lost, abs=1e-9)


def test_the_plan_is_the_best_that_the_search_could_prove_by_sources(results, cube):
    proof = json.loads((results[0] / "answer.json").read_text())["proof"]
    credited = cube["credited_expected"].sel(design="chosen", requirement="coverage")
    reached = float((credited * cube["year_worth"]).sum())
    assert proof["credited_coverage"] == pytest.approx(reached, abs=1e-9)
    assert proof["credited_coverage_bound"] >= reached
    floor = cube["stress_floor"]
    left = cube["stress_credited_fraction"].sel(design="chosen", requirement="coverage")
    assert (left >= floor - 3e-6).all()
    need = cube["partner_need_fraction"].sel(design="chosen")
    gain = cube["partner_gain_fraction"].sel(design="chosen")
    assert (gain.values[need.values > 0] >= need.values[need.values > 0] - 3e-6).all()


def test_the_page_says_what_credit_is_paid_for(results):
    page = " ".join(results[1].split())
    assert (
        "pays 1 + 0.6 for the 1st, 2nd, ... state or firm that gives a track of an object" in page
    )
    assert "what Japan's own sensors track counts in full" in page
    assert "Credited coverage within slots (by tracks)" in page


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("coverage: {", "coverage: {cross_check: owner, credit: [1.0], ",
         "coverage.cross_check: got 'owner', must be none beside one step of credit"),
        ("coverage: {", "coverage: {cross_check: firm, ", "coverage.cross_check: got 'firm'"),
    ],
)  # fmt: skip
def test_a_cross_check_that_says_nothing_is_told_by_key(tmp_path, old, new, said):
    path = programme_study.write(tmp_path, old=old, new=new)
    with pytest.raises(KansokuError) as told:
        configfile.load_config(path)
    assert said in str(told.value)


def test_within_one_period_sources_are_not_counted(tmp_path):
    text = configfile.packaged_text("demo").replace(
        "\ncoverage:\n", "\ncoverage:\n  cross_check: country\n"
    )
    (tmp_path / "demo.yaml").write_text(text)
    assert "cross_check" in text
    with pytest.raises(KansokuError, match=r"coverage.cross_check: got 'country', must be none"):
        configfile.load_config(tmp_path / "demo.yaml")
