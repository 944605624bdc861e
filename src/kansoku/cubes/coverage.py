"""What is seen, and what it is worth: the variables from which coverage can be rebuilt."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
import xarray as xr

from kansoku.coverage.sources import sources_of
from kansoku.cubes.findings import Findings, NetworkValue, ProgrammeFindings
from kansoku.cubes.variables import Variables, fraction, switch, text, variable

FloatArray = npt.NDArray[np.float64]

WEIGHTED = "target: window: mean (weighted by demand_weight)"
PER_DRAW = ("design", "year", "scenario", "requirement")


def inputs(found: Findings) -> Variables:
    """Return all that `recompute.coverage` needs: tracks, weather, weights, credit, network."""
    admissible = np.stack([_counts(found), _owned(found)])
    windows = found.coverage.tracks.shape[2]
    weight = np.broadcast_to(found.weight[None, :, None], (2, len(found.targets), windows))
    return {
        "visibility_tracks": variable(
            ("contributor", "target", "window"),
            found.coverage.tracks,
            "tracks that can be taken under a clear sky, at most 255",
        ),
        "contributor_weather": switch(
            ("scenario", "contributor", "window"),
            found.clear,
            "whether the sky is clear and the sensor up",
        ),
        "demand_weight": variable(
            ("requirement", "target", "window"),
            weight,
            "weight of a demand cell in one weather draw, in units common to all cells",
        ),
        "credit_step": variable(
            ("credit",),
            np.array(found.config.coverage.credit, dtype=float),
            "worth of the first, second, ... track in a window",
        ),
        "contributor_admissible": switch(
            ("requirement", "contributor"), admissible, "whether its tracks count"
        ),
        **_networks(found),
        **_sources(found),
    }


def _sources(found: Findings) -> Variables:
    """Whose tracks count together as one, where credit is paid for independent sources."""
    config = found.config
    sources = sources_of(found.network, config.coverage, config.network.owner)
    if sources is None:
        return {}
    return {
        "source": text(("source",), sources.names, "independent source: whose tracks count as one"),
        "source_count": variable(
            ("source",),
            sources.counts,
            "sources that it counts for where it has a track",
            comment="the owner's own counts as many as there are steps of credit",
        ),
        "contributor_source": text(
            ("contributor",),
            [sources.names[h] for h in sources.of],
            "independent source that it is of",
        ),
    }


def _networks(found: Findings) -> Variables:
    """Return which contributors make up each network, and what their tracks are worth."""
    credit = _by_year(found, lambda one: one.contributor_credit)
    dims, words = ("design", "year", "contributor"), "0 where it is not part of the network"
    active = switch(dims, credit.any(axis=-1), "part of the network")
    if not isinstance(found, ProgrammeFindings):
        worth = fraction(dims, credit[..., 0], f"what a track is worth, {words}")
        return {"contributor_credit": worth, "contributor_active": active}
    return {
        "contributor_credit": fraction(
            (*dims, "supply_part"),
            credit,
            f"what a track is worth, {words}",
            comment="of an object in target_supply_part: packages of firms hold some objects only",
        ),
        "contributor_active": active,
        "target_supply_part": variable(
            ("target",), found.supply_part, "part of the supply of any firm that the target is in"
        ),
    }


def results(found: Findings) -> Variables:
    """Coverage by draw, requirement, regime and target, for both designs."""
    return {
        "coverage_fraction": _share(found, "covered", "demand with a track", PER_DRAW),
        "credited_fraction": _share(found, "credited", "demand by credit steps", PER_DRAW),
        "coverage_fraction_group": _share(
            found, "covered_group", "demand of a regime with a track", (*PER_DRAW, "group")
        ),
        "credited_fraction_group": _share(
            found, "credited_group", "demand of a regime by credit steps", (*PER_DRAW, "group")
        ),
        "coverage_fraction_target": fraction(
            ("design", "year", "requirement", "target"),
            _stacked(found, "covered_target"),
            "share of windows in which the target has a track",
            cell_methods="scenario: window: mean",
        ),
        **_expected(found),
        **_attainable(found),
        **_gaps(found),
        "unseen_reason": _unseen(found),
    }


def load(found: Findings) -> Variables:
    """Tracks an hour that the demand asks of each sensor of the chosen network."""
    return {
        "tracks_demanded": variable(
            ("contributor",),
            found.load.demanded,
            "useful tracks an hour of operation under a clear sky",
            "h-1",
        ),
        "tracks_available": variable(
            ("contributor",), found.load.available, "tracks an hour the sensor can take", "h-1"
        ),
        "within_slots_fraction": fraction(
            ("design", "year", "requirement"),
            _at_the_end(found, np.stack([found.slots.credited, found.slots.own_covered], axis=1)),
            "share of the demand that is reached when every track needs a slot of its sensor",
            cell_methods=f"{WEIGHTED} scenario: mean",
            comment="by credit steps for coverage, with at least one track for autonomy; reached "
            "by an assignment that keeps every limit, so a lower bound on the best one; examined "
            "in the last year alone",
        ),
        "sensor_slot_use": fraction(
            ("design", "scenario", "contributor", "window"),
            found.slots.use,
            "share of the slots of a sensor that the assignment uses",
        ),
    }


def _at_the_end(found: Findings, values: FloatArray) -> FloatArray:
    """Put values of the last year, (design, ...), beside nan for the years before it."""
    every = np.full((len(values), len(found.years), *values.shape[1:]), np.nan)
    every[:, -1] = values
    return every


def _share(found: Findings, field: str, what: str, dims: tuple[str, ...]) -> xr.Variable:
    # (design, year, requirement, scenario, ...) to (design, year, scenario, requirement, ...)
    values = np.swapaxes(_stacked(found, field), 2, 3)
    name = f"share of the {what}"
    return fraction(dims, values, name, cell_methods=WEIGHTED, kansoku_requirement="all")


def _stacked(found: Findings, field: str) -> FloatArray:
    """One field of `Value` by design, year and requirement, (2, T, 2, ...)."""
    return _by_year(
        found, lambda one: np.stack([getattr(value, field) for value in (one.all, one.own)])
    )


def _expected(found: Findings) -> Variables:
    """Mean over the weather draws, and the own share of what all contributors reach."""
    covered = _stacked(found, "covered").mean(axis=3)
    credited = _stacked(found, "credited").mean(axis=3)
    own, every = covered[:, :, 1:], covered[:, :, :1]
    ratio = np.divide(own, every, where=every > 0, out=np.full_like(own, np.nan))
    dims = ("design", "year", "requirement")
    mean = "scenario: mean"
    return {
        "coverage_expected": fraction(
            dims, covered, "expected share of the demand with a track", cell_methods=mean
        ),
        "credited_expected": fraction(
            dims, credited, "expected share of the demand by credit", cell_methods=mean
        ),
        "autonomy_fraction": fraction(
            dims,
            np.concatenate([ratio, np.where(np.isnan(ratio), np.nan, 1.0)], axis=2),
            "part of the expected coverage that the owner's sensors reach alone",
            cell_methods=mean,
            comment="ratio of coverage_expected of requirement autonomy to that of each "
            "requirement; 1 by definition for autonomy itself, nan where nothing is covered",
        ),
    }


def _attainable(found: Findings) -> Variables:
    """What every contributor at its best tier would reach; for autonomy the owner's candidates."""
    names = {
        "coverage_attainable_fraction": ("covered", "demand with a track"),
        "credited_attainable_fraction": ("credited", "demand by credit steps"),
    }
    dims = ("year", "requirement")
    mean = f"{WEIGHTED} scenario: mean"
    made = {}
    for name, (field, what) in names.items():
        whole = _reachable(found, field)
        by_group = _reachable(found, f"{field}_group")
        words = f"share of the {what} that all contributors together could reach"
        years = len(found.years)
        made[name] = fraction(dims, np.repeat(whole[None], years, axis=0), words, cell_methods=mean)
        made[f"{name}_group"] = fraction(
            (*dims, "group"),
            np.repeat(by_group[None], years, axis=0),
            f"{words}, by regime",
            cell_methods=mean,
        )
    return made


def _reachable(found: Findings, field: str) -> FloatArray:
    """Mean over draws of an attainable field by requirement."""
    return np.stack(
        [getattr(value, field).mean(axis=0) for value in (found.attainable, found.attainable_own)]
    )


def _gaps(found: Findings) -> Variables:
    names = {
        "revisit_gap_max": ("longest_s", "longest time without a track"),
        "revisit_gap_p95": ("p95_s", "95th percentile of the times without a track"),
        "revisit_gap_mean": ("mean_s", "mean time without a track"),
    }
    dims = ("design", "year", "scenario", "target")
    return {
        name: variable(
            dims,
            _gap(found, field),
            words,
            "s",
            comment="a gap may begin or end with the stretch of observation",
        )
        for name, (field, words) in names.items()
    }


def _gap(found: Findings, field: str) -> FloatArray:
    return _by_year(found, lambda one: getattr(one.gaps, field))


def _unseen(found: Findings) -> xr.Variable:
    """Why a target is never seen, as a flag; the sentences stand beside it."""
    reasons = sorted({why for each in found.unseen for why in each.tolist()} - {""})
    sentences = ["seen", *(reason for reason in reasons if reason)]
    code = {"": 0, **{reason: n for n, reason in enumerate(sentences) if n}}
    flags = np.array([[code[why] for why in each.tolist()] for each in found.unseen])
    return variable(
        ("design", "target"),
        flags.astype(np.int16),
        "why the target has no track in any window even under a clear sky, in the last year",
        flag_values=np.arange(len(sentences), dtype=np.int16),
        flag_meanings=" ".join("_".join(words.split()) for words in sentences),
        kansoku_flag_sentences="\n".join(sentences),
    )


def _by_year(found: Findings, read: Callable[[NetworkValue], npt.NDArray[Any]]) -> FloatArray:
    """One thing of every network by design and year, (2, T, ...)."""
    return np.stack([[read(one) for one in networks] for networks in (found.chosen, found.today)])


def _counts(found: Findings) -> npt.NDArray[np.bool_]:
    """Contributors whose tracks count towards coverage at some tier on offer, (C,)."""
    network = found.network
    return np.asarray((network.role != "partner") | np.isin(network.partner, found.useful))


def _owned(found: Findings) -> npt.NDArray[np.bool_]:
    return np.asarray(found.network.owner == found.config.network.owner)
