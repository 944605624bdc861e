"""What contradicts itself in a question over years, told with its place and the way to mend."""

import pytest

import programme_study
from kansoku import configfile, study
from kansoku.design.programme import View
from kansoku.errors import DesignError, KansokuError, NetworkError
from kansoku.network import load_tables
from table_folder import copy_tables, edit

TABLES = {
    "circular prerequisites": (
        "arrangements", "USA-T3", {"needs": "CSPO-T3"},
        r"arrangements.csv:\d+: needs: .*CSPO-T3.*; ",
    ),
    "an unknown partner": (
        "arrangements", "AUS-T3", {"partner": "ATL"},
        r"arrangements.csv:\d+: partner: got 'ATL', which partners.csv does not hold; add it there",
    ),
    "a tier above every ceiling": (
        "arrangements", "KOR-T3", {"tier_given": "5", "partner": "THA"},
        r"arrangements.csv:\d+: tier_given: got 5 for THA, above the ceiling 4 .*; lower the tier",
    ),
    "a purse that never opens": (
        "purses", "partner",
        {"budget_mjpy_yr_low": "0", "budget_mjpy_yr_mid": "0", "budget_mjpy_yr_high": "0"},
        r"purses.csv:\d+: budget_mjpy_yr_high: got 0: the purse partner never opens; write",
    ),
    "a state that is no state": (
        "arrangements", "SERVICE-THA", {"beneficiary": "ATL"},
        r"arrangements.csv:\d+: beneficiary: got 'ATL', which partners.csv does not hold",
    ),
}  # fmt: skip


@pytest.mark.parametrize("wrong", TABLES)
def test_a_table_that_contradicts_itself_is_told_by_file_line_and_column(tmp_path, wrong):
    table, row, change, said = TABLES[wrong]
    folder = copy_tables(tmp_path)
    edit(folder, table, row, **change)
    with pytest.raises(NetworkError, match=said):
        load_tables(folder)


STUDIES = {
    "a purse that never opens": (
        "defence: {budget_mjpy: 900}", "defence: {budget_mjpy: [0, 0, 0, 0, 0]}",
        "design.programme.purses.defence.budget_mjpy: got [0, 0, 0, 0, 0], must be above 0 in "
        "some year, or the purse never opens; raise it",
    ),
    "a purse that opens after the horizon": (
        "defence: {budget_mjpy: 900}", "defence: {budget_mjpy: {2040: 900}}",
        "design.programme.purses.defence.budget_mjpy: got {'2040': 900}, must name years from ",
    ),
    "a floor above what all sensors reach": (
        "2031: 0.58", "2031: 1.0",
        "design.programme: autonomy in FY2031: at least 1 is asked for, but all sensors and "
        "arrangements together reach ",
    ),
    "an unknown arrangement": (
        "USA-T4, AUS-T3", "USA-T9, AUS-T3",
        "network.arrangements[3]: got 'USA-T9', must be a sharing arrangement; did you mean",
    ),
    "prerequisites that are not on offer": (
        "KOR-T4, HOST-AUS", "CSPO-HUB, HOST-AUS",
        "network.arrangements: CSPO-HUB needs CSPO-T3, and none is on offer; add CSPO-T3, or",
    ),
}  # fmt: skip


@pytest.mark.parametrize("wrong", STUDIES)
def test_a_study_that_cannot_be_answered_is_told_by_key(tmp_path, wrong):
    old, new, said = STUDIES[wrong]
    path = programme_study.write(tmp_path, old=old, new=new)
    with pytest.raises(KansokuError) as told:
        study.run_to_folder(configfile.load_config(path), tmp_path / "out")
    assert said in str(told.value)
    assert not (tmp_path / "out").exists()


def test_a_view_of_a_partner_after_a_loss_is_refused():
    said = r"view both: got void arrangements \[2\] for partner 1, but .*; leave out one of the two"
    with pytest.raises(DesignError, match=said):
        View("both", void=(2,), partner=1)
    assert View("gain", partner=1).void == ()
