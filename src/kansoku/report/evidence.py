"""The second half of the answer: limits, blind spots, notes and assumptions."""

from __future__ import annotations

import textwrap

from kansoku.report.readings import Figures
from kansoku.report.tables import COLUMNS, bullets, paragraph, table
from kansoku.report.words import counted

MOST_REASONS = 12


def evidence(figures: Figures) -> list[str]:
    """Sections on what the coverage figures rest on."""
    return [
        *_load(figures),
        *_unseen(figures),
        *_notes(figures),
        *_assumptions(figures),
        *_provenance(figures),
    ]


def _load(figures: Figures) -> list[str]:
    """Demanded against available tracks of each added sensor, with a warning above 1."""
    rows = [
        (
            f"{one['type']}, {one['site']}",
            _rate(one["tracks_demanded_per_hour"]),
            _rate(one["tracks_available_per_hour"]),
            _ratio(one["demanded_over_available"]),
            _note(figures, one),
        )
        for one in figures["sensors"]
    ]
    if not rows:
        return []
    over = sum(overloaded(one) for one in figures["sensors"])
    header = ("Tracks per hour", "Demanded>", "Available>", "Ratio>", "Note")
    sections = ["## Can the sensors keep up?", table(header, rows)]
    if figures["study"]["capacity"] == "block":
        sections.append(
            paragraph(
                "Demanded: tracks that would be useful if this sensor alone took them. The "
                "portfolio was chosen with every track given to a sensor that has a slot for it, "
                "so a ratio above 1 means that all its slots are used, not that coverage is "
                "overstated."
            )
        )
    elif over:
        verb = "is" if over == 1 else "are"
        sections.append(
            paragraph(
                f"WARNING: {counted(over, 'sensor')} {verb} asked for more tracks than can be "
                "taken. Coverage ignores this limit, so it is overstated there, except for "
                "objects that other sensors see as well."
            )
        )
    return sections


def _note(figures: Figures, sensor: Figures) -> str:
    if not overloaded(sensor):
        return ""
    return "full" if figures["study"]["capacity"] == "block" else "WARNING"


def overloaded(sensor: Figures) -> bool:
    """Whether a sensor is asked for more tracks than it can take."""
    ratio = sensor["demanded_over_available"]
    return bool(sensor["tracks_demanded_per_hour"] > 0 if ratio is None else ratio > 1.0)


def _rate(rate: float) -> str:
    return f"{rate:,.1f}" if rate < 100 else f"{rate:,.0f}"


def _ratio(ratio: float | None) -> str:
    return "-" if ratio is None else f"{ratio:.2f}"


def _unseen(figures: Figures) -> list[str]:
    """Objects that are never seen, for the chosen network beside today's."""
    counts = {
        design: {
            (one["regime"], one["reason"]): one["objects"] for one in figures["unseen"][design]
        }
        for design in ("chosen", "today")
    }
    keys = sorted(
        counts["chosen"].keys() | counts["today"].keys(),
        key=lambda key: (-counts["chosen"].get(key, 0), -counts["today"].get(key, 0), key),
    )
    if not keys:
        return ["## Objects never seen", "None: every object has a track in some window."]
    rows = [
        (
            *key,
            f"{counts['chosen'].get(key, 0):,}",
            f"{counts['today'].get(key, 0):,}",
            f"{counts['chosen'].get(key, 0) - counts['today'].get(key, 0):+,}",
        )
        for key in keys[:MOST_REASONS]
    ]
    sums = [sum(counts[design].values()) for design in ("chosen", "today")]
    rows.append(("all", "", f"{sums[0]:,}", f"{sums[1]:,}", f"{sums[0] - sums[1]:+,}"))
    header = ("Regime", "Reason", "Chosen>", "Today>", "Difference>")
    rest = len(keys) - MOST_REASONS
    note = (
        f"Of {figures['study']['objects']:,} objects, even under a clear sky; each counts once, "
        "by what comes nearest to seeing it."
    ) + (f" {counted(rest, 'more line')} in answer.json." if rest > 0 else "")
    return ["## Objects never seen", table(header, rows), paragraph(note)]


def _notes(figures: Figures) -> list[str]:
    return ["## Notes", bullets(figures["notes"])] if figures["notes"] else []


def _assumptions(figures: Figures) -> list[str]:
    """Planning assumptions that the study left at their defaults, then those of the tables."""
    network = [line.partition(":")[0] for line in figures["network_assumptions"]]
    sections = ["## Assumptions left unchanged"]
    if figures["assumptions_unchanged"]:
        sections.append("\n".join(_short(line) for line in figures["assumptions_unchanged"]))
        sections.append("Whole sentences are in answer.json.")
    if network:
        sections.append(
            paragraph(f"Behind the tables of the network (see answer.json): {', '.join(network)}.")
        )
    return sections if len(sections) > 1 else []


def _short(sentence: str) -> str:
    """One line of a list; answer.json has the whole sentence."""
    return textwrap.shorten(f"- {sentence}", COLUMNS, placeholder=" …")


def _provenance(figures: Figures) -> list[str]:
    study = figures["study"]
    return [
        "## Made from",
        paragraph(
            f"kansoku {study['version']} ({study['backend']}), seed {study['seed']}; catalogue "
            f"{study['catalogue']} ({counted(study['targets'], 'target')} for "
            f"{counted(study['objects'], 'object')}, median epoch {study['catalogue_epoch']}, "
            f"sha256 {study['catalogue_sha256'][:12]}); {study['contributors']:,} contributors, "
            f"{counted(study['windows'], 'window')} of {study['window_hours']:g} h, "
            f"{counted(study['scenarios'], 'weather draw')}; config sha256 "
            f"{study['config_sha256'][:12]}. Everything is in study.nc."
        ),
    ]
