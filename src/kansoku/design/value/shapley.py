r"""Shapley values: what each player adds, averaged over all orders in which players may join.

    phi_i = sum_{S without i} |S|! (n - 1 - |S|)! / n!  [ v(S + i) - v(S) ]

Exact up to 15 players. Beyond that orders are drawn at random in pairs, each with its reverse;
what players add along one order sums to v(N) - v(0), so every estimate does, whatever the sample.

L. S. Shapley, Contributions to the Theory of Games II (1953), 307-317. Sampling of orders: Castro,
Gomez and Tejada, Computers and Operations Research 36 (2009), 1726-1730; pairs with their reverse:
Mitchell et al., Journal of Machine Learning Research 23 (2022), 1-46.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import stdtrit

from kansoku.design.value.game import Game
from kansoku.errors import DesignError

FloatArray = npt.NDArray[np.float64]

EXACT_PLAYERS = 15
CONFIDENCE = 0.95
FIRST_PAIRS = 16  # fewer tell too little of the spread to stop by it


@dataclass(frozen=True)
class Sampling:
    """How far to sample where there are too many players for all coalitions.

    Attributes
    ----------
    half_width : float
        Stop when no 95 % interval reaches further than this to either side; 0 never stops so.
    most_pairs : int
        Stop after so many orders with their reverses.
    seed : int
    exact_players : int
        Value all coalitions up to so many players.
    """

    half_width: float = 0.0
    most_pairs: int = 500
    seed: int = 0
    exact_players: int = EXACT_PLAYERS


@dataclass(frozen=True)
class Shapley:
    """What each of n players adds.

    Attributes
    ----------
    players : tuple of str
    value : (n,) array
        They sum to `worth`.
    standard_error, half_width : (n,) arrays
        Of the mean, and of its 95 % confidence interval; 0 where exact.
    worth : float
        Of all players together, beyond that of none.
    exact : bool
    pairs : int
        Orders drawn, each with its reverse; 0 where exact.
    """

    players: tuple[str, ...]
    value: FloatArray
    standard_error: FloatArray
    half_width: FloatArray
    worth: float
    exact: bool
    pairs: int

    @property
    def low(self) -> FloatArray:
        """Lower ends of the 95 % confidence intervals, (n,)."""
        return self.value - self.half_width

    @property
    def high(self) -> FloatArray:
        """Upper ends of the 95 % confidence intervals, (n,)."""
        return self.value + self.half_width


def shapley(game: Game, sampling: Sampling | None = None) -> Shapley:
    """Return the Shapley value of every player.

    Parameters
    ----------
    game : Game
    sampling : Sampling, optional

    Returns
    -------
    Shapley
        The same game and sampling give the same values.

    Raises
    ------
    DesignError
        When fewer than two pairs may be drawn: one has no spread.
    """
    sampling = sampling or Sampling()
    if len(game.players) <= sampling.exact_players:
        return _exact(game)
    if sampling.most_pairs < 2:
        raise DesignError(
            f"most_pairs: got {sampling.most_pairs}, must be 2 or more; intervals need a spread"
        )
    return _sampled(game, sampling)


def _exact(game: Game) -> Shapley:
    count = len(game.players)
    coalitions = np.arange(1 << count)
    value = np.array([game.value(int(coalition)) for coalition in coalitions])
    size = np.bitwise_count(coalitions)
    ways = [math.factorial(s) * math.factorial(count - 1 - s) for s in range(count)]
    weight = np.array([way / math.factorial(count) for way in ways])
    added = np.zeros(count)
    for i in range(count):
        without = coalitions[coalitions >> i & 1 == 0]
        added[i] = weight[size[without]] @ (value[without | 1 << i] - value[without])
    nothing = np.zeros(count)
    return Shapley(game.players, added, nothing, nothing, float(value[-1] - value[0]), True, 0)


def _sampled(game: Game, sampling: Sampling) -> Shapley:
    """Draw pairs of orders; each pair is one draw of its mean, so pairs are independent."""
    chance = np.random.default_rng(sampling.seed)
    count = len(game.players)
    pairs: list[FloatArray] = []
    half_width = np.full(count, np.inf)
    while len(pairs) < sampling.most_pairs and half_width.max() > sampling.half_width:
        order = chance.permutation(count)
        pairs.append((_added(game, order) + _added(game, order[::-1])) / 2.0)
        if len(pairs) >= min(FIRST_PAIRS, sampling.most_pairs):
            half_width = of_pairs(game.players, pairs).half_width
    worth = game.value((1 << count) - 1) - game.value(0)
    return of_pairs(game.players, pairs, worth)


def of_pairs(players: tuple[str, ...], pairs: list[FloatArray], worth: float = np.nan) -> Shapley:
    """Return the estimate from draws that do not depend on each other.

    Parameters
    ----------
    players : tuple of str
    pairs : list of (n,) arrays
        Two or more; each what players add, on average over an order and its reverse.
    worth : float
        Of all players together.
    """
    mean = np.mean(pairs, axis=0)
    error = np.std(pairs, axis=0, ddof=1) / math.sqrt(len(pairs))
    half_width = error * stdtrit(len(pairs) - 1, 0.5 + CONFIDENCE / 2.0)
    return Shapley(players, mean, error, half_width, worth, False, len(pairs))


def _added(game: Game, order: npt.NDArray[np.int64]) -> FloatArray:
    """Return what each player adds when players join in one order, (n,)."""
    added = np.zeros(len(order))
    coalition, before = 0, game.value(0)
    for i in order.tolist():
        coalition |= 1 << i
        after = game.value(coalition)
        added[i], before = after - before, after
    return added
