"""A study over fiscal years as a programme: rows, floors, packages and promises from the bits."""

import re
from dataclasses import replace
from itertools import product

import numpy as np
import pytest

from kansoku import configfile, document
from kansoku.config import CoverageSection, DesignSection, NetworkSection
from kansoku.configprogramme import ProgrammeSection
from kansoku.design.programme import Decision
from kansoku.design.programme.agreements import exclusions
from kansoku.design.programme.allowed import broken
from kansoku.design.programme.building import Builder, Prices, Step
from kansoku.design.programme.decision import Consequences
from kansoku.design.programme.parties import place_in_supply
from kansoku.design.programme.question import programme_of
from kansoku.design.programme.reciprocity import worth_to_partners
from kansoku.design.programme.valuing import Evaluator
from kansoku.design.requirements import Seen
from kansoku.errors import DesignError
from kansoku.network.accounts import Accounts
from kansoku.network.purses import Purse
from network_rows import arrangement, network_of
from sensor_rows import RADAR_ROW

COVERAGE = CoverageSection(credit=(1.0, 0.5), min_tier=3, max_latency_hours=12)
CREDIT_OF_TIER = (0.5, 0.8, 0.9, 1.0, 1.0)  # the default, alerts first
NUMBERS = np.arange(40, dtype=np.int64) + 25000

# id, role, host country, partner, site, owner class
SENSORS = [
    ("own-1", "own", "JPN", "", "own-1", "civil"),
    ("own-2", "own", "JPN", "", "own-2", "military"),
    ("S1/A", "candidate", "JPN", "", "S1", "civil"),
    ("S1/B", "candidate", "JPN", "", "S1", "military"),
    ("S2/A", "candidate", "AUS", "", "S2", "civil"),
    ("us-1", "partner", "USA", "USA", "us-1", ""),
    ("us-2", "partner", "AUS", "USA", "us-2", ""),
    ("au-1", "partner", "AUS", "AUS", "au-1", ""),
    ("firm-1", "partner", "NZL", "FIRM", "firm-1", ""),
]
IDS, ROLES, COUNTRIES, PARTNERS, SITES, CLASSES = map(list, zip(*SENSORS, strict=True))
PURSE_OF = {"S1/A": "civil", "S1/B": "defence", "S2/A": "civil"}


def offer(name, partner, tier, **more):
    one = arrangement(name, partner, tier, cost=10.0, usable=more.pop("usable", 1.0))
    return replace(one, tier_given=tier, purse="civil", term_years=1, **more)


def offers():
    package = {"kind": "purchase", "usable": 0.8, "tariff": "F"}
    return [
        offer("USA-3", "USA", 3, usable=0.5, link="L1", excludes=("USA-4",), in_force=True),
        offer("USA-4", "USA", 4, usable=0.4, link="L1", lead_years=1, gain_needed=0.3),
        offer("AUS-5", "AUS", 5, usable=0.9, latency_hours=24.0, link="L2"),
        offer("POOL", "BODY", 3, kind="pool", partners=("USA", "AUS"), usable=0.6,
              needs=(("USA-3", "USA-4"),), link="L2"),
        offer("F-25", "FIRM", 3, package_share=0.25, excludes=("F-50", "F-100"), **package),
        offer("F-50", "FIRM", 3, package_share=0.5, excludes=("F-100",), **package),
        offer("F-100", "FIRM", 3, package_share=1.0, **package),
        offer("HOST-AUS", "AUS", 5, kind="hosted", third_party_release=True),
    ]  # fmt: skip


def network(arrangements=None):
    cost = [(50.0, 100.0, 200.0) if role == "candidate" else (0, 0, 0) for role in ROLES]
    made = network_of(
        [RADAR_ROW] * len(IDS), ROLES, PARTNERS, SITES, ["JPN"] * 5 + ["USA"] * 2 + ["AUS", "NZL"],
        cost, {"S1": (1.0, 2.0, 3.0), "S2": (4.0, 5.0, 6.0)},
        offers() if arrangements is None else arrangements,
    )  # fmt: skip
    return replace(made, id=np.array(IDS), country=np.array(COUNTRIES))


def purse(name, authority_years=5, budget=500.0):
    return Purse(
        id=name, name=name, owner_class="", pays_owner_classes=(), pays_kinds=(), sensor_types=(),
        carry_over_share=0.1, authority_years=authority_years, staff_fte=9.0,
        budget_mjpy_per_year=budget, growth_per_year=0.0, first_fy=2027, last_fy=2030,
        profile={1: (1.0,), 2: (0.4, 0.6)},
    )  # fmt: skip


def accounts(net, **purses):
    candidate = net.role == "candidate"
    parties = list(dict.fromkeys(p for one in net.arrangements for p in one.parties))
    ceilings = [[4 if of_class == "civil" else 3 if of_class else 0] * len(parties)
                for of_class in CLASSES]  # fmt: skip
    return Accounts(
        purses=(purse("civil", **purses), purse("defence")),
        tariffs={},
        partners=np.array(parties),
        purse=np.array([PURSE_OF.get(name, "") for name in IDS]),
        owner_class=np.array(CLASSES),
        supplier=np.where(candidate, "JPN", ""),
        staff_fte=np.where(candidate, 2.0, 0.0),
        life_years=np.where(candidate, 30.0, np.inf),
        build_years=np.where(candidate, [1 if name == "S1/B" else 2 for name in IDS], 0),
        host=np.array(["HOST-AUS" if name == "S2/A" else "" for name in IDS]),
        release_ceiling=np.array(ceilings, dtype=np.int8),
        partner_slot_share=np.full(len(IDS), 0.1),
        reserve_share=np.full(len(IDS), 0.7),
    )


def seen(seed=1):
    """Tracks; what the owner has sees little, so that floors bind."""
    rng = np.random.default_rng(seed)
    tracks = rng.choice([0, 0, 1, 2], size=(len(IDS), len(NUMBERS), 2)).astype(np.uint8)
    tracks[:2] *= rng.random((2, len(NUMBERS), 2)) < 0.2
    clear = rng.random((3, len(IDS), 2)) < 0.8
    return Seen(tracks, clear, rng.integers(1, 1000, len(NUMBERS)))


def asked(net=None, books=None, **section):
    net = network() if net is None else net
    design = DesignSection(
        decision_fy=2027, horizon_fy=2030,
        programme=ProgrammeSection(**section),
    )  # fmt: skip
    books = accounts(net) if books is None else books
    return programme_of(net, books, seen(), NUMBERS, COVERAGE, design, NetworkSection())


# The oracle: loops over cells, from the bits alone


def credited(worth, credit):
    """Credited coverage where a track of contributor c of target n is worth worth[c, n]."""
    data, earned, demand = seen(), 0.0, 0.0
    draws, _, windows = data.clear.shape
    for s, n, w in product(range(draws), range(len(NUMBERS)), range(windows)):
        count = sum(
            int(data.tracks[c, n, w]) * bool(data.clear[s, c, w]) * worth[c, n]
            for c in range(len(IDS))
        )
        weight = float(data.weight[n])
        earned += weight * sum(phi * min(max(count - m, 0.0), 1.0) for m, phi in enumerate(credit))
        demand += weight * sum(credit)
    return earned / demand


def in_service(order, t):
    """Contributors of ours in service, by id; orders are {id: year}."""
    lead = {"S1/A": 2, "S1/B": 1, "S2/A": 2}
    return {"own-1", "own-2"} | {name for name, tau in order.items() if tau + lead[name] <= t}


def worth_to_us(order, agreed, t):
    """Worth of every contributor and target in a year, (C, N)."""
    worth = np.zeros((len(IDS), len(NUMBERS)))
    for name in in_service(order, t):
        worth[IDS.index(name)] = 1.0
    # tier 3 of the USA: the better of 0.5 and 0.6 usable, whichever opens it; tier 4 at 0.4 is
    # worth less than tier 3 and so as much; Australia at tier 5 comes too late
    if agreed & {"USA-3", "USA-4", "POOL"}:
        worth[[IDS.index("us-1"), IDS.index("us-2")]] = 0.9 * 0.6
    if "POOL" in agreed:
        worth[IDS.index("au-1")] = 0.9 * 0.6
    place = place_in_supply(NUMBERS)
    for name, share in (("F-25", 0.25), ("F-50", 0.5), ("F-100", 1.0)):
        if name in agreed:
            worth[IDS.index("firm-1")] = np.where(place <= share, 0.9 * 0.8, 0.0)
    return worth


DECISIONS = [
    ({}, {"USA-3"}),
    ({"S1/A": 0, "S1/B": 1}, {"USA-4", "F-25"}),
    ({"S2/A": 0}, {"USA-3", "POOL", "HOST-AUS", "F-50", "AUS-5"}),
    ({"S1/A": 1, "S1/B": 2, "S2/A": 1}, {"POOL", "USA-3", "F-100", "HOST-AUS"}),
]


def decision_of(programme, order, agreed):
    nothing = Consequences(programme).nothing()
    ordered = np.full(len(programme.options), -1)
    for name, tau in order.items():
        ordered[programme.options.names.index(name)] = tau
    in_force = np.repeat(
        [[name in agreed] for name in programme.sharing.names], len(programme.years), axis=1
    )
    return Decision(ordered, nothing.kept, in_force, nothing.tasked)


def coverage_of(programme, order, agreed):
    """Coverage of every aim, by the name of its term, its view and its year."""
    of, decision = Consequences(programme), decision_of(programme, order, agreed)
    found = {}
    for aim in programme.aims:
        weights = of.weights(decision, programme.views.index(aim.view))[:, aim.year]
        found[aim.term.name, aim.view.name, aim.year] = aim.term.value(weights)
    return found


@pytest.mark.parametrize(("order", "agreed"), DECISIONS)
def test_coverage_and_autonomy_are_those_of_the_bits(order, agreed):
    floors = {2029: 0.2, 2030: 0.3}
    programme = asked(autonomy_min=floors, gains=False)
    assert [aim.at_least for aim in programme.aims[4:]] == [0.2, 0.3]
    found = coverage_of(programme, order, agreed)
    for t in range(4):
        exact = credited(worth_to_us(order, agreed, t), COVERAGE.credit)
        assert found["coverage", "ours", t] == pytest.approx(exact, abs=1e-12)
    for t in (2, 3):
        own = np.zeros((len(IDS), len(NUMBERS)))
        own[[IDS.index(name) for name in in_service(order, t)]] = 1.0
        assert found["autonomy", "ours", t] == pytest.approx(credited(own, (1.0,)), abs=1e-12)


def lost_in(case, agreed):
    """Contributors that fall, and arrangements that are left, in a case such as 'site S1'."""
    kind, name = case.split()
    column = {"site": SITES, "country": COUNTRIES, "owner_class": CLASSES}.get(kind)
    if column:
        return {IDS[c] for c in range(len(IDS)) if column[c] == name}, set(agreed)
    void = {"partner USA": {"USA-3", "USA-4"}, "partner AUS": {"AUS-5", "HOST-AUS"},
            "partner BODY": {"POOL"}, "partner FIRM": {"F-25", "F-50", "F-100"},
            "link L1": {"USA-3", "USA-4"}, "link L2": {"AUS-5", "POOL"}}[case]  # fmt: skip
    left = set(agreed) - void
    left -= {"POOL"} if {"USA-3", "USA-4"} <= void else set()  # it needs one of them
    fallen = {IDS[c] for c in range(len(IDS)) if kind == "partner" and PARTNERS[c] == name}
    return fallen | ({"S2/A"} if "HOST-AUS" not in left else set()), left


KEEP = 0.25  # more than what stands keeps alone
KINDS = ("site", "country", "partner", "link", "owner_class")


@pytest.mark.parametrize(("order", "agreed"), DECISIONS)
def test_what_is_left_after_a_loss_is_that_of_the_bits(order, agreed):
    programme = asked(gains=False, stress={"kinds": KINDS, "keep_min": KEEP, "years": (2029, 2030)})
    found = coverage_of(programme, order, agreed)
    cases = {key for key in found if key[0] not in ("coverage", "autonomy")}
    floors = {aim.at_least for aim in programme.aims if aim.worth == 0.0}
    assert floors == {KEEP}
    for name, view, t in cases:
        case = (name if name.startswith("without ") else view).removeprefix("without ")
        fallen, left = lost_in(case, agreed)
        worth = worth_to_us(order, left, t)
        worth[[IDS.index(each) for each in fallen]] = 0.0
        assert found[name, view, t] == pytest.approx(credited(worth, COVERAGE.credit), abs=1e-12)
    assert {t for _, _, t in cases} == {2, 3}
    assert len(cases) == 2 * 6


def test_a_link_that_falls_alone_takes_its_arrangements():
    """One term for whole rows, several views: nothing but access is lost."""
    programme = asked(gains=False, stress={"kinds": ("link",), "keep_min": KEEP})
    assert {aim.term.name for aim in programme.aims} == {"coverage"}
    assert [aim.view.name for aim in programme.aims[4:]] == ["without link L1"]


def test_losses_within_others_are_not_asked_for_twice():
    programme = asked(gains=False, stress={"kinds": KINDS, "keep_min": KEEP})
    names = [aim.term.name for aim in programme.aims[4:]]
    # Sites lie in countries, links fall with partners, military sensors are all in Japan
    assert names == [
        "without country JPN",
        "without country AUS",
        "without partner USA",
        "without partner AUS",
        "without partner FIRM",
        "without owner_class civil",
    ]
    usa = programme.aims[6].view
    assert usa.name == "without partner USA"
    # All over that link, and the pool that needs one of them
    assert [programme.sharing.names[r] for r in usa.void] == ["USA-3", "USA-4", "POOL"]


def test_floors_that_standing_sensors_keep_alone_are_left_out():
    programme = asked(gains=False, stress={"kinds": ("partner",), "keep_min": 0.001})
    assert len(programme.aims) == 4


@pytest.mark.parametrize(("order", "agreed"), DECISIONS)
def test_the_gain_of_a_partner_is_that_of_the_bits(order, agreed):
    """By its own sensors, and ours released: civil ones up to tier 4, military ones to tier 3."""
    found = coverage_of(asked(), order, agreed)
    given = max([0, *(int(name[-1]) for name in agreed if name.startswith("USA"))])
    given = max(given, 3 if "POOL" in agreed else 0)
    for t in range(1, 4):
        worth = np.zeros((len(IDS), len(NUMBERS)))
        worth[[IDS.index("us-1"), IDS.index("us-2")]] = 1.0
        for name in in_service(order, t):
            tier = min(given, 4 if CLASSES[IDS.index(name)] == "civil" else 3)
            worth[IDS.index(name)] = CREDIT_OF_TIER[tier - 1] if tier > 1 else 0.0
        exact = credited(worth, COVERAGE.credit)
        assert found["gain", "gain of USA", t] == pytest.approx(exact, abs=1e-12)


def test_alerts_are_no_gain_and_a_richer_tier_is_never_worth_less():
    uneven = CoverageSection(tier_credit=(0.9, 0.3, 0.7, 0.6, 1.0))
    assert worth_to_partners(uneven).tolist() == [0.0, 0.3, 0.7, 0.7, 1.0]


def test_a_promise_starts_from_what_the_partner_sees_alone():
    programme = asked()
    own = np.zeros((len(IDS), len(NUMBERS)))
    own[[IDS.index("us-1"), IDS.index("us-2")]] = 1.0
    assert [programme.aims[one.aim].year for one in programme.promises] == [1, 2, 3]
    for promise in programme.promises:
        assert programme.sharing.names[promise.arrangement] == "USA-4"
        assert promise.need == 0.3
        assert promise.base == pytest.approx(credited(own, COVERAGE.credit), abs=1e-12)


def test_a_promise_that_standing_sensors_keep_is_left_out():
    easy = [replace(one, gain_needed=one.gain_needed / 100) for one in offers()]
    assert asked(network(easy)).promises == ()
    assert asked(gains=False).promises == ()


def test_packages_are_nested_and_spread():
    sharing = asked(gains=False).sharing
    parts = [p for p, name in enumerate(sharing.partners) if name.startswith("FIRM")]
    opened = {name: (sharing.received[r, parts] > 0).tolist()
              for r, name in enumerate(sharing.names) if name.startswith("F-")}  # fmt: skip
    assert opened == {
        "F-25": [True, False, False],
        "F-50": [True, True, False],
        "F-100": [True, True, True],
    }
    place = place_in_supply(np.arange(1, 40001))
    assert place.min() > 0.0
    assert place.max() <= 1.0
    counts = np.histogram(place, [0.0, 0.25, 0.5, 1.0])[0]
    np.testing.assert_allclose(counts, [10000, 10000, 20000], atol=300)


def test_pairs_that_exclude_each_other_become_groups():
    assert exclusions(offers()) == ((0, 1), (4, 5, 6))
    chain = [offer("A", "X", 3, excludes=("B",)), offer("B", "X", 3, excludes=("C",)),
             offer("C", "X", 3)]  # fmt: skip
    assert exclusions(chain) == ((0, 1), (1, 2)), "A and C may be in force together"


def test_money_leads_and_hosts_are_those_of_the_tables():
    programme = asked(gains=False, discount_per_year=0.25, escalation_per_year=0.1)
    options, purses = programme.options, programme.purses
    assert options.names == ("S1/A", "S1/B", "S2/A")
    assert options.payments_mjpy.tolist() == [[40.0, 60.0], [100.0, 0.0], [40.0, 60.0]]
    assert options.lead_years.tolist() == [2, 1, 2]
    assert options.host.tolist() == [-1, -1, 7]
    assert options.purse.tolist() == [0, 1, 0]
    assert programme.places.names == ("S1 (civil)", "S1 (defence)", "S2")
    assert programme.places.opening_mjpy.tolist() == [2.0, 2.0, 5.0]
    assert purses.budget_mjpy.tolist() == [[500.0] * 4] * 2
    assert purses.carry_limit_mjpy.tolist() == [50.0, 50.0]
    assert purses.tail_mjpy.tolist() == [500.0, 500.0]
    np.testing.assert_allclose(programme.escalation, [1.0, 1.1, 1.21, 1.331])
    worth = np.array([aim.worth for aim in programme.aims])
    np.testing.assert_allclose(worth, np.array([1.0, 0.8, 0.64, 0.512]) / 2.952)


def test_a_sensor_abroad_is_ordered_with_its_host():
    """Neither is of use alone: a search that takes one step at a time must take both."""
    programme = asked(gains=False)
    prices = Prices(dict.fromkeys(programme.orders(), 1.0), np.ones((8, 4)))
    builder = Builder(Evaluator(programme), prices)
    nothing = builder.evaluate.consequences.nothing()
    abroad = programme.options.names.index("S2/A")
    taken = builder.taken(nothing, Step("order", abroad, 1))
    assert taken.in_force[7].tolist() == [False, False, False, True]
    assert broken(builder.evaluate.consequences, taken) == ""
    assert builder.fill(nothing).decision.ordered[abroad] != -1


def test_a_study_says_what_its_purses_hold():
    programme = asked(
        gains=False,
        purses={
            "civil": {"budget_mjpy": {2028: 70.0}, "tail_mjpy": 3.0},
            "defence": {"budget_mjpy": [1, 2, 3, 4], "carry_over_mjpy": 0.0},
        },
    )
    assert programme.purses.budget_mjpy.tolist() == [[0.0, 70.0, 0.0, 0.0], [1.0, 2.0, 3.0, 4.0]]
    assert programme.purses.carry_limit_mjpy.tolist() == [7.0, 0.0]
    assert programme.purses.tail_mjpy.tolist() == [3.0, 4.0]


def test_a_purse_orders_nothing_that_it_pays_for_longer_than_it_may_sign():
    net = network()
    programme = asked(net, accounts(net, authority_years=1), gains=False)
    ordered = {programme.options.names[i] for i, _ in programme.orders()}
    assert ordered == {"S1/B"}


@pytest.mark.parametrize(
    ("section", "said"),
    [
        ({"purses": {"civic": {}}}, r"purses: civic: no such purse; choose from civil, defence"),
        (
            {"autonomy_min": {2030: 0.99}},
            r"autonomy in FY2030: at least 0.99 .* reach 0\.\d+; lower",
        ),
        (
            {"autonomy_min": 0.6},
            r"autonomy in FY2027: at least 0.6 .*\n.*autonomy in FY2028: ",
        ),
        (
            {"stress": {"kinds": ("country",), "keep_min": 0.9}},
            r"without country JPN in FY2030: at least 0.9 is asked .* lower the floor",
        ),
        (
            {"stress": {"kinds": ("link",), "keep_min_pair": 0.1}},
            r"keep_min_pair: only the link L1 can be lost .*kinds: link.* two losses of which nei",
        ),
        (
            {"stress": {"kinds": ("centre",), "least_worth": 0.5}},
            r"least_worth: nothing can be lost .*kinds: centre.* name more kinds, or remove least",
        ),
        (
            {"stress": {"kinds": ("centre",), "keep_min_pair": 0.1}},
            r"keep_min_pair: nothing can be lost .* name more kinds, or remove keep_min_pair",
        ),
    ],
)  # fmt: skip
def test_what_cannot_be_is_told_by_name(section, said):
    with pytest.raises(DesignError, match=said):
        asked(gains=False, **section)


def test_a_purse_that_never_opens_is_told_by_name():
    net = network()
    with pytest.raises(DesignError, match=r"civil.budget_mjpy: 0 in every year.*USA-3"):
        asked(net, accounts(net, budget=0.0))


def test_only_purses_that_pay_for_something_on_offer_are_there():
    assert asked().purses.names == ("civil", "defence")
    free = [replace(one, setup_mjpy=0, gateway_mjpy=0, fee_mjpy_per_year=0) for one in offers()]
    payer = np.where([name in PURSE_OF for name in IDS], "defence", "")
    one_payer = replace(accounts(network(free)), purse=payer)
    assert asked(network(free), one_payer).purses.names == ("defence",)
    with pytest.raises(DesignError, match=r"purses.civil: pays for nothing .* remove it, or offer"):
        asked(network(free), one_payer, purses={"civil": {"budget_mjpy": 5}})


def test_needs_that_are_not_on_offer_are_told_by_name():
    left = [one for one in offers() if not one.id.startswith("USA")]
    with pytest.raises(DesignError, match="POOL needs USA-3 or USA-4, not on offer; add USA-3"):
        asked(network(left))


def test_without_the_section_there_is_no_programme():
    net = network()
    design = DesignSection(budget_mjpy=1)
    with pytest.raises(DesignError, match=r"design\.programme: missing"):
        programme_of(net, accounts(net), seen(), NUMBERS, COVERAGE, design, NetworkSection())


# The section in a file


def problems(tmp_path, *lines):
    text = configfile.packaged_text("demo")
    for key in ("budget_mjpy", "autonomy_min", "frontier_budgets_mjpy"):  # of one period
        text = re.sub(rf"\n  {key}: .*(\n {{9}}.*)*", "", text)
    written = "\ndesign:\n  programme:\n" + "".join(f"    {line}\n" for line in lines)
    path = tmp_path / "study.yaml"
    path.write_text(text.replace("\ndesign:\n", written), encoding="utf-8")
    loaded, found = configfile.inspect(path)
    return loaded, [str(problem).partition(": ")[2] for problem in found]


def test_a_section_is_read_and_written_back(tmp_path):
    loaded, found = problems(
        tmp_path,
        "purses:",
        "  civil: {budget_mjpy: {2027: 10, 2030: 5}}",
        "  data: {budget_mjpy: [1, 2, 3, 4, 5, 6]}",
        "stress: {kinds: [site, partner], keep_min: 0.2}",
    )  # fmt: skip
    assert found == []
    programme = loaded.config.design.programme
    assert programme.purses["civil"].budget_mjpy == {2027: 10.0, 2030: 5.0}
    again = document.read(configfile.resolved_yaml(loaded.config)).data["design"]["programme"]
    assert ProgrammeSection.model_validate(again) == programme
    left = {one.key for one in configfile.unchanged_assumptions(loaded.config)}
    assert "design.programme.discount_per_year" in left


WITHIN = "must name years from design.decision_fy 2027 to design.horizon_fy 2032; correct the years"


@pytest.mark.parametrize(
    ("line", "key", "said"),
    [
        (
            "purses: {civi: {budget_mjpy: 1}}",
            "purses.civi",
            "got 'civi', must be a purse of purses.csv; did you mean civil?",
        ),
        (
            "purses: {civil: {budget_mjpy: 0}}",
            "purses.civil.budget_mjpy",
            "got 0, must be above 0 in some year, or the purse never opens; raise it",
        ),
        (
            "purses: {civil: {budget_mjpy: [1, 2]}}",
            "purses.civil.budget_mjpy",
            "got [1, 2], must hold 6 amounts, one for each year from FY2027 to FY2032; "
            "add or remove some",
        ),
        (
            "purses: {civil: {budget_mjpy: word}}",
            "purses.civil.budget_mjpy",
            "got 'word', must hold numbers only; correct it",
        ),
        (
            "purses: {civil: {budgt_mjpy: 1}}",
            "purses.civil.budgt_mjpy",
            "unknown key; did you mean `budget_mjpy`?",
        ),
        ("autonomy_min: {2040: 0.1}", "autonomy_min", "got {'2040': 0.1}, " + WITHIN),
        (
            "autonomy_min: [0, 0, 0, 0, 0, 1.5]",
            "autonomy_min",
            "got [0, 0, 0, 0, 0, 1.5], must be 1 or less in every year; lower it",
        ),
        (
            "stress: {kinds: [site]}",
            "stress.keep_min",
            "got nothing, must be above 0, or keep_min_pair, or least_worth, or losses change "
            "nothing; write one",
        ),
        (
            "stress: {kinds: [], keep_min: 0.2}",
            "stress.kinds",
            "got [], must name at least one; add one, or remove the section",
        ),
        (
            "stress: {kinds: [site, link], keep_min: 0.2, keep_min_pair: 0.3}",
            "stress.keep_min_pair",
            "got 0.3, must be 0.2 or less, as keep_min: two losses never leave more than one; "
            "lower it",
        ),
        (
            "stress: {kinds: [site], keep_min: 0.2, supplier_delay_years: 3}",
            "stress.supplier_delay_years",
            "got 3, must not be given where kinds does not name supplier, for it alone comes late; "
            "add it, or remove the delay",
        ),
        (
            "stress: {kinds: [site], keep_min: 0.2, years: [2050]}",
            "stress.years",
            "got [2050], " + WITHIN,
        ),
    ],
)
def test_a_section_that_cannot_be_is_told_by_key(tmp_path, line, key, said):
    assert problems(tmp_path, line)[1] == [f"design.programme.{key}: {said}"]
