"""Targets for tests: circular orbits with a size, a regime and a number of objects each."""

import numpy as np

from kansoku.targets.objects import MeanElements, Targets


def targets_of(regime, multiplicity=None, turns_per_day=15.0, epoch_jd=2460496.5, seed=0):
    """Targets with the given (N,) regimes; orbits are circular, their planes random."""
    regime = np.asarray(regime, dtype=np.int8)
    count = len(regime)
    rng = np.random.default_rng(seed)

    def constant(value):
        return np.full(count, float(value))

    def angle():
        return rng.uniform(0.0, 2.0 * np.pi, count)

    elements = MeanElements(
        epoch_jd=constant(epoch_jd),
        epoch_fraction=constant(0.0),
        mean_motion_rad_min=turns_per_day * 2.0 * np.pi / 1440.0 * np.ones(count),
        eccentricity=constant(0.001),
        inclination_rad=rng.uniform(0.1, 1.7, count),
        raan_rad=angle(),
        argp_rad=angle(),
        mean_anomaly_rad=angle(),
        bstar=constant(0.0),
    )
    return Targets(
        norad_cat_id=np.arange(count, dtype=np.int64) + 1,
        name=np.array([f"target {i}" for i in range(count)]),
        elements=elements,
        multiplicity=constant(1.0) if multiplicity is None else np.asarray(multiplicity, float),
        diameter_m=constant(1.0),
        rcs_m2=constant(0.5),
        rcs_measured=np.ones(count, dtype=bool),
        albedo=constant(0.2),
        standard_magnitude=np.full(count, np.nan),
        magnitude_sigma=np.full(count, 0.0),
        retroreflector=np.zeros(count, dtype=bool),
        emits=np.zeros(count, dtype=bool),
        regime=regime,
        object_type=np.full(count, "PAY"),
        owner=np.full(count, ""),
    )
