"""Profiles of weights: their table, and the regret of a small study against every design."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from kansoku.constants import REGIMES
from kansoku.coverage.demand import demand_weights
from kansoku.coverage.profiles import weight_profiles
from kansoku.coverage.value import value_of
from kansoku.design.portfolio import Effort
from kansoku.design.question import contributor_credit
from kansoku.design.value.profiles import objectives, regret_of
from kansoku.errors import CoverageError, DesignError
from small_study import small_findings

TABLE = Path(__file__).parent.parent / "sites" / "weight_profiles.csv"
EXACT = Effort(gap=1e-9, time_limit_s=60.0)
SHORT_MJPY = 1600.0  # money for some of the sensors only


def test_three_profiles_that_each_share_out_the_whole_demand():
    found = weight_profiles()
    assert [one.name for one in found] == ["security", "economy", "environment"]
    for one in found:
        assert set(one.weights) == set(REGIMES)
        assert sum(one.weights.values()) == pytest.approx(1.0)
        assert one.assumptions == (f"A-COV-WEIGHTS-{one.name.upper()}",)


def test_a_table_of_ones_own(tmp_path):
    own = tmp_path / "own.csv"
    own.write_text(
        "profile,regime,weight,assumption,source,confidence\nnear,LEO,0.7,A-1,guess,C\n"
        "near,GEO,0.3,A-2,guess,C\n"
    )
    (only,) = weight_profiles(own)
    assert only.weights == {"LEO": 0.7, "GEO": 0.3}
    assert only.assumptions == ("A-1", "A-2")


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("security,LEO,0.35", "security,LEO,heavy", "own.csv:2: weight: got heavy"),
        ("security,LEO,0.35", "security,LEO,-1", "own.csv:2: weight: got"),
        ("security,LEO", "security,LUNA", "own.csv:2: regime: got 'LUNA'"),
        ("security,MEO", "security,LEO", "own.csv:3: "),
    ],
)
def test_damage_is_named_by_line(tmp_path, old, new, words):
    own = tmp_path / "own.csv"
    own.write_text(TABLE.read_text("utf-8").replace(old, new, 1))
    with pytest.raises(CoverageError, match=words):
        weight_profiles(own)


def test_a_profile_without_weight_is_refused(tmp_path):
    own = tmp_path / "own.csv"
    own.write_text("profile,regime,weight,assumption,source,confidence\nno,LEO,0,A-1,guess,C\n")
    with pytest.raises(CoverageError, match="profile no has no weight above 0"):
        weight_profiles(own)


@pytest.fixture(scope="module")
def study():
    return small_findings()


@pytest.fixture(scope="module")
def found(study):
    terms = objectives(
        study.network,
        study.targets,
        study.coverage.tracks,
        study.clear,
        study.config.coverage,
        "JPN",
        weight_profiles(),
    )
    return regret_of(study.problem.with_budget(SHORT_MJPY), terms, EXACT)


def test_values_are_those_of_coverage_under_each_profile(study, found):
    table, answers = found
    for a, answer in enumerate(answers):
        credit = contributor_credit(study.network, study.problem, answer.design)
        for k, one in enumerate(weight_profiles()):
            weight = demand_weights(
                study.targets, one.weights, study.coverage.tracks.shape[2], len(study.clear)
            )
            steps = study.config.coverage.credit
            whole = value_of(
                study.coverage.tracks, study.clear, credit, study.targets, weight, steps
            )
            assert table.value[a, k] == pytest.approx(whole.credited.mean(), abs=1e-6)


def test_no_answer_beats_the_best_of_its_own_profile(found):
    table, answers = found
    assert np.diag(table.low) == pytest.approx(0.0, abs=1e-12)
    assert (table.high >= table.low).all()
    assert (table.high - table.low).max() <= 1e-8
    assert table.worst[1][table.minimax] == table.worst[1].min()
    assert len({answer.design.key() for answer in answers}) > 1  # weights matter here


def test_weights_decide_nothing_where_cost_is_minimised(study):
    with pytest.raises(DesignError, match="minimises cost"):
        regret_of(replace(study.problem, min_coverage=0.1), {}, EXACT)
