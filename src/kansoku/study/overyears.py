"""The question over fiscal years: who orders and signs what in which year, and what survives."""

from __future__ import annotations

from dataclasses import replace
from typing import get_args

import numpy as np
import numpy.typing as npt

from kansoku import network
from kansoku.config import DesignSection
from kansoku.configfields import StressKind
from kansoku.configprogramme import SUPPLIER_DELAY_YEARS
from kansoku.coverage.sources import sources_of
from kansoku.cubes import provenance
from kansoku.cubes.findings import ProgrammeFindings, TwoLost
from kansoku.design.cases import told
from kansoku.design.load import load_of
from kansoku.design.portfolio import Effort
from kansoku.design.programme import Programme, pairs, reciprocity
from kansoku.design.programme.answer import Plan
from kansoku.design.programme.beneficiaries import beneficiaries_of, satellites_of
from kansoku.design.programme.losses import losses_of
from kansoku.design.programme.parties import parties_of
from kansoku.design.programme.question import programme_of, section_of
from kansoku.design.programme.review import Review, outcome_of
from kansoku.design.programme.settled import settled
from kansoku.design.programme.standing import stressed
from kansoku.design.requirements import Seen
from kansoku.design.value import Years
from kansoku.design.value.marginal import marginal_values
from kansoku.design.value.what_if import WhatIf
from kansoku.network.accounts import Accounts
from kansoku.network.contributors import Network
from kansoku.progress import Progress, Stopwatch
from kansoku.study.scope import Scope, Witness
from kansoku.study.secondlook import Examiner, interrupted
from kansoku.study.whatif import Ask, Beside

IndexArray = npt.NDArray[np.intp]

MOST_PAIRS = 20
"""Pairs of losses that a cube holds."""


def answer(
    scope: Scope, witness: Witness, watch: Stopwatch, progress: Progress
) -> ProgrammeFindings:
    """Decide over the years, and look again at what the decision leads to."""
    config = scope.config
    accounts = network.accounts_of(scope.network, config.network, config.design)
    programme = question(scope, witness, accounts)
    beside = Beside(scope, witness, programme, asking(scope, witness, accounts))
    watch.ended("demand cells")
    programme, plan = decide(scope, programme, progress)
    watch.ended("design")
    others = replace(beside, programme=programme).answers(plan, progress)
    if others.answers:
        watch.ended("what if")
    return gather(scope, witness, accounts, programme, plan, others, progress)


def question(scope: Scope, witness: Witness, accounts: Accounts) -> Programme:
    """Turn what is seen into the programme."""
    ask = asking(scope, witness, accounts)
    return ask(scope.network, witness.weight, scope.config.design)


def asking(scope: Scope, witness: Witness, accounts: Accounts) -> Ask:
    """Return what makes the programme of the study, and of it with one thing changed."""
    config = scope.config

    def ask(network: Network, weight: npt.NDArray[np.int64], design: DesignSection) -> Programme:
        return programme_of(
            network,
            accounts,
            replace(seen_of(witness), weight=weight),
            scope.targets.norad_cat_id,
            config.coverage,
            design,
            config.network,
            satellites(scope, accounts),
        )

    return ask


def satellites(scope: Scope, accounts: Accounts) -> dict[str, IndexArray]:
    """Return which targets are satellites of the states that are to be served."""
    targets, asked = scope.targets, section_of(scope.config.design).beneficiaries
    return {
        state: satellites_of(
            targets.owner, targets.object_type, accounts.satcat_owners.get(state, ())
        )
        for state in asked
    }


def decide(scope: Scope, programme: Programme, progress: Progress) -> tuple[Programme, Plan]:
    """Find the best decision within the time, and prove how good it is.

    Returns
    -------
    programme : Programme
        With an aim for each pair of losses that had to be asked for.
    plan : Plan
    """
    asked = scope.config.design
    effort = Effort(asked.gap, asked.time_limit_s, asked.seed)

    def breaks(number: int, left: float) -> None:
        progress(
            f"design: {number} pairs of losses leave too little, the worst {100 * left:.1f} %; "
            "they are asked for from here on"
        )

    programme, plan = pairs.solve(programme, effort, told(progress, "design"), breaks)
    return programme, settled(programme, plan)


def gather(
    scope: Scope,
    witness: Witness,
    accounts: Accounts,
    programme: Programme,
    plan: Plan,
    beside: WhatIf,
    progress: Progress,
) -> ProgrammeFindings:
    """Look again at every year, loss and partner, and put everything found together."""
    config, seen = scope.config, witness.coverage
    review = review_of(scope, accounts, programme)
    decisions = plan.decision, review.of.nothing()
    examiner = Examiner(scope, witness, review.supply_part(scope.targets.norad_cat_id))
    credits = [credit for one in decisions for credit in review.credit(review.worth(one))]
    years = len(programme.years)
    values = examiner.values(credits)
    last = credits[years - 1], credits[-1]
    unseen = examiner.unseen(last[0]), examiner.unseen(last[1])
    best = review.credit(review.best[:, None])[0]
    served = beneficiaries_of(
        section_of(config.design).beneficiaries,
        scope.network.arrangements,
        satellites(scope, accounts),
        programme.years[0],
    )
    return ProgrammeFindings(
        config=config,
        targets=scope.targets,
        network=scope.network,
        coverage=seen,
        clear=witness.clear,
        weight=witness.weight,
        years=programme.years,
        chosen=values[:years],
        today=values[years:],
        unseen=unseen,
        attainable=examiner.value(best),
        attainable_own=examiner.value(examiner.own(best)),
        load=load_of(
            scope.network, seen, scope.targets, scope.grids, scope.demand, config.coverage.credit
        ),
        slots=examiner.within_slots(last),
        provenance=provenance.of(
            scope.loaded,
            scope.xp,
            scope.targets,
            scope.network,
            seen,
            scope.grids,
            interrupted(unseen),
        ),
        accounts=accounts,
        parties=review.parties,
        programme=programme,
        plan=plan,
        outcomes=(outcome_of(review.of, decisions[0]), outcome_of(review.of, decisions[1])),
        supply_part=examiner.part,
        supply_up_to=review.supply_up_to,
        marginal=marginal_values(
            Years(programme, plan.decision, floors=False), workers=scope.workers
        ),
        stressed=stressed(
            review,
            seen_of(witness),
            scope.targets.norad_cat_id,
            decisions,
            config.coverage.credit,
            lambda done, total: progress("losses", done, total),
            scope.workers,
        ),
        pairs=worst_pairs(programme, plan),
        what_if=beside,
        served=served,
        served_fraction=np.array([examiner.credited(credits, one.satellites) for one in served])
        .reshape(len(served), 2, years)
        .transpose(1, 2, 0),
    )


def worst_pairs(programme: Programme, plan: Plan) -> tuple[TwoLost, ...]:
    """Return the pairs of losses that leave least of a plan, where pairs are asked for."""
    if programme.pairs is None:
        return ()
    worst = pairs.of_decision(programme, programme.pairs, plan.decision)[:MOST_PAIRS]
    name = [loss.name for loss in programme.pairs.losses]
    return tuple(
        TwoLost(name[one.first], name[one.second], one.year, one.left, programme.pairs.at_least)
        for one in worst
    )


def review_of(scope: Scope, accounts: Accounts, programme: Programme) -> Review:
    """Prepare a look at a decision through every loss that has a name."""
    config, section = scope.config, section_of(scope.config.design)
    gaining = reciprocity.gaining(scope.network.arrangements) if section.gains else ()
    return Review(
        programme,
        scope.network,
        parties_of(scope.network, gaining),
        config.coverage,
        losses_of(
            scope.network,
            accounts,
            get_args(StressKind),
            section.stress.supplier_delay_years if section.stress else SUPPLIER_DELAY_YEARS,
        ),
        sources_of(scope.network, config.coverage, config.network.owner),
    )


def seen_of(witness: Witness) -> Seen:
    """Return what is seen as design takes it."""
    return Seen(witness.coverage.tracks, witness.clear, witness.weight)
