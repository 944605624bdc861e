"""What contradicts itself in a question over years, told with its place and the way to mend."""

import pytest
import xarray as xr

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


TOLD_WITH_THE_REST = {
    "a kind of loss twice": (
        "kinds: [site, partner, link]", "kinds: [site, site]",
        "design.programme.stress.kinds: got ['site', 'site'], must name each once; remove the "
        "second 'site'",
    ),
    "a year of stress twice": (
        "years: [2030, 2031]", "years: [2030, 2030]",
        "design.programme.stress.years: got [2030, 2030], must name each once; remove the second "
        "2030",
    ),
    "a fiscal year in two spellings": (
        "{2030: 0.55, 2031: 0.58}", "{2030: 0.55, '02030': 0.58}",
        "design.programme.autonomy_min: got {'2030': 0.55, '02030': 0.58}, must be a number, a "
        "list of them, or numbers by fiscal year",
    ),
    "a delay without suppliers": (
        "keep_min: 0.40", "keep_min: 0.40, supplier_delay_years: 3",
        "design.programme.stress.supplier_delay_years: got 3, must not be given where kinds does "
        "not name supplier",
    ),
    "an unknown profile of weights": (
        "    escalation_per_year", "    what_if: {ask: [profiles], profiles: [securty]}\n"
        "    escalation_per_year",
        "design.programme.what_if.profiles[0]: got 'securty', must be a profile of "
        "weight_profiles.csv; did you mean security?",
    ),
}  # fmt: skip


@pytest.mark.parametrize("wrong", TOLD_WITH_THE_REST)
def test_check_tells_it_by_line_before_anything_is_computed(tmp_path, wrong):
    old, new, said = TOLD_WITH_THE_REST[wrong]
    path = programme_study.write(tmp_path, old=old, new=new)
    loaded, problems = configfile.inspect(str(path))
    assert loaded is None
    assert [said in str(problem) for problem in problems] == [True]
    assert str(problems[0]).startswith(f"{path}:2")


def test_a_quote_that_never_ends_is_told_by_its_line(tmp_path):
    table = copy_tables(tmp_path) / "suppliers.csv"
    lines = table.read_text(encoding="utf-8").count("\n")
    with table.open("a", encoding="utf-8") as file:
        file.write('"T-OPT-1M,ITA')
    with pytest.raises(NetworkError, match=rf"suppliers.csv:{lines + 1}: cannot .*quotes at or"):
        load_tables(tmp_path)


def nobody_else(folder, added=""):
    """Write the study without arrangements and floors; return its path."""
    asked = programme_study.TEXT
    first, last = asked.index("  arrangements:"), asked.index("coverage:")
    asked = asked.replace(asked[first:last], "  arrangements: []\n").replace("THREADS", "1")
    gone = ("      defence:", "      data:", "    autonomy_min:", "    stress:")
    kept = [line for line in asked.splitlines() if not line.startswith(gone)]
    at = kept.index("    escalation_per_year: 0.02")
    path = folder / "alone.yaml"
    path.write_text("\n".join([*kept[:at], *[added] * bool(added), *kept[at:]]), encoding="utf-8")
    return path


def test_the_least_of_no_losses_is_refused(tmp_path):
    path = nobody_else(tmp_path, "    stress: {kinds: [link], least_worth: 1}")
    with pytest.raises(DesignError, match=r"least_worth: nothing can be lost .*name mor"):
        study.run_to_folder(configfile.load_config(path), tmp_path / "out")
    assert not (tmp_path / "out").exists()


@pytest.mark.slow
def test_a_study_without_arrangements_is_answered(tmp_path):
    path = nobody_else(tmp_path, "    stress: {kinds: [link], keep_min: 0.3}")
    study.run_to_folder(configfile.load_config(path), tmp_path / "out")
    cube = xr.open_dataset(tmp_path / "out" / "study.nc").load()
    assert cube.sizes["arrangement"] == 0
    assert cube["part_arrangement_alongside"].shape == (cube.sizes["part"], 0)
    assert cube.sizes["part"] > 0


@pytest.mark.slow
def test_a_plan_for_the_worst_case_alone_tells_coverage_of_every_year(tmp_path):
    new = "keep_min: 0.40, least_worth: 1.0"
    path = programme_study.write(tmp_path, old="keep_min: 0.40", new=new)
    study.run_to_folder(configfile.load_config(path), tmp_path / "out")
    cube = xr.open_dataset(tmp_path / "out" / "study.nc").load()
    assert cube["year_worth"].sum() == 0.0
    lost = cube["part_credited_lost"]
    assert lost.shape == (cube.sizes["part"], 5)
    assert lost.max() > 0.0  # without a sensor less is covered, whatever that is worth


def test_a_study_in_which_nobody_pays_for_anything_is_refused(tmp_path):
    path = nobody_else(tmp_path)
    text = path.read_text(encoding="utf-8")
    first, last = text.index("    purses:"), text.index("    escalation_per_year")
    text = text.replace(text[first:last], "")
    first, last = text.index("  sites:"), text.index("  sensor_types:")
    path.write_text(text.replace(text[first:last], "  sites: []\n"), encoding="utf-8")
    with pytest.raises(DesignError, match=r"design.programme: nothing on offer costs .*; name"):
        study.run_to_folder(configfile.load_config(path), tmp_path / "out")
    assert not (tmp_path / "out").exists()
