"""Service to states without sensors: in force when asked for, and covering their satellites."""

import json
import re
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

import owned_catalogue
import programme_study
from kansoku import configfile, study
from kansoku.config import DesignSection, NetworkSection
from kansoku.configprogramme import ProgrammeSection
from kansoku.design.portfolio import Effort
from kansoku.design.programme.beneficiaries import satellites_of
from kansoku.design.programme.decision import Consequences
from kansoku.design.programme.question import programme_of
from kansoku.design.programme.search import solve
from kansoku.errors import DesignError, KansokuError
from kansoku.network import load_tables
from test_programme_question import (
    COVERAGE,
    DECISIONS,
    IDS,
    NUMBERS,
    accounts,
    coverage_of,
    network,
    offer,
    offers,
    seen,
    worth_to_us,
)

THEIRS = np.array([3, 17, 18, 29])  # of the 40 targets


def service(lead=1, **more):
    return offer("SERVE", "THA", 0, kind="service", beneficiary="THA", lead_years=lead, **more)


def asked(satellites=THEIRS, serving=None, purse=None, **promised):
    net = network([*offers(), *([service()] if serving is None else serving)])
    section = ProgrammeSection(gains=False, beneficiaries={"THA": promised})
    design = DesignSection(decision_fy=2027, horizon_fy=2030, programme=section)
    return programme_of(
        net, accounts(net, **(purse or {})), seen(), NUMBERS, COVERAGE, design, NetworkSection(),
        {"THA": satellites},
    )  # fmt: skip


def credited_of_theirs(worth):
    """Credited coverage of their satellites, each alike, by loops over the bits."""
    data, earned, cells = seen(), 0.0, 0
    for draw in data.clear:
        for n in THEIRS:
            for w in range(2):
                count = sum(
                    int(data.tracks[c, n, w]) * bool(draw[c, w]) * worth[c, n]
                    for c in range(len(IDS))
                )
                earned += min(count, 1.0) + 0.5 * min(max(count - 1.0, 0.0), 1.0)
                cells += 1
    return earned / (1.5 * cells)


@pytest.mark.parametrize(("order", "agreed"), DECISIONS)
def test_coverage_of_their_satellites_is_that_of_the_bits(order, agreed):
    programme = asked(coverage_min=0.3, from_fy=2029)
    found = coverage_of(programme, order, agreed)
    for t in (1, 2, 3):
        exact = credited_of_theirs(worth_to_us(order, agreed, t))
        assert found["satellites of THA", "ours", t] == pytest.approx(exact, abs=1e-12)


def test_the_service_is_promised_from_its_first_year_and_asked_for_from_that_of_the_study():
    programme = asked(coverage_min=0.3, from_fy=2029)
    theirs = {a: aim for a, aim in enumerate(programme.aims) if aim.term.name != "coverage"}
    floors = {aim.year: aim.at_least for aim in theirs.values()}
    assert floors == {1: 0.0, 2: 0.3, 3: 0.3}, "its data come a year after its signature"
    (promise,) = programme.promises
    assert theirs[promise.aim].year == 1
    number = programme.sharing.names.index("SERVE")
    assert (promise.arrangement, promise.need, promise.base) == (number, 0.3, 0.0)
    assert programme.asked_for[number].tolist() == [False, False, True, True]
    assert programme.asked_for.sum() == 2


def test_the_least_decision_signs_the_service_and_what_it_needs_alone():
    needing = service(needs=(("AUS-5",),), fee_mjpy_per_year=1.0)
    programme = asked(serving=[needing], coverage_min=0.0, from_fy=2030)
    of = Consequences(programme)
    signed = of.least().in_force & ~of.nothing().in_force
    names = [programme.sharing.names[r] for r in np.flatnonzero(signed.any(axis=1))]
    assert names == ["AUS-5", "SERVE"]
    assert signed.any(axis=0).tolist() == [False, False, False, True]


def test_a_plan_serves_in_time_and_gives_up_coverage_for_what_was_promised():
    """With little money, what the satellite needs is not what the rest of the demand needs."""
    scarce = {"satellites": np.array([14]), "purse": {"budget": 70.0}, "from_fy": 2029}
    exact = Effort(gap=1e-6, time_limit_s=60)
    free = solve(asked(coverage_min=0.0, **scarce), exact)
    programme = asked(coverage_min=0.4, **scarce)
    plan = solve(programme, exact)
    in_force = plan.decision.in_force[programme.sharing.names.index("SERVE")]
    assert in_force[2:].all()
    reached = [
        value
        for aim, value in zip(programme.aims, plan.coverage, strict=True)
        if aim.term.name == "satellites of THA" and aim.at_least
    ]
    assert min(reached) >= 0.4
    assert free.objective > plan.objective + 0.01


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"serving": []}, r"beneficiaries\.THA: no service for it is on offer; add one"),
        ({"satellites": np.zeros(0, dtype=int)}, r"beneficiaries\.THA: no satellite of it is am"),
        (
            {"from_fy": 2027},
            r"THA\.from_fy: got 2027, but SERVE is in force 1 years? after its signature, in "
            r"FY2028 at the earliest; ask for a later year",
        ),
        (
            {"coverage_min": 1.0},
            r"satellites of THA in FY2029: at least 1 is asked for, but all sensors .* reach 0\.",
        ),
    ],
)
def test_what_cannot_be_served_is_told_by_key(change, said):
    with pytest.raises(DesignError, match=said):
        asked(**{"coverage_min": 0.1, "from_fy": 2029, **change})


def test_a_service_that_no_purse_can_pay_is_told_with_its_purse_and_year():
    dear = service(fee_mjpy_per_year=90.0)
    said = (
        r"beneficiaries: SERVE and what is in force cost the purse civil 90 million yen in "
        r"FY2029, more than it holds then; raise its budget"
    )
    with pytest.raises(DesignError, match=said):
        asked(serving=[dear], purse={"budget": 65.0}, coverage_min=0.1, from_fy=2029)


def test_satellites_of_a_state_are_payloads_under_its_codes():
    owner = np.array(["THAI", "THAI", "SING", "", "THAI", "STCT"])
    kind = np.array(["PAY", "DEB", "PAY", "PAY", "R/B", "PAY"])
    assert satellites_of(owner, kind, ("THAI",)).tolist() == [0]
    assert satellites_of(owner, kind, ("SING", "STCT")).tolist() == [2, 5]


def test_every_state_that_a_service_names_has_an_owner_code():
    tables = load_tables()
    codes = {row.text("id"): row.text("satcat_owners") for row in tables.partners}
    served = {row.text("beneficiary") for row in tables.arrangements} - {""}
    assert served
    assert all(codes[state] for state in served)


# A study of a catalogue with owners -----------------------------------------------------------

PROMISED = "beneficiaries: {THA: {coverage_min: 0.3, from_fy: 2029}}"


def written(folder, promised=PROMISED, services="SERVICE-THA"):
    theirs = owned_catalogue.write(folder, ["THAI", "THAI", "SING"])
    path = programme_study.write(folder)
    text = path.read_text().replace("LEOLABS-25,", f"{services}, LEOLABS-25,")
    text = text.replace(
        "network:", "targets: {catalogue: catalogue.csv, satcat: satcat.csv}\nnetwork:"
    )
    text = re.sub(r"    autonomy_min.*\n    stress.*\n", f"    {promised}\n", text)
    path.write_text(text)
    return path, theirs


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    folder = tmp_path_factory.mktemp("served")
    path, theirs = written(folder)
    page = study.run_to_folder(configfile.load_config(path), folder / "out")
    return folder / "out", page, theirs


def test_the_file_gives_their_coverage_again(results):
    cube = xr.open_dataset(results[0] / "study.nc").load()
    theirs = cube["beneficiary_target"].sel(beneficiary="THA").values > 0
    assert cube["target"].values[theirs].tolist() == results[2]["THAI"]
    assert cube["beneficiary_satellites"].values.tolist() == [2]
    assert cube["beneficiary_floor"].values[:, 0].tolist() == [0.0, 0.0, 0.3, 0.3, 0.3]
    steps = cube["credit_step"].values
    for design in ("chosen", "today"):
        for year in cube["year"].values:
            credit = cube["contributor_credit"].sel(design=design, year=year)
            part = cube["target_supply_part"].values[theirs]
            worth = credit.transpose("contributor", "supply_part").values[:, part]
            tracks = cube["visibility_tracks"].values[:, theirs] * worth[:, :, None]
            count = np.einsum("cnw,scw->snw", tracks, cube["contributor_weather"].values)
            earned = sum(step * np.clip(count - k, 0, 1) for k, step in enumerate(steps))
            stored = cube["beneficiary_fraction"].sel(design=design, year=year, beneficiary="THA")
            assert earned.mean() / steps.sum() == pytest.approx(stored.item(), abs=1e-12)
    chosen = cube.sel(design="chosen", beneficiary="THA")
    assert (chosen["beneficiary_fraction"] >= cube["beneficiary_floor"].squeeze() - 1e-9).all()
    force = chosen["arrangement_in_force"].sel(arrangement="SERVICE-THA")
    assert force.sel(year=[2029, 2030, 2031]).all()
    today = cube["arrangement_in_force"].sel(design="today", arrangement="SERVICE-THA")
    assert not today.any()


def test_the_page_says_who_is_served(results):
    (one,) = json.loads((results[0] / "answer.json").read_text())["beneficiaries"]
    assert (one["state"], one["arrangement"], one["satellites"]) == ("THA", "SERVICE-THA", 2)
    section = results[1].partition("## Service to other states")[2].partition("\n## ")[0]
    last = one["years"][-1]
    assert f"{100 * last['fraction']['chosen']:.1f} % (30.0 %)" in section
    assert "Served: Thailand (2 satellites, SERVICE-THA)." in " ".join(section.split())


@pytest.mark.parametrize(
    ("promised", "said"),
    [
        ("beneficiaries: {THX: {coverage_min: 0.3, from_fy: 2029}}",
         "design.programme.beneficiaries.THX: got 'THX', must be a state that a service of "
         "arrangements.csv has as its beneficiary; did you mean THA?"),
        ("beneficiaries: {THA: {coverage_min: 1.3, from_fy: 2029}}",
         "design.programme.beneficiaries.THA.coverage_min: got 1.3, "),
        ("beneficiaries: {THA: {coverage_min: 0.3, from_fy: 2040}}",
         "design.programme.beneficiaries.THA.from_fy: got 2040, must name years from "),
        ("beneficiaries: {MYS: {coverage_min: 0.3, from_fy: 2029}}",
         "design.programme.beneficiaries.MYS: no service for it is on offer; add one"),
        ("beneficiaries: {IDN: {coverage_min: 0.3, from_fy: 2029}}",
         "design.programme.beneficiaries.IDN: no satellite of it is among the targets"),
    ],
)  # fmt: skip
def test_promises_that_cannot_be_are_told_by_key(tmp_path, promised, said):
    path, _ = written(tmp_path, promised, "SERVICE-THA, SERVICE-IDN")
    with pytest.raises(KansokuError) as told:
        study.run_to_folder(configfile.load_config(path), tmp_path / "out")
    assert said in str(told.value)


def test_the_page_on_cubes_names_the_variables_of_beneficiaries(results):
    text = (Path(__file__).parent.parent / "docs" / "cubes.md").read_text("utf-8")
    cube = xr.open_dataset(results[0] / "study.nc")
    theirs = [name for name in cube.variables if name.startswith("beneficiary")]
    assert len(theirs) == 6
    for name in theirs:
        assert f"| `{name}` | {', '.join(cube[name].dims)} |" in text, name
