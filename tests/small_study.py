"""A small study with drawn tracks: real tables, 60 objects, no propagation, no search."""

from types import SimpleNamespace

import numpy as np

from kansoku import network
from kansoku.config import Config
from kansoku.configfile import resolved_yaml, unchanged_assumptions
from kansoku.constants import REGIMES
from kansoku.coverage.collect import Coverage
from kansoku.coverage.demand import demand_weights
from kansoku.coverage.gaps import Gaps
from kansoku.coverage.value import value_of
from kansoku.cubes.findings import NetworkValue, PortfolioFindings, Provenance
from kansoku.design.cases import Answers, Case
from kansoku.design.load import Load
from kansoku.design.portfolio import Portfolio, Progress, relative_gap
from kansoku.design.problem import Design
from kansoku.design.question import contributor_credit, problem_of, repriced
from kansoku.design.requirements import Supply
from kansoku.design.slotcheck import within_slots
from kansoku.targets.objects import MeanElements, Targets

SITES = ("S-JP-BISEI", "S-JP-ISHIGAKI", "S-AU-LEARMONTH", "S-US-MAUNAKEA")
TYPES = ("T-OPT-05W", "T-OPT-1M", "T-RAD-KSGC")
WINDOWS = 8
SCENARIOS = 3
REASONS = ("", "", "", "", "never above the lowest elevation", "too faint for every telescope")


def config(arrangements=None, **design):
    return Config(
        study={"name": "small", "title": "Which sensors should Japan add?"},
        time={"start": "2024-07-05T00:00:00Z", "days": ["03-20", "09-22"]},
        network={
            "countries": ["JPN", "AUS", "USA"],
            "sites": SITES,
            "sensor_types": TYPES,
            "arrangements": arrangements,
        },
        coverage={"scenarios": SCENARIOS},
        design={"budget_mjpy": 8000.0, "autonomy_min": 0.1, **design},
    )


def drawn_targets(rng, count):
    zero = np.zeros(count)
    elements = MeanElements(
        epoch_jd=np.full(count, 2460496.5),
        epoch_fraction=rng.random(count),
        mean_motion_rad_min=np.full(count, 0.06),
        eccentricity=np.full(count, 0.001),
        inclination_rad=np.full(count, 1.0),
        raan_rad=zero,
        argp_rad=zero,
        mean_anomaly_rad=zero,
        bstar=zero,
    )
    return Targets(
        norad_cat_id=np.arange(100, 100 + count),
        name=np.array([f"OBJECT {n}" for n in range(count)]),
        elements=elements,
        multiplicity=rng.integers(1, 20, count).astype(float),
        diameter_m=rng.uniform(0.1, 5.0, count),
        rcs_m2=rng.uniform(0.01, 5.0, count),
        rcs_measured=np.ones(count, dtype=bool),
        albedo=np.full(count, 0.2),
        standard_magnitude=np.full(count, np.nan),
        magnitude_sigma=np.zeros(count),
        retroreflector=np.zeros(count, dtype=bool),
        emits=np.zeros(count, dtype=bool),
        regime=(np.arange(count) % len(REGIMES)).astype(np.int8),
        object_type=np.full(count, "PAY"),
        owner=np.full(count, "JPN"),
        source="drawn",
        sha256="0" * 64,
    )


def drawn_coverage(rng, contributors, targets):
    start = np.concatenate(
        [
            np.datetime64(day) + np.arange(WINDOWS // 2) * np.timedelta64(6, "h")
            for day in ("2024-03-20T00:00:00.000", "2024-09-22T00:00:00.000")
        ]
    )
    tracks = rng.poisson(0.12, (contributors, targets, WINDOWS)).astype(np.uint8)
    tracks[:, -4:] = 0  # four objects that nobody sees
    return Coverage(
        tracks=tracks,
        times=[],
        window_start=start,
        window_s=21600.0,
        error=np.zeros(targets, dtype=np.int8),
        representative=np.zeros(targets, dtype=bool),
        tests_requested=contributors * targets * 2 * 1440,
    )


def portfolio_of(problem, design, objective, bound):
    def named(names, taken):
        return tuple(name for name, one in zip(names, taken, strict=True) if one)

    return Portfolio(
        design=design,
        objective=objective,
        bound=bound,
        gap=relative_gap(objective, bound),
        coverage=(objective, 0.2),
        chosen=named(problem.candidates.names, design.built),
        arrangements=named(
            problem.arrangements.names, design.signed | problem.arrangements.in_force
        ),
        sites=named(problem.sites.names, problem.opened(design)),
        cost_mjpy=problem.cost_mjpy(design),
        seconds=1.25,
        proven=relative_gap(objective, bound) <= 0.005,
        status="gap_reached",
        nodes=7,
        cuts=20,
        seed=0,
        threads=1,
        history=(
            Progress(0.1, 0.8 * objective, 1.0, 0, 5),
            Progress(0.5, objective, 1.01 * bound, 1, 11),
            Progress(1.2, objective, bound, 7, 20),
        ),
    )


def design_of(problem, built, signed):
    return Design(
        np.isin(problem.candidates.names, built),
        problem.arrangements.in_force | np.isin(problem.arrangements.names, signed),
    )


def valued(study, credit):
    steps = study.config.coverage.credit
    return value_of(study.coverage.tracks, study.clear, credit, study.targets, study.weight, steps)


def own_part(study, credit):
    return np.where(study.network.owner == "JPN", credit, 0.0)


def network_value(study, credit, rng):
    shape = (SCENARIOS, len(study.targets))
    longest = rng.uniform(3600.0, 86400.0, shape)
    return NetworkValue(
        contributor_credit=credit[:, None],
        all=valued(study, credit),
        own=valued(study, own_part(study, credit)),
        gaps=Gaps(longest, 0.9 * longest, 0.4 * longest),
    )


def unseen_by(study, credit):
    unseen = np.full(len(study.targets), "", dtype="<U40")
    lost = ~study.coverage.tracks[credit > 0].any(axis=(0, 2))
    unseen[lost] = np.resize(REASONS[-2:], lost.sum())
    return unseen


def slots_of(study, problem, designs):
    """Four slots a sensor and window: scarce."""
    slots = np.full((len(study.network), WINDOWS), 4.0)
    return within_slots(
        study.coverage.tracks,
        study.clear,
        study.weight,
        Supply(study.targets.multiplicity, slots),
        study.config.coverage.credit,
        tuple(contributor_credit(study.network, problem, design) for design in designs),
        study.network.owner == "JPN",
    )


def answers_of(study, problem, chosen):
    def solved(design, asked=problem):
        credit = contributor_credit(study.network, asked, design)
        reached = float(valued(study, credit).credited.mean())
        return portfolio_of(asked, design, reached, 1.004 * reached)

    main = solved(chosen)
    more = design_of(problem, [*main.chosen, "S-JP-BISEI/T-OPT-1M"], ["AUS-T4"])
    small = design_of(problem, ["S-JP-BISEI/T-OPT-05W"], [])
    return Answers(
        portfolio=main,
        frontier=(
            Case("2,000", 2000.0, None, "autonomy: out of reach within 2,000 million JPY"),
            Case("4,000", 4000.0, solved(small)),
            Case("budget", 8000.0, main),
            Case("16,000", 16000.0, solved(more)),
        ),
        prices=tuple(
            Case(
                level,
                8000.0,
                main if level == "mid" else solved(small, repriced(study.network, problem, level)),
            )
            for level in ("low", "mid", "high")
        ),
        next_billion=Case("one more billion yen", 9000.0, solved(more)),
    )


def provenance_of(wanted):
    return Provenance(
        resolved_yaml=resolved_yaml(wanted),
        config_sha256="1" * 64,
        unchanged_assumptions=tuple(
            (one.id, one.key, str(one.default), one.sentence)
            for one in unchanged_assumptions(wanted)
        ),
        backend="numpy",
        machine="the host",
        notes=("60 objects read, none skipped.", "2 objects are lost to propagation errors."),
    )


def small_findings(seed=0, arrangements=None, **design):
    """Findings with drawn tracks; the same seed gives the same findings."""
    rng = np.random.default_rng(seed)
    study = SimpleNamespace(config=config(arrangements, **design))
    wanted = study.config
    study.network = network.load(wanted.network, wanted.design)
    study.targets = drawn_targets(rng, 60)
    study.coverage = drawn_coverage(rng, len(study.network), len(study.targets))
    study.clear = rng.random((SCENARIOS, len(study.network), WINDOWS)) < 0.7
    study.weight = demand_weights(study.targets, dict(wanted.coverage.weights), WINDOWS, SCENARIOS)
    problem = problem_of(
        study.network,
        study.coverage.tracks,
        study.clear,
        study.weight,
        wanted.coverage,
        wanted.design,
        wanted.network,
    )
    chosen = design_of(
        problem, ["S-JP-ISHIGAKI/T-OPT-05W", "S-AU-LEARMONTH/T-RAD-KSGC"], ["USA-T3"]
    )
    then, now, best = (
        contributor_credit(study.network, problem, each)
        for each in (chosen, problem.nothing(), problem.everything())
    )
    return PortfolioFindings(
        config=wanted,
        targets=study.targets,
        network=study.network,
        coverage=study.coverage,
        clear=study.clear,
        weight=study.weight,
        problem=problem,
        answers=answers_of(study, problem, chosen),
        years=(wanted.design.horizon_fy,),
        chosen=(network_value(study, then, rng),),
        today=(network_value(study, now, rng),),
        unseen=(unseen_by(study, then), unseen_by(study, now)),
        attainable=valued(study, best),
        attainable_own=valued(study, own_part(study, best)),
        load=Load(
            rng.uniform(1.0, 60.0, len(study.network)), study.network.sensors.tracks_per_hour
        ),
        slots=slots_of(study, problem, (chosen, problem.nothing())),
        provenance=provenance_of(wanted),
    )
