"""Which limits of a programme a decision breaks, by name: the linear families, without coverage.

Names are those of the constraints in the master. The first limit that is broken ends the check,
the likeliest first: local search mostly asks in vain for lack of money.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from kansoku.design.programme.decision import MONEY, Consequences, Decision
from kansoku.design.programme.parts import NONE
from kansoku.design.programme.release import TRACKS

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]


def broken(of: Consequences, decision: Decision) -> str:
    """Return the name of a limit that a decision breaks, '' when it keeps all of them."""
    return next(_broken(of, decision), "")


def _broken(of: Consequences, decision: Decision) -> Iterator[str]:
    service = of.service(decision)
    yield from _money(of, decision)
    yield from _industry(of, decision, service)
    yield from _service(of, decision, service)
    yield from _sharing(of, decision)
    if (of.programme.asked_for & ~decision.in_force).any():
        yield "in_force_as_asked"
    if _overtasked(of, decision, service):
        yield "slots_are_reserved"


def _money(of: Consequences, decision: Decision) -> Iterator[str]:
    purses = of.programme.purses
    room = MONEY * np.maximum(np.abs(purses.budget_mjpy), 1.0)
    if (of.carried_mjpy(of.spent_mjpy(decision)) < -room).any():
        yield "spent_within_budget"
    committed, tail = _committed(of, decision)
    if (committed > _eased(purses.authority_mjpy)).any():
        yield "committed_within_authority"
    if (tail > _eased(purses.tail_mjpy)).any():
        yield "left_to_pay_within_tail"


def _eased(limit: FloatArray) -> FloatArray:
    return limit + MONEY * np.maximum(np.where(np.isfinite(limit), limit, 0.0), 1.0)


def _committed(of: Consequences, decision: Decision) -> tuple[FloatArray, FloatArray]:
    """Return what each purse commits by year, (F, T), and owes after the last year, (F,)."""
    programme = of.programme
    options, sharing = programme.options, programme.sharing
    committed, tail = np.zeros(programme.purses.budget_mjpy.shape), np.zeros(len(programme.purses))
    chosen = np.flatnonzero(decision.ordered != NONE)
    paid = of.paid_mjpy[chosen, decision.ordered[chosen]]
    np.add.at(committed, (options.purse[chosen], decision.ordered[chosen]), paid.sum(axis=1))
    np.add.at(tail, options.purse[chosen], paid[:, of.years :].sum(axis=1))
    for r, t in np.argwhere(of.signed(decision)):
        fees = sum(programme.fees_mjpy(int(r), int(t)).values())
        committed[sharing.purse[r], t] += sharing.setup_mjpy[r] * programme.price_of(int(t)) + fees
        tail[sharing.purse[r]] += programme.fees_later_mjpy(int(r), int(t))
    return committed, tail


def _industry(of: Consequences, decision: Decision, service: BoolArray) -> Iterator[str]:
    options, industry = of.programme.options, of.programme.industry
    bought = np.where(decision.ordered != NONE, options.payments_mjpy.sum(axis=1), 0.0)
    for g in range(len(industry)):
        excess = bought[options.supplier == g].sum() - industry.most_share[g] * bought.sum()
        if excess > _eased(industry.allowance_mjpy[g : g + 1])[0]:
            yield "supplier_within_share"
    for f in range(len(of.programme.purses)):
        busy = (options.staff[:, None] * service)[options.purse == f].sum(axis=0)
        if (busy > _eased(of.programme.purses.staff[f])).any():
            yield "staff_at_hand"


def _service(of: Consequences, decision: Decision, service: BoolArray) -> Iterator[str]:
    options, places = of.programme.options, of.programme.places
    chosen = np.flatnonzero(decision.ordered != NONE)
    if any((int(i), int(decision.ordered[i])) not in of.possible for i in chosen):
        yield "ordered_once"
    if _crowded(options.mount, service, np.ones(int(options.mount.max(initial=NONE)) + 1)):
        yield "one_sensor_a_mount"
    if _crowded(options.site, service, places.most_sensors):
        yield "site_has_room"
    if (decision.kept[:, 1:] & ~decision.kept[:, :-1]).any():
        yield "retired_for_good"
    guests = options.host != NONE
    if (service[guests] & ~decision.in_force[options.host[guests]]).any():
        yield "hosted_while_agreed"


def _crowded(place: npt.NDArray[np.intp], service: BoolArray, most: FloatArray) -> bool:
    """Whether more sensors are in service at a place than it takes, in some year."""
    there = np.zeros((len(most), service.shape[1]))
    at = place != NONE
    np.add.at(there, place[at], service[at].astype(float))
    return bool((there > most[:, None]).any())


def _sharing(of: Consequences, decision: Decision) -> Iterator[str]:
    sharing, in_force = of.programme.sharing, decision.in_force
    for r, t in np.argwhere(of.started(decision)):
        if t < sharing.lead_years[r]:
            yield "in_force_once_started"
        if not in_force[r, t : t + int(sharing.term_years[r])].all():
            yield "kept_for_its_term"
    for r in np.flatnonzero(sharing.in_force):
        if not in_force[r, : int(sharing.notice_years[r])].all():
            yield "kept_for_its_term"
    for r, groups in enumerate(sharing.needs):
        if any((in_force[r] & ~in_force[list(group)].any(axis=0)).any() for group in groups):
            yield "needs_another"
    for group in sharing.excludes:
        if (in_force[list(group)].sum(axis=0) > 1).any():
            yield "one_of_a_group"


def _overtasked(of: Consequences, decision: Decision, service: BoolArray) -> bool:
    """Whether partners who are given tracks take more slots of a sensor than it may give."""
    release = of.programme.release
    if of.programme.tiers < TRACKS:
        return False
    given = of.given(decision)[:, TRACKS - 1]
    taking = decision.tasked * given * (release.ceiling >= TRACKS)[:, :, None]
    taken = np.einsum("ip,ipt->it", release.slots, taking)
    most = (1.0 - release.reserve)[:, None] * service
    return bool((taken > most + MONEY).any())
