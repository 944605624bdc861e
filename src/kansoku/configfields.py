"""What the sections of a study are made of: kinds of values, and how an assumption is marked."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

Level = Literal["low", "mid", "high"]
RegimeName = Literal["LEO", "MEO", "GEO", "HEO", "OTHER"]
Fraction = Annotated[float, Field(ge=0.0, le=1.0)]

MOST_COUNTED = 255
"""Tracks are counted in one byte."""

MONTH_DAY = (
    r"^((0[13578]|1[02])-(0[1-9]|[12][0-9]|3[01])|(0[469]|11)-(0[1-9]|[12][0-9]|30)"
    r"|02-(0[1-9]|[12][0-9]))$"
)
COUNTRY = r"^[A-Z]{3}$"
NAME = r"^[A-Za-z0-9][A-Za-z0-9._-]*$"
FORMS = {
    MONTH_DAY: "a month and a day, such as '03-20'",
    COUNTRY: "three capital letters (ISO 3166-1 alpha-3), such as 'JPN'",
    NAME: "letters, digits, dots, hyphens and underscores only, and begin with a letter or a digit",
}
"""What each pattern asks for, in words."""

MonthDay = Annotated[str, Field(pattern=MONTH_DAY)]
Country = Annotated[str, Field(pattern=COUNTRY)]


def read_utc(value: Any) -> datetime:
    """Read an instant; without an offset it is UTC.

    Parameters
    ----------
    value : str or datetime
        ISO 8601, such as ``2024-07-05``, ``2024-07-05T12:00:00Z`` or ``2024-07-05T21:00+09:00``.

    Returns
    -------
    datetime
        Aware, in UTC.

    Raises
    ------
    ValueError
        When the value is no instant; the message says what one looks like.
    """
    try:
        instant = value if isinstance(value, datetime) else datetime.fromisoformat(value)
        aware = instant if instant.tzinfo else instant.replace(tzinfo=UTC)
        return aware.astimezone(UTC)
    except (TypeError, ValueError, OverflowError) as cause:
        raise ValueError(
            "must be a date and time in ISO 8601, such as 2024-07-05T00:00:00Z; correct it"
        ) from cause


Instant = Annotated[datetime, BeforeValidator(read_utc, json_schema_input_type=str)]


FiscalYear = Annotated[int, Field(ge=2000, le=2100)]
SensorKind = Literal["telescope", "radar", "fan_radar", "laser", "passive_rf"]
StressKind = Literal[
    "site", "country", "partner", "link", "centre", "sensor_type", "owner_class", "supplier"
]
WhatIf = Literal[
    "next_billion",
    "next_billion_by_purse",
    "less_autonomy",
    "one_tier_more",
    "one_tier_more_by_partner",
    "profiles",
]


def assumed(default: Any, identifier: str, **limits: Any) -> Any:
    """Declare a default that is a planning assumption, with the id the answer lists it under."""
    return Field(default, json_schema_extra={"assumption": identifier}, **limits)


class Strict(BaseModel):
    """Base of every section: frozen, unknown keys forbidden, nan and infinity refused."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, use_attribute_docstrings=True, allow_inf_nan=False
    )
