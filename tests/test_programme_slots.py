"""Track slots given to partners: from the tables and the study, and what they keep from leaving."""

from dataclasses import replace

import numpy as np
import pytest

import programme_study
from kansoku import configfile
from kansoku.config import DesignSection, NetworkSection
from kansoku.design.portfolio import Effort
from kansoku.design.programme.decision import Consequences
from kansoku.design.programme.search import solve
from kansoku.errors import KansokuError, NetworkError
from kansoku.network import accounts_of, load, load_tables
from table_folder import copy_tables, drop, edit, records
from test_programme_question import (
    CLASSES,
    COVERAGE,
    CREDIT_OF_TIER,
    IDS,
    NUMBERS,
    asked,
    coverage_of,
    credited,
    decision_of,
    in_service,
    network,
    offers,
)

SCARCE = {"radar": {"partner_share": 0.2, "reserve_share": 0.7}}
CIVIL = [name for name, of_class in zip(IDS, CLASSES, strict=True) if of_class == "civil"]


def test_slots_that_reach_for_all_partners_limit_nothing():
    """The United States and Australia may get tracks: 2 x 0.1 <= 1 - 0.7."""
    assert not asked().release.slots.any()
    assert not asked(slots={"radar": {"reserve_share": 0.8}}).release.slots.any()
    assert asked(slots={"radar": {"reserve_share": 0.81}}).release.slots.any()


def test_slots_go_to_partners_who_may_get_tracks_of_a_sensor():
    programme = asked(slots=SCARCE)
    taken = {
        (programme.options.names[i], programme.sharing.partners[p])
        for i, p in np.argwhere(programme.release.slots > 0)
    }
    assert taken == {(name, partner) for name in CIVIL for partner in ("USA", "AUS")}
    scarce = [name in CIVIL for name in programme.options.names]
    assert programme.release.reserve.tolist() == [0.7 if one else 0.0 for one in scarce]
    assert set(programme.release.slots[programme.release.slots > 0]) == {0.2}
    other_kind = asked(slots={"telescope": {"partner_share": 1.0, "reserve_share": 1.0}})
    assert not other_kind.release.slots.any()


def test_tracks_of_a_sensor_leave_to_those_who_have_its_slots():
    """Tier 4 is agreed; of own-1 the United States have the slots, of S1/A they have not."""
    programme = asked(slots=SCARCE)
    order, agreed = {"S1/A": 0, "S1/B": 1}, {"USA-4"}
    decision = decision_of(programme, order, agreed)
    tasked = np.zeros_like(decision.tasked)
    usa = programme.sharing.partners.index("USA")
    tasked[programme.options.names.index("own-1"), usa] = True
    of = Consequences(programme)
    for aim in programme.aims:
        if aim.view.name == "gain of USA":
            view = programme.views.index(aim.view)
            weights = of.weights(replace(decision, tasked=tasked), view)[:, aim.year]
            worth = np.zeros((len(IDS), len(NUMBERS)))
            worth[[IDS.index("us-1"), IDS.index("us-2")]] = 1.0
            for name in in_service(order, aim.year):
                tier = 4 if name == "own-1" else 3
                worth[IDS.index(name)] = CREDIT_OF_TIER[tier - 1]
            assert aim.term.value(weights) == pytest.approx(
                credited(worth, COVERAGE.credit), abs=1e-12
            )
    without = coverage_of(programme, order, agreed)["gain", "gain of USA", 2]
    free = coverage_of(asked(), order, agreed)["gain", "gain of USA", 2]
    assert without < free, "nobody has slots: all at tier 3"


def test_slots_that_nobody_has_go_to_partners_as_far_as_they_reach():
    """0.3 of each sensor in service: one partner at 0.2, whose gain counts before others."""
    programme = asked(slots=SCARCE)
    of = Consequences(programme)
    usa, aus = (programme.sharing.partners.index(name) for name in ("USA", "AUS"))
    own = programme.options.names.index("own-1")
    every = of.with_slots(of.nothing()).tasked
    assert every[own, usa].all()
    assert not every[own, aus].any()
    assert not every[programme.options.names.index("S1/A")].any(), "it is not in service"
    begun = of.nothing().tasked.copy()
    begun[own, aus, 1] = True
    kept = of.with_slots(replace(of.nothing(), tasked=begun)).tasked
    assert kept[own, aus].tolist() == [False, True, False, False]
    assert kept[own, usa].tolist() == [True, False, True, True]


def test_slots_that_are_kept_cost_an_arrangement_that_waits_for_tracks():
    kept = {"USA-3", "AUS-5", "HOST-AUS"}
    wanting = {"gain_needed": 0.62, "latency_hours": 1.0, "usable_share": 1.0}
    some = [
        replace(one, **(wanting if one.id == "AUS-5" else {})) for one in offers() if one.id in kept
    ]
    net, exact = network(some), Effort(gap=1e-6, time_limit_s=60)
    free = solve(asked(net), exact)
    keep_more = {"radar": {"partner_share": 0.4}}
    bound = solve(asked(net, slots=keep_more), exact)
    australia = asked(net).sharing.names.index("AUS-5")
    assert free.decision.in_force[australia].any()
    assert not bound.decision.in_force[australia].any()
    assert free.objective > bound.objective + 0.01


# The tables -----------------------------------------------------------------------------------

SECTION = NetworkSection()
DESIGN = DesignSection(decision_fy=2027, horizon_fy=2032, programme={})


def test_every_kind_has_its_shares_in_the_accounts():
    net = load(SECTION, DESIGN, over_years=True)
    accounts = accounts_of(net, SECTION, DESIGN)
    telescope, partner = "S-JP-BISEI/T-OPT-1M", "US-SPFENCE"
    by_id = {name: c for c, name in enumerate(net.id.tolist())}
    assert accounts.partner_slot_share[by_id[telescope]] == 0.1
    assert accounts.reserve_share[by_id[telescope]] == 0.6
    assert accounts.partner_slot_share[by_id[partner]] == 0.0
    fences = net.sensors.kind == 2
    assert not accounts.partner_slot_share[fences].any()
    assert {row["kind"] for row in records("release_slots")} == {
        "telescope", "radar", "fan_radar", "laser", "passive_rf"
    }  # fmt: skip


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"kind": "camera"}, r"release_slots.csv:2: kind: got 'camera', must be one of"),
        ({"partner_share": "1.2"}, r"release_slots.csv:2: partner_share: got '?1.2"),
        ({"reserve_share": ""}, r"release_slots.csv:2: reserve_share: "),
        ({"assumption": "A-X"}, r"release_slots.csv:2: assumption: got 'A-X', which assumptions"),
    ],
)
def test_a_row_that_cannot_be_is_told_by_line_and_column(tmp_path, change, said):
    folder = copy_tables(tmp_path)
    edit(folder, "release_slots", "telescope", **change)
    with pytest.raises(NetworkError, match=said):
        load_tables(folder)


def test_a_kind_without_a_row_is_told_by_name(tmp_path):
    folder = copy_tables(tmp_path)
    drop(folder, "release_slots", "radar")
    tables = load_tables(folder)
    net = load(SECTION, DESIGN, tables, over_years=True)
    with pytest.raises(NetworkError, match=r"release_slots.csv: no row radar; add what partners"):
        accounts_of(net, SECTION, DESIGN, tables)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("slots: {camera: {partner_share: 0.1}}", "design.programme.slots.camera: "),
        ("slots: {radar: {partner_share: 1.5}}", "design.programme.slots.radar.partner_share: got"),
        ("slots: {radar: {share: 0.5}}", "design.programme.slots.radar.share: unknown key"),
    ],
)
def test_slots_that_cannot_be_are_told_by_key(tmp_path, line, said):
    path = programme_study.write(
        tmp_path, old="    autonomy_min", new=f"    {line}\n    autonomy_min"
    )
    with pytest.raises(KansokuError) as told:
        configfile.load_config(path)
    assert said in str(told.value)
