"""Orbit Mean-Elements Messages: from key-value pairs, however written, to element sets.

Keys as in CCSDS 502.0-B-3, Orbit Data Messages (2023), section 4, and as CelesTrak and Space-Track
publish them. The four ways of writing are in `omm_writing`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from kansoku.targets import epochs
from kansoku.targets.records import (
    Problem,
    PublishedSets,
    ReadSets,
    catalogue_number,
    published_number,
    short_text,
)

NUMBERS = {
    "MEAN_MOTION": "mean_motion_rev_day",
    "ECCENTRICITY": "eccentricity",
    "INCLINATION": "inclination_deg",
    "RA_OF_ASC_NODE": "raan_deg",
    "ARG_OF_PERICENTER": "argp_deg",
    "MEAN_ANOMALY": "mean_anomaly_deg",
    "BSTAR": "bstar",
}
NEEDED = ("NORAD_CAT_ID", "EPOCH", *NUMBERS)

# Where a message states what its elements are, it must be what SGP4 takes.
_STATED = {
    "CENTER_NAME": ("EARTH",),
    "REF_FRAME": ("TEME",),
    "TIME_SYSTEM": ("UTC",),
    "MEAN_ELEMENT_THEORY": ("SGP4", "SGP/SGP4"),
    "EPHEMERIS_TYPE": ("0", "1", "2", "3"),  # type 4 is SGP4-XP
}


@dataclass(frozen=True)
class Message:
    """One message: the line where it begins and its fields as text."""

    line: int
    fields: Mapping[str, str]


@dataclass(frozen=True)
class _Row:
    line: int
    norad_cat_id: int
    name: str
    epoch: tuple[float, float]
    numbers: tuple[float, ...]


def read(messages: Iterable[Message | Problem]) -> ReadSets:
    """Read messages into element sets.

    Parameters
    ----------
    messages : iterable of Message or Problem
        Problems are those of the writing, such as a file cut short.

    Returns
    -------
    ReadSets
        The readable sets in file order, and a problem for every other message.
    """
    rows: list[_Row] = []
    problems: list[Problem] = []
    for message in messages:
        if isinstance(message, Problem):
            problems.append(message)
            continue
        try:
            rows.append(_row(message))
        except ValueError as cause:
            text = f"{_object(message.fields)}: {cause}; correct the record or fetch it again"
            problems.append(Problem(message.line, text))
    return ReadSets(_sets(rows), tuple(problems))


def _object(fields: Mapping[str, str]) -> str:
    found = fields.get("NORAD_CAT_ID") or fields.get("OBJECT_NAME")
    return f"object {found}" if found else "a record without NORAD_CAT_ID"


def _row(message: Message) -> _Row:
    fields = message.fields
    missing = [key for key in NEEDED if not fields.get(key)]
    if missing:
        raise ValueError(f"lacks {', '.join(missing)}")
    for key, accepted in _STATED.items():
        if fields.get(key) and fields[key].upper() not in accepted:
            raise ValueError(
                f"{key}: got {fields[key]!r}, must be {' or '.join(accepted)} for SGP4"
            )
    return _Row(
        line=message.line,
        norad_cat_id=catalogue_number(fields["NORAD_CAT_ID"]),
        name=short_text("OBJECT_NAME", fields.get("OBJECT_NAME", "")),
        epoch=_epoch(fields["EPOCH"]),
        numbers=tuple(_number(key, fields[key]) for key in NUMBERS),
    )


def _epoch(text: str) -> tuple[float, float]:
    try:
        return epochs.of_iso(text)
    except ValueError as cause:
        raise ValueError(
            f"EPOCH: got {text!r}, must be a time such as 2024-07-05T11:49:29.368128"
        ) from cause


def _number(key: str, text: str) -> float:
    try:
        return published_number(text)
    except ValueError as cause:
        raise ValueError(f"{key}: got {text!r}, must be a number") from cause


def _sets(rows: list[_Row]) -> PublishedSets:
    numbers = np.array([row.numbers for row in rows], dtype=np.float64).reshape(-1, len(NUMBERS))
    epoch = np.array([row.epoch for row in rows], dtype=np.float64).reshape(-1, 2)
    return PublishedSets(
        line=np.array([row.line for row in rows], dtype=np.int64),
        norad_cat_id=np.array([row.norad_cat_id for row in rows], dtype=np.int64),
        name=np.array([row.name for row in rows], dtype=np.str_),
        epoch_jd=epoch[:, 0],
        epoch_fraction=epoch[:, 1],
        **dict(zip(NUMBERS.values(), numbers.T, strict=True)),
    )
