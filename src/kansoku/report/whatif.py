"""What other questions would have been answered: prices of a change, common choices, regret."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import xarray as xr

from kansoku.cubes.variables import CHOSEN
from kansoku.design.value.commonality import Option, commonality
from kansoku.design.value.regret import Regret
from kansoku.report.readings import Figures, split_name
from kansoku.report.tables import bullets, paragraph, table
from kansoku.report.words import counted, listed, mjpy, percent, points, the_country

CHANGES = {
    "next_billion": ("one billion yen more", "in proportion to all budgets"),
    "less_autonomy": ("one point less autonomy", "in every year"),
    "one_tier_more": ("one tier more", "from every partner"),
    "profiles": ("weights", "of the study"),
}
"""How a change is said, and whose it is where it is of all together."""

SHOWN = 5e-4
"""Half of the last digit of points, as a share: less cannot be told from nothing."""


def what_if(dataset: xr.Dataset) -> Figures | None:
    """Read the changed questions from a cube; None where the study asked none.

    Parameters
    ----------
    dataset : xarray.Dataset
        A study over fiscal years.

    Returns
    -------
    dict or None
        `questions` with what each reaches, the change that was found and the ends of what is
        proven of it; `commonality` of sensors and arrangements over the different plans; and
        `regret`, None where no profiles were asked for.
    """
    if not dataset.sizes.get("what_if"):
        return None
    return {
        "questions": [_question(dataset, dataset.isel(what_if=k)) for k in _numbers(dataset)],
        "commonality": _commonality(dataset),
        "regret": _regret(dataset),
    }


def _numbers(dataset: xr.Dataset) -> range:
    return range(dataset.sizes["what_if"])


def _question(dataset: xr.Dataset, one: xr.Dataset) -> Figures:
    reached, priced = one["what_if_coverage"].item(), bool(one["what_if_change_high"].notnull())
    return {
        "kind": one["what_if_kind"].item(),
        "of": one["what_if_of"].item(),
        "name": _owner_of_the_change(dataset, one),
        "answered": bool(one["what_if_answered"]),
        "reason": one["what_if_reason"].item(),
        "credited_coverage": reached,
        "credited_coverage_bound": one["what_if_bound"].item(),
        "gap": one["what_if_mip_gap"].item(),
        "change_found": reached - dataset.attrs["kansoku_objective"] if priced else None,
        "change_low": one["what_if_change_low"].item(),
        "change_high": one["what_if_change_high"].item(),
        "spent_mjpy": one["what_if_spent"].item(),
        "sensors": _named(one, "sensor", "what_if_sensor_ordered"),
        "arrangements": _named(one, "arrangement", "what_if_arrangement_signed"),
    }


def _owner_of_the_change(dataset: xr.Dataset, one: xr.Dataset) -> str:
    """Return the name of a purse, as it stands in the tables; else the id."""
    of = str(one["what_if_of"].item())
    if one["what_if_kind"].item() == "next_billion" and of:
        return str(dataset["purse_name"].sel(purse=of).item())
    return of


def _named(one: xr.Dataset, dim: str, name: str) -> list[str]:
    flags = one[name].to_numpy() > 0
    return [str(each) for each in one[dim].to_numpy()[flags]]


def _commonality(dataset: xr.Dataset) -> list[Figures]:
    """Count in how many different plans, the study's own among them, each option is chosen."""
    answered = dataset["what_if_answered"].to_numpy() > 0
    agreed = dataset["arrangement_in_force"].sel(design=CHOSEN).to_numpy().any(axis=0)
    new = dataset["arrangement_in_force_before"].to_numpy() == 0
    own = np.concatenate([dataset["sensor_added"].sel(design=CHOSEN).to_numpy(), agreed & new])
    others = [
        dataset[name].to_numpy()[answered]
        for name in ("what_if_sensor_ordered", "what_if_arrangement_signed")
    ]
    flags = np.unique(np.vstack([own, np.hstack(others)]) > 0, axis=0)
    sensors = dataset.sizes["sensor"]
    candidate = dataset["sensor_purse"].to_numpy() != ""
    return [
        *_options(dataset, "sensor", flags[:, :sensors], candidate),
        *_options(dataset, "arrangement", flags[:, sensors:], new),
    ]


def _options(
    dataset: xr.Dataset, dim: str, flags: npt.NDArray[np.bool_], offered: npt.NDArray[np.bool_]
) -> list[Figures]:
    names = dataset[dim].to_numpy()
    found = commonality(names[offered].tolist(), [names[row].tolist() for row in flags])
    return [_option(dataset, dim, one) for one in found]


def _option(dataset: xr.Dataset, dim: str, one: Option) -> Figures:
    kind, site = "", ""
    if dim == "sensor":
        kind, site = split_name(dataset["contributor_name"].sel(contributor=one.name).item())
    return {
        "kind": dim,
        "id": one.name,
        "type": kind,
        "site": site,
        "plans_chosen": one.times,
        "plans": one.answers,
        "commonality": one.word,
    }


def _regret(dataset: xr.Dataset) -> Figures | None:
    profiles = [str(name) for name in dataset["weight_profile"].to_numpy()]
    if not profiles:
        return None
    value, low, high = (
        dataset[f"profile_{name}"].to_numpy() for name in ("coverage", "regret_low", "regret_high")
    )
    found = Regret(tuple(profiles), value, low, high)
    return {
        "profiles": [_profile(dataset, found, k) for k in range(len(profiles))],
        "least": profiles[found.minimax],
        "settled": found.settled,
    }


def _profile(dataset: xr.Dataset, found: Regret, k: int) -> Figures:
    """Return the plan made for one profile, valued under all, and the weights of the profile."""
    by_regime = dataset["profile_weight"].isel(weight_profile=k)
    return {
        "profile": found.profiles[k],
        "weights": dict(zip(dataset["group"].to_numpy(), by_regime.to_numpy(), strict=True)),
        "credited_coverage": dict(zip(found.profiles, found.value[k], strict=True)),
        "regret_low": dict(zip(found.profiles, found.low[k], strict=True)),
        "regret_high": dict(zip(found.profiles, found.high[k], strict=True)),
        "largest_regret_low": found.worst[0][k],
        "largest_regret_high": found.worst[1][k],
    }


def what_if_section(figures: Figures) -> list[str]:
    """Return the section of the page; nothing where the study asked nothing beside the plan.

    Parameters
    ----------
    figures : dict
        As `fiscal.summary` reads them.
    """
    asked = figures["what_if"]
    if asked is None:
        return []
    return [
        "## What if",
        *_prices(asked),
        *_common(asked),
        *_regrets(asked),
        *_unanswered(asked),
    ]


def _prices(asked: Figures) -> list[str]:
    priced = [one for one in asked["questions"] if one["kind"] != "profiles"]
    if not priced:
        return []
    rows = [
        (
            _said(one),
            percent(one["credited_coverage"]),
            points(one["change_found"]),
            _ends(one),
            mjpy(one["spent_mjpy"]),
        )
        for one in priced
    ]
    header = ("With", "Credited>", "Found>", "Proven>", "Spent>")
    note = (
        "The study's own question, searched again from its plan with one thing changed. Credited: "
        "coverage over the years, weighed as in the proof. Found: what the new plan is better by, "
        "in points. Proven: between which two the change of the best plan lies; both questions are "
        "answered up to their gaps, so from 0 on it is not proven that it is worth anything. "
        f"{_widest(priced)}"
    )
    return [table(header, rows), paragraph(note)]


def _widest(priced: Sequence[Figures]) -> str:
    """Say how far the searches came: what is proven is no sharper than their gaps."""
    gaps = [one["gap"] for one in priced if one["gap"] is not None]
    if not gaps:
        return ""
    return (
        f"The widest gap of these searches is {percent(max(gaps))}: `what_if.gap` and "
        "`what_if.time_limit_s` make it smaller, `design.gap` that of the plan."
    )


def _said(one: Figures) -> str:
    """Say a change: what, and whose."""
    what, of_all = CHANGES[one["kind"]]
    return f"{what}: {the_country(one['name'])}" if one["of"] else f"{what}, {of_all}"


def _ends(one: Figures) -> str:
    """Say the interval of a change; 'nothing' where it is known to be nothing."""
    low, high = one["change_low"], one["change_high"]
    if low is None:
        return "-"
    if low == high == 0.0:
        return "nothing"
    if max(abs(low), abs(high)) < SHOWN:
        return f"below {100 * SHOWN:g}"
    return _width(low, high).replace("-0.0", "0.0")


def _unanswered(asked: Figures) -> list[str]:
    """Say which questions have no answer, and why."""
    missing = [one for one in asked["questions"] if not one["answered"]]
    told = " ".join(f"No answer for {_said(one)}: {one['reason']}." for one in missing)
    return [paragraph(told)] if told else []


def _common(asked: Figures) -> list[str]:
    """Say which choices all plans share, and which depend on the question."""
    options = asked["commonality"]
    if not any(one["answered"] for one in asked["questions"]):
        return []
    plans = options[0]["plans"] if options else 1
    if plans == 1:
        same = "Every question that was answered leads to the sensors and arrangements of the plan."
        return [paragraph(same)]
    lines = [
        f"**{word.capitalize()}:** {_listed(some)}"
        for word in ("always", "often", "sometimes")
        if (some := [one for one in options if one["commonality"] == word])
    ]
    never = sum(one["commonality"] == "never" for one in options)
    note = (
        f"The questions lead to {plans} different plans, the study's own among them, whatever the "
        "years of their orders. Always: chosen in all of them, safe to begin with; often: in half "
        "of them or more; sometimes: in fewer. Never chosen: "
        f"{never} of {counted(len(options), 'option')} on offer."
    )
    return [paragraph(note), bullets(lines)]


def _listed(options: Sequence[Figures]) -> str:
    """Say sensors by type with their sites, then arrangements; in how many plans, if not in all."""
    sites: dict[str, list[str]] = {}
    for one in options:
        times = "" if one["commonality"] == "always" else f" ({one['plans_chosen']})"
        sites.setdefault(one["type"], []).append(f"{one['site'] or one['id']}{times}")
    said = (f"{kind} at {listed(some)}" if kind else listed(some) for kind, some in sites.items())
    return f"{'; '.join(said)}."


def _regrets(asked: Figures) -> list[str]:
    """Return the table of plans under profiles of weights, with its note."""
    if asked["regret"] is None:
        return []
    rows = [
        (
            f"plan for {_weights_of(one['profile'])}",
            *(
                _width(one["regret_low"][other], one["regret_high"][other])
                for other in one["credited_coverage"]
            ),
            _width(one["largest_regret_low"], one["largest_regret_high"]),
        )
        for one in asked["regret"]["profiles"]
    ]
    judged = asked["regret"]["profiles"][0]["credited_coverage"]
    header = ("Given up by", *(f"{_weights_of(name)}>" for name in judged), "Most>")
    return [table(header, rows), paragraph(_advice(asked))]


def _weights_of(profile: str) -> str:
    return "the study" if profile == "study" else profile


def _width(low: float, high: float) -> str:
    """Return two ends in points."""
    return f"{100 * low:.1f} to {100 * high:.1f}"


def _advice(asked: Figures) -> str:
    """Say which plan gives up least whatever weights turn out right, and whether that is sure."""
    regret = asked["regret"]
    (least,) = (one for one in regret["profiles"] if one["profile"] == regret["least"])
    sure = (
        "no other plan here can give up less"
        if regret["settled"]
        else "the gaps of the searches leave open whether another gives up less"
    )
    return (
        "Each profile weighs the demand by regime in its own way (weight_profiles.csv), and has a "
        "plan of its own within the same purses and floors. Columns: whose weights turn out to be "
        "right; given up: what the plan of the row covers less than the best plan for them could, "
        "in points, from what was found to what is proven. Whatever the weights, the plan for "
        f"{_weights_of(regret['least'])} gives up {100 * least['largest_regret_high']:.1f} points "
        f"at most; {sure}."
    )
