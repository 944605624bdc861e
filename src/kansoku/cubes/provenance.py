"""What a study was made from: config, inputs, backend, and what a reader must know."""

from __future__ import annotations

from types import ModuleType

import numpy as np

from kansoku import backend
from kansoku.configfile import LoadedConfig, resolved_yaml, unchanged_assumptions
from kansoku.coverage.collect import Coverage
from kansoku.cubes.findings import Provenance
from kansoku.ephemeris.grid import earth_orientation_warning
from kansoku.ephemeris.timegrid import TimeGrid
from kansoku.network.contributors import Network
from kansoku.targets.objects import Targets


def of(
    loaded: LoadedConfig,
    xp: ModuleType,
    targets: Targets,
    network: Network,
    seen: Coverage,
    grids: list[TimeGrid],
    notes: tuple[str, ...] = (),
) -> Provenance:
    """Say what a study was made from, and what its reader must know beside `notes`."""
    return Provenance(
        resolved_yaml=resolved_yaml(loaded.config),
        config_sha256=loaded.sha256,
        unchanged_assumptions=tuple(
            (each.id, each.key, str(each.default), each.sentence)
            for each in unchanged_assumptions(loaded.config)
        ),
        backend=backend.name_of(xp),
        machine=backend.machine_of(xp, loaded.config.compute.backend),
        notes=(*notes, *_notes(targets, network, seen, grids, loaded)),
    )


def _notes(
    targets: Targets,
    network: Network,
    seen: Coverage,
    grids: list[TimeGrid],
    loaded: LoadedConfig,
) -> list[str]:
    """Sentences on what was approximated, skipped or lost."""
    counts, notes = targets.counts, []
    notes.append(
        f"{counts.records} records read from {targets.source}: {counts.kept} kept, {counts.bad} "
        f"bad, {counts.duplicates} duplicates, {counts.decayed} decayed."
    )
    aged = int(seen.representative.sum())
    if aged:
        notes.append(
            f"The elements of {aged} of {len(targets)} targets are more than "
            f"{loaded.config.targets.max_age_days:g} days from the days observed: they are "
            "representative, their drag terms are off."
        )
    lost = int(np.count_nonzero(seen.error))
    if lost:
        notes.append(
            f"The propagator gives no state for {lost} {'target' if lost == 1 else 'targets'} at "
            "some time."
        )
    notes.append(
        f"{len(network.left_out)} known sensors and options are left out; answer.json lists each."
    )
    warnings = {earth_orientation_warning(grid) for grid in grids}
    notes.extend(sorted(sentence for sentence in warnings if sentence))
    return notes
