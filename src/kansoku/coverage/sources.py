"""Independent sources: what several contributors see counts as one, where they are of one source.

    M_d = sum_h beta_h min(1, N_hd),  N_hd = worth of all tracks of source h in cell d

and credit is paid for the first, second, ... source in place of tracks. The owner's own source
counts as much as all credit steps: what one has seen oneself needs no second opinion.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from kansoku.config import CoverageSection
from kansoku.network.contributors import Network

FloatArray = npt.NDArray[np.float64]
IndexArray = npt.NDArray[np.intp]


@dataclass(frozen=True)
class Sources:
    """Which source each contributor is of.

    Attributes
    ----------
    names : tuple of H str
    of : (C,) intp array
        Number of the source of each contributor.
    counts : (H,) array
        beta: what each source counts where it has a track.
    """

    names: tuple[str, ...]
    of: IndexArray
    counts: FloatArray

    def label(self, contributor: int) -> str:
        """Return the name of the source of a contributor."""
        return self.names[int(self.of[contributor])]


def sources_of(network: Network, coverage: CoverageSection, owner: str) -> Sources | None:
    """Return the sources of a network; None where tracks count whatever their source.

    Parameters
    ----------
    network : Network
    coverage : CoverageSection
        `cross_check` says what a source is: the country of the owner of a sensor, or who gives its
        data, a state or a firm.
    owner : str
        Whose coverage it is: `network.owner`.
    """
    if coverage.cross_check == "none":
        return None
    label = network.owner
    if coverage.cross_check == "owner":
        label = np.where(network.role == "partner", network.partner, network.owner)
    names = tuple(dict.fromkeys([owner, *label.tolist()]))
    counts = np.ones(len(names))
    counts[0] = len(coverage.credit)
    of = np.array([names.index(name) for name in label.tolist()], dtype=np.intp)
    return Sources(names, of, counts)


def by_source(
    worth: FloatArray, clear: FloatArray, of: IndexArray, counts: FloatArray
) -> FloatArray:
    """Return what the sources of every cell count together, M (N, W).

    Parameters
    ----------
    worth : (C, N, W) array
        Tracks times what one is worth.
    clear : (C, W) array
    of : (C,) intp array
        Source of each contributor.
    counts : (H,) array
    """
    together = np.zeros(worth.shape[1:])
    for h in np.unique(of):
        mine = of == h
        seen = np.einsum("cnw,cw->nw", worth[mine], clear[mine])
        together += counts[h] * np.minimum(seen, 1.0)
    return together
