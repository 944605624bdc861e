"""Arrangements as the tables have them, and what is said when they contradict themselves."""

from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kansoku.config import DesignSection, NetworkSection
from kansoku.errors import NetworkError
from kansoku.network import load, load_tables
from kansoku.network.accounts import arrangements_of
from kansoku.network.arrangements import require_one_period
from kansoku.network.prerequisites import circle, needs_of
from network_rows import arrangement
from table_folder import add, copy_tables, edit, message, records

DESIGN = DesignSection(budget_mjpy=1, decision_fy=2027, horizon_fy=2036)


def network(over_years=True, **section):
    return load(NetworkSection(**section), DESIGN, over_years=over_years)


def of(net, name):
    return next(one for one in net.arrangements if one.id == name)


@pytest.fixture(scope="module")
def years():
    return network()


@pytest.fixture
def folder(tmp_path):
    return copy_tables(tmp_path)


# What is on offer


def test_every_kind_is_on_offer_over_the_years(years):
    kinds = [one.kind for one in years.arrangements]
    assert {kind: kinds.count(kind) for kind in dict.fromkeys(kinds)} == {
        "bilateral": 14, "pool": 1, "hub": 1, "purchase": 8, "hosted": 11, "service": 6,
    }  # fmt: skip
    assert [one.id for one in years.arrangements if one.in_force] == ["USA-T1", "USA-T2"]


def test_one_period_offers_what_it_always_did():
    assert [one.id for one in network(over_years=False).arrangements] == [
        "USA-T2", "USA-T3", "USA-T4", "AUS-T2", "AUS-T3", "AUS-T4",
    ]  # fmt: skip


def test_a_pool_opens_its_members_and_needs_the_bilaterals(years):
    pool = of(years, "CSPO-T3")
    assert pool.parties == ("USA", "AUS", "GBR", "CAN", "NZL", "DEU", "FRA", "ITA", "NOR")
    assert pool.needs == (("USA-T3", "USA-T4"), ("AUS-T3", "AUS-T4"))
    assert of(years, "CSPO-HUB").needs == (("CSPO-T3",),)
    assert pool in arrangements_of(years, "NOR")
    assert [one.id for one in arrangements_of(years, "NOR")] == ["CSPO-T3", "CSPO-HUB"]


def test_exclusions_hold_both_ways(years):
    shut = {one.id: set(one.excludes) for one in years.arrangements}
    assert shut["AUS-T3"] == {"AUS-T2", "AUS-T4"}
    assert all(name in shut[other] for name, others in shut.items() for other in others)


def test_an_exclusion_written_once_holds_both_ways(folder):
    edit(folder, "arrangements", "USA-T4", excludes="")
    net = load(NetworkSection(), DESIGN, load_tables(folder), over_years=True)
    assert of(net, "USA-T4").excludes == ("USA-T3",)


def test_what_is_not_on_offer_is_not_named():
    net = network(arrangements=["USA-T3", "AUS-T4", "CSPO-T3"])
    assert of(net, "CSPO-T3").needs == (("USA-T3",), ("AUS-T4",))
    assert of(net, "USA-T3").excludes == ()


def test_a_prerequisite_must_be_on_offer():
    with pytest.raises(NetworkError) as caught:
        network(arrangements=["CSPO-T3", "USA-T4"])
    assert str(caught.value) == (
        "network.arrangements: CSPO-T3 needs AUS-T3 or AUS-T4, and none is on offer; "
        "add AUS-T3, or remove CSPO-T3"
    )


def test_costs_of_each_kind_by_hand(years):
    # set-up + gateway + fee x FY2027 to FY2036, mid; the data of a purchase are in its fee
    expected = {
        "USA-T4": 300 + 600 + 10 * 240,
        "CSPO-T3": 200 + 250 + 10 * 120,
        "CSPO-HUB": 1000 + 600 + 10 * 400,
        "LEOLABS-50": 20 + 50 + 10 * (20 + 50 + 5000 * 0.11 + 5000 * 0.09),
        "HOST-PLW": 50 + 0 + 10 * 20,
        "SERVICE-THA": 20 + 0 + 10 * 20,
    }
    assert {name: of(years, name).cost_mjpy for name in expected} == pytest.approx(expected)
    bought = of(years, "LEOLABS-50")
    assert (bought.fee_mjpy_per_year, bought.take_per_year) == pytest.approx((1070, 10000))
    levels = years.arrangement_cost_levels["LEOLABS-50"]
    assert levels == pytest.approx((10 + 20 + 10 * 535, 10770, 50 + 100 + 10 * 2140))


def test_cells_become_fields(years):
    one = of(years, "SERVICE-PHL")
    assert (one.beneficiary, one.tier, one.tier_given) == ("PHL", 0, 1)
    assert (one.term_years, one.notice_years, one.lead_years) == (3, 1, 1)
    assert one.purposes == ("safety", "environment")
    host = of(years, "HOST-PLW")
    assert (host.third_party_release, host.link, host.centre) == (
        True,
        "LINK-JPN-PLW",
        "JAXA-SAKURA",
    )
    assert (host.gain_needed, host.cyber_exposure_per_year, host.purse) == (0.01, 0.01, "civil")


def test_every_number_of_ours_names_its_assumptions():
    for row in records("arrangements"):
        assert row["source"], row["id"]
        assert {"A-NET-TERM", "A-NET-GAIN", "A-NET-CYBER"} <= set(row["assumptions"].split())


# Firms


def test_a_firms_sensors_enter_with_a_purchase():
    net = network(over_years=False, arrangements=["USA-T2", "LEOLABS-100"])
    theirs = net.partner == "LEOLABS"
    assert set(net.id[theirs].tolist()) == {
        "AU-WASR", "NZ-KSR", "LL-PFISR", "LL-MSR", "LL-CRSR", "LL-AZORES",
    }  # fmt: skip
    assert set(net.role[theirs].tolist()) == {"partner"}
    out = dict(net.left_out)
    assert out["LL-ARIZONA"] == "no published position"
    assert out["LL-ARGSR"] == "suspended: out of service"
    assert out["AU-EOS-STROMLO"].startswith("commercial owner: enters with a purchase from EOS-SP")


def test_a_firm_of_the_owners_country_is_no_own_sensor():
    tables = load_tables()
    ours = [
        replace(row, cells={**row.cells, "recipient": "AUS"})
        if row.text("partner") == "EOS-SPACE"
        else row
        for row in tables.arrangements
    ]
    net = load(
        NetworkSection(owner="AUS", countries=["AUS"], arrangements=["EOS-25"]),
        DESIGN,
        replace(tables, arrangements=tuple(ours)),
    )
    role = dict(zip(net.id.tolist(), net.role.tolist(), strict=True))
    assert (role["AU-EOS-STROMLO"], role["AU-CBAND"]) == ("partner", "own")


def test_a_host_opens_none_of_its_sensors():
    net = network(arrangements=["HOST-USA", "SERVICE-THA"])
    assert not (net.role == "partner").any()


def test_assumptions_of_purchases_are_listed_with_them():
    def listed(**asked):
        return {name for name, _ in network(**asked).assumptions}

    bought = listed(over_years=False, arrangements=["EOS-25"])
    assert "A-NET-TARIFF" in bought
    assert "A-NET-TARIFF" not in listed(over_years=False)
    assert "A-NET-BUDGET" not in bought
    assert "A-NET-BUDGET" in listed()


# One period


@pytest.mark.parametrize(
    ("named", "why"),
    [
        (["HOST-PLW"], "HOST-PLW: the kind hosted cannot be weighed within one period"),
        (["SERVICE-THA"], "SERVICE-THA: the kind service cannot be weighed within one period"),
        (["EUSST-T3"], "EUSST-T3: it opens several partners (DEU, FRA, ESP, ITA, AUT) at once"),
        (
            ["LEOLABS-25", "LEOLABS-50"],
            "LEOLABS-50: one period weighs one package of LEOLABS at a tier, beside LEOLABS-25",
        ),
    ],
)
def test_one_period_refuses_what_it_cannot_weigh(named, why):
    with pytest.raises(NetworkError) as caught:
        network(over_years=False, arrangements=named)
    assert str(caught.value) == f"network.arrangements: {why}; remove it, or ask over fiscal years"


def test_one_period_refuses_prerequisites_and_foreign_exclusions():
    first = arrangement("A", "USA", 3)
    needing = replace(arrangement("B", "AUS", 3), needs=(("A",),))
    shut = replace(arrangement("C", "KOR", 3), excludes=("A",))
    for other, word in ((needing, "not in force yet"), (shut, "with another partner")):
        with pytest.raises(NetworkError, match=word):
            require_one_period([first, other])
    require_one_period([replace(first, in_force=True), needing])


# Contradictions


CASES = [
    ("CSPO-T3", {"needs": "CSPO-HUB"}, "needs: circular prerequisites: CSPO-T3 needs CSPO-HUB n"),
    (
        "AUS-T3",
        {"partner": "ATL"},
        "partner: got 'ATL', which partners.csv does not hold; add it t",
    ),
    ("CSPO-T3", {"partners": "USA ATL"}, "partners: got 'ATL', which partners.csv does not hold"),
    ("CSPO-T3", {"needs": "USA-T9"}, "needs: got 'USA-T9', which arrangements.csv does not hold"),
    ("AUS-T3", {"excludes": "AUS-T9"}, "excludes: got 'AUS-T9', which arrangements.csv does not"),
    ("AUS-T3", {"tier_given": "6"}, "tier_given: got '6', must be one of 0, 1, 2, 3, 4, 5"),
    ("AUS-T3", {"tier": "0"}, "tier: got 0, but only a service receives nothing; write 1 to 5"),
    (
        "GBR-T3",
        {"tier_given": "5"},
        "tier_given: got 5 for GBR, above the ceiling 4 of every sensor of JPN in release_ceilin",
    ),
    ("EOS-50", {"package_share": "0.25"}, "package_share: EOS-25 and EOS-50 are the same share"),
    ("EOS-50", {"tier": "3"}, "package_share: EOS-50 holds more of EOS-SPACE than EOS-25, but"),
    ("EOS-50", {"package_share": "1.5"}, "package_share: got 1.5, must be a number above 0 [1]"),
    ("EOS-50", {"package_share": ""}, "package_share: empty, but a purchase needs it; write it"),
    ("EOS-50", {"tariff": "EOS-KILO"}, "tariff: got 'EOS-KILO', which tariffs.csv does not hold"),
    ("EOS-50", {"tariff": "LEOLABS-OBJ"}, "tariff: got LEOLABS-OBJ, which is asked by LEOLABS, n"),
    ("AUS-T3", {"tariff": "EOS-TRACK"}, "tariff: got 'EOS-TRACK', but only a purchase has one an"),
    ("AUS-T3", {"purse": "army"}, "purse: got 'army', which purses.csv does not hold; add it t"),
    ("AUS-T3", {"purse": "data"}, "purse: got 'data', which does not pay for a bilateral; name"),
    ("AUS-T3", {"kind": "gift"}, "kind: got 'gift', must be one of bilateral, hosted, hub, pool"),
    ("AUS-T3", {"purposes": "safety war"}, "purposes: got 'safety war', must be one or more of"),
    ("AUS-T3", {"purposes": ""}, "purposes: got '', must be one or more of defence, environment"),
    ("AUS-T3", {"term_years": "1.5"}, "term_years: got 1.5, must be a whole number from 0 to 50"),
    ("AUS-T3", {"gain_needed": "2"}, "gain_needed: got 2, must be a number from 0 to 1 [1]"),
    ("AUS-T3", {"needs": "AUS-T4"}, "needs: AUS-T3 needs AUS-T4, which it also excludes; remove"),
    ("AUS-T3", {"excludes": "AUS-T3"}, "AUS-T3 needs or excludes itself; remove it there"),
    ("CSPO-HUB", {"centre": ""}, "centre: empty, but a hub needs it; write it"),
    ("CSPO-T3", {"partners": ""}, "partners: empty, but a pool needs it; write it"),
    ("SERVICE-THA", {"beneficiary": ""}, "beneficiary: empty, but a service needs it; write it"),
    ("SERVICE-THA", {"tier_given": "0"}, "tier_given: got 0, but a service gives something"),
]


@pytest.mark.parametrize(("name", "cells", "said"), CASES)
def test_contradiction(folder, name, cells, said):
    where = edit(folder, "arrangements", name, **cells)
    text = message(folder)
    assert f"{where}: {said}" in text


def test_packages_that_could_be_bought_together(folder):
    edit(folder, "arrangements", "EOS-25", excludes="EOS-100")
    where = edit(folder, "arrangements", "EOS-50", excludes="EOS-100")
    assert message(folder) == (
        f"{where}: excludes: EOS-25 and EOS-50 are packages of EOS-SPACE, of which one is bought; "
        "add EOS-25"
    )


def test_a_circle_is_printed_whole(folder):
    edit(folder, "arrangements", "KOR-T3", needs="GBR-T3")
    edit(folder, "arrangements", "GBR-T3", needs="USA-T3|FRA-T3")
    where = edit(folder, "arrangements", "FRA-T3", needs="KOR-T3")
    first = where.rsplit(":", 1)[0]
    said = message(folder)
    assert said.startswith(first)
    assert "KOR-T3 needs GBR-T3 needs FRA-T3 needs KOR-T3; remove one of them" in said


def test_several_contradictions_at_once(folder):
    one = edit(folder, "arrangements", "AUS-T3", purse="data")
    other = edit(folder, "arrangements", "GBR-T3", tier_given="5")
    assert [line.split(": ")[0] for line in message(folder).splitlines()] == [one, other]


def test_one_arrangement_that_needs_itself(folder):
    where = add(folder, "arrangements", "AUS-T3", id="AUS-X", needs="AUS-X")
    assert f"{where}: needs: circular prerequisites: AUS-X needs AUS-X" in message(folder)


# Circles against brute force


def test_needs_are_read_as_groups():
    assert needs_of("") == ()
    assert needs_of("A|B C") == (("A", "B"), ("C",))


@given(st.lists(st.tuples(st.integers(0, 6), st.integers(0, 6)), max_size=14))
def test_circles_are_those_of_the_transitive_closure(pairs):
    needs = {str(k): tuple((str(b),) for a, b in pairs if a == k) for k in range(7)}
    reach = set(pairs)
    for _ in range(7):
        reach |= {(a, d) for a, b in reach for c, d in pairs if b == c}
    found = circle(needs)
    assert bool(found) == any(a == b for a, b in reach)
    if found:
        steps = list(pairwise(found))
        assert found[0] == found[-1]
        assert all((int(a), int(b)) in pairs for a, b in steps)
