"""Who pays, who makes and who may see: purses, suppliers, release ceilings, by contributor."""

import numpy as np
import pytest

from kansoku.config import DesignSection, NetworkSection
from kansoku.errors import NetworkError
from kansoku.network import accounts_of, load, load_tables
from kansoku.network.accounts import hosts
from kansoku.network.ceilings import ceiling, ceilings, highest
from kansoku.network.purses import purses_of
from kansoku.network.suppliers import supplier
from kansoku.network.tables import Row
from table_folder import add, copy_tables, drop, edit, message, records

DESIGN = DesignSection(budget_mjpy=1, decision_fy=2027, horizon_fy=2036)
SECTION = NetworkSection()


@pytest.fixture(scope="module")
def net():
    return load(SECTION, DESIGN, over_years=True)


@pytest.fixture(scope="module")
def accounts(net):
    return accounts_of(net, SECTION, DESIGN)


@pytest.fixture
def folder(tmp_path):
    return copy_tables(tmp_path)


def index_of(net, name):
    return int(np.flatnonzero(net.id == name)[0])


# Purses


def test_a_budget_opens_grows_and_closes(folder):
    edit(folder, "purses", "civil", growth_per_year="0.1", first_fy="2028", last_fy="2030")
    civil = purses_of(load_tables(folder), "mid")[0]
    got = civil.budget_mjpy(range(2027, 2032))
    assert got == pytest.approx([0, 4000, 4400, 4840, 0])


def test_budgets_at_each_level():
    by_level = {
        level: {purse.id: purse.budget_mjpy([2027])[0] for purse in purses_of(load_tables(), level)}
        for level in ("low", "mid", "high")
    }
    assert [by_level[level]["defence"] for level in by_level] == [4400, 12000, 26000]
    assert list(by_level["mid"]) == ["civil", "defence", "data", "partner"]


def test_an_empty_limit_of_people_is_none():
    people = {purse.id: purse.staff_fte for purse in purses_of(load_tables(), "mid")}
    assert people == {"civil": 60, "defence": 120, "data": np.inf, "partner": 10}


def test_payments_of_a_build():
    civil = purses_of(load_tables(), "mid")[0]
    assert civil.payments(1) == (1.0,)
    assert civil.payments(3) == (0.1, 0.4, 0.5)
    with pytest.raises(NetworkError, match="no profile of civil for a build of 7 years"):
        civil.payments(7)


def test_payments_go_by_their_year_not_by_their_line(folder):
    path = folder / "payment_profiles.csv"
    header, *lines = path.read_text(encoding="utf-8").splitlines()
    path.write_text("\n".join([header, *reversed(lines)]) + "\n", encoding="utf-8")
    assert purses_of(load_tables(folder), "mid")[0].payments(3) == (0.1, 0.4, 0.5)


@pytest.mark.parametrize(
    ("table", "name", "cells", "said"),
    [
        ("purses", "data", {"last_fy": "2026"}, "last_fy: got 2026, before first_fy 2027: the pur"),
        (
            "purses",
            "partner",
            {"budget_mjpy_yr_mid": "0", "budget_mjpy_yr_high": "0"},
            "budget_mjpy_yr_high: got 0: the purse partner never opens; write a budget, or remove",
        ),
        ("purses", "civil", {"profile": "odd"}, "profile: got 'odd', which payment_profiles.csv d"),
        ("purses", "data", {"sensor_types": "T-X"}, "sensor_types: got 'T-X', which sensor_types."),
        ("purses", "data", {"sensor_types": "T-SLR"}, "sensor_types: T-SLR is paid by civil alrea"),
        ("purses", "data", {"pays_kinds": "gift"}, "pays_kinds: got 'gift', must be one or more o"),
        ("purses", "data", {"authority_years": "0"}, "authority_years: got 0, must be a whole num"),
        ("payment_profiles", "usual", {"share": "0.9"}, "profile usual, build_years 1: shares add"),
        ("payment_profiles", "usual", {"year": "3"}, "profile usual, build_years 1: years must be"),
        ("suppliers", "T-SLR", {"supplier": "Japan"}, "supplier: got 'Japan', must be a country a"),
        ("suppliers", "T-SLR", {"option": "T-X"}, "option: got 'T-X', which sensor_types.csv (or"),
        ("release_ceilings", "JPN", {"partner": "ATL"}, "partner: got 'ATL', which partners.csv d"),
        ("release_ceilings", "JPN", {"sensor": "JP-X", "owner_class": ""}, "sensor: got 'JP-X', w"),
        ("release_ceilings", "JPN", {"sensor": "JP-BAO"}, "sensor, owner_class: 2 of them given,"),
        ("release_ceilings", "JPN", {"tier": "6"}, "tier: got '6', must be one of 0, 1, 2, 3, 4"),
    ],
)
def test_bad_cell(folder, table, name, cells, said):
    where = edit(folder, table, name, **cells)
    assert f"{where}: {said}" in message(folder)


# Release ceilings


def row(tier, sensor="", of_class="", partner="*", owner="JPN"):
    cells = {"owner": owner, "sensor": sensor, "owner_class": of_class, "partner": partner}
    return Row("t:1", {**cells, "tier": str(tier)})


RULES = [
    row(1, of_class="military"),
    row(4, of_class="military", partner="USA"),
    row(2, sensor="JP-A"),
    row(5, sensor="JP-A", partner="AUS"),
    row(3, of_class="military", owner="AUS"),
]


@pytest.mark.parametrize(
    ("sensor", "of_class", "partner", "tier"),
    [
        ("JP-B", "military", "KOR", 1),
        ("JP-B", "military", "USA", 4),
        ("JP-A", "military", "USA", 2),  # the sensor before its class, whoever the partner is
        ("JP-A", "military", "AUS", 5),
        ("JP-B", "civil", "USA", 0),  # no row speaks
    ],
)
def test_the_most_particular_row_decides(sensor, of_class, partner, tier):
    assert ceiling(RULES, "JPN", sensor, of_class, partner) == tier


def test_a_row_for_a_partner_wins_even_when_it_is_lower():
    rules = [row(3, of_class="civil"), row(1, of_class="civil", partner="KOR")]
    assert (highest(rules, "JPN", "KOR"), highest(rules, "JPN", "USA")) == (1, 3)


def test_ceilings_of_others_are_none_of_ours():
    got = ceilings(RULES, "JPN", ["JP-A", "US-X"], ["military", ""], ["USA", "AUS", "KOR"])
    assert got.tolist() == [[2, 5, 2], [0, 0, 0]]


# Contributors


def test_candidates_have_a_payer_a_maker_and_people(net, accounts):
    k = index_of(net, "S-JP-BISEI/T-OPT-1M")
    got = (accounts.purse[k], accounts.owner_class[k], accounts.supplier[k])
    assert got == ("civil", "civil", "JPN")
    assert (accounts.staff_fte[k], accounts.life_years[k], accounts.build_years[k]) == (1, 20, 2)
    k = index_of(net, "S-AU-EXMOUTH/T-RAD-DARC")
    assert (accounts.purse[k], accounts.owner_class[k]) == ("defence", "military")
    assert accounts.host[k] == "HOST-AUS"


def test_sensors_that_exist_cost_nobody_anything(net, accounts):
    k = index_of(net, "JP-DSRADAR")
    assert (accounts.purse[k], accounts.supplier[k], accounts.host[k]) == ("", "", "")
    assert (accounts.staff_fte[k], accounts.build_years[k]) == (0, 0)
    assert np.isinf(accounts.life_years[k])
    assert accounts.owner_class[k] == "military"


def test_every_candidate_abroad_has_a_host(net, accounts):
    abroad = (net.role == "candidate") & (net.country != "JPN")
    assert (accounts.host[abroad] != "").all()
    assert (accounts.host[~abroad] == "").all()


def test_a_host_that_is_not_on_offer_is_none():
    asked = NetworkSection(arrangements=["USA-T2"])
    bare = load(asked, DESIGN)
    assert (accounts_of(bare, asked, DESIGN).host == "").all()


def test_the_owners_own_country_is_no_host(net):
    # arrangements of Japan as seen by an owner whose candidates stand at home in Australia
    seen = hosts(net, "AUS")
    assert set(seen[net.country == "AUS"].tolist()) == {""}
    assert set(seen[(net.role == "candidate") & (net.country == "USA")].tolist()) == {"HOST-USA"}


def test_a_firm_owns_no_network(folder):
    add(folder, "partners", "LEOLABS", id="LEO")
    with pytest.raises(NetworkError, match=r"network.owner: got 'LEO', which is no country or bod"):
        load(NetworkSection(owner="LEO"), DESIGN, load_tables(folder))


def test_release_by_contributor(net, accounts):
    partners = accounts.partners.tolist()
    assert accounts.release_ceiling.shape == (len(net), len(partners))

    def tier(name, partner):
        return accounts.release_ceiling[index_of(net, name), partners.index(partner)]

    assert (tier("JP-DSRADAR", "USA"), tier("JP-DSRADAR", "THA")) == (4, 1)
    assert (tier("JP-BSGC-1M", "USA"), tier("JP-BSGC-1M", "FRA")) == (5, 3)
    assert tier("JP-SEIMEI", "THA") == 4
    assert tier("US-SPFENCE", "AUS") == 0
    assert tier("S-AU-EXMOUTH/T-RAD-DARC", "AUS") == 4


def test_a_candidate_may_have_its_own_maker_and_ceiling(folder):
    name = "S-JP-BISEI/T-OPT-1M"
    add(folder, "suppliers", "T-OPT-1M", option=name, supplier="USA", alternatives="")
    add(folder, "release_ceilings", "JPN", sensor=name, owner_class="", partner="*", tier="0")
    tables = load_tables(folder)
    net = load(SECTION, DESIGN, tables, over_years=True)
    accounts = accounts_of(net, SECTION, DESIGN, tables)
    k, beside = index_of(net, name), index_of(net, "S-JP-KISO/T-OPT-1M")
    assert (accounts.supplier[k], accounts.supplier[beside]) == ("USA", "JPN")
    assert not accounts.release_ceiling[k].any()
    assert accounts.release_ceiling[beside].all()


def test_every_type_has_a_maker_and_a_payer():
    makers = {row["option"] for row in records("suppliers")}
    paid = " ".join(row["sensor_types"] for row in records("purses")).split()
    types = [row["id"] for row in records("sensor_types")]
    assert makers == set(types) == set(paid)
    assert len(paid) == len(types)


def test_a_type_that_nobody_pays_or_makes(folder, net):
    kinds = next(row for row in records("purses") if row["id"] == "civil")["sensor_types"]
    edit(folder, "purses", "civil", sensor_types=kinds.replace("T-OPT-1M ", ""))
    with pytest.raises(NetworkError, match=r"purses.csv: no purse pays for T-OPT-1M; name"):
        accounts_of(net, SECTION, DESIGN, load_tables(folder))
    drop(folder, "suppliers", "T-SLR")
    with pytest.raises(NetworkError, match=r"suppliers.csv: no row T-SLR; add who makes it"):
        supplier(load_tables(folder).suppliers, "S-JP-BISEI/T-SLR", "T-SLR")


def test_supplier_names_the_usual_first():
    assert supplier(load_tables().suppliers, "", "T-OPT-05W") == ("ITA", "AUT", "USA", "JPN")


def test_a_host_at_once_is_paid_in_one_year(folder):
    edit(folder, "sensor_types", "T-OPT-05W", build_months="0")
    tables, asked = load_tables(folder), NetworkSection(sensor_types=["T-OPT-05W"])
    accounts = accounts_of(load(asked, DESIGN, tables), asked, DESIGN, tables)
    assert set(accounts.build_years.tolist()) == {0, 1}
