"""Everything a study found, as plain arrays, before it is labelled."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from kansoku.config import Config
from kansoku.coverage.collect import Coverage
from kansoku.coverage.gaps import Gaps
from kansoku.coverage.value import Value
from kansoku.design.cases import Answers
from kansoku.design.load import Load
from kansoku.design.problem import Problem
from kansoku.design.slotcheck import WithinSlots
from kansoku.network.contributors import Network
from kansoku.targets.objects import Targets

FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True)
class NetworkValue:
    """One network and what it is worth.

    Attributes
    ----------
    contributor_credit : (C,) array
        What a track of each contributor is worth; 0 where it is not part of the network.
    all, own : Value
        Coverage by every contributor, and by those of the owner alone.
    gaps : Gaps
        [s], (S, N).
    unseen : (N,) array of str
        Why a target has no track in any window even under a clear sky; '' when it has one.
    """

    contributor_credit: FloatArray
    all: Value
    own: Value
    gaps: Gaps
    unseen: npt.NDArray[np.str_]


@dataclass(frozen=True)
class Provenance:
    """What the study was made from and with."""

    resolved_yaml: str
    config_sha256: str
    unchanged_assumptions: tuple[tuple[str, str, str, str], ...]
    backend: str
    notes: tuple[str, ...]


@dataclass(frozen=True)
class Findings:
    """All that `dataset.label` turns into a cube.

    Attributes
    ----------
    config : Config
    targets : Targets
        N targets.
    network : Network
        C contributors.
    coverage : Coverage
        Clear-sky tracks (C, N, W).
    clear : (S, C, W) bool array
    weight : (N,) int64 array
        Demand weight of one cell of each target.
    problem : Problem
    answers : Answers
        The portfolio, the frontier, the price cases and the next billion.
    chosen, today : NetworkValue
        The chosen network, and the one that does nothing new.
    attainable, attainable_own : Value
        Every contributor at its best tier; the owner's alone, existing and candidates.
    load : Load
    slots : WithinSlots
    provenance : Provenance
    """

    config: Config
    targets: Targets
    network: Network
    coverage: Coverage
    clear: npt.NDArray[np.bool_]
    weight: npt.NDArray[np.int64]
    problem: Problem
    answers: Answers
    chosen: NetworkValue
    today: NetworkValue
    attainable: Value
    attainable_own: Value
    load: Load
    slots: WithinSlots
    provenance: Provenance
