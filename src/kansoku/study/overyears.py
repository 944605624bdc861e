"""The question over fiscal years: who orders and signs what in which year, and what survives."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt

from kansoku import network
from kansoku.config import DesignSection
from kansoku.cubes.findings import ProgrammeFindings
from kansoku.design.cases import told
from kansoku.design.portfolio import Effort
from kansoku.design.programme import Programme, pairs
from kansoku.design.programme.answer import Plan
from kansoku.design.programme.beneficiaries import beneficiaries_of, satellites_of
from kansoku.design.programme.question import programme_of, section_of
from kansoku.design.programme.settled import settled
from kansoku.network.accounts import Accounts
from kansoku.network.contributors import Network
from kansoku.progress import Progress, Stopwatch
from kansoku.study.gathering import Gathering, seen_of
from kansoku.study.scope import Scope, Witness
from kansoku.study.whatif import Ask, Beside

IndexArray = npt.NDArray[np.intp]


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
    served = beneficiaries_of(
        section_of(config.design).beneficiaries,
        scope.network.arrangements,
        satellites(scope, accounts),
        programme.years[0],
    )
    return Gathering(scope, witness, accounts, programme, plan, served, others, progress).findings()


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
            replace(seen_of(scope, witness), weight=weight),
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
