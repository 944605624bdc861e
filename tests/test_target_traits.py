"""What sensors need of a target beside its orbit: measured or not, magnitude, reflectors, radio."""

import csv

import numpy as np
import pytest

from conftest import REPOSITORY
from kansoku import targets
from kansoku.config import TargetsSection
from kansoku.errors import TargetsError
from kansoku.targets import reference, retroreflectors, sizes
from kansoku.targets.summary import summarise
from naive import element_sets
from naive.element_sets import ISS

HEADER = "OBJECT_NAME,NORAD_CAT_ID,OBJECT_TYPE,OPS_STATUS_CODE,RCS,RCS_SIZE,STD_MAG\n"
REAL = {"catalogue": "catalogue-2024-07-05.tle.gz", "satcat": "satcat-2025-03-06.csv.gz"}


def loaded(folder, names, satcat=None, **keys):
    """Targets numbered as `names` maps, joined with the rows of a SATCAT-like table."""
    records = [{**ISS, "NORAD_CAT_ID": n, "OBJECT_NAME": name} for n, name in names.items()]
    (folder / "objects.tle").write_text(element_sets.tle(*records))
    if satcat is not None:
        (folder / "satcat.csv").write_text(satcat)
        keys["satcat"] = "satcat.csv"
    return targets.load(TargetsSection(catalogue="objects.tle", **keys), folder)


def message_of(folder, satcat):
    with pytest.raises(TargetsError) as caught:
        loaded(folder, {1: "ONE"}, satcat)
    return str(caught.value)


# Cross-sections


def test_only_a_number_in_the_catalogue_counts_as_measured(tmp_path):
    satcat = HEADER + "A,1,PAY,,2.5,LARGE,\nB,2,DEB,,,SMALL,\nC,3,DEB,,0.0000,,\n"
    found = loaded(tmp_path, {1: "A", 2: "B", 3: "C", 4: "D"}, satcat)
    assert found.rcs_measured.tolist() == [True, False, False, False]


def test_rows_of_the_population_with_an_assumed_cross_section_are_not_measured():
    population = reference.load(TargetsSection())
    assumed = np.isin(population.rcs_m2, (0.03, 0.3, 3.0))
    np.testing.assert_array_equal(population.rcs_measured, ~assumed)
    counted = summarise(population)["rcs"]
    assert counted == {"measured": (~assumed).sum(), "by_class": 0, "assumed": assumed.sum()}


def test_as_much_of_the_population_is_measured_as_of_the_catalogue(shared_data):
    population = reference.load(TargetsSection())
    real = targets.load(TargetsSection(**REAL), shared_data / "data" / "catalogue")
    share = np.average(population.rcs_measured, weights=population.multiplicity)
    assert share == pytest.approx(real.rcs_measured.mean(), abs=0.05)


# Sizes

# x = diameter / wavelength, z = cross-section / wavelength^2: rows of table 1 of JSC-62815
RESONANCE = [(0.10997, 0.001220), (0.17138, 0.01437), (0.30537, 0.1692), (1.0529, 0.9852)]


@pytest.mark.parametrize("frequency_mhz", [440.0, 217.0, 1300.0])
@pytest.mark.parametrize(("x", "z"), RESONANCE)
def test_sizes_follow_nasas_table_at_the_catalogues_frequency(tmp_path, x, z, frequency_mhz):
    wavelength_m = 299.792458 / frequency_mhz
    satcat = HEADER + f"A,1,DEB,,{z * wavelength_m**2:.9f},,\n"
    keys = {} if frequency_mhz == 440.0 else {"rcs_frequency_mhz": frequency_mhz}
    found = loaded(tmp_path, {1: "A"}, satcat, **keys)
    assert found.diameter_m[0] == pytest.approx(x * wavelength_m, rel=1e-4)


def test_far_from_resonance_an_object_is_a_disc_or_a_conducting_sphere(tmp_path):
    satcat = HEADER + "A,1,PAY,,78.53982,,\nB,2,DEB,,0.0000069,,\n"
    found = loaded(tmp_path, {1: "A", 2: "B"}, satcat)
    assert found.diameter_m[0] == pytest.approx(10.0, rel=1e-6)
    # Rayleigh, 9 pi^5 / 4 D^6 / wavelength^4 = 6.9e-6 m^2 at 0.68135 m
    assert found.diameter_m[1] == pytest.approx(0.03595, rel=1e-3)


def test_a_given_diameter_leaves_nothing_measured(tmp_path):
    section = TargetsSection()
    satcat = HEADER + "A,1,PAY,+,20,,3.0\nB,2,PAY,+,20,,3.0\n"
    found = loaded(tmp_path, {1: "A", 2: "B"}, satcat)
    given = sizes.with_diameter(section, found, np.array([10.0, 0.30537 * 299.792458 / 440.0]))
    assert given.rcs_m2 == pytest.approx([78.53982, 0.1692 * (299.792458 / 440.0) ** 2], rel=1e-5)
    assert given.rcs_measured.tolist() == [False, False]
    assert np.isnan(given.standard_magnitude).all()
    assert given.magnitude_sigma.tolist() == [0.6, 1.0]
    assert given.emits.all()
    assert found.rcs_m2.tolist() == [20.0, 20.0]


# Magnitudes


def test_standard_magnitudes_come_from_the_table_where_it_has_them(tmp_path):
    satcat = HEADER + "A,1,PAY,+,,,-1.8\nB,2,PAY,+,,,\nC,3,R/B,,,,6.25\nD,4,DEB,,,,N/A\n"
    found = loaded(tmp_path, {3: "C", 1: "A", 4: "D", 2: "B", 5: "E"}, satcat)
    np.testing.assert_array_equal(found.standard_magnitude, [6.25, -1.8, np.nan, np.nan, np.nan])


@pytest.mark.parametrize("name", ["standard_magnitude", "STDMAG", "Std_Mag"])
def test_the_column_of_standard_magnitudes_has_several_names(tmp_path, name):
    found = loaded(tmp_path, {1: "A"}, f"NORAD_CAT_ID,{name}\n1,4.5\n")
    assert found.standard_magnitude.tolist() == [4.5]


def test_without_such_a_column_no_standard_magnitude_is_known(tmp_path):
    assert np.isnan(loaded(tmp_path, {1: "A"}, "NORAD_CAT_ID\n1\n").standard_magnitude).all()
    assert np.isnan(loaded(tmp_path, {1: "A"}).standard_magnitude).all()


@pytest.mark.parametrize("cell", ["bright", "1_0", "nan", "inf", "31", "-10.5", "4,5"])
def test_a_standard_magnitude_that_is_none_is_refused_with_its_line(tmp_path, cell):
    satcat = HEADER + f'A,1,PAY,+,,,4\nB,2,PAY,+,,,"{cell}"\n'
    assert (
        f"satcat.csv:3: standard_magnitude: got {cell!r}, must be a magnitude from -10 to 30, "
        "or empty; correct the row or remove it"
    ) in message_of(tmp_path, satcat)


def test_magnitudes_of_small_objects_are_the_least_certain(tmp_path):
    satcat = HEADER + "A,1,PAY,,0.05,,\nB,2,PAY,,0.1,,\nC,3,PAY,,1.0,,\nD,4,PAY,,1.5,,\n"
    names = {1: "A", 2: "B", 3: "C", 4: "D"}
    found = loaded(tmp_path, names, satcat)
    assert found.magnitude_sigma.tolist() == [1.0, 0.8, 0.8, 0.6]
    given = {"magnitude_sigma_small": 3.0, "magnitude_sigma_medium": 2.0}
    found = loaded(tmp_path, names, satcat, **given, magnitude_sigma_large=0.0)
    assert found.magnitude_sigma.tolist() == [3.0, 2.0, 2.0, 0.0]


def test_the_population_has_the_spread_of_its_size_classes():
    population = reference.load(TargetsSection(magnitude_sigma_large=0.25))
    small, large = population.rcs_m2 < 0.1, population.rcs_m2 > 1.0
    assert set(population.magnitude_sigma[small]) == {1.0}
    assert set(population.magnitude_sigma[large]) == {0.25}
    assert set(population.magnitude_sigma[~small & ~large]) == {0.8}


# Radio


@pytest.mark.parametrize("assumed", [True, False])
def test_operational_objects_emit_whatever_is_assumed(tmp_path, assumed):
    codes = "+PBSX-D?"
    rows = "".join(f"A,{n},PAY,{code},,,\n" for n, code in enumerate(codes, 1))
    names = {n: "A" for n in range(1, len(codes) + 1)}
    found = loaded(tmp_path, names, HEADER + rows, payloads_emit=assumed)
    assert found.emits.tolist() == [True] * 5 + [False] * 3


@pytest.mark.parametrize("assumed", [True, False])
def test_of_objects_without_a_status_only_payloads_may_emit(tmp_path, assumed):
    names = {1: "SAT", 2: "SAT DEB", 3: "SAT R/B", 4: "UNKNOWN", 5: "TALKER DEB"}
    satcat = HEADER + "SAT,1,PAY,,,,\nTALKER,5,DEB,+,,,\n"
    found = loaded(tmp_path, names, satcat, payloads_emit=assumed)
    assert found.emits.tolist() == [assumed, False, False, False, True]
    assert loaded(tmp_path, {1: "SAT", 2: "SAT DEB"}).emits.tolist() == [True, False]


def test_the_populations_payloads_emit_by_assumption():
    found = reference.load(TargetsSection())
    np.testing.assert_array_equal(found.emits, found.object_type == "PAY")
    assert not reference.load(TargetsSection(payloads_emit=False)).emits.any()


def test_an_unheard_of_status_is_refused_with_its_line(tmp_path):
    assert (
        "satcat.csv:2: ops_status_code: got 'Q', must be one of + P B S X - D ?, or empty; "
        "correct the row or remove it"
    ) in message_of(tmp_path, HEADER + "A,1,PAY,Q,,,\n")


# Retro-reflectors

# Well-known geodetic satellites, from memory of the ILRS mission pages: not from our table
GEODETIC = {
    7646: "STARLETTE", 8820: "LAGEOS 1", 16908: "AJISAI", 19751: "ETALON 1", 20026: "ETALON 2",
    22195: "LAGEOS 2", 22824: "STELLA", 27944: "LARETS", 38077: "LARES", 53105: "LARES-2",
}  # fmt: skip


def test_geodetic_satellites_carry_retro_reflectors_and_the_station_does_not(tmp_path):
    found = loaded(tmp_path, {25544: "ISS", **GEODETIC})
    assert found.retroreflector.tolist() == [False] + [True] * len(GEODETIC)


def test_the_populations_row_numbers_are_no_catalogue_numbers():
    population = reference.load(TargetsSection())
    assert np.isin([899, 1328], population.norad_cat_id).all()  # would be Beacon-B and Beacon-C
    assert not population.retroreflector.any()


def rows():
    with (REPOSITORY / "sites" / "retroreflectors.csv").open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_every_row_of_the_table_names_its_source_and_no_number_twice():
    numbers = [int(row["norad_cat_id"]) for row in rows()]
    assert numbers == sorted(set(numbers))
    assert all(row["name"] and row["source"] for row in rows())
    assert {row["confidence"] for row in rows()} <= {"A", "B", "C"}


def test_the_tables_numbers_belong_to_payloads_of_that_name(shared_data):
    section = TargetsSection(**REAL)
    real = targets.load(section, shared_data / "data" / "catalogue")
    theirs = dict(zip(real.norad_cat_id.tolist(), real.name.tolist(), strict=True))
    assert (real.object_type[real.retroreflector] == "PAY").all()
    assert real.retroreflector.sum() == len(rows())
    numbers = {int(row["norad_cat_id"]): row["name"] for row in rows()}
    unlike = {
        ours for n, ours in numbers.items() if n in theirs and not words(ours) & words(theirs[n])
    }
    # The catalogue calls these NAVSTAR 34, SPEKTR R and S6 MICHAEL FREILICH
    assert unlike == {"GPS-35", "RadioAstron", "Sentinel-6"}


def words(name):
    """Words of at least two characters, and all of them as one."""
    kept = "".join(each if each.isalnum() else " " for each in name.upper()).split()
    return {word for word in kept if len(word) > 1} | {"".join(kept)}


def test_a_damaged_table_names_the_line(monkeypatch, tmp_path):
    (tmp_path / "retroreflectors.csv").write_text("norad_cat_id,name\n7646,Starlette\nx,Stella\n")
    monkeypatch.setattr(retroreflectors, "files", lambda package: tmp_path)
    retroreflectors._table.cache_clear()
    try:
        with pytest.raises(TargetsError, match=r"sites/retroreflectors\.csv:3: .* got 'x', must"):
            retroreflectors.carries_retroreflector(np.array([1]))
    finally:
        retroreflectors._table.cache_clear()
