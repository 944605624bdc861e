"""A comparison as text: one table a subject, one column a result."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from kansoku.report.fiscal import SINGLE_POINT_SHARE
from kansoku.report.readings import Figures
from kansoku.report.tables import bullets, paragraph, table
from kansoku.report.words import amounts, listed, loss, mjpy, percent, the_country

SHORT_HASH = 12
SPENT_ON = {"capital": "capital_mjpy", "running": "running_mjpy", "data": "data_mjpy"}


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
        *_losses(figures),
        *_types(figures),
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

    ends = {one["years"][-1] for one in results}
    end = f", FY{ends.pop()}" if len(ends) == 1 else ", last year"
    groups = list(dict.fromkeys(group for one in results for group in one["by_group"]))
    owed = [money("Due after the horizon", "due_after_horizon_mjpy")]
    rows = [
        money("Spent, million yen", "spent_mjpy"),
        *(money(f"- {name}", key) for name, key in SPENT_ON.items()),
        *(owed if any(one["due_after_horizon_mjpy"] for one in results) else ()),
        money("Budget, million yen", "budget_mjpy"),
        row("Objective", [_digits(one["objective"]) for one in results]),
        row("Proven bound", [_digits(one["bound"]) for one in results]),
        row("Proven gap", [_gap(one["gap"]) for one in results]),
        share("Credited, mean of the years", "credited_coverage_mean"),
        share(f"Credited coverage{end}", "credited_coverage"),
        share(f"At least one track{end}", "coverage"),
        *(
            row(f"- {group}", [percent(one["by_group"].get(group)) for one in results])
            for group in groups
        ),
        share(f"Own sensors alone{end}", "own_coverage"),
        row("Floor on that", [percent(one["autonomy_floor"] or None) for one in results]),
        share("Own share of coverage", "own_over_all"),
        row("Sensors added", [str(len(one["sensors"])) for one in results]),
        row("Arrangements in force", [str(len(one["arrangements"])) for one in results]),
    ]
    return [one for one in rows if set(one[1:]) != {"-"}]


def _figures(figures: Figures) -> str:
    header = ("", *(f"{label}>" for label in _labels(figures)))
    return table(header, _rows(figures))


def _years(figures: Figures) -> list[str]:
    """Coverage and payments by fiscal year, where some result has several: a table each."""
    results = figures["results"]
    years = sorted({year for one in results for year in one["years"]})
    if all(len(one["years"]) < 2 for one in results):
        return []
    subjects = {
        "credited_coverage": ("Credited coverage", percent),
        "own_coverage": ("Own sensors alone", percent),
        "spent_mjpy": ("Spent, million yen", mjpy),
    }
    return [
        "## By fiscal year",
        *(_by_year(figures, years, key, title, said) for key, (title, said) in subjects.items()),
    ]


def _by_year(
    figures: Figures, years: list[int], key: str, title: str, said: Callable[[float | None], str]
) -> str:
    rows = [
        (
            f"FY{year}",
            *(said((one["by_year"][key] or {}).get(str(year))) for one in figures["results"]),
        )
        for year in years
    ]
    return table((title, *(f"{label}>" for label in _labels(figures))), rows)


def _losses(figures: Figures) -> list[str]:
    """What the worst single loss leaves of each result that was put through losses."""
    rows = [
        (
            one["label"],
            loss(one["worst_loss"]["kind"], one["worst_loss"]["label"]),
            percent(one["worst_loss"]["credited_left"]),
            percent(one["worst_loss"]["share_lost"]),
            str(len(one["single_points_of_failure"])),
        )
        for one in figures["results"]
        if one["worst_loss"]
    ]
    if not rows:
        return []
    header = ("", "Worst single loss in the last year", "Credited left>", "Lost>", "Single points>")
    note = (
        "Lost: share of the credited coverage. Single points of failure: losses that take more "
        f"than {percent(SINGLE_POINT_SHARE)} of it."
    )
    return ["## If something is lost", table(header, rows), paragraph(note)]


def _types(figures: Figures) -> list[str]:
    """How many sensors of which type each result adds in which country."""
    counts = [
        {(each["type"], each["country"]): each["sensors"] for each in one["sensors_by_type"]}
        for one in figures["results"]
    ]
    alike = sorted({key for one in counts for key in one})
    if not alike:
        return []
    rows = [
        (f"{kind} in {the_country(host)}", *(str(one.get((kind, host), "-")) for one in counts))
        for kind, host in alike
    ]
    header = ("Sensors", *(f"{label}>" for label in _labels(figures)))
    return ["## What is added", table(header, rows)]


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
    """Every key with its values, equal ones together: keys are longer than a column."""
    differ = figures["settings_that_differ"]
    if not differ:
        return []
    lines = [f"`{key}`: {_valued(values)}" for key, values in differ.items()]
    return ["## Settings that differ", bullets(lines)]


def _valued(values: dict[str, Any]) -> str:
    alike: dict[str, list[str]] = {}
    for label, value in values.items():
        alike.setdefault(_said(value), []).append(label)
    return "; ".join(f"{listed(labels)} {said}" for said, labels in alike.items())


def _said(value: Any) -> str:
    if value is None:
        return "none"
    if isinstance(value, list):
        return f"[{', '.join(map(str, value))}]"
    return str(value)


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
