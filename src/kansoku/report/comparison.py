"""Several results side by side: their figures, what they choose in common, and where they differ.

From the cubes alone, of one budget or over fiscal years: what a cube does not hold is None.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np
import xarray as xr

from kansoku.cubes.variables import AUTONOMY, CHOSEN, COVERAGE
from kansoku.report.demand import differences, settings_that_differ
from kansoku.report.fiscal import SINGLE_POINT_SHARE, losses
from kansoku.report.readings import Figures

PAYMENTS = {
    "capital_mjpy": "capex",  # with the opening of sites
    "running_mjpy": "opex",
    "data_mjpy": "data_fee",
}


def comparison(datasets: Sequence[xr.Dataset], labels: Sequence[str]) -> Figures:
    """Read the figures of several results and hold them against each other.

    Parameters
    ----------
    datasets : sequence of xarray.Dataset
        Two studies or more.
    labels : sequence of str
        A short name of each.

    Returns
    -------
    dict
        `results`, one entry each; `sensors` and `arrangements`, each with what is `common` to all,
        `only` in one, by label, and the rest in `some`; `demand_differences`, sentences that say
        why figures of coverage are not of one demand; `settings_that_differ`, values by key.
        Coverage is a fraction, expected over the weather; None where a cube does not hold a figure.
    """
    results = [_result(one, label) for one, label in zip(datasets, labels, strict=True)]
    return {
        "results": results,
        "sensors": _shared(results, "sensors"),
        "arrangements": _shared(results, "arrangements"),
        "demand_differences": differences(datasets, labels),
        "settings_that_differ": settings_that_differ(datasets, labels),
    }


def _result(dataset: xr.Dataset, label: str) -> Figures:
    attributes = dataset.attrs
    years = [int(year) for year in np.atleast_1d(dataset["year"].to_numpy())]
    return {
        "label": label,
        "title": attributes.get("title"),
        "study": attributes.get("kansoku_study"),
        "version": attributes.get("kansoku_version"),
        "seed": _whole(attributes.get("kansoku_seed")),
        "config_sha256": attributes.get("kansoku_config_sha256"),
        "catalogue_sha256": attributes.get("kansoku_catalogue_sha256"),
        "status": attributes.get("kansoku_status"),
        "objective": _number(attributes.get("kansoku_objective")),
        "bound": _number(attributes.get("kansoku_bound")),
        "gap": _number(attributes.get("kansoku_mip_gap")),
        "years": years,
        **_money(dataset),
        "autonomy_floor": _last(dataset, "autonomy_floor"),
        **{key: _at_end(by_year) for key, by_year in _coverage(dataset).items()},
        "credited_coverage_mean": _mean(_coverage(dataset)["credited_coverage"]),
        "by_year": {**_coverage(dataset), "spent_mjpy": _spent_by_year(dataset)},
        "by_group": _by_group(dataset),
        **_lost(dataset),
        "sensors_by_type": _by_type(dataset),
        "sensors": _chosen(dataset, "sensor_added", "sensor", "sensor_in_service"),
        "arrangements": _chosen(
            dataset, "arrangement_in_force", "arrangement", "arrangement_in_force"
        ),
    }


def _coverage(dataset: xr.Dataset) -> Figures:
    """Coverage of the chosen design by year."""
    asked = {
        "credited_coverage": ("credited_expected", COVERAGE),
        "coverage": ("coverage_expected", COVERAGE),
        "own_coverage": ("coverage_expected", AUTONOMY),
        "own_over_all": ("autonomy_fraction", COVERAGE),
    }
    return {key: _by_year(dataset, *of) for key, of in asked.items()}


def _by_year(dataset: xr.Dataset, name: str, requirement: str) -> Figures | None:
    if name not in dataset or requirement not in dataset["requirement"].to_numpy():
        return None
    chosen = dataset[name].sel(design=CHOSEN, requirement=requirement)
    return _years_of(chosen, dataset)


def _years_of(values: xr.DataArray, dataset: xr.Dataset) -> Figures:
    years = np.atleast_1d(dataset["year"].to_numpy())
    spread = np.broadcast_to(values.to_numpy(), years.shape)
    return {str(int(year)): _number(value) for year, value in zip(years, spread, strict=True)}


def _at_end(by_year: Figures | None) -> float | None:
    """Return the figure of the last year."""
    return None if by_year is None else by_year[max(by_year, key=int)]


def _by_group(dataset: xr.Dataset) -> Figures:
    """Coverage with at least one track by regime, in the last year."""
    name = "coverage_fraction_group"
    if name not in dataset:
        return {}
    chosen = dataset[name].sel(design=CHOSEN, requirement=COVERAGE).isel(year=-1)
    expected = chosen.mean("scenario") if "scenario" in chosen.dims else chosen
    groups = dataset["group"].to_numpy()
    return {str(g): _number(v) for g, v in zip(groups, expected.to_numpy(), strict=True)}


def _chosen(dataset: xr.Dataset, name: str, dim: str, by_year: str) -> Figures:
    """Names chosen, each with the first year in which it counts."""
    if name not in dataset:
        return {}
    flags = dataset[name].sel(design=CHOSEN)
    taken = flags.any("year") if "year" in flags.dims else flags
    first = _first_years(dataset, dim, by_year)
    names = dataset[dim].to_numpy()[taken.to_numpy().astype(bool)]
    return {str(one): first.get(str(one)) for one in sorted(map(str, names))}


def _first_years(dataset: xr.Dataset, dim: str, name: str) -> Figures:
    """First year of each entry of a dimension, where there are several years; else none."""
    years = np.atleast_1d(dataset["year"].to_numpy())
    if len(years) < 2 or name not in dataset:
        return {}
    flags = dataset[name].sel(design=CHOSEN).transpose("year", dim).to_numpy().astype(bool)
    names, ever = dataset[dim].to_numpy(), np.flatnonzero(flags.any(axis=0))
    return {str(names[k]): int(years[flags[:, k].argmax()]) for k in ever}


def _shared(results: Sequence[Figures], key: str) -> Figures:
    """Part what all results choose from what one of them chooses alone."""
    chosen = {one["label"]: set(one[key]) for one in results}
    common = set.intersection(*chosen.values())
    only = {
        label: sorted(names - set().union(*(chosen[other] for other in chosen if other != label)))
        for label, names in chosen.items()
    }
    alone = set().union(*only.values())
    some = set().union(*chosen.values()) - common - alone
    return {
        "common": sorted(common),
        "only": only,
        "some": {
            name: [label for label in chosen if name in chosen[label]] for name in sorted(some)
        },
    }


def _money(dataset: xr.Dataset) -> Figures:
    """Payments of the chosen design over all years and purses, by kind. [million JPY]"""
    parts = {key: _total(dataset, name) for key, name in PAYMENTS.items()}
    known = [part for part in parts.values() if part is not None]
    over_years = "purse_budget" in dataset
    return {
        "spent_mjpy": sum(known) if known else None,
        **parts,
        "due_after_horizon_mjpy": _total(dataset, "due_after_horizon"),
        "lapsed_mjpy": _total(dataset, "purse_lapsed"),
        "budget_mjpy": _total(dataset, "purse_budget" if over_years else "budget"),
    }


def _spent_by_year(dataset: xr.Dataset) -> Figures | None:
    """Payments of every fiscal year, over several years. [million JPY]"""
    if len(np.atleast_1d(dataset["year"].to_numpy())) < 2:
        return None
    chosen = dataset.sel(design=CHOSEN)
    paid = [chosen[name] for name in PAYMENTS.values() if name in dataset]
    summed = [one.sum([dim for dim in one.dims if dim != "year"]) for one in paid]
    return _years_of(sum(summed[1:], start=summed[0]), dataset) if summed else None


def _lost(dataset: xr.Dataset) -> Figures:
    """What is left after the worst single loss of the last year, and what no one may lose."""
    found = losses(dataset) if "stress_credited_fraction" in dataset else []
    worst = {
        key: found[0][key]
        for key in ("name", "kind", "label", "credited_left", "share_lost")
        if found
    }
    single = [one["name"] for one in found if (one["share_lost"] or 0.0) > SINGLE_POINT_SHARE]
    return {"worst_loss": worst or None, "single_points_of_failure": single if found else None}


def _by_type(dataset: xr.Dataset) -> list[Figures]:
    """How many sensors the chosen design adds, by type and host country."""
    if "sensor_added" not in dataset:
        return []
    flags = dataset["sensor_added"].sel(design=CHOSEN)
    added = (flags.any("year") if "year" in flags.dims else flags).to_numpy().astype(bool)
    names = dataset["sensor"].to_numpy()[added]
    hosts = dataset["contributor_country"].sel(contributor=names).to_numpy()
    types = dataset["sensor_class"].to_numpy()[added]
    alike = Counter(zip(map(str, types), map(str, hosts), strict=True))
    return [
        {"type": kind, "country": host, "sensors": number}
        for (kind, host), number in sorted(alike.items())
    ]


def _mean(by_year: Figures | None) -> float | None:
    """Return the plain mean over several years; None for one year, or where one is missing."""
    values = [] if by_year is None else list(by_year.values())
    if len(values) < 2 or None in values:
        return None
    return float(np.mean(values))


def _total(dataset: xr.Dataset, name: str) -> float | None:
    if name not in dataset:
        return None
    values = dataset[name]
    return _number((values.sel(design=CHOSEN) if "design" in values.dims else values).sum())


def _last(dataset: xr.Dataset, name: str) -> float | None:
    if name not in dataset:
        return None
    return _number(np.atleast_1d(dataset[name].to_numpy()).ravel()[-1])


def _number(value: Any) -> float | None:
    """Return a number as JSON knows it; None for nan."""
    if value is None or not np.isfinite(float(value)):
        return None
    return float(value)


def _whole(value: Any) -> int | None:
    return None if value is None else int(value)
