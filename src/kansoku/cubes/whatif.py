"""What other questions over fiscal years would have been answered, beside the plan."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from kansoku.cubes.coordinates import sensor_rows
from kansoku.cubes.findings import ProgrammeFindings
from kansoku.cubes.variables import Variables, fraction, money, switch, text, variable
from kansoku.design.programme.answer import Plan
from kansoku.design.programme.parts import NONE
from kansoku.design.value.what_if import Answered

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]

BESIDE = ("plan_profile", "weight_profile")


def axes(found: ProgrammeFindings) -> Variables:
    """Coordinates of the questions and of the profiles of weights; empty where none is asked."""
    answers, regret = found.what_if.answers, found.what_if.regret
    profiles = regret.profiles if regret else ()
    return {
        "what_if": text(("what_if",), [one.label for one in answers], "changed question"),
        "what_if_kind": text(("what_if",), [one.kind for one in answers], "what is changed"),
        "what_if_of": text(
            ("what_if",),
            [one.of for one in answers],
            "purse, partner or profile that is changed, empty for all of them",
        ),
        "weight_profile": text(
            ("weight_profile",), profiles, "weights of the demand, the study's own first"
        ),
        "plan_profile": text(
            ("plan_profile",), profiles, "weights of the demand that a plan was made for"
        ),
    }


def answers(found: ProgrammeFindings) -> Variables:
    """Return what each changed question reaches, what that changes, and what its plan chooses."""
    dims, given = ("what_if",), found.what_if.answers
    plans = [one.plan for one in given]
    return {
        "what_if_answered": switch(
            dims, [plan is not None for plan in plans], "whether a plan was found"
        ),
        "what_if_reason": text(dims, [one.reason for one in given], "why none was"),
        "what_if_coverage": fraction(
            dims, _numbers(plans, "objective"), "objective of the best plan found"
        ),
        "what_if_bound": fraction(dims, _numbers(plans, "bound"), "proven bound on any plan"),
        "what_if_mip_gap": variable(dims, _numbers(plans, "gap"), "proven relative gap"),
        "what_if_change_low": variable(
            dims, _ends(given, "low"), "least change of the best objective that is possible"
        ),
        "what_if_change_high": variable(
            dims, _ends(given, "high"), "largest change of the best objective that is possible"
        ),
        "what_if_spent": money(
            dims, [np.nan if plan is None else plan.spent_mjpy.sum() for plan in plans], "spent"
        ),
        "what_if_sensor_ordered": switch(
            ("what_if", "sensor"), _ordered(found, plans), "whether its plan orders the sensor"
        ),
        "what_if_arrangement_signed": switch(
            ("what_if", "arrangement"),
            _signed(found, plans),
            "whether its plan ever has an arrangement in force that is not in force before",
        ),
        **_regret(found),
    }


def _numbers(plans: list[Plan | None], name: str) -> FloatArray:
    return np.array([np.nan if plan is None else getattr(plan, name) for plan in plans])


def _ends(given: tuple[Answered, ...], name: str) -> FloatArray:
    """Return one end of every price; nan where the objective is another, or without answer."""
    return np.array([np.nan if one.price is None else getattr(one.price, name) for one in given])


def _ordered(found: ProgrammeFindings, plans: list[Plan | None]) -> BoolArray:
    """Whether each plan ever orders each entry of dimension `sensor`, (plans, sensors)."""
    names = found.network.id[sensor_rows(found.network)]
    options = np.array(found.programme.options.names)
    rows = [
        np.isin(names, options[plan.decision.ordered != NONE] if plan else []) for plan in plans
    ]
    return np.array(rows, dtype=bool).reshape(len(plans), len(names))


def _signed(found: ProgrammeFindings, plans: list[Plan | None]) -> BoolArray:
    """Whether each plan has each arrangement in force that is new, (plans, R)."""
    sharing = found.programme.sharing
    new = ~sharing.in_force
    rows = [
        new & plan.decision.in_force.any(axis=1) if plan else np.zeros(len(new)) for plan in plans
    ]
    return np.array(rows, dtype=bool).reshape(len(plans), len(new))


def _regret(found: ProgrammeFindings) -> Variables:
    """Return the plans of all profiles, each valued under the weights of all."""
    regret = found.what_if.regret
    none = np.zeros((0, 0))
    value, low, high = (regret.value, regret.low, regret.high) if regret else (none, none, none)
    return {
        "profile_weight": fraction(
            ("weight_profile", "group"), found.what_if.weights, "share of the demand of a regime"
        ),
        "profile_coverage": fraction(
            BESIDE, value, "objective of the plan, the demand weighed by the profile"
        ),
        "profile_regret_low": variable(
            BESIDE, low, "least that the plan gives up against the best plan for the profile"
        ),
        "profile_regret_high": variable(
            BESIDE, high, "most that the plan gives up against the best plan for the profile"
        ),
    }
