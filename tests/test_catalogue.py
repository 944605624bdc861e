"""Targets from real catalogues and from bad ones."""

import gzip
import hashlib

import numpy as np
import pytest

from kansoku import targets
from kansoku.config import TargetsSection
from kansoku.constants import REGIMES
from kansoku.errors import TargetsError
from kansoku.targets import MeanElements, regimes, sizes
from kansoku.targets.summary import summarise
from naive import element_sets
from naive.element_sets import ISS

# Regimes as the shared data's README counts them: LEO, MEO, GEO, HEO, OTHER
REAL = {
    "catalogue-2024-07-05.tle.gz": (21688, 549, 1557, 2252, 343),
    "catalogue-2023-03-31.tle.gz": (19794, 538, 1514, 2380, 322),
    "catalogue-2022-01-22.tle.gz": (19059, 528, 1466, 2528, 358),
    "catalogue-2019-03-19.tle.gz": (13587, 497, 1314, 2188, 306),
    "active-2026-07-10.omm.csv.gz": (15176, 176, 585, 45, 3),
    "active-2025-10-03.tle.gz": (11997, 170, 586, 45, 3),
    "debris-2025-08-09.tle.gz": (8335, 21, 105, 1023, 185),
}
# Types with the SATCAT of 2025-03-06, before decayed objects are left out: PAY, R/B, DEB, UNK
REAL_TYPES = {
    "catalogue-2024-07-05.tle.gz": (12968, 2154, 10654, 613),
    "catalogue-2023-03-31.tle.gz": (10358, 2126, 11644, 420),
    "catalogue-2022-01-22.tle.gz": (7890, 2073, 13229, 747),
    "catalogue-2019-03-19.tle.gz": (4560, 1907, 10883, 542),
}
GROUPS = {
    "starlink-2026-05-30.tle.gz": 10395,
    "oneweb-2026-05-30.tle.gz": 651,
    "geo-2026-05-30.tle.gz": 574,
    "fengyun-1c-debris-2022-01-22.tle.gz": 2658,
    "fengyun-1c-debris-2024-07-05.tle.gz": 2090,
    "cosmos-2251-debris-2022-01-22.tle.gz": 1041,
    "cosmos-2251-debris-2024-07-05.tle.gz": 748,
    "iridium-33-debris-2022-01-22.tle.gz": 322,
    "iridium-33-debris-2024-07-05.tle.gz": 154,
    "cosmos-1408-debris-2022-01-22.tle.gz": 1214,
    "cosmos-1408-debris-2024-07-05.tle.gz": 27,
}
SATCAT = "satcat-2025-03-06.csv.gz"


def load(folder, text, *, satcat=None, **keys):
    (folder / "objects.txt").write_bytes(text if isinstance(text, bytes) else text.encode())
    if satcat is not None:
        (folder / "satcat.csv").write_text(satcat)
        keys["satcat"] = "satcat.csv"
    return targets.load(TargetsSection(catalogue="objects.txt", **keys), folder)


def message_of(folder, text, **keys):
    with pytest.raises(TargetsError) as caught:
        load(folder, text, **keys)
    return str(caught.value)


def numbered(*numbers, **fields):
    return [{**ISS, "NORAD_CAT_ID": n, "OBJECT_NAME": f"SAT {n}", **fields} for n in numbers]


@pytest.mark.parametrize("name", REAL)
def test_real_catalogues_have_the_counted_objects_in_each_regime(shared_data, name):
    found = targets.load(TargetsSection(catalogue=name), shared_data / "data" / "catalogue")
    assert tuple(np.bincount(found.regime, minlength=len(REGIMES))) == REAL[name]
    assert found.counts.records == found.counts.kept == len(found) == sum(REAL[name])
    assert (found.counts.bad, found.counts.duplicates, found.counts.decayed) == (0, 0, 0)
    assert len(np.unique(found.norad_cat_id)) == len(found)
    assert found.norad_cat_id.dtype == np.int64
    assert found.regime.dtype == np.int8


@pytest.mark.parametrize("name", GROUPS)
def test_real_groups_are_read_whole(shared_data, name):
    found = targets.load(TargetsSection(catalogue=name), shared_data / "data" / "groups")
    assert len(found) == GROUPS[name]


@pytest.mark.parametrize("name", REAL_TYPES)
def test_types_from_satcat_and_names_are_the_counted_ones(shared_data, monkeypatch, name):
    monkeypatch.setattr(
        "kansoku.targets.catalogue._decayed", lambda sets, known: np.zeros(len(sets), dtype=bool)
    )
    section = TargetsSection(catalogue=name, satcat=SATCAT)
    found = targets.load(section, shared_data / "data" / "catalogue")
    counted = tuple(int((found.object_type == word).sum()) for word in ("PAY", "R/B", "DEB", "UNK"))
    assert counted == REAL_TYPES[name]


def test_satcat_gives_the_real_catalogue_its_sizes_and_owners(shared_data):
    section = TargetsSection(catalogue="catalogue-2024-07-05.tle.gz", satcat=SATCAT)
    found = targets.load(section, shared_data / "data" / "catalogue")
    assert (found.counts.kept, found.counts.decayed) == (26255, 134)
    assert (found.counts.rcs_measured, found.counts.rcs_by_class) == (13969, 9808)
    assert found.owner[found.norad_cat_id == 25544].tolist() == ["ISS"]
    assert np.all(found.rcs_m2 > 0)
    optical = found.rcs_m2 > 1.4  # region of the disc at 440 MHz
    disc_m2 = np.pi * found.diameter_m**2 / 4
    np.testing.assert_allclose(disc_m2[optical], found.rcs_m2[optical], rtol=1e-12)
    assert len(found.satcat_sha256) == 64
    summary = summarise(found)
    assert summary["objects"] == 26255
    assert sum(summary["by_regime"].values()) == sum(summary["by_type"].values()) == 26255
    assert summary["rcs"] == {"measured": 13969, "by_class": 9808, "assumed": 2478}
    assert summary["epoch_utc"]["median"].startswith("2024-07-05T09:")
    assert (summary["standard_magnitudes"], summary["retroreflectors"]) == (0, 86)
    assert summary["emitters"] == summary["by_type"]["PAY"]


@pytest.mark.parametrize("way", element_sets.WRITERS)
@pytest.mark.parametrize("packed", [False, True])
def test_format_and_compression_are_told_by_content(tmp_path, way, packed):
    text = b"\xef\xbb\xbf" + element_sets.WRITERS[way](*numbered(7, 8)).encode()
    stored = gzip.compress(text) if packed else text
    found = load(tmp_path, stored)
    assert found.norad_cat_id.tolist() == [7, 8]
    assert found.name.tolist() == ["SAT 7", "SAT 8"]
    assert found.source == "objects.txt"
    assert found.sha256 == hashlib.sha256(stored).hexdigest()
    assert found.multiplicity.tolist() == [1.0, 1.0]
    assert found.albedo.tolist() == [0.2, 0.2]


def test_of_one_object_the_newest_record_is_kept_and_the_others_counted(tmp_path):
    older = numbered(9, DAY=186, TICKS=99_999_999)[0]  # a day before, though later in its day
    old, new = numbered(9, TICKS=1)[0], numbered(9, TICKS=2)[0]
    text = element_sets.tle(new, *numbered(4), older, old)
    found = load(tmp_path, text)
    assert found.norad_cat_id.tolist() == [9, 4]
    assert found.elements.epoch_fraction.tolist() == [2e-8, 0.49270102]
    assert (found.counts.records, found.counts.kept, found.counts.duplicates) == (4, 2, 2)


def test_decayed_objects_are_left_out_and_counted(tmp_path):
    satcat = (
        "OBJECT_NAME,NORAD_CAT_ID,DECAY_DATE\n"
        "A,1,2024-07-01\nB,2,2024-07-05\nC,3,2024-07-06\nD,4,\n"
    )
    text = element_sets.tle(*numbered(1, 2, 3, 4, 5))  # epochs of 2024-07-05
    found = load(tmp_path, text, satcat=satcat)
    assert found.norad_cat_id.tolist() == [3, 4, 5]
    assert (found.counts.records, found.counts.decayed, found.counts.kept) == (5, 2, 3)


def test_an_orbit_below_the_surface_counts_as_decayed(tmp_path):
    below = numbered(1, MEAN_MOTION="16.00000000", ECCENTRICITY="0.0500000")
    found = load(tmp_path, element_sets.tle(*below, *numbered(2)))
    assert found.norad_cat_id.tolist() == [2]
    assert found.counts.decayed == 1
    assert message_of(tmp_path, element_sets.tle(*below)) == (
        "objects.txt: all 1 objects have decayed; fetch a current catalogue"
    )


def with_faults(count, good=2):
    lines = element_sets.tle(*numbered(*range(1, count + good + 1))).splitlines()
    for k in range(count):
        lines[3 * k + 2] = lines[3 * k + 2].replace("51.6393", "51.6394")
    return "\n".join(lines)


def test_all_bad_records_are_listed_in_one_error(tmp_path):
    lines = message_of(tmp_path, with_faults(3)).splitlines()
    assert [line.split(": ")[0] for line in lines[:3]] == [f"objects.txt:{n}" for n in (3, 6, 9)]
    assert lines[3] == (
        "objects.txt: 3 of 5 records cannot be used; mend the file or fetch it again, or leave "
        "such records out with targets.on_bad_record: skip (command line: --on-bad-record skip)"
    )


def test_beyond_twenty_bad_records_are_counted(tmp_path):
    lines = message_of(tmp_path, with_faults(25)).splitlines()
    assert len(lines) == 22
    assert lines[20] == "... and 5 more"
    assert "25 of 27 records" in lines[21]


def test_skipping_bad_records_warns_of_each(tmp_path):
    found = load(tmp_path, with_faults(25), on_bad_record="skip")
    assert found.norad_cat_id.tolist() == [26, 27]
    assert (found.counts.records, found.counts.bad, found.counts.kept) == (27, 25, 2)
    assert len(found.warnings) == 25
    assert found.warnings[24].startswith("objects.txt:75: checksum: column 69 says ")


def test_skipping_every_record_is_an_error(tmp_path):
    message = message_of(tmp_path, with_faults(2, good=0), on_bad_record="skip")
    assert message.endswith("objects.txt: none of its 2 records can be used; fetch the file again")


def test_truncated_tle_is_an_error_and_can_be_skipped(tmp_path):
    text = element_sets.tle(*numbered(1, 2))[:-75]
    assert "objects.txt:5: line 1 of an element set has no line 2 after it" in message_of(
        tmp_path, text
    )
    assert load(tmp_path, text, on_bad_record="skip").norad_cat_id.tolist() == [1]


@pytest.mark.parametrize("text", ["", "\n\n", "[]", "<ndm></ndm>", "EMPTY_OMM_TABLE"])
def test_empty_catalogue_says_so(tmp_path, text):
    if text == "EMPTY_OMM_TABLE":
        text = element_sets.omm_csv(ISS).splitlines()[0]
    assert message_of(tmp_path, text) == (
        "objects.txt: the catalogue is empty, it holds no element sets; name another file, or "
        "fetch one with `kansoku catalogue fetch active --out FILE`"
    )


def test_missing_file_names_the_path_and_the_remedy(tmp_path):
    with pytest.raises(TargetsError) as caught:
        targets.load(TargetsSection(catalogue="none.tle"), tmp_path)
    assert str(caught.value) == (
        "none.tle: no such file; correct the path (relative paths start at the configuration "
        "file), or fetch a catalogue with `kansoku catalogue fetch active --out FILE`"
    )


def test_a_folder_is_no_catalogue(tmp_path):
    (tmp_path / "folder").mkdir()
    with pytest.raises(TargetsError, match="folder: is a folder; name one catalogue file in it"):
        targets.load(TargetsSection(catalogue="folder"), tmp_path)


def test_damaged_gzip_is_called_so(tmp_path):
    packed = gzip.compress(element_sets.tle(*numbered(*range(1, 50))).encode())
    expected = r"objects\.txt: the gzip data are damaged or cut short"
    flipped = packed[:200] + bytes([packed[200] ^ 0xFF]) + packed[201:]
    for stored in (packed[:-20], flipped, b"\x1f\x8bnonsense"):
        with pytest.raises(TargetsError, match=expected):
            load(tmp_path, stored)


def test_binary_and_badly_encoded_files_are_called_so(tmp_path):
    assert "holds binary data, not text" in message_of(tmp_path, b"\x00\x01\x02")
    assert message_of(tmp_path, b"SAT\n\xff\xfe\n") == (
        "objects.txt:2: byte 0xff is not UTF-8; save the file as UTF-8"
    )


def test_a_decompression_bomb_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr("kansoku.targets.content.MAX_TEXT_BYTES", 1000)
    assert "holds more than 1000 bytes when decompressed" in message_of(
        tmp_path, gzip.compress(b"x" * 5000)
    )


def test_relative_paths_start_at_the_base_and_absolute_ones_stand(tmp_path):
    path = tmp_path / "deep" / "objects.tle"
    path.parent.mkdir()
    path.write_text(element_sets.tle(*numbered(3)))
    for written, base in (("objects.tle", path.parent), ("deep/objects.tle", tmp_path),
                          (str(path), tmp_path / "elsewhere")):  # fmt: skip
        assert targets.load(TargetsSection(catalogue=written), base).norad_cat_id.tolist() == [3]


def test_reference_is_the_embedded_population(tmp_path):
    found = targets.load(TargetsSection(), tmp_path)
    assert found.source == "reference"
    summary = summarise(found)
    assert summary["targets"] == len(found)
    assert summary["objects"] > summary["targets"]


def test_reference_takes_no_satcat(tmp_path):
    with pytest.raises(TargetsError, match=r"targets\.satcat: got 's\.csv', but the reference pop"):
        targets.load(TargetsSection(satcat="s.csv"), tmp_path)


@pytest.mark.parametrize("way", element_sets.WRITERS)
def test_a_name_without_end_is_refused(tmp_path, way):
    text = element_sets.WRITERS[way]({**ISS, "OBJECT_NAME": "A" * 121}, *numbered(2))
    message = message_of(tmp_path, text)
    assert "which is neither" in message or "OBJECT_NAME: has 121 characters, must" in message


CELESTRAK = (
    "OBJECT_NAME,OBJECT_ID,NORAD_CAT_ID,OBJECT_TYPE,OPS_STATUS_CODE,OWNER,LAUNCH_DATE,DECAY_DATE,RCS\n"
    "ONE,1998-067A,1,PAY,+,ISS,1998-11-20,,399.0524\n"
    "TWO DEB,1998-067B,2,DEB,,CIS,1998-11-20,,\n"
    "THREE,1998-067C,3,UNK,,PRC,1998-11-20,,0.0000\n"
)
SPACE_TRACK = (
    '"NORAD_CAT_ID","OBJECT_TYPE","COUNTRY","RCS_SIZE","SATNAME","DECAY"\n'
    '"1","PAYLOAD","ISS","LARGE","ONE",""\n'
    '"2","DEBRIS","CIS","MEDIUM","TWO DEB",""\n'
    '"3","ROCKET BODY","PRC","","THREE",""\n'
)


def test_celestrak_satcat_is_joined_by_number(tmp_path):
    found = load(tmp_path, element_sets.tle(*numbered(3, 1, 2, 7)), satcat=CELESTRAK)
    assert found.object_type.tolist() == ["UNK", "PAY", "DEB", "PAY"]
    assert found.owner.tolist() == ["PRC", "ISS", "CIS", ""]
    assert found.rcs_m2.tolist() == [0.3, 399.0524, 0.03, 3.0]
    assert (found.counts.rcs_measured, found.counts.rcs_by_class) == (1, 0)


def test_space_track_satcat_is_joined_by_number(tmp_path):
    section = {"rcs_medium_m2": 0.4, "rcs_large_m2": 5.0}
    found = load(tmp_path, element_sets.tle(*numbered(1, 2, 3)), satcat=SPACE_TRACK, **section)
    assert found.object_type.tolist() == ["PAY", "DEB", "R/B"]
    assert found.rcs_m2.tolist() == [5.0, 0.4, 5.0]
    assert (found.counts.rcs_measured, found.counts.rcs_by_class) == (0, 2)


def test_names_missing_in_the_catalogue_come_from_satcat(tmp_path):
    lines = element_sets.tle(*numbered(2, 5)).splitlines()
    text = "\n".join(line for line in lines if not line.startswith("SAT"))
    found = load(tmp_path, text, satcat=CELESTRAK)
    assert found.name.tolist() == ["TWO DEB", ""]
    assert found.object_type.tolist() == ["DEB", "UNK"]


def test_bad_satcat_rows_follow_the_policy(tmp_path):
    satcat = CELESTRAK + "X,,x9,PAY,,,,,\nY,,8,PLANET,,,,,\nZ,,9,PAY,,,,,-1\nW,,10,PAY,,,,soon,\n"
    text = element_sets.tle(*numbered(1, 2))
    message = message_of(tmp_path, text, satcat=satcat)
    assert "satcat.csv:5: catalogue number: got 'x9', must be 1 to 9 digits" in message
    assert "satcat.csv:6: object_type: got 'PLANET', must be PAY, R/B, DEB or UNK" in message
    assert "satcat.csv:7: rcs: got '-1', must be a number of square metres" in message
    assert "satcat.csv:8: decay_date: got 'soon', must be a date" in message
    assert "satcat.csv: 4 of 7 records cannot be used" in message
    assert len(load(tmp_path, text, satcat=satcat, on_bad_record="skip").warnings) == 4


def test_a_satcat_without_numbers_or_rows_is_refused(tmp_path):
    text = element_sets.tle(*numbered(1))
    assert "satcat.csv:1: not a SATCAT table" in message_of(tmp_path, text, satcat="a,b\n1,2\n")
    assert "satcat.csv:1: not a SATCAT table" in message_of(tmp_path, text, satcat="")
    endless = 'NORAD_CAT_ID\n1\n"' + "2" * 200_000
    assert "satcat.csv:3: not CSV (field larger" in message_of(tmp_path, text, satcat=endless)
    assert "no usable rows" in message_of(tmp_path, text, satcat="NORAD_CAT_ID\n")


@pytest.mark.parametrize(
    ("name", "expected"),
    [("COSMOS 2251 DEB", "DEB"), ("CZ-2C R/B", "R/B"), ("DELTA 1 R/B DEB", "DEB"), ("TBA", "UNK"),
     ("TBA - TO BE ASSIGNED", "UNK"), ("OBJECT AB", "UNK"), ("UNKNOWN", "UNK"), ("", "UNK"),
     ("HST", "PAY"), ("DEBUT (ORIZURU)", "PAY"), ("0BJECT", "PAY")],
)  # fmt: skip
def test_types_are_told_from_names(name, expected):
    assert sizes.type_from_name(np.array([name])).tolist() == [expected]


def elements_with(semi_major_axis_km, eccentricity):
    mean_motion = 60.0 * np.sqrt(398600.8 / np.asarray(semi_major_axis_km, float) ** 3)
    zero = np.zeros_like(mean_motion)
    return MeanElements(
        zero, zero, mean_motion, np.asarray(eccentricity, float), zero, zero, zero, zero, zero
    )


def test_regimes_change_where_their_definition_says():
    earth_km = 6378.137
    cases = [
        (earth_km + 1999, 0.0, "LEO"),
        (earth_km + 2001, 0.0, "MEO"),
        (41165, 0.0, "GEO"),
        (41163, 0.0, "MEO"),
        (43163, 0.0999, "GEO"),
        (43165, 0.0, "OTHER"),
        (42164, 0.1001, "HEO"),
        ((earth_km + 35285) / 1.05, 0.05, "MEO"),
        ((earth_km + 35287) / 1.05, 0.05, "OTHER"),
        ((earth_km + 1999) / 0.95, 0.05, "OTHER"),
        ((earth_km + 1999) / 1.2, 0.2, "LEO"),
        (26600, 0.74, "HEO"),
    ]
    axis_km, eccentricity, expected = zip(*cases, strict=True)
    found = regimes.regime(elements_with(axis_km, eccentricity))
    assert [REGIMES[k] for k in found] == list(expected)
    assert found.dtype == np.int8


def test_large_objects_are_the_sphere_with_that_disc():
    section = TargetsSection(rcs_frequency_mhz=3000.0)
    found = sizes.equivalent_diameter_m(section, np.array([np.pi / 4, np.pi]))
    np.testing.assert_allclose(found, [1.0, 2.0])
