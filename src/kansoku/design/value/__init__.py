"""What each part of an answer is worth, and what another question would have been answered.

`OneBudget` and `Years` are answers of which parts can leave, `game` turns one into a cooperative
game, `shapley` and `marginal` value its players. `shadow` asks a changed question again,
`commonality` and `regret` hold several answers against each other.
"""

from kansoku.design.value.answer import Answer, Part
from kansoku.design.value.game import Game, Table
from kansoku.design.value.one_budget import OneBudget
from kansoku.design.value.years import Years

__all__ = ["Answer", "Game", "OneBudget", "Part", "Table", "Years"]
