"""Where a cube comes from: everything needed to make it again."""

from __future__ import annotations

from importlib.metadata import version
from typing import Any

import numpy as np

import kansoku
from kansoku.constants import SECONDS_PER_DAY, UNIX_EPOCH_JD
from kansoku.cubes.findings import Findings

CONVENTIONS = "CF-1.11"

PROPAGATION = (
    "SGP4 by ephemeris.uniform, within 0.5 m of the sgp4 package inside 30 days of the elements; "
    "by its exact path where the grid or an orbit does not suit that"
)


def attributes(found: Findings) -> dict[str, Any]:
    """Global attributes; nothing in them depends on the clock or on how fast the run was."""
    return {**_described(found), **_inputs(found), **_made_with(found), **_proven(found)}


def _described(found: Findings) -> dict[str, Any]:
    study = found.config.study
    return {
        "Conventions": CONVENTIONS,
        "title": study.title or study.name,
        "source": f"kansoku {kansoku.__version__}: SGP4 visibility, coverage, portfolio design",
        "history": f"computed by kansoku {kansoku.__version__} from the study in kansoku_config",
        "references": "docs/cubes.md",
        "comment": "cubes.recompute rebuilds every coverage from this file alone",
        "kansoku_study": study.name,
    }


def _inputs(found: Findings) -> dict[str, Any]:
    targets, made = found.targets, found.provenance
    assumed = [*made.unchanged_assumptions]
    sentences = [f"{name}: {key} = {value}. {words}" for name, key, value, words in assumed]
    network = [f"{name}: {words}" for name, words in found.network.assumptions]
    return {
        "kansoku_config": made.resolved_yaml,
        "kansoku_config_sha256": made.config_sha256,
        "kansoku_catalogue": targets.source,
        "kansoku_catalogue_sha256": targets.sha256,
        "kansoku_satcat_sha256": targets.satcat_sha256,
        "kansoku_catalogue_epoch": _median_epoch(found),
        "kansoku_price_base": found.network.price_base,
        "kansoku_assumptions": " ".join(dict.fromkeys(one[0] for one in assumed)),
        "kansoku_assumption_sentences": "\n".join(sentences),
        "kansoku_network_assumptions": "\n".join(network),
        "kansoku_left_out": "\n".join(f"{name}: {why}" for name, why in found.network.left_out),
        "kansoku_notes": "\n".join(" ".join(note.split()) for note in made.notes),
    }


def _made_with(found: Findings) -> dict[str, Any]:
    return {
        "kansoku_version": kansoku.__version__,
        "kansoku_backend": found.provenance.backend,
        "kansoku_machine": found.provenance.machine,
        "kansoku_dtype": "float64; criteria on the grid float32",
        "kansoku_propagation": PROPAGATION,
        "kansoku_seed": found.config.design.seed,
        "kansoku_solver": "HiGHS",
        "kansoku_solver_version": version("highspy"),
        "kansoku_release": "internal",
    }


def _proven(found: Findings) -> dict[str, Any]:
    proof = found.proof
    return {
        "kansoku_cross_check": found.config.coverage.cross_check,
        "kansoku_question": "programme" if found.config.design.programme else "portfolio",
        "kansoku_mip_gap": proof.gap,
        "kansoku_mip_gap_asked": found.config.design.gap,
        "kansoku_objective": proof.objective,
        "kansoku_bound": proof.bound,
        "kansoku_proven": int(proof.proven),
        "kansoku_status": proof.status,
        "kansoku_capacity": found.config.design.capacity,
        "kansoku_owner": found.config.network.owner,
        "kansoku_cost_level": found.config.network.cost_level,
        "kansoku_decision_fy": found.config.design.decision_fy,
        "kansoku_horizon_fy": found.config.design.horizon_fy,
    }


def _median_epoch(found: Findings) -> str:
    """Median epoch of the elements, UTC to the second."""
    elements = found.targets.elements
    days = np.median((elements.epoch_jd - UNIX_EPOCH_JD) + elements.epoch_fraction)
    return f"{np.datetime64(round(float(days) * SECONDS_PER_DAY), 's')}Z"
