"""What a catalogue holds, in a few numbers."""

from __future__ import annotations

from typing import Any

import numpy as np

from kansoku.constants import REGIMES
from kansoku.targets import epochs
from kansoku.targets.objects import MeanElements, Targets
from kansoku.targets.sizes import OBJECT_TYPES


def summarise(targets: Targets) -> dict[str, Any]:
    """Return what `kansoku catalogue info` prints, as plain Python values.

    Parameters
    ----------
    targets : Targets
        A catalogue, or the reference population.

    Returns
    -------
    dict
        Keys: catalogue, sha256, satcat_sha256; targets (entries) and objects (catalogue objects
        they stand for, the same number in a real catalogue); records, bad, duplicates, decayed
        (what became of the file's records); by_regime and by_type (objects); epoch_utc with min,
        median and max; rcs with the number of targets whose cross-section was measured, taken by
        size class, and assumed by type; standard_magnitudes, retroreflectors and emitters: the
        number of targets with a catalogued magnitude, with reflectors, and transmitting.
    """
    counts = targets.counts
    assumed = len(targets) - counts.rcs_measured - counts.rcs_by_class
    return {
        "catalogue": targets.source,
        "sha256": targets.sha256,
        "satcat_sha256": targets.satcat_sha256,
        "targets": len(targets),
        "objects": round(float(targets.multiplicity.sum())),
        "records": counts.records,
        "bad": counts.bad,
        "duplicates": counts.duplicates,
        "decayed": counts.decayed,
        "by_regime": {
            name: _objects(targets, targets.regime == k) for k, name in enumerate(REGIMES)
        },
        "by_type": {name: _objects(targets, targets.object_type == name) for name in OBJECT_TYPES},
        "epoch_utc": _epochs(targets.elements),
        "rcs": {
            "measured": counts.rcs_measured,
            "by_class": counts.rcs_by_class,
            "assumed": assumed,
        },
        "standard_magnitudes": int(np.isfinite(targets.standard_magnitude).sum()),
        "retroreflectors": int(targets.retroreflector.sum()),
        "emitters": int(targets.emits.sum()),
    }


def _objects(targets: Targets, chosen: np.ndarray[Any, np.dtype[np.bool_]]) -> int:
    return round(float(targets.multiplicity[chosen].sum()))


def _epochs(elements: MeanElements) -> dict[str, str]:
    """Earliest, median (the earlier of two) and latest epoch as ISO 8601."""
    order = np.lexsort((elements.epoch_fraction, elements.epoch_jd))
    places = {"min": order[0], "median": order[(len(order) - 1) // 2], "max": order[-1]}
    return {
        which: epochs.to_iso(float(elements.epoch_jd[k]), float(elements.epoch_fraction[k]))
        for which, k in places.items()
    }
