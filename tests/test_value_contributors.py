"""What contributors, owners and hosts add, against coverage from the visibility alone."""

import numpy as np
import pytest

from kansoku.coverage.sources import Sources
from kansoku.coverage.value import value_of
from kansoku.cubes import dataset
from kansoku.design.value import joining
from kansoku.design.value.contributors import contributors_of
from kansoku.design.value.game import game_of, one_each
from kansoku.design.value.shapley import Sampling, shapley
from naive import games
from small_study import small_findings


@pytest.fixture(scope="module")
def found():
    return small_findings()


@pytest.fixture(scope="module")
def cube(found):
    return dataset.label(found)


def coverage_of(found, credit, kept):
    """Credited coverage by all and plain coverage by our own, of the contributors kept."""
    own = found.network.owner == "JPN"
    worth = np.where(kept, credit, 0.0)
    values = [
        value_of(
            found.coverage.tracks,
            found.clear,
            part,
            found.targets,
            found.weight,
            found.config.coverage.credit,
        )
        for part in (worth, np.where(own, worth, 0.0))
    ]
    return values[0].credited.mean(), values[1].covered.mean()


def parted(found, labels):
    return contributors_of(
        found.coverage.tracks,
        found.clear,
        found.weight,
        found.chosen[0].contributor_credit[:, 0],
        found.network.owner == "JPN",
        tuple(found.config.coverage.credit),
        labels.tolist(),
    )


@pytest.mark.parametrize("by", ["id", "owner", "country"])
def test_any_parts_may_leave(found, by):
    labels = getattr(found.network, by)
    answer, rng = parted(found, labels), np.random.default_rng(1)
    for share in (0.0, 0.1, 0.3, 0.5, 0.9, 1.0):
        gone = frozenset(part for part in answer.parts if rng.random() < share)
        kept = ~np.isin(labels, [part.name for part in gone])
        expected = coverage_of(found, found.chosen[0].contributor_credit[:, 0], kept)
        assert answer.measured(gone) == pytest.approx(expected, abs=1e-9)


def test_hosts_share_out_the_coverage_as_by_every_order(found):
    labels = found.network.country
    answer = parted(found, labels)
    names = [part.name for part in answer.parts][:5]
    rest = np.isin(labels, [part.name for part in answer.parts][5:])

    def worth(players):
        kept = np.isin(labels, [names[i] for i in players]) | rest
        return coverage_of(found, found.chosen[0].contributor_credit[:, 0], kept)[0]

    game = game_of(answer, one_each(answer.parts[:5]))
    assert shapley(game).value == pytest.approx(games.shapley(len(names), worth), abs=1e-9)


@pytest.mark.parametrize("dim", ["contributor", "owner", "country"])
@pytest.mark.parametrize("design", ["chosen", "today"])
def test_shares_of_the_cube_add_up_to_its_coverage(cube, dim, design):
    shares = cube[f"shapley_coverage_{dim}"].sel(design=design).sum(dim)
    expected = cube.sel(design=design).isel(year=-1)
    credited = expected["credited_expected"].sel(requirement="coverage").item()
    plain = expected["coverage_expected"].sel(requirement="autonomy").item()
    assert shares.sel(requirement="coverage").item() == pytest.approx(credited, abs=1e-9)
    assert shares.sel(requirement="autonomy").item() == pytest.approx(plain, abs=1e-9)
    others = cube["shapley_coverage_owner"].sel(requirement="autonomy").drop_sel(owner="JPN")
    assert np.abs(others).max() <= 1e-12


@pytest.mark.parametrize("by", ["id", "owner", "country"])
@pytest.mark.parametrize("is_sourced", [False, True])
def test_what_joins_along_an_order_adds_what_the_coalitions_say(found, by, is_sourced, monkeypatch):
    monkeypatch.setattr(joining, "CELLS_A_BLOCK", 64)
    rng = np.random.default_rng(2)
    worth = found.chosen[0].contributor_credit[:, 0]
    of = rng.integers(0, 3, len(worth))
    answer = contributors_of(
        found.coverage.tracks, found.clear, found.weight, worth, found.network.owner == "JPN",
        tuple(found.config.coverage.credit), getattr(found.network, by).tolist(),
        Sources(("a", "b", "c"), of, np.array([3.0, 1.0, 1.0])) if is_sourced else None,
    )  # fmt: skip
    orders = [rng.permutation(len(answer.parts)) for _ in range(2)]
    added = joining.added_along(answer, orders, workers=1)
    for order, found_along in zip(orders, added, strict=True):
        left, before = set(answer.parts), np.zeros(2)
        for k in order.tolist():
            left.remove(answer.parts[k])
            after = answer.measured(frozenset(left))
            assert found_along[k] == pytest.approx(after - before, abs=1e-12)
            before = after


def test_shares_by_sampled_orders_hold_the_exact_ones(found):
    answer = parted(found, found.network.country)
    exact = joining.shares(answer, Sampling(exact_players=15))
    drawn = joining.shares(answer, Sampling(most_pairs=60, exact_players=2), workers=1)
    for known, estimate in zip(exact, drawn, strict=True):
        assert known.exact
        assert not estimate.exact
        assert estimate.players == known.players
        assert estimate.value.sum() == pytest.approx(known.value.sum(), abs=1e-12)
        assert (np.abs(estimate.value - known.value) <= 2.0 * estimate.half_width + 1e-12).all()
        assert (estimate.half_width < 0.02).all()


def test_marginal_values_of_the_cube_are_what_is_lost(found, cube):
    lost = cube["marginal_coverage"]
    for name in cube["contributor"].to_numpy()[found.chosen[0].contributor_credit[:, 0] > 0]:
        kept = found.network.id != name
        left = coverage_of(found, found.chosen[0].contributor_credit[:, 0], kept)
        whole = coverage_of(found, found.chosen[0].contributor_credit[:, 0], np.ones_like(kept))
        of_one = lost.sel(design="chosen", contributor=name)
        assert of_one.to_numpy() == pytest.approx(np.subtract(whole, left), abs=1e-9)
    idle = found.today[0].contributor_credit[:, 0] == 0
    assert not lost.sel(design="today").to_numpy()[idle].any()


def test_arrangements_of_the_cube_lose_what_their_partner_gives(found, cube):
    lost = cube["marginal_coverage_arrangement"]
    in_force = cube["arrangement_in_force"].sel(design="chosen").isel(year=0)
    before = cube["arrangement_in_force_before"]
    signed = (in_force.to_numpy() > 0) & (before.to_numpy() == 0)
    assert (lost.to_numpy()[signed] > 0).all()
    assert not lost.to_numpy()[~signed].any()
    (name,) = cube["arrangement"].to_numpy()[signed]
    partner = cube["arrangement_partner"].sel(arrangement=name).item()
    kept = ~((found.network.role == "partner") & (found.network.partner == partner))
    left = coverage_of(found, found.chosen[0].contributor_credit[:, 0], kept)[0]
    whole = coverage_of(found, found.chosen[0].contributor_credit[:, 0], np.ones_like(kept))[0]
    assert lost.sel(arrangement=name).item() == pytest.approx(whole - left, abs=1e-6)


# Independent sources --------------------------------------------------------------------------


def by_loops(found, worth, of, counts, kept):
    """Credited coverage cell by cell: each source once, however many tracks it has."""
    credit, earned, demand = found.config.coverage.credit, 0.0, 0.0
    for s, n, w in np.ndindex(len(found.clear), *found.coverage.tracks.shape[1:]):
        by_source = dict.fromkeys(range(len(counts)), 0.0)
        for c in np.flatnonzero(kept & found.clear[s, :, w] & (worth > 0)).tolist():
            by_source[of[c]] += worth[c] * float(found.coverage.tracks[c, n, w])
        together = sum(counts[h] * min(seen, 1.0) for h, seen in by_source.items())
        steps = [phi * min(max(together - k, 0.0), 1.0) for k, phi in enumerate(credit)]
        earned += float(found.weight[n]) * sum(steps)
        demand += float(found.weight[n]) * sum(credit)
    return earned / demand


@pytest.mark.parametrize("seed", range(3))
def test_sources_are_credited_once_whoever_leaves(found, seed):
    """Contributors of one label may be of several sources, and one source of several labels."""
    rng = np.random.default_rng(seed)
    worth, labels = found.chosen[0].contributor_credit[:, 0], found.network.country
    of = rng.integers(0, 3, len(worth))
    counts = np.array([3.0, 1.0, 1.0])
    answer = contributors_of(
        found.coverage.tracks,
        found.clear,
        found.weight,
        worth,
        found.network.owner == "JPN",
        tuple(found.config.coverage.credit),
        labels.tolist(),
        Sources(("a", "b", "c"), of, counts),
    )
    for share in (0.0, 0.3, 0.7):
        gone = frozenset(part for part in answer.parts if rng.random() < share)
        kept = ~np.isin(labels, [part.name for part in gone])
        credited, own = answer.measured(gone)
        assert credited == pytest.approx(by_loops(found, worth, of, counts, kept), abs=1e-9)
        assert own == pytest.approx(coverage_of(found, worth, kept)[1], abs=1e-9)
