"""The targets of a study: element sets read, sieved, joined with SATCAT, sized and sorted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

import numpy as np
import numpy.typing as npt

from kansoku.config import TargetsSection
from kansoku.errors import TargetsError
from kansoku.targets import content, formats, satcat
from kansoku.targets.emitters import emits
from kansoku.targets.objects import IntArray, ReadCounts, Targets
from kansoku.targets.records import (
    Problem,
    PublishedSets,
    ReadSets,
    listing,
    refusal,
    within_limits,
)
from kansoku.targets.regimes import perigee_altitude_m, regime
from kansoku.targets.retroreflectors import carries_retroreflector
from kansoku.targets.satcat import Satcat
from kansoku.targets.sizes import magnitude_sigma, sizes, type_from_name

REFERENCE = "reference"

_SKIP_OR_MEND = (
    "mend the file or fetch it again, or leave such records out with targets.on_bad_record: skip "
    "(command line: --on-bad-record skip)"
)


def load(section: TargetsSection, base: Path) -> Targets:
    """Read what must be watched, as the configuration asks.

    Of several records of one object the one with the newest epoch is kept. An object counts as
    decayed, and is left out, when SATCAT dates its decay on or before the day of the catalogue's
    median epoch (a later date is that of a newer SATCAT: on the catalogue's day it was in orbit),
    or when its perigee lies below the Earth's surface, where no orbit is.

    Parameters
    ----------
    section : TargetsSection
        The configuration's `targets`.
    base : Path
        Folder that relative paths start from, the configuration file's.

    Returns
    -------
    Targets
        In the order of the file, with counts of what was left out and a warning for each bad
        record that was skipped.

    Raises
    ------
    TargetsError
        When a file cannot be read, when it holds bad records and `on_bad_record` is 'error' (all
        of them are listed), or when no object is left.
    """
    if section.catalogue == REFERENCE:
        from kansoku.targets import reference  # an 'embedded' catalogue needs no reader

        if section.satcat is not None:
            raise TargetsError(
                f"targets.satcat: got {section.satcat!r}, but the reference population brings its "
                "own sizes; remove the key, or name a catalogue in targets.catalogue"
            )
        return reference.load(section)
    source = content.read(base / Path(section.catalogue).expanduser(), section.catalogue)
    read = within_limits(formats.read(source))
    records = len(read.sets) + len(read.problems)
    warnings = judged(source.label, read.problems, records, section.on_bad_record)
    if len(read.sets) == 0:
        raise _nothing_left(source.label, read)
    known, satcat_warnings = _satcat_of(section, base)
    sieved = _sieve(read.sets, known)
    if len(sieved.sets) == 0:
        raise TargetsError(
            f"{source.label}: all {records} objects have decayed; fetch a current catalogue"
        )
    objects = _targets(section, sieved.sets, known)
    left_out = {"bad": len(read.problems), "duplicates": sieved.duplicates}
    counts = replace(objects.counts, records=records, decayed=sieved.decayed, **left_out)
    return replace(
        objects,
        source=section.catalogue,
        sha256=source.sha256,
        counts=counts,
        warnings=warnings + satcat_warnings,
    )


def load_file(path: Path, on_bad_record: Literal["error", "skip"]) -> Targets:
    """Read a catalogue outside any study; a file named 'reference' is a file like any other.

    Parameters
    ----------
    path : Path
        TLE, 3LE or OMM file, plain or gzip.
    on_bad_record : {'error', 'skip'}

    Returns
    -------
    Targets
        As `load` gives them.

    Raises
    ------
    TargetsError
        As `load` does.
    """
    name = f"./{path}" if str(path) == REFERENCE else str(path)
    return load(TargetsSection(catalogue=name, on_bad_record=on_bad_record), Path())


def judged(
    label: str, problems: Sequence[Problem], records: int, on_bad_record: str
) -> tuple[str, ...]:
    """Turn problems into one error or into warnings, as the policy says."""
    if problems and on_bad_record == "error":
        raise refusal(label, problems, records, _SKIP_OR_MEND)
    return tuple(problem.at(label) for problem in problems)


def _nothing_left(label: str, read: ReadSets) -> TargetsError:
    if read.problems:
        listed = "\n".join(listing(label, read.problems))
        return TargetsError(
            f"{listed}\n{label}: none of its {len(read.problems)} records can be used; fetch the "
            "file again"
        )
    return TargetsError(
        f"{label}: the catalogue is empty, it holds no element sets; name another file, or fetch "
        "one with `kansoku catalogue fetch active --out FILE`"
    )


def _satcat_of(section: TargetsSection, base: Path) -> tuple[Satcat | None, tuple[str, ...]]:
    if section.satcat is None:
        return None, ()
    source = content.read(base / Path(section.satcat).expanduser(), section.satcat)
    known, problems = satcat.read(source)
    rows = len(known.norad_cat_id) + len(problems)
    return known, judged(source.label, problems, rows, section.on_bad_record)


@dataclass(frozen=True)
class _Sieved:
    sets: PublishedSets
    duplicates: int
    decayed: int


def _sieve(sets: PublishedSets, known: Satcat | None) -> _Sieved:
    """Keep the newest record of each object, and the objects that are still in orbit."""
    newest = sets.take(_newest_of_each(sets))
    decayed = _decayed(newest, known)
    return _Sieved(newest.take(~decayed), len(sets) - len(newest), int(decayed.sum()))


def _newest_of_each(sets: PublishedSets) -> npt.NDArray[np.intp]:
    """Index of the newest record of each object, in file order; of equals the later line."""
    order = np.lexsort((sets.line, sets.epoch_fraction, sets.epoch_jd, sets.norad_cat_id))
    number: IntArray = sets.norad_cat_id[order]
    is_last = np.append(number[1:] != number[:-1], True)
    return np.sort(order[is_last])


def _decayed(sets: PublishedSets, known: Satcat | None) -> npt.NDArray[np.bool_]:
    """See `load` for the rule."""
    below_surface = perigee_altitude_m(sets.mean_elements()) < 0.0
    if known is None:
        return below_surface
    catalogue_day_jd = np.median(sets.epoch_jd)
    return below_surface | (known.of(sets.norad_cat_id).decay_jd <= catalogue_day_jd)


def _targets(section: TargetsSection, sets: PublishedSets, known: Satcat | None) -> Targets:
    number = sets.norad_cat_id
    entry = satcat.unknown(number) if known is None else known.of(number)
    name = np.where(sets.name == "", entry.name, sets.name)
    object_type = np.where(entry.object_type == "", type_from_name(name), entry.object_type)
    size = sizes(section, entry.rcs_m2, entry.size_class, object_type)
    elements = sets.mean_elements()
    return Targets(
        norad_cat_id=number,
        name=name,
        elements=elements,
        multiplicity=np.ones(len(sets)),
        diameter_m=size.diameter_m,
        rcs_m2=size.rcs_m2,
        rcs_measured=size.measured,
        albedo=np.full(len(sets), section.albedo),
        standard_magnitude=entry.standard_magnitude,
        magnitude_sigma=magnitude_sigma(section, size.rcs_m2),
        retroreflector=carries_retroreflector(number),
        emits=emits(section, entry.status, object_type),
        regime=regime(elements),
        object_type=object_type,
        owner=entry.owner,
        satcat_sha256=entry.sha256,
        counts=ReadCounts(
            kept=len(sets),
            rcs_measured=int(size.measured.sum()),
            rcs_by_class=int(size.classed.sum()),
        ),
    )
