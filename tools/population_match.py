"""How well the reference population matches a real catalogue."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from catalogue_objects import CatalogueObjects
from population_groups import GROUP_SIZE
from representatives import Representative

FloatArray = npt.NDArray[np.float64]

SHARE_LIMIT = 0.01
"""Largest difference of a regime's or a type's share of the objects."""

DISTANCE_LIMIT = 0.05
"""Largest Kolmogorov-Smirnov distance of a quantity in a regime."""

QUANTITIES = ("inclination_deg", "perigee_km", "apogee_km", "rcs_m2")


def distance(values: FloatArray, weights: FloatArray, real: FloatArray) -> float:
    """Two-sample Kolmogorov-Smirnov distance, one sample weighted."""
    steps = np.union1d(values, real)
    order = np.argsort(values)
    cumulative = np.concatenate([[0.0], np.cumsum(weights[order])]) / weights.sum()
    ours = cumulative[np.searchsorted(values[order], steps, side="right")]
    theirs = np.searchsorted(np.sort(real), steps, side="right") / len(real)
    return float(np.abs(ours - theirs).max())


def shares(
    rows: Sequence[Representative], real: CatalogueObjects
) -> dict[str, tuple[float, float]]:
    """Share of the objects by regime: population, catalogue."""
    total = sum(row.objects for row in rows)
    return {
        regime: (
            sum(row.objects for row in rows if row.regime == regime) / total,
            float(np.mean(real.regime == regime)),
        )
        for regime in GROUP_SIZE
    }


def distances(
    rows: Sequence[Representative], real: CatalogueObjects
) -> dict[str, dict[str, float]]:
    """Kolmogorov-Smirnov distance by regime and quantity."""
    found: dict[str, dict[str, float]] = {}
    for regime in GROUP_SIZE:
        ours = [row for row in rows if row.regime == regime]
        weights = np.array([row.objects for row in ours], dtype=float)
        found[regime] = {
            quantity: distance(
                np.array([getattr(row, quantity) for row in ours]),
                weights,
                getattr(real, quantity)[real.regime == regime],
            )
            for quantity in QUANTITIES
        }
    return found


def table(rows: Sequence[Representative], real: CatalogueObjects) -> str:
    """Print the match as a Markdown table."""
    lines = ["| regime | rows | objects | share | catalogue | i | perigee | apogee | RCS |"]
    lines.append("|---" * 9 + "|")
    share, by_regime = shares(rows, real), distances(rows, real)
    for regime, found in by_regime.items():
        ours = [row.objects for row in rows if row.regime == regime]
        counted = f"| {regime} | {len(ours)} | {sum(ours):,} | "
        counted += " | ".join(f"{100 * value:.2f} %" for value in share[regime])
        lines.append(counted + "".join(f" | {value:.3f}" for value in found.values()) + " |")
    return "\n".join(lines)


def within_limits(rows: Sequence[Representative], real: CatalogueObjects) -> bool:
    """Whether every share and every distance keeps its limit."""
    share_ok = all(abs(a - b) <= SHARE_LIMIT for a, b in shares(rows, real).values())
    worst = max(max(found.values()) for found in distances(rows, real).values())
    return share_ok and worst <= DISTANCE_LIMIT
