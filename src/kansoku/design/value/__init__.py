"""What each part of an answer is worth, and what another question would have been answered.

All of it looks at answers that are there already: `one_budget.OneBudget` and `years.Years` let
parts of them leave, `game` turns that into a cooperative game, and the other files ask of it.
"""

from kansoku.design.value.answer import Answer, Part
from kansoku.design.value.commonality import Option, commonality
from kansoku.design.value.game import Game, Table, game_of
from kansoku.design.value.marginal import Marginal, marginal_values
from kansoku.design.value.one_budget import OneBudget
from kansoku.design.value.regret import Regret, regret
from kansoku.design.value.shapley import Sampling, Shapley, shapley
from kansoku.design.value.years import Years

__all__ = [
    "Answer",
    "Game",
    "Marginal",
    "OneBudget",
    "Option",
    "Part",
    "Regret",
    "Sampling",
    "Shapley",
    "Table",
    "Years",
    "commonality",
    "game_of",
    "marginal_values",
    "regret",
    "shapley",
]
