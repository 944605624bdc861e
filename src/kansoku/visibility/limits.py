"""Limits that a study sets for every sensor."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from kansoku.constants import DEG

if TYPE_CHECKING:
    from kansoku.config import VisibilitySection


@dataclass(frozen=True)
class Limits:
    """Limits that hold for every sensor.

    Attributes
    ----------
    sun_depression_rad : float
        A site is dark when the Sun is this far below its horizon. [rad]
    shadow : {'conical', 'cylindrical', 'penumbra'}
        Model of the Earth's shadow (`illumination.sunlit`).
    detection_probability : float
        A target is seen when it is detected with at least this probability. [unitless]
    refraction : bool
        Elevations of fields and horizons are apparent ones: the air lifts targets over them.
    """

    sun_depression_rad: float
    shadow: str
    detection_probability: float = 0.5
    refraction: bool = False

    @classmethod
    def of(cls, section: VisibilitySection) -> Limits:
        """Take the limits of a study."""
        return cls(
            section.sun_depression_deg * DEG,
            section.shadow,
            section.detection_probability,
            section.refraction,
        )


@cache
def default_limits() -> Limits:
    """Return the limits of a study that sets none."""
    from kansoku.config import VisibilitySection

    return Limits.of(VisibilitySection())
