"""The whole loop with all coverage functions mixed, against exhaustive search."""

import numpy as np
import pytest

from kansoku.design.infeasible import InfeasibleError
from kansoku.design.portfolio import Effort
from kansoku.design.search import solve
from mixed_cases import mixed_case, problem_of
from naive import terms as naive

EXACT = Effort(gap=1e-9, time_limit_s=60.0)
SEEDS = range(220)
QUICK = 40


def check(seed):
    """Solve one question and compare the answer, its bound and its coverage with the oracle."""
    case = mixed_case(seed)
    expected = naive.best_design(case)
    if expected is None:
        with pytest.raises(InfeasibleError):
            solve(problem_of(case), EXACT)
        return
    found = solve(problem_of(case), EXACT)
    assert found.proven
    assert found.objective == pytest.approx(expected, abs=1e-9)
    sign = -1.0 if case["minimise_cost"] else 1.0
    assert sign * found.bound >= sign * expected - 1e-9
    built = {int(name[1:]) for name in found.chosen}
    signed = {int(name[1:]) for name in found.arrangements}
    new = {r for r in signed if not case["in_force"][r]}
    assert found.cost_mjpy == pytest.approx(naive.cost_of(case, built, new))
    weights = naive.row_weights(case, built, naive.tiers_of(case, signed))
    for (term, at_least), reached in zip(case["requirements"], found.coverage, strict=True):
        assert reached == pytest.approx(naive.value(term, weights), abs=1e-11)
        assert reached >= at_least - 1e-9


@pytest.mark.parametrize("seed", SEEDS[:QUICK])
def test_the_best_design_equals_exhaustive_search(seed):
    check(seed)


@pytest.mark.slow
@pytest.mark.parametrize("seed", SEEDS[QUICK:])
def test_the_best_design_equals_exhaustive_search_on_many_more(seed):
    check(seed)


def forms_of(term):
    parts = [*term.get("parts", ()), *([term["part"]] if "part" in term else [])]
    return {term["form"], *(form for part in parts for form in forms_of(part))}


def test_the_cases_mix_what_they_should():
    cases = [mixed_case(seed) for seed in SEEDS]
    objectives = [forms_of(case["requirements"][0][0]) for case in cases]
    floors = [forms_of(term) for case in cases for term, _ in case["requirements"][1:]]
    for form in ("count", "best", "distinct", "miss", "strict", "all_of",
                 "mean", "least", "without"):  # fmt: skip
        assert sum(form in forms for forms in objectives) >= 20
        assert sum(form in forms for forms in floors) >= 10
    kinds = [{kind for kind, _ in case["rows"]} for case in cases]
    assert sum("always" in kind for kind in kinds) >= 40
    assert sum(any(case["in_force"]) for case in cases) >= 20
    assert sum(case["minimise_cost"] for case in cases) >= 20
    assert sum(len(case["opening"]) > 0 for case in cases) >= 60
    answers = [naive.best_design(case) for case in cases[:QUICK]]
    assert 1 <= sum(answer is None for answer in answers) <= QUICK // 2
    assert np.count_nonzero(answers) >= QUICK // 2
