"""The embedded reference population: its file, its loader, and its match with the real catalogue.

The match is judged here with SciPy's Kolmogorov-Smirnov distance on each row repeated as often as
it counts, not with the weighted distance that the derivation prints.
"""

import csv
import hashlib
import subprocess
import sys
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from scipy.spatial import cKDTree
from scipy.stats import ks_2samp
from sgp4.api import WGS72, Satrec, jday

from kansoku import network
from kansoku.config import DesignSection, NetworkSection, TargetsSection
from kansoku.constants import REGIMES
from kansoku.coverage.collect import collect
from kansoku.coverage.stretch import Demand
from kansoku.ephemeris.grid import time_grid
from kansoku.targets import load, reference
from kansoku.targets.regimes import apogee_altitude_m, perigee_altitude_m, regime
from kansoku.visibility.limits import Limits

REPOSITORY = Path(__file__).parent.parent
POPULATION = REPOSITORY / "sites" / "reference_population.csv"
DERIVATION = REPOSITORY / "tools" / "derive_population.py"

OBJECTS = 26_255  # of the catalogue's 26,389, those still in orbit on its day
QUANTITIES = {
    "inclination": lambda targets: np.degrees(targets.elements.inclination_rad),
    "perigee": lambda targets: perigee_altitude_m(targets.elements) / 1000,
    "apogee": lambda targets: apogee_altitude_m(targets.elements) / 1000,
    "rcs": lambda targets: targets.rcs_m2,
}


@cache
def rows():
    """Return the file's rows, read without kansoku."""
    lines = [line for line in POPULATION.read_text().splitlines() if not line.startswith("#")]
    return list(csv.DictReader(lines))


def column(name):
    return np.array([float(row[name]) for row in rows()])


@pytest.fixture(scope="module")
def population():
    return reference.load(TargetsSection())


@pytest.fixture(scope="module")
def catalogue_folder(shared_data):
    return shared_data / "data" / "catalogue"


@pytest.fixture(scope="module")
def real(catalogue_folder):
    section = TargetsSection(
        catalogue="catalogue-2024-07-05.tle.gz", satcat="satcat-2025-03-06.csv.gz"
    )
    return load(section, catalogue_folder)


# The file


def test_about_two_thousand_rows_stand_for_the_catalogue():
    assert 1900 <= len(rows()) <= 2200
    assert column("objects").sum() == OBJECTS


def test_every_row_is_a_statistic_of_at_least_five_objects():
    assert column("group_objects").min() >= 5
    assert (column("objects") >= 1).all()
    assert (column("objects") <= column("group_objects")).all()


def test_no_identifier_occurs_twice_and_each_names_its_regime():
    assert len({row["id"] for row in rows()}) == len(rows())
    assert all(row["id"].startswith(f"REF-{row['regime']}-") for row in rows())


def test_size_class_follows_the_cross_section():
    for row in rows():
        rcs_m2 = float(row["rcs_m2"])
        expected = "SMALL" if rcs_m2 < 0.1 else "LARGE" if rcs_m2 > 1 else "MEDIUM"
        assert row["size_class"] == expected, row["id"]


def test_values_lie_in_their_ranges():
    assert (column("perigee_km") <= column("apogee_km")).all()
    assert (column("perigee_km") > 80).all()
    assert (column("rcs_m2") > 0).all()
    assert ((column("inclination_deg") >= 0) & (column("inclination_deg") <= 180)).all()
    for angle in ("raan_deg", "argp_deg", "mean_anomaly_deg"):
        assert ((column(angle) >= 0) & (column(angle) < 360)).all(), angle


def test_the_file_stays_small():
    assert POPULATION.stat().st_size < 250_000


def test_the_header_states_the_loaders_epoch_and_counts():
    header = POPULATION.read_text().split("\nid,")[0]
    assert f"{reference.EPOCH:%Y-%m-%dT%H:%M:%SZ}" in header
    assert f"{len(rows()):,} representative orbits for {OBJECTS:,} " in header


# The loader


def test_the_reference_is_the_default_catalogue(population):
    chosen = load(TargetsSection(), Path("no such folder"))
    assert chosen.source == population.source == "reference"
    assert chosen.sha256 == hashlib.sha256(POPULATION.read_bytes()).hexdigest()


def test_targets_carry_the_rows(population):
    assert population.name.tolist() == [row["id"] for row in rows()]
    assert population.object_type.tolist() == [row["object_type"] for row in rows()]
    assert population.norad_cat_id.tolist() == list(range(1, len(rows()) + 1))
    assert population.norad_cat_id.dtype == np.int64
    np.testing.assert_array_equal(population.multiplicity, column("objects"))
    np.testing.assert_array_equal(population.rcs_m2, column("rcs_m2"))
    assert population.counts.records == population.counts.kept == len(rows())


def test_elements_follow_kepler_and_come_back_as_altitudes(population):
    elements, k = population.elements, 1234
    perigee_km, apogee_km = column("perigee_km")[k], column("apogee_km")[k]
    semi_major_km = (perigee_km + apogee_km) / 2 + 6378.137
    revolutions_day = 86400 / (2 * np.pi) * np.sqrt(398600.8 / semi_major_km**3)
    assert elements.mean_motion_rad_min[k] * 1440 / (2 * np.pi) == pytest.approx(revolutions_day)
    assert elements.eccentricity[k] == pytest.approx((apogee_km - perigee_km) / 2 / semi_major_km)
    assert elements.inclination_rad[k] == pytest.approx(np.radians(column("inclination_deg")[k]))
    back_km = perigee_altitude_m(elements) / 1000
    np.testing.assert_allclose(back_km, column("perigee_km"), atol=1e-6)


def test_every_regime_is_the_one_of_the_elements(population):
    np.testing.assert_array_equal(population.regime, regime(population.elements))
    assert [REGIMES[k] for k in population.regime] == [row["regime"] for row in rows()]


def test_sizes_follow_the_cross_section_and_the_albedo_is_the_configured_one():
    targets = reference.load(TargetsSection(albedo=0.1))
    order = np.argsort(targets.rcs_m2)
    assert (np.diff(targets.diameter_m[order]) >= 0).all()
    large = targets.rcs_m2 > 1.4  # optical region at 440 MHz
    disc_m2 = np.pi / 4 * targets.diameter_m**2
    np.testing.assert_allclose(disc_m2[large], targets.rcs_m2[large])
    assert set(targets.albedo) == {0.1}


def test_the_epoch_is_midnight_of_the_catalogues_day(population):
    day, fraction = jday(2024, 7, 5, 0, 0, 0)
    assert set(population.elements.epoch_jd) == {day}
    assert set(population.elements.epoch_fraction) == {fraction}


def error_codes(elements, days, drag):
    """SGP4 error code of every target `days` after its epoch, from the sgp4 package."""
    codes = []
    for k in range(len(elements)):
        satellite = Satrec()
        satellite.sgp4init(
            WGS72, "i", k, elements.epoch_jd[k] - 2433281.5, drag * elements.bstar[k], 0.0, 0.0,
            elements.eccentricity[k], elements.argp_rad[k], elements.inclination_rad[k],
            elements.mean_anomaly_rad[k], elements.mean_motion_rad_min[k], elements.raan_rad[k],
        )  # fmt: skip
        codes.append(satellite.sgp4(elements.epoch_jd[k] + days, 0.0)[0])
    return np.array(codes)


def test_every_target_can_be_propagated_at_its_epoch_and_years_later_without_drag(population):
    assert not error_codes(population.elements, days=0, drag=1).any()
    assert not error_codes(population.elements, days=1000, drag=0).any()


# The match with the real catalogue


def test_it_stands_for_as_many_objects_as_the_catalogue_holds(real):
    assert len(real) == OBJECTS


@pytest.mark.parametrize("name", REGIMES)
def test_share_of_every_regime_within_one_point(population, real, name):
    index = REGIMES.index(name)
    ours = population.multiplicity[population.regime == index].sum() / OBJECTS
    assert ours == pytest.approx(np.mean(real.regime == index), abs=0.01)


@pytest.mark.parametrize("name", REGIMES)
@pytest.mark.parametrize("object_type", ["PAY", "R/B", "DEB", "UNK"])
def test_share_of_every_type_in_every_regime_within_one_point(population, real, name, object_type):
    ours, theirs = population.regime == REGIMES.index(name), real.regime == REGIMES.index(name)
    of_type = population.multiplicity[ours & (population.object_type == object_type)].sum()
    share = np.mean(real.object_type[theirs] == object_type)
    assert of_type / population.multiplicity[ours].sum() == pytest.approx(share, abs=0.01)


@pytest.mark.parametrize("name", REGIMES)
@pytest.mark.parametrize("quantity", QUANTITIES)
def test_kolmogorov_smirnov_distance_at_most_a_twentieth(population, real, name, quantity):
    ours, theirs = population.regime == REGIMES.index(name), real.regime == REGIMES.index(name)
    objects = population.multiplicity[ours].astype(int)
    repeated = np.repeat(QUANTITIES[quantity](population)[ours], objects)
    distance = ks_2samp(repeated, QUANTITIES[quantity](real)[theirs], method="asymp").statistic
    assert distance <= 0.05


@pytest.mark.parametrize(
    "file",
    [
        "catalogue-2024-07-05.tle.gz",
        "catalogue-2023-03-31.tle.gz",
        "catalogue-2022-01-22.tle.gz",
        "catalogue-2019-03-19.tle.gz",
        "active-2025-10-03.tle.gz",
        "debris-2025-08-09.tle.gz",
    ],
)
def test_no_row_is_an_element_set_to_the_published_digits(population, catalogue_folder, file):
    published = load(TargetsSection(catalogue=file, on_bad_record="skip"), catalogue_folder)
    tree = cKDTree(in_published_digits(published.elements))
    # Altitudes and three angles alone, so that the epoch of the mean anomaly does not matter
    nearest, _ = tree.query(in_published_digits(population.elements), p=np.inf)
    assert nearest.min() > 1


def in_published_digits(elements):
    """Orbit in units of the last digit that the population file holds: (N, 5)."""
    return np.stack(
        [
            np.degrees(elements.inclination_rad) / 0.001,
            np.degrees(elements.raan_rad) / 0.001,
            np.degrees(elements.argp_rad) / 0.001,
            perigee_altitude_m(elements) / 10,
            apogee_altitude_m(elements) / 10,
        ],
        axis=1,
    )


@pytest.fixture(scope="module")
def seen(population, real):
    """Windows of 6 h in which sensors that exist today see each target: by whom, (N, W) bool."""
    existing = network.load(NetworkSection(), DesignSection(budget_mjpy=0))
    chosen = np.flatnonzero(existing.role != "candidate")
    own = existing.role[chosen] == "own"
    grid = time_grid(reference.EPOCH, hours=24, step_s=120)
    demand = Demand(window_s=21600.0, longest_s=21600.0, limits=Limits(np.radians(12), "conical"))
    tracks = [
        collect(np, targets, existing.sensors.take(chosen), [grid], demand, max_age_days=30).tracks
        for targets in (population, real)
    ]
    return {
        "all that exist": [(each > 0).any(axis=0) for each in tracks],
        "Japan's own": [(each[own] > 0).any(axis=0) for each in tracks],
    }


@pytest.mark.slow
@pytest.mark.parametrize("name", REGIMES)
@pytest.mark.parametrize("sensors", ["all that exist", "Japan's own"])
def test_coverage_by_existing_sensors_within_three_points(population, real, seen, name, sensors):
    ours, theirs = seen[sensors]
    index = REGIMES.index(name)
    chosen = population.regime == index
    share = np.average(ours[chosen].mean(axis=1), weights=population.multiplicity[chosen])
    assert share == pytest.approx(theirs[real.regime == index].mean(), abs=0.03)


# The derivation


def derive(*arguments):
    return subprocess.run(
        [sys.executable, DERIVATION, *arguments], capture_output=True, text=True, check=False
    )


@pytest.mark.slow
def test_the_same_inputs_give_the_same_bytes(catalogue_folder, tmp_path):
    again = tmp_path / "again.csv"
    done = derive("--data", catalogue_folder, "--out", again)
    assert done.returncode == 0, done.stderr
    assert again.read_bytes() == POPULATION.read_bytes()


def test_check_fails_for_a_population_that_does_not_match(catalogue_folder, tmp_path):
    shifted = tmp_path / "shifted.csv"
    shifted.write_text(POPULATION.read_text().replace(",0.03,", ",0.3,"))
    assert derive("--data", catalogue_folder, "--check").returncode == 0
    done = derive("--data", catalogue_folder, "--check", "--out", shifted)
    assert done.returncode == 1, done.stderr
    assert "| LEO |" in done.stdout
