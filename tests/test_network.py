"""The network of a study: who is in, who is left out and why, and what everything costs."""

import csv
import subprocess
import sys
from collections import Counter
from importlib import resources

import numpy as np
import pytest

from kansoku.config import DesignSection, NetworkSection
from kansoku.errors import NetworkError
from kansoku.network import LASER, OPTICAL, PASSIVE_RF, RADAR, load

DESIGN = DesignSection(budget_mjpy=15000, decision_fy=2027, horizon_fy=2032)


def network(**section):
    return load(NetworkSection(**section), DESIGN)


def table(name):
    text = (resources.files("kansoku.sites") / f"{name}.csv").read_text(encoding="utf-8")
    return list(csv.DictReader(text.splitlines()))


def index_of(net, name):
    return int(np.flatnonzero(net.id == name)[0])


@pytest.fixture(scope="module")
def default():
    return network()


def test_counts_by_role(default):
    counts = Counter(default.role.tolist())
    # 29 Japanese rows less 1 retired, 1 laser to come, 2 radio dishes, 2 in space, 2 commercial on
    # the ground and 1 telescope without a limiting magnitude
    assert counts["own"] == 20
    # US military and civil sensors and the Australian ones with performance, in service
    assert counts["partner"] == 22
    assert Counter(default.partner.tolist()) == {"": 533, "USA": 17, "AUS": 5}
    # (48 sites for telescopes - Maunakea) x 6 types in time
    # + (35 sites for radars - Murchison - Nobeyama) x 7 types in time
    assert counts["candidate"] == 47 * 6 + 33 * 7
    assert len(set(default.id.tolist())) == len(default) == 555


def test_candidate_count_from_the_bare_tables(default):
    hosts = [s for s in table("sites") if s["country"] in ("JPN", "AUS", "USA", "MHL")]
    kinds = [t for t in table("sensor_types") if t["type"] not in ("slr", "passive_rf")]
    in_time = [t for t in kinds if 2027 + -(-int(t["build_months"]) // 12) <= 2032]
    limits = {(row["site"], row["kind"]) for row in table("site_limits")}
    expected = set()
    for s in hosts:
        for t in in_time:
            side = "optical" if t["type"] == "optical" else "radar"
            if s["suits"] in (side, "both") and (s["id"], side) not in limits:
                expected.add(f"{s['id']}/{t['id']}")
    assert set(default.id[default.role == "candidate"].tolist()) == expected


def test_every_existing_sensor_is_in_or_left_out_with_one_reason(default):
    out = dict(default.left_out)
    assert len(out) == len(default.left_out)
    assert all(reason.strip() for reason in out.values())
    existing = {row["id"] for row in table("sensors_existing")}
    present = set(default.id[default.role != "candidate"].tolist())
    assert present | (existing & set(out)) == existing
    assert not present & set(out)
    assert len(existing & set(out)) == 71


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("NZ-KSR", "commercial owner: enters with a purchase from LEOLABS, which is not on offer"),
        ("AU-OCULUS", "commercial owner: no purchase from it is in the tables"),
        ("JP-SDA-SAT", "space-based sensors are not modelled yet"),
        ("JP-KSGC-OLD", "retired: out of service"),
        ("LL-ARGSR", "suspended: out of service"),
        ("JP-USUDA", "receiving dish without a band in which it watches satellites"),
        ("JP-MOD-LASER", "not in service yet; network.existing: planned takes it"),
        ("JP-KASHIMA-35", "telescope without a limiting magnitude"),
        ("US-LRDR", "radar without a range at a known cross-section"),
        ("FR-GRAVES-RX", "no field of regard"),
        ("DARC-1", "not in service yet; network.existing: planned takes it"),
        ("DE-TIRA", "no arrangement with DEU is offered"),
        ("AU-UNSW-FTN", "USA: academic sensors are not part of what it shares"),
        ("T-SLR", "a candidate only where network.sensor_types names it"),
        ("T-PRF-FM", "a candidate only where network.sensor_types names it"),
        ("T-RAD-SPF", "enters service in FY2033, after the horizon FY2032"),
        ("S-US-MAUNAKEA/T-OPT-1M", "new building on the summit is restricted"),
        ("S-AU-MURCHISON/T-RAD-LL-S", "transmitting radars are excluded by the radio-quiet zone"),
    ],
)
def test_reasons(default, name, reason):
    assert dict(default.left_out)[name] == reason


def test_candidate_costs_by_hand(default):
    # 1 m telescope: 4 M USD and 0.3 M USD a year at 150 JPY/USD; 24 months: FY2029 to FY2032
    bisei = index_of(default, "S-JP-BISEI/T-OPT-1M")
    assert default.capex_mjpy[bisei] == pytest.approx(600)
    assert default.opex_mjpy_per_year[bisei] == pytest.approx(45)
    assert default.service_fy[bisei] == 2029
    assert default.cost_mjpy[bisei] == pytest.approx(600 + 4 * 45)
    # S-band fence: 15/25/40 and 1/2/3.5 M USD; 9 months: FY2028 to FY2032
    gingin = index_of(default, "S-AU-GINGIN/T-RAD-LL-S")
    assert default.cost_low_mjpy[gingin] == pytest.approx(2250 + 5 * 150)
    assert default.cost_mid_mjpy[gingin] == pytest.approx(3750 + 5 * 300)
    assert default.cost_high_mjpy[gingin] == pytest.approx(6000 + 5 * 525)


def test_arrangement_cost_by_hand(default):
    # US tracks: set-up 300, gateway 600, 240 a year in FY2027 to FY2032
    one = next(a for a in default.arrangements if a.id == "USA-T4")
    assert (one.setup_mjpy, one.gateway_mjpy, one.fee_mjpy_per_year) == (300, 600, 240)
    assert one.cost_mjpy == 300 + 600 + 6 * 240
    assert default.arrangement_cost_levels["USA-T4"] == (1170, 2340, 4500)


def test_site_opening(default):
    assert default.site_opening_mjpy["S-JP-BISEI"] == (20, 50, 120)  # existing observatory
    assert default.site_opening_mjpy["S-JP-HATERUMA"] == (300, 800, 2000)  # nothing there
    assert default.site_opening_mjpy["S-AU-SSO"] == (50, 130, 320)  # observatory, abroad
    used = set(default.site[default.role == "candidate"].tolist())
    assert set(default.site_opening_mjpy) == used


def test_levels_rise_and_the_level_asked_for_is_paid(default):
    assert (default.cost_low_mjpy <= default.cost_mid_mjpy).all()
    assert (default.cost_mid_mjpy <= default.cost_high_mjpy).all()
    assert np.array_equal(default.cost_mjpy, default.cost_mid_mjpy)
    for level in ("low", "high"):
        other = network(cost_level=level)
        assert np.array_equal(other.cost_mjpy, getattr(default, f"cost_{level}_mjpy"))
        k = ("low", "mid", "high").index(level)
        for one in other.arrangements:
            assert one.cost_mjpy == default.arrangement_cost_levels[one.id][k]


def test_existing_sensors_cost_nothing(default):
    present = default.role != "candidate"
    assert not default.cost_high_mjpy[present].any()
    assert (default.cost_low_mjpy[~present] > 0).all()


def test_the_rate_scales_candidates_only(default):
    cheap = network(jpy_per_usd=75.0)
    assert np.allclose(cheap.cost_mjpy, default.cost_mjpy / 2)
    assert cheap.arrangements == default.arrangements
    assert cheap.price_base == "FY2025 prices, 75 JPY/USD"


def test_a_later_horizon_adds_years_and_types():
    later = load(NetworkSection(), DesignSection(budget_mjpy=1, horizon_fy=2033))
    one = index_of(later, "S-JP-BISEI/T-OPT-1M")
    assert later.cost_mjpy[one] == pytest.approx(600 + 5 * 45)
    assert "T-RAD-SPF" in later.sensor_type[later.role == "candidate"]
    assert "T-RAD-SPF" not in dict(later.left_out)


def test_today_only_the_public_catalogue_is_in_force_and_it_is_free(default):
    in_force = [one for one in default.arrangements if one.in_force]
    assert [(one.id, one.tier, one.cost_mjpy) for one in in_force] == [("USA-T2", 2, 0.0)]
    assert [one.id for one in default.arrangements] == [
        "USA-T2", "USA-T3", "USA-T4", "AUS-T2", "AUS-T3", "AUS-T4",
    ]  # fmt: skip


def test_naming_an_arrangement_brings_its_partner():
    net = network(arrangements=["KOR-T3"])
    assert [one.id for one in net.arrangements] == ["KOR-T3"]
    partners = net.role == "partner"
    assert set(net.partner[partners].tolist()) == {"KOR"}
    assert "MN-OWL" in net.id[partners]


def test_no_arrangement_no_partner():
    net = network(arrangements=[])
    assert net.arrangements == ()
    assert not (net.role == "partner").any()


def test_jointly_run_sensors_in_australia_come_through_australia():
    net = network(existing="planned")
    for name in ("AU-SST", "DARC-1"):
        assert (net.owner[index_of(net, name)], net.partner[index_of(net, name)]) == ("USA", "AUS")
    assert net.partner[index_of(net, "DARC-2")] == "USA"
    assert dict(net.left_out)["DARC-3"] == "no published position"


def test_planned_sensors_only_by_the_horizon():
    near = load(NetworkSection(existing="planned"), DesignSection(budget_mjpy=0, horizon_fy=2029))
    assert "DARC-1" in near.id
    assert dict(near.left_out)["DARC-2"] == "due in 2030, after the horizon"


def test_existing_none(default):
    net = network(existing="none")
    assert set(net.role.tolist()) == {"candidate"}
    assert len(net) == 513


def test_owner_australia():
    net = network(owner="AUS", countries=["AUS"])
    assert set(net.id[net.role == "own"].tolist()) == {
        "AU-CBAND", "AU-MWA", "AU-YARRAGADEE", "AU-ZADKO",
    }  # fmt: skip
    assert net.arrangements == ()
    candidates = net.id[net.role == "candidate"]
    assert all(name.endswith("/AUS") for name in candidates)
    assert net.site_opening_mjpy["S-AU-SSO"] == (20, 50, 120)  # at home


def test_suits_is_honoured(default):
    suits = {row["id"]: row["suits"] for row in table("sites")}
    seen = set()
    for k in np.flatnonzero(default.role == "candidate"):
        side = "optical" if default.sensors.kind[k] == OPTICAL else "radar"
        assert suits[default.site[k]] in (side, "both"), default.id[k]
        seen.add((side, suits[default.site[k]]))
    assert len(seen) == 4


def test_filters_of_sites_and_types():
    net = network(
        countries=["JPN", "AUS"],
        sites=["S-JP-BISEI", "S-AU-EXMOUTH"],
        sensor_types=["T-OPT-05W", "T-RAD-CBAND"],
    )
    assert net.id[net.role == "candidate"].tolist() == [
        "S-JP-BISEI/T-OPT-05W",
        "S-AU-EXMOUTH/T-OPT-05W",
        "S-AU-EXMOUTH/T-RAD-CBAND",
    ]


def test_lasers_and_receivers_are_candidates_when_asked_for():
    net = network(
        existing="none",
        sites=["S-JP-BISEI", "S-JP-NOBEYAMA", "S-AU-MURCHISON"],
        sensor_types=["T-SLR", "T-PRF-FM", "T-PRF-TDOA"],
    )
    kinds = dict(zip(net.id.tolist(), net.sensors.kind.tolist(), strict=True))
    # a laser where telescopes stand; receivers where radars may, and in quiet zones where not
    assert kinds == {
        "S-JP-BISEI/T-SLR": LASER,
        "S-JP-NOBEYAMA/T-SLR": LASER,
        "S-JP-NOBEYAMA/T-PRF-FM": RADAR,
        "S-JP-NOBEYAMA/T-PRF-TDOA": PASSIVE_RF,
        "S-AU-MURCHISON/T-SLR": LASER,
        "S-AU-MURCHISON/T-PRF-FM": RADAR,
        "S-AU-MURCHISON/T-PRF-TDOA": PASSIVE_RF,
    }
    laser = index_of(net, "S-JP-BISEI/T-SLR")
    assert net.climate_site[laser] == "S-JP-BISEI"
    assert (net.clear_fraction[laser] < 1).all()


def test_no_laser_where_nothing_may_be_built():
    net = network(existing="none", countries=["USA"], sensor_types=["T-SLR"])
    assert "S-US-MAUNAKEA/T-SLR" in dict(net.left_out)


def test_no_country_no_candidate():
    net = network(countries=[])
    assert len(net) == 42
    assert net.site_opening_mjpy == {}


@pytest.mark.parametrize(
    ("section", "said"),
    [
        (
            {"sites": ["S-AU-EXMOTH"]},
            "network.sites: got 'S-AU-EXMOTH', which is no candidate site; did you mean "
            "S-AU-EXMOUTH",
        ),
        (
            {"sites": ["S-CL-CTIO"]},
            "network.sites: S-CL-CTIO stands in CHL, which network.countries leaves out; add CHL "
            "to network.countries, or remove the site",
        ),
        (
            {"sensor_types": ["T-OPT-O5W"]},
            "network.sensor_types: got 'T-OPT-O5W', which is no sensor type; did you mean "
            "T-OPT-05W",
        ),
        (
            {"sensor_types": ["LASER"]},
            "network.sensor_types: got 'LASER', which is no sensor type; choose from T-OPT-",
        ),
        (
            {"countries": ["JPN", "XXX"]},
            "network.countries: got 'XXX', which is no country with candidate sites; choose from",
        ),
        (
            {"arrangements": ["USA-T9"]},
            "network.arrangements: got 'USA-T9', which is no sharing arrangement; did you mean "
            "USA-T",
        ),
        (
            {"owner": "AUS", "arrangements": ["USA-T3"]},
            "network.arrangements: USA-T3 gives data to JPN, but network.owner is AUS; remove it, "
            "or change the owner",
        ),
        (
            {"owner": "ZZZ"},
            "network.owner: got 'ZZZ', which is no country or body in partners.csv; choose from",
        ),
    ],
)
def test_unknown_names(section, said):
    with pytest.raises(NetworkError) as caught:
        network(**section)
    assert str(caught.value).startswith(said)


def test_all_unknown_names_at_once():
    with pytest.raises(NetworkError) as caught:
        network(sites=["S-A", "S-B"])
    assert len(str(caught.value).splitlines()) == 2


def test_climate(default):
    clouded = np.isin(default.sensors.kind, [OPTICAL, LASER])
    assert default.clear_fraction.shape == (555, 12)
    assert (default.clear_fraction[~clouded] == 1).all()
    assert (default.clear_fraction[clouded] < 1).all()
    assert np.isnan(default.sky_brightness[~clouded]).all()
    assert ((default.clear_fraction > 0) & (default.clear_fraction <= 1)).all()
    # January to December of Exmouth, from the table; the telescope there is 0 km away
    exmouth = next(row for row in table("sites") if row["id"] == "S-AU-EXMOUTH")
    columns = list(exmouth)
    first = columns.index("clear_jan")
    months = [float(exmouth[column]) for column in columns[first : first + 12]]
    for name in ("AU-SST", "S-AU-EXMOUTH/T-OPT-05W"):
        assert default.clear_fraction[index_of(default, name)].tolist() == months
        assert default.climate_site[index_of(default, name)] == "S-AU-EXMOUTH"
    assert default.sky_brightness[index_of(default, "AU-SST")] == 21.8


def test_domestic_academic_telescopes_give_part_of_their_time(default):
    assert default.sensors.availability[index_of(default, "JP-SEIMEI")] == pytest.approx(0.3 * 0.95)
    assert default.sensors.availability[index_of(default, "JP-BSGC-1M")] == pytest.approx(0.95)
    assert default.sensors.availability[index_of(default, "AU-ZADKO")] == pytest.approx(0.95)


def test_evidence_travels_with_every_contributor(default):
    assert set(default.confidence.tolist()) <= set("ABC")
    assert (default.source != "").all()
    assert default.confidence[index_of(default, "JP-DSRADAR")] == "C"  # its range is a guess
    assert default.confidence[index_of(default, "US-SPFENCE")] == "A"


def test_assumptions_are_listed_and_documented(default):
    ids = [identifier for identifier, _ in default.assumptions]
    assert len(ids) == len(set(ids))
    assert ids == [row["id"] for row in table("assumptions") if row["used_by"] == ""]
    assert all(one.startswith("A-NET-") for one in ids)


def test_the_documentation_lists_every_assumption():
    from conftest import REPOSITORY

    text = (REPOSITORY / "docs" / "network.md").read_text(encoding="utf-8")
    for row in table("assumptions"):
        assert f"| {row['id']} | {row['value']} | {row['unit']} |" in text


def test_tables_are_found_from_any_folder(tmp_path):
    code = "from kansoku.network import listing; print(len(listing('JPN')))"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert int(done.stdout) == len([r for r in table("sites") if r["country"] == "JPN"]) + len(
        [r for r in table("sensors_existing") if r["country_host"] == "JPN"]
    )
