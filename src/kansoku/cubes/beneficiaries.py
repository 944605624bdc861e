"""States whose satellites are watched for them: what they are promised, and what they get."""

from __future__ import annotations

import numpy as np

from kansoku.cubes.findings import ProgrammeFindings
from kansoku.cubes.variables import Variables, fraction, switch, text, variable

BENEFICIARY = ("beneficiary",)


def axes(found: ProgrammeFindings) -> Variables:
    """Coordinates of the states that are served, none where there is none."""
    if not found.served:
        return {}
    services = [found.network.arrangements[one.arrangement].id for one in found.served]
    return {
        "beneficiary": text(
            BENEFICIARY, [one.state for one in found.served], "state whose satellites are watched"
        ),
        "beneficiary_arrangement": text(BENEFICIARY, services, "arrangement that serves it"),
    }


def beneficiaries(found: ProgrammeFindings) -> Variables:
    """Satellites of each state, what it is promised in each year, and what it gets."""
    if not found.served:
        return {}
    theirs = np.zeros((len(found.served), len(found.targets)), dtype=bool)
    for k, one in enumerate(found.served):
        theirs[k, one.satellites] = True
    floor = np.array(
        [
            [one.coverage_min if year >= one.first_fy else 0.0 for one in found.served]
            for year in found.years
        ]
    )
    return {
        "beneficiary_target": switch(
            ("beneficiary", "target"), theirs, "whether the target is a satellite of the state"
        ),
        "beneficiary_satellites": variable(
            BENEFICIARY, theirs.sum(axis=1), "satellites of the state among the targets"
        ),
        "beneficiary_floor": fraction(
            ("year", "beneficiary"),
            floor,
            "least credited coverage of its satellites, 0 for no floor",
        ),
        "beneficiary_fraction": fraction(
            ("design", "year", "beneficiary"),
            found.served_fraction,
            "credited coverage of its satellites",
            cell_methods="target: window: scenario: mean",
            comment="every satellite counts alike",
        ),
    }
