"""The question within one period: one budget, one network in service at the horizon."""

from __future__ import annotations

import numpy as np

from kansoku.cubes import provenance
from kansoku.cubes.findings import PortfolioFindings
from kansoku.design.cases import Answers
from kansoku.design.cases import answer as answer_cases
from kansoku.design.load import load_of
from kansoku.design.problem import Problem
from kansoku.design.question import contributor_credit, problem_of, repriced
from kansoku.progress import Progress, Stopwatch
from kansoku.study.scope import Scope, Witness, supply_of
from kansoku.study.secondlook import Examiner, interrupted


def answer(
    scope: Scope, witness: Witness, watch: Stopwatch, progress: Progress
) -> PortfolioFindings:
    """Choose the portfolio, answer the cases around it, and look at it again."""
    problem = question(scope, witness)
    watch.ended("demand cells")
    answers = decide(scope, problem, progress)
    watch.ended("design")
    return gather(scope, witness, problem, answers)


def question(scope: Scope, witness: Witness) -> Problem:
    """Turn what is seen into the design problem."""
    config = scope.config
    return problem_of(
        scope.network,
        witness.coverage.tracks,
        witness.clear,
        witness.weight,
        config.coverage,
        config.design,
        config.network,
        supply_of(scope) if config.design.capacity == "block" else None,
        scope.device,
    )


def decide(scope: Scope, problem: Problem, progress: Progress) -> Answers:
    """Choose the portfolio, and answer the cases around it."""
    return answer_cases(
        problem,
        lambda level: repriced(scope.network, problem, level),
        scope.config.design,
        scope.config.network.cost_level,
        scope.workers,
        progress,
    )


def gather(scope: Scope, witness: Witness, problem: Problem, answers: Answers) -> PortfolioFindings:
    """Look again at what stays unseen and at the slots, and put everything found together."""
    config, seen = scope.config, witness.coverage
    examiner = Examiner(scope, witness, np.zeros(len(scope.targets), dtype=np.intp))
    chosen, today, best = (
        contributor_credit(scope.network, problem, design)[:, None]
        for design in (answers.portfolio.design, problem.nothing(), problem.everything())
    )
    then, now = examiner.values((chosen, today))
    unseen = examiner.unseen(chosen), examiner.unseen(today)
    return PortfolioFindings(
        config=config,
        targets=scope.targets,
        network=scope.network,
        coverage=seen,
        clear=witness.clear,
        weight=witness.weight,
        years=(config.design.horizon_fy,),
        chosen=(then,),
        today=(now,),
        unseen=unseen,
        attainable=examiner.value(best),
        attainable_own=examiner.value(examiner.own(best)),
        load=load_of(
            scope.network, seen, scope.targets, scope.grids, scope.demand, config.coverage.credit
        ),
        slots=examiner.within_slots((chosen, today)),
        provenance=provenance.of(
            scope.loaded,
            scope.xp,
            scope.targets,
            scope.network,
            seen,
            scope.grids,
            interrupted(unseen),
        ),
        problem=problem,
        answers=answers,
    )
