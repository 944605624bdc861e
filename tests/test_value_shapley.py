"""Shapley values: the axioms, games worked by hand, and joining in every order."""

import itertools

import numpy as np
import pytest

from kansoku.design.value import Table
from kansoku.design.value.shapley import Sampling, shapley
from kansoku.errors import DesignError
from naive import games

SAMPLED = Sampling(most_pairs=40, exact_players=1)


def table(count, worth):
    """A game from a function of sets of players."""
    members = [frozenset(i for i in range(count) if c >> i & 1) for c in range(1 << count)]
    return Table([f"n{i}" for i in range(count)], lambda c: worth(members[c]))


def random_worth(seed, count):
    rng = np.random.default_rng(seed)
    subsets = itertools.chain.from_iterable(
        itertools.combinations(range(count), k) for k in range(count + 1)
    )
    known = {frozenset(one): float(rng.normal()) for one in subsets}
    return known.__getitem__


def gloves(players):
    """One left glove (player 0), two right ones; a pair is worth 1."""
    return float(0 in players and len(players) > 1)


def test_the_glove_game():
    found = shapley(table(3, gloves))
    assert found.exact
    assert found.value == pytest.approx([2 / 3, 1 / 6, 1 / 6], abs=1e-15)


@pytest.mark.parametrize("count", range(1, 7))
def test_as_by_joining_in_every_order(count):
    worth = random_worth(count, count)
    assert shapley(table(count, worth)).value == pytest.approx(
        games.shapley(count, worth), abs=1e-12
    )


@pytest.mark.parametrize("sampling", [Sampling(), SAMPLED])
@pytest.mark.parametrize("seed", range(5))
def test_efficiency(seed, sampling):
    worth = random_worth(seed, 6)
    found = shapley(table(6, worth), sampling)
    whole = worth(frozenset(range(6))) - worth(frozenset())
    assert found.worth == whole
    assert found.value.sum() == pytest.approx(whole, abs=1e-12)


@pytest.mark.parametrize("seed", range(5))
def test_symmetry(seed):
    worth = random_worth(seed, 5)

    def alike(players):  # players 1 and 3 count the same, whoever of them comes first
        swapped = frozenset({1: 3, 3: 1}.get(i, i) for i in players)
        return worth(players) + worth(swapped)

    value = shapley(table(5, alike)).value
    assert value[1] == pytest.approx(value[3], abs=1e-12)


@pytest.mark.parametrize("sampling", [Sampling(), SAMPLED])
def test_a_dummy_gets_what_it_has_alone(sampling):
    worth = random_worth(9, 5)
    found = shapley(table(5, lambda s: worth(s - {2}) + 0.25 * (2 in s)), sampling)
    assert found.value[2] == pytest.approx(0.25, abs=1e-12)
    assert found.half_width[2] == pytest.approx(0.0, abs=1e-12)


def test_additivity():
    one, other = random_worth(1, 5), random_worth(2, 5)
    both = shapley(table(5, lambda s: one(s) + other(s))).value
    apart = shapley(table(5, one)).value + shapley(table(5, other)).value
    assert both == pytest.approx(apart, abs=1e-12)


def test_each_coalition_is_asked_for_once():
    game = table(6, random_worth(3, 6))
    shapley(game)
    shapley(game)
    assert game.evaluations == 64


def test_the_fifteenth_player_is_still_exact_and_the_sixteenth_is_not():
    few = shapley(table_of_sizes(15))
    assert few.exact
    assert few.value == pytest.approx(np.full(15, 15.0), abs=1e-9)
    many = shapley(table_of_sizes(16), Sampling(most_pairs=4))
    assert not many.exact
    assert many.pairs == 4


def table_of_sizes(count):
    """A symmetric game: the square of the number of players, n each."""
    return Table([f"n{i}" for i in range(count)], lambda c: float(c.bit_count() ** 2))


def test_a_pair_of_orders_settles_a_quadratic_game():
    # what joins at place k adds 2k - 1; with the reverse order always n
    found = shapley(table_of_sizes(16), Sampling(most_pairs=4))
    assert found.value == pytest.approx(np.full(16, 16.0), abs=1e-12)
    assert found.half_width.max() == pytest.approx(0.0, abs=1e-12)


def test_intervals_hold_the_truth_as_often_as_they_say():
    worth = random_worth(7, 5)
    truth = np.array(games.shapley(5, worth))
    game = table(5, worth)
    held = []
    for seed in range(300):
        found = shapley(game, Sampling(most_pairs=30, seed=seed, exact_players=1))
        held.append((found.low <= truth) & (truth <= found.high))
    assert 0.92 <= np.mean(held) <= 0.98


def test_sampling_stops_at_the_width_asked_for_and_repeats():
    game = table(5, random_worth(7, 5))
    sampling = Sampling(half_width=0.2, most_pairs=5000, seed=3, exact_players=1)
    found, again = shapley(game, sampling), shapley(game, sampling)
    assert found.half_width.max() <= 0.2
    assert 16 <= found.pairs < 5000
    assert (found.value == again.value).all()
    other = shapley(game, Sampling(half_width=0.2, most_pairs=5000, seed=4, exact_players=1))
    assert (found.value != other.value).any()


@pytest.mark.parametrize(("players", "words"), [((), "none"), (("a", "b", "a"), "'a' twice")])
def test_players_are_there_and_each_one_once(players, words):
    with pytest.raises(DesignError, match=words):
        Table(players, float)


def test_one_pair_has_no_spread():
    with pytest.raises(DesignError, match="most_pairs: got 1, must be 2 or more"):
        shapley(table_of_sizes(16), Sampling(most_pairs=1))
