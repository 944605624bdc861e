"""What the portfolio costs and contains, and how the cases around it compare."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from kansoku.constants import LEVELS
from kansoku.cubes.coordinates import sensor_rows
from kansoku.cubes.findings import PortfolioFindings
from kansoku.cubes.variables import Variables, fraction, money, switch, text, variable
from kansoku.design.cases import Case
from kansoku.design.problem import Design

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]

PAID = ("design", "year", "purse")
YEARLY = ("design", "fiscal_year", "purse")


def axes(found: PortfolioFindings) -> Variables:
    """Coordinates of payments and of the cases around the answer."""
    design = found.config.design
    fiscal_years = np.arange(design.decision_fy, design.horizon_fy + 1)
    steps = len(found.answers.frontier)
    return {
        "fiscal_year": variable(("fiscal_year",), fiscal_years, "Japanese fiscal year of payment"),
        "purse": text(("purse",), [found.config.network.owner], "who pays"),
        "cost_level": text(("cost_level",), LEVELS, "level of the costs"),
        "pareto_step": variable(("pareto_step",), np.arange(steps), "budget, rising"),
    }


def choices(found: PortfolioFindings) -> Variables:
    """Which sensors are in service and which arrangements in force, for both designs."""
    designs = _designs(found)
    sensors = np.stack([_in_service(found, design) for design in designs])
    arrangements = np.stack([_in_force(found, design) for design in designs])
    built = np.stack([_built(found, design) for design in designs])
    return {
        "sensor_in_service": switch(
            ("design", "year", "sensor"), sensors[:, None], "whether the sensor is in service"
        ),
        "sensor_added": switch(("design", "sensor"), built, "whether the design builds the sensor"),
        "arrangement_in_force": switch(
            ("design", "year", "arrangement"), arrangements[:, None], "whether it is in force"
        ),
        "arrangement_in_force_before": switch(
            ("arrangement",), found.problem.arrangements.in_force, "whether it is in force already"
        ),
        "partner_tier": variable(
            ("design", "year", "partner"),
            np.stack([found.problem.tiers(design) for design in designs])[:, None],
            "richest information tier received, 0 for none",
        ),
        "partner_tier_credit": fraction(
            ("partner", "tier"), found.problem.tier_credit, "worth of a track received at a tier"
        ),
    }


def payments(found: PortfolioFindings) -> Variables:
    """Return what is paid in each fiscal year, and in all of them together."""
    profile = {
        name: np.stack([_profile(found, design)[name] for design in _designs(found)])
        for name in ("capex", "opex", "data_fee")
    }
    words = {
        "capex": "capital cost of sensors and site openings",
        "opex": "running cost of added sensors from their first year in service",
        "data_fee": "set-up, gateway and fees of arrangements signed",
    }
    total = "fiscal_year: sum"
    opening = [_opening(found, design) for design in _designs(found)]
    return {
        **{
            name: money(PAID, profile[name].sum(axis=1)[:, None, None], text_, cell_methods=total)
            for name, text_ in words.items()
        },
        **{
            f"{name}_by_year": money(
                YEARLY, profile[name][..., None], f"{text_}, by year of payment"
            )
            for name, text_ in words.items()
        },
        "site_opening": money(
            PAID,
            np.array(opening)[:, None, None],
            "cost of opening sites, contained in capex",
            cell_methods=total,
        ),
        "budget": money((), found.problem.budget_mjpy, "most that may be paid to the horizon"),
        "autonomy_floor": fraction(
            (),
            found.config.design.autonomy_min,
            "least share of the demand that the owner's sensors must cover alone",
        ),
    }


def cases(found: PortfolioFindings) -> Variables:
    """Answers at other budgets, at other prices, and with one more billion yen."""
    levels = [_chosen_cost(found, level) for level in range(len(LEVELS))]
    own = [case.budget_mjpy == found.problem.budget_mjpy for case in found.answers.frontier]
    return {
        **_answers(found, "pareto", "pareto_step", found.answers.frontier),
        "pareto_is_study": switch(("pareto_step",), own, "whether it is the study's own budget"),
        **_answers(found, "price", "cost_level", found.answers.prices),
        "price_chosen_cost": money(
            ("cost_level",), levels, "cost of the chosen portfolio at each level"
        ),
        **_scalars(_answers(found, "next_billion", "case", (found.answers.next_billion,))),
    }


def _answers(
    found: PortfolioFindings, prefix: str, dim: str, points: tuple[Case, ...]
) -> Variables:
    solved = [case.portfolio for case in points]
    dims = (dim,)

    def numbers(field: str) -> list[float]:
        return [np.nan if one is None else float(getattr(one, field)) for one in solved]

    nothing = found.problem.nothing()
    designs = [nothing if one is None else one.design for one in solved]
    reached = [one is not None for one in solved]
    return {
        f"{prefix}_budget": money(dims, [case.budget_mjpy for case in points], "budget"),
        f"{prefix}_feasible": switch(dims, reached, "whether a design meets every floor"),
        f"{prefix}_reason": text(dims, [case.reason for case in points], "why none does"),
        f"{prefix}_cost": money(dims, numbers("cost_mjpy"), "cost of the best design found"),
        f"{prefix}_coverage": fraction(dims, numbers("objective"), "its credited coverage"),
        f"{prefix}_bound": fraction(dims, numbers("bound"), "proven bound on any design"),
        f"{prefix}_mip_gap": variable(dims, numbers("gap"), "proven relative gap"),
        f"{prefix}_sensor_added": switch(
            (*dims, "sensor"),
            np.stack([_built(found, design) for design in designs]),
            "whether its design builds the sensor",
        ),
        f"{prefix}_arrangement_in_force": switch(
            (*dims, "arrangement"),
            np.stack([_in_force(found, design) for design in designs]),
            "whether its design has the arrangement",
        ),
    }


def _scalars(variables: Variables) -> Variables:
    """Drop the dimension of the one case there is."""
    return {name: one.isel(case=0) for name, one in variables.items()}


def _designs(found: PortfolioFindings) -> tuple[Design, Design]:
    return found.answers.portfolio.design, found.problem.nothing()


def _candidates(found: PortfolioFindings) -> npt.NDArray[np.intp]:
    """Contributor of each candidate of the problem, (I,)."""
    return np.flatnonzero(found.network.role == "candidate")


def _built(found: PortfolioFindings, design: Design) -> BoolArray:
    """Whether a design builds each entry of dimension `sensor`."""
    built = np.zeros(len(found.network), dtype=bool)
    built[_candidates(found)] = design.built
    return built[sensor_rows(found.network)]


def _in_service(found: PortfolioFindings, design: Design) -> BoolArray:
    existing = found.network.role[sensor_rows(found.network)] == "own"
    return np.asarray(existing | _built(found, design))


def _in_force(found: PortfolioFindings, design: Design) -> BoolArray:
    return design.signed | found.problem.arrangements.in_force


def _opening(found: PortfolioFindings, design: Design) -> float:
    problem = found.problem
    return float(problem.sites.opening_mjpy[problem.opened(design)].sum())


def _profile(found: PortfolioFindings, design: Design) -> dict[str, FloatArray]:
    """Payments by fiscal year: capital in the decision year, running cost and fees as they fall."""
    section, network = found.config.design, found.network
    years = np.arange(section.decision_fy, section.horizon_fy + 1)
    built = _candidates(found)[design.built]
    capex, fees = np.zeros(len(years)), np.zeros(len(years))
    capex[0] = network.capex_mjpy[built].sum() + _opening(found, design)
    running = years[:, None] >= network.service_fy[None, built]
    signed = design.signed & ~found.problem.arrangements.in_force
    for index in np.flatnonzero(signed):
        option = network.arrangements[index]
        fees += option.fee_mjpy_per_year
        fees[0] += option.cost_mjpy - option.fee_mjpy_per_year * len(years)
    return {"capex": capex, "opex": running @ network.opex_mjpy_per_year[built], "data_fee": fees}


def _chosen_cost(found: PortfolioFindings, level: int) -> float:
    """Cost of the chosen portfolio at the low, mid or high costs."""
    network, problem = found.network, found.problem
    design = found.answers.portfolio.design
    costs = (network.cost_low_mjpy, network.cost_mid_mjpy, network.cost_high_mjpy)[level]
    opened = [problem.sites.names[s] for s in np.flatnonzero(problem.opened(design))]
    signed = np.flatnonzero(design.signed & ~problem.arrangements.in_force)
    arrangements = [problem.arrangements.names[r] for r in signed]
    return float(
        costs[_candidates(found)[design.built]].sum()
        + sum(network.site_opening_mjpy[name][level] for name in opened)
        + sum(network.arrangement_cost_levels[name][level] for name in arrangements)
    )
