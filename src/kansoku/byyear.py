"""Amounts by fiscal year as a study writes them: one for all years, a list, or year by year."""

from __future__ import annotations

import re
from math import isfinite
from typing import Annotated, Any

from pydantic import PlainValidator

_YEAR = re.compile("[1-9][0-9]{3}")
"""As a fiscal year is written; 02027 would be 2027 once more."""


def read_by_year(value: Any) -> Any:
    """Read an amount for every fiscal year: one number, a list, or amounts by fiscal year.

    Parameters
    ----------
    value : number, sequence of numbers or mapping of fiscal year to number

    Returns
    -------
    float, tuple of float or dict of int to float

    Raises
    ------
    ValueError
        When it is none of the three, holds nothing, or an amount is below 0 or not finite.
    """
    if isinstance(value, dict):
        years = {str(year): amount for year, amount in value.items()}
        if value and all(_YEAR.fullmatch(year) for year in years):
            return {int(year): _amount(amount) for year, amount in years.items()}
    elif isinstance(value, (list, tuple)):
        if value:
            return tuple(_amount(amount) for amount in value)
    else:
        return _amount(value)
    raise ValueError(
        "must be a number, a list of them, or numbers by fiscal year such as {2027: 4000}; "
        "correct it"
    )


def _amount(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not isfinite(value):
        raise ValueError("must hold numbers only; correct it")
    if value < 0:
        raise ValueError("must be 0 or more in every year; correct it")
    return float(value)


Amounts = float | tuple[float, ...] | dict[int, float]
ByYear = Annotated[Any, PlainValidator(read_by_year, json_schema_input_type=Amounts)]
"""An amount for every fiscal year: `Amounts`."""


def amounts(by_year: Amounts) -> tuple[float, ...]:
    """Return every amount that is given, whatever its year."""
    if isinstance(by_year, dict):
        return tuple(by_year.values())
    return by_year if isinstance(by_year, tuple) else (by_year,)


def amount_of(by_year: Amounts, fiscal_year: int, first_fy: int) -> float:
    """Return the amount of one fiscal year; 0 where none is given for it.

    Parameters
    ----------
    by_year : float, tuple of float or dict of int to float
    fiscal_year, first_fy : int
        The year asked for, and that of the first item of a list.
    """
    if isinstance(by_year, dict):
        return by_year.get(fiscal_year, 0.0)
    if isinstance(by_year, tuple):
        return dict(enumerate(by_year, first_fy)).get(fiscal_year, 0.0)
    return by_year


def require_within(key: str, given: Amounts | None, first_fy: int, last_fy: int) -> None:
    """Refuse amounts of other years than those of a study.

    Raises
    ------
    ValueError
        For a list of another length, or a year outside; the message names the key.
    """
    span = last_fy - first_fy + 1
    if isinstance(given, tuple) and len(given) != span:
        raise ValueError(
            f"{key}: must hold {span} amounts, one for each year from FY{first_fy} to "
            f"FY{last_fy}; add or remove some"
        )
    if isinstance(given, dict) and not all(first_fy <= year <= last_fy for year in given):
        raise ValueError(
            f"{key}: must name years from design.decision_fy {first_fy} to "
            f"design.horizon_fy {last_fy}; correct the years"
        )
