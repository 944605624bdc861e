"""How far a radar detects a target."""

from __future__ import annotations

from kansoku.backend import Array


def detection_range_m(reference_range_m: Array, reference_rcs_m2: Array, rcs_m2: Array) -> Array:
    """Range at which a target is just detected: the radar equation scaled from one known pair.

    Parameters
    ----------
    reference_range_m, reference_rcs_m2 : array
        A target of `reference_rcs_m2` is just detected at `reference_range_m`. [m], [m^2]
    rcs_m2 : array
        Radar cross-section of the target. [m^2]

    Returns
    -------
    array
        [m]

    References
    ----------
    .. [1] M. I. Skolnik, Introduction to Radar Systems, 3rd ed., 2001, equation 1.7.
    """
    return reference_range_m * (rcs_m2 / reference_rcs_m2) ** 0.25
