"""A comparison as text: one table a subject, one column a result."""

from __future__ import annotations

from typing import Any

from kansoku.report.readings import Figures
from kansoku.report.tables import bullets, paragraph, table
from kansoku.report.words import amounts, listed, percent

SHORT_HASH = 12


def side_by_side(figures: Figures) -> str:
    """Write a comparison as Markdown, which also reads well as plain text.

    Parameters
    ----------
    figures : dict
        As `comparison` returns them.

    Returns
    -------
    str
        At most 100 columns wide.
    """
    sections = [
        "# Results side by side",
        _names(figures),
        _warning(figures),
        _figures(figures),
        *_years(figures),
        *_choices(figures, "sensors", "Sensors"),
        *_choices(figures, "arrangements", "Arrangements"),
        *_settings(figures),
        "## Made from",
        _provenance(figures),
    ]
    return "\n\n".join(section for section in sections if section) + "\n"


def _names(figures: Figures) -> str:
    return bullets(f"{one['label']}: {one['path']} ({one['title']})" for one in figures["results"])


def _warning(figures: Figures) -> str:
    told = figures["demand_differences"]
    if not told:
        return paragraph("All were judged on the same demand.")
    return paragraph(
        "**WARNING.** Not judged on the same demand, so a difference in coverage is no difference "
        f"between the networks alone: {'; '.join(told)}."
    )


def _labels(figures: Figures) -> list[str]:
    return [one["label"] for one in figures["results"]]


def _rows(figures: Figures) -> list[tuple[str, ...]]:
    """The figures, a row each, those that no result holds left out."""
    results = figures["results"]

    def row(name: str, texts: list[str]) -> tuple[str, ...]:
        return (name, *texts)

    def money(name: str, key: str) -> tuple[str, ...]:
        known = [one[key] for one in results if one[key] is not None]
        said = iter(amounts(known))
        return row(name, ["-" if one[key] is None else next(said) for one in results])

    def share(name: str, key: str) -> tuple[str, ...]:
        return row(name, [percent(one[key]) for one in results])

    groups = list(dict.fromkeys(group for one in results for group in one["by_group"]))
    rows = [
        money("Cost, million yen", "spent_mjpy"),
        money("Budget, million yen", "budget_mjpy"),
        row("Objective", [_digits(one["objective"]) for one in results]),
        row("Proven bound", [_digits(one["bound"]) for one in results]),
        row("Proven gap", [_gap(one["gap"]) for one in results]),
        share("Credited coverage", "credited_coverage"),
        share("Coverage (at least one track)", "coverage"),
        *(
            row(f"- {group}", [percent(one["by_group"].get(group)) for one in results])
            for group in groups
        ),
        share("Own sensors alone", "own_coverage"),
        share("Floor on that", "autonomy_floor"),
        share("Own share of coverage", "own_over_all"),
        row("Sensors added", [str(len(one["sensors"])) for one in results]),
        row("Arrangements in force", [str(len(one["arrangements"])) for one in results]),
    ]
    return [one for one in rows if set(one[1:]) != {"-"}]


def _figures(figures: Figures) -> str:
    header = ("", *(f"{label}>" for label in _labels(figures)))
    return table(header, _rows(figures))


def _years(figures: Figures) -> list[str]:
    """Coverage by fiscal year, where some result has several."""
    results = figures["results"]
    years = sorted({year for one in results for year in one["years"]})
    if all(len(one["years"]) < 2 for one in results):
        return []
    names = {"credited_coverage": "credited", "own_coverage": "own sensors alone"}
    header = (
        "Fiscal year",
        *(f"{label} {word}>" for word in names.values() for label in _labels(figures)),
    )
    rows = [
        (
            f"FY{year}",
            *(
                percent((one["by_year"][key] or {}).get(str(year)))
                for key in names
                for one in results
            ),
        )
        for year in years
    ]
    return ["## By fiscal year", table(header, rows)]


def _choices(figures: Figures, key: str, heading: str) -> list[str]:
    """What all choose, then a table of what only some do, or not from the same year on."""
    shared, results = figures[key], figures["results"]
    common = shared["common"]
    moved = [name for name in common if len({one[key][name] for one in results}) > 1]
    names = sorted({name for one in results for name in one[key]} - set(common)) + moved
    together = paragraph(f"In all: {listed(common)}." if common else "In all: none.")
    if not names:
        return [f"## {heading}", together]
    rows = [(name, *(_mark(one[key], name) for one in results)) for name in names]
    return [f"## {heading}", together, table((f"{heading} that differ", *_labels(figures)), rows)]


def _mark(chosen: dict[str, int | None], name: str) -> str:
    if name not in chosen:
        return "-"
    year = chosen[name]
    return "yes" if year is None else f"FY{year}"


def _settings(figures: Figures) -> list[str]:
    differ = figures["settings_that_differ"]
    if not differ:
        return []
    rows = [(key, *(_said(value) for value in values.values())) for key, values in differ.items()]
    return ["## Settings that differ", table(("Key", *_labels(figures)), rows)]


def _said(value: Any) -> str:
    if value is None:
        return "-"
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def _provenance(figures: Figures) -> str:
    keys = {
        "version": "kansoku",
        "seed": "Seed",
        "config_sha256": "Study",
        "catalogue_sha256": "Catalogue",
        "status": "Search ended by",
    }
    rows = [
        (name, *(str(one[key])[:SHORT_HASH] for one in figures["results"]))
        for key, name in keys.items()
    ]
    return table(("", *_labels(figures)), rows)


def _digits(value: float | None) -> str:
    return "-" if value is None else f"{value:.5f}"


def _gap(value: float | None) -> str:
    return "-" if value is None else f"{100 * value:.2f} %"
