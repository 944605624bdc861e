"""Profiles of weights: what the demand is made of when one concern leads.

Planning assumptions from sites/weight_profiles.csv, or from a table of the user's own.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path

from kansoku.constants import REGIMES
from kansoku.errors import CoverageError
from kansoku.network.columns import CONFIDENCE, Columns, Number
from kansoku.network.tables import Row, checked_rows

TABLE = "weight_profiles.csv"
_COLUMNS = Columns(
    key=("profile", "regime"),
    required=("assumption", "source"),
    words={"regime": frozenset(REGIMES), "confidence": CONFIDENCE},
    numbers={"weight": Number(0.0, 1.0, required=True)},
)


@dataclass(frozen=True)
class WeightProfile:
    """Weights of the demand under one leading concern.

    Attributes
    ----------
    name : str
        Such as 'security', 'economy' or 'environment'.
    weights : dict of str to float
        Share of the demand by regime; what `coverage.weights` holds for a study.
    assumptions : tuple of str
        Ids of the planning assumptions behind them.
    """

    name: str
    weights: dict[str, float]
    assumptions: tuple[str, ...]


def weight_profiles(table: Path | None = None) -> tuple[WeightProfile, ...]:
    """Read the profiles of weights, in the order of the table.

    Parameters
    ----------
    table : Path, optional
        An edited copy of sites/weight_profiles.csv; the packaged one when omitted.

    Returns
    -------
    tuple of WeightProfile

    Raises
    ------
    NetworkError
        When the table cannot be read.
    CoverageError
        When a cell does not hold what it must, or a profile has no weight: all problems at once.
    """
    place: Path | Traversable = table or resources.files("kansoku.sites") / TABLE
    shown, problems = str(table) if table else f"sites/{TABLE}", list[str]()
    rows = checked_rows(place, shown, _COLUMNS, problems)
    if problems:
        raise CoverageError("\n".join(problems))
    names = dict.fromkeys(row.text("profile") for row in rows)
    return tuple(_profile(name, [r for r in rows if r.text("profile") == name]) for name in names)


def _profile(name: str, rows: list[Row]) -> WeightProfile:
    weights = {row.text("regime"): row.number("weight") for row in rows}
    if sum(weights.values()) <= 0.0:
        raise CoverageError(
            f"{rows[0].where}: weight: profile {name} has no weight above 0; raise one regime"
        )
    ids = dict.fromkeys(row.text("assumption") for row in rows)
    return WeightProfile(name, weights, tuple(ids))
