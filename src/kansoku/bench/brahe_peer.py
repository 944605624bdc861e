"""Passes by brahe, on the same element sets, sites and span."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import numpy as np

from kansoku.bench.record import Peer
from kansoku.constants import DEG, MINUTES_PER_DAY, ORDINAL_ZERO_JD
from kansoku.errors import MissingExtraError
from kansoku.network.sites import site_position
from kansoku.targets import MeanElements, Targets

Window = tuple[float, float]
"""Begin and end, in seconds from the start of the span. [s]"""

OBJECTS_AT_ONCE = 50
TUNED = {"initial_time_step": 120.0, "time_tolerance": 1.0}
"""Faster settings than brahe's own 60 s and 1 ms; they lose passes of up to two minutes."""


@dataclass
class Windows:
    """What brahe found.

    Attributes
    ----------
    found : dict of (site, catalogue number) to list of Window
        Sites by their place in the list.
    refused : set of int
        Catalogue numbers on which brahe ends with an error; each ends its whole batch.
    seconds : float
        Wall time of the calls that succeeded. [s]
    pairs : int
        Sites x objects of these calls.
    """

    found: dict[tuple[int, int], list[Window]]
    refused: set[int]
    seconds: float = 0.0
    pairs: int = 0

    def peer(self) -> Peer:
        """As a record names it; the rate is in site-object-days a second, for a span of a day."""
        return Peer("brahe", version(), self.seconds, self.pairs / self.seconds)


def _brahe() -> Any:
    try:
        import brahe
    except ImportError as cause:
        raise MissingExtraError(
            "brahe is not installed; pip install 'kansoku[bench]' to compare with it"
        ) from cause
    return brahe


def version() -> str:
    """Version of brahe.

    Raises
    ------
    MissingExtraError
        When it is not installed.
    """
    return str(_brahe().__version__)


def windows(
    into: Windows,
    objects: Targets,
    sites: Sequence[str],
    start: datetime,
    hours: float,
    min_elevation_deg: float,
    settings: dict[str, float] | None = None,
) -> None:
    """Search the passes of some objects, and add them to what was found before.

    Parameters
    ----------
    into : Windows
    start : datetime
        UTC.
    settings : dict, optional
        Of brahe's search; its defaults when left out.
    """
    brahe = _brahe()
    brahe.set_global_eop_provider(brahe.StaticEOPProvider.from_zero())  # offline; 0.02 s of UT1
    places = []
    for number, site in enumerate(sites):
        _, latitude_deg, longitude_deg, altitude_m = site_position(site)
        places.append(brahe.PointLocation(longitude_deg, latitude_deg, altitude_m).with_id(number))
    begin = _epoch(brahe, start)
    search = _Search(brahe, places, begin, begin + hours * 3600.0, min_elevation_deg, settings)
    for first in range(0, len(objects), OBJECTS_AT_ONCE):
        few = objects.take(np.arange(first, min(first + OBJECTS_AT_ONCE, len(objects))))
        _add(into, search, [_propagator(brahe, few, row) for row in range(len(few))])


@dataclass(frozen=True)
class _Search:
    brahe: Any
    places: list[Any]
    begin: Any
    end: Any
    min_elevation_deg: float
    settings: dict[str, float] | None

    def __call__(self, propagators: list[Any]) -> list[Any]:
        config = self.brahe.AccessSearchConfig(**self.settings) if self.settings else None
        constraint = self.brahe.ElevationConstraint(self.min_elevation_deg)
        found: list[Any] = self.brahe.location_accesses(
            self.places, propagators, self.begin, self.end, constraint, config=config
        )
        return found


def _add(into: Windows, search: _Search, propagators: list[Any]) -> None:
    """Search a batch; halve it where brahe fails, until the culprit is alone."""
    if not propagators:
        return
    began = time.perf_counter()
    try:
        found = search(propagators)
    except Exception:  # brahe raises its own kinds, and ends the batch for one bad element set
        if len(propagators) == 1:
            into.refused.add(int(propagators[0].get_id()))
            return
        middle = len(propagators) // 2
        _add(into, search, propagators[:middle])
        _add(into, search, propagators[middle:])
        return
    into.seconds += time.perf_counter() - began
    into.pairs += len(search.places) * len(propagators)
    for window in found:
        key = (int(window.location_id), int(window.satellite_id))
        span = (window.start - search.begin, window.end - search.begin)
        into.found.setdefault(key, []).append(span)


def _propagator(brahe: Any, objects: Targets, row: int) -> Any:
    e: MeanElements = objects.elements
    day = datetime.fromordinal(round(float(e.epoch_jd[row]) - ORDINAL_ZERO_JD))
    number = int(objects.norad_cat_id[row])
    propagator = brahe.SGPPropagator.from_omm_elements(
        epoch=_epoch(brahe, day + timedelta(days=float(e.epoch_fraction[row]))),
        mean_motion=float(e.mean_motion_rad_min[row]) * MINUTES_PER_DAY / (2.0 * np.pi),
        eccentricity=float(e.eccentricity[row]),
        inclination=float(e.inclination_rad[row]) / DEG,
        raan=float(e.raan_rad[row]) / DEG,
        arg_of_pericenter=float(e.argp_rad[row]) / DEG,
        mean_anomaly=float(e.mean_anomaly_rad[row]) / DEG,
        norad_id=10_000 + number % 90_000,  # it insists on five digits; the id below is what counts
        bstar=float(e.bstar[row]),
    )
    return propagator.with_id(number)


def _epoch(brahe: Any, utc: datetime) -> Any:
    return brahe.Epoch.from_datetime(
        utc.year, utc.month, utc.day, utc.hour, utc.minute,
        float(utc.second), utc.microsecond * 1e3, brahe.TimeSystem.UTC,
    )  # fmt: skip
