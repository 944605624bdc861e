"""Two-line element sets: the sgp4 package's elements bit for bit, and every fault by its line."""

import gzip
import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sgp4.alpha5 import to_alpha5
from sgp4.api import Satrec

from kansoku.targets import tle
from kansoku.targets.records import catalogue_number, within_limits
from naive import element_sets
from naive.element_sets import ISS

LINE_1, LINE_2 = element_sets.tle_lines(ISS)
FIELDS = (
    ("epoch_jd", "jdsatepoch"),
    ("epoch_fraction", "jdsatepochF"),
    ("mean_motion_rad_min", "no_kozai"),
    ("eccentricity", "ecco"),
    ("inclination_rad", "inclo"),
    ("raan_rad", "nodeo"),
    ("argp_rad", "argpo"),
    ("mean_anomaly_rad", "mo"),
    ("bstar", "bstar"),
)


def with_checksum(line):
    return line[:68] + str(element_sets.checksum(line[:68]))


def only_problem(text):
    read = within_limits(tle.read(text))
    assert len(read.problems) == 1, read.problems
    return read.problems[0].at("file.tle")


@pytest.mark.parametrize(
    ("name", "objects"), [("catalogue-2024-07-05", 26389), ("catalogue-2019-03-19", 17892)]
)
def test_every_object_of_a_real_catalogue_equals_the_sgp4_package_bit_for_bit(
    shared_data, name, objects
):
    with gzip.open(shared_data / "data" / "catalogue" / f"{name}.tle.gz", "rt") as stream:
        text = stream.read()
    read = tle.read(text)
    assert read.problems == ()
    assert len(read.sets) == objects
    lines = text.splitlines()
    satellites = [Satrec.twoline2rv(*lines[k + 1 : k + 3]) for k in range(0, len(lines), 3)]
    elements = read.sets.mean_elements()
    for ours, theirs in FIELDS:
        expected = np.array([getattr(satellite, theirs) for satellite in satellites])
        np.testing.assert_array_equal(getattr(elements, ours), expected, err_msg=ours)
    assert read.sets.norad_cat_id.tolist() == [satellite.satnum for satellite in satellites]


@st.composite
def written_sets(draw):
    """Fields of a TLE, drawn as the digits that are printed."""

    def decimals(whole, places):
        return f"{draw(st.integers(0, whole))}.{draw(st.integers(0, 10**places - 1)):0{places}d}"

    bstar = draw(st.integers(-99999, 99999))
    return {
        # '0 ' before a name is the 3LE prefix, so no name can begin with it.
        "OBJECT_NAME": draw(
            st.text("ABCXYZ 0123456789()-/&+", max_size=24).filter(
                lambda name: not name.startswith("0 ")
            )
        ),
        "NORAD_CAT_ID": draw(st.integers(1, 339_999)),
        "YEAR": draw(st.integers(1957, 2056)),
        "DAY": draw(st.integers(1, 365)),
        "TICKS": draw(st.integers(0, 10**8 - 1)),
        "MEAN_MOTION": f"{draw(st.integers(0, 16))}.{draw(st.integers(1, 10**8 - 1)):08d}",
        "ECCENTRICITY": f"0.{draw(st.integers(0, 10**7 - 1)):07d}",
        "INCLINATION": decimals(179, 4),
        "RA_OF_ASC_NODE": decimals(359, 4),
        "ARG_OF_PERICENTER": decimals(359, 4),
        "MEAN_ANOMALY": decimals(359, 4),
        "BSTAR": f"{'-' if bstar < 0 else ''}0.{abs(bstar):05d}E{draw(st.integers(-9, 0))}",
    }


@settings(max_examples=200, deadline=None)
@given(st.lists(written_sets(), min_size=1, max_size=3), st.booleans())
def test_what_is_written_is_read_back(objects, with_names):
    text = element_sets.tle(*objects)
    if not with_names:
        text = "".join(line + "\n" for line in text.splitlines() if re.match(r"[12] .{67}$", line))
    read = within_limits(tle.read(text))
    assert read.problems == ()
    assert read.sets.norad_cat_id.tolist() == [fields["NORAD_CAT_ID"] for fields in objects]
    for column, key in (
        ("mean_motion_rev_day", "MEAN_MOTION"),
        ("eccentricity", "ECCENTRICITY"),
        ("inclination_deg", "INCLINATION"),
        ("raan_deg", "RA_OF_ASC_NODE"),
        ("argp_deg", "ARG_OF_PERICENTER"),
        ("mean_anomaly_deg", "MEAN_ANOMALY"),
    ):
        assert getattr(read.sets, column).tolist() == [float(fields[key]) for fields in objects]
    np.testing.assert_allclose(read.sets.bstar, [float(f["BSTAR"]) for f in objects], rtol=4e-16)
    if with_names:
        assert read.sets.name.tolist() == [f["OBJECT_NAME"].strip() for f in objects]
    satellites = [Satrec.twoline2rv(*element_sets.tle_lines(fields)) for fields in objects]
    assert read.sets.epoch_jd.tolist() == [satellite.jdsatepoch for satellite in satellites]
    assert read.sets.epoch_fraction.tolist() == [satellite.jdsatepochF for satellite in satellites]


@pytest.mark.parametrize("number", [1, 5, 99_999, 100_000, 179_999, 180_000, 270_001, 339_999])
def test_alpha5_numbers_agree_with_the_sgp4_package(number):
    assert catalogue_number(to_alpha5(number)) == number
    text = element_sets.tle({**ISS, "NORAD_CAT_ID": number})
    assert tle.read(text).sets.norad_cat_id.tolist() == [number]


@pytest.mark.parametrize(
    "written", ["I0001", "O0001", "t0001", "A001", "1234567890", "-5", "", "٣"]
)
def test_a_catalogue_number_that_is_none_is_refused(written):
    with pytest.raises(ValueError, match="must be 1 to 9 digits"):
        catalogue_number(written)


@pytest.mark.parametrize(
    ("layout", "name"),
    [
        (f"{LINE_1}\n{LINE_2}\n", ""),
        (f"0 ISS (ZARYA)\n{LINE_1}\n{LINE_2}", "ISS (ZARYA)"),
        (f"ISS (ZARYA)   \r\n{LINE_1}\r\n{LINE_2}\r\n\r\n", "ISS (ZARYA)"),
        (f"\n\nISS (ZARYA)\n\n{LINE_1}\n\n{LINE_2}\n", "ISS (ZARYA)"),
        (f"# a comment\nISS (ZARYA)\n{LINE_1}  \n{LINE_2}\n", "ISS (ZARYA)"),
        (f"1 KUNS-PF\n{LINE_1}\n{LINE_2}\n", "1 KUNS-PF"),
        (f"2 FAST 4U\n{LINE_1}\n{LINE_2}\n", "2 FAST 4U"),
    ],
)
def test_layouts_in_use_are_all_read(layout, name):
    read = tle.read(layout)
    assert read.problems == ()
    assert read.sets.name.tolist() == [name]
    assert read.sets.norad_cat_id.tolist() == [25544]


def test_numbers_padded_with_blanks_are_read():
    line_1, line_2 = (with_checksum(line) for line in element_sets.tle_lines(
        {**ISS, "NORAD_CAT_ID": 5, "DAY": 7}))  # fmt: skip
    line_1 = with_checksum(line_1.replace("1 00005", "1     5").replace("24007.", "24  7."))
    read = tle.read(f"{line_1}\n{with_checksum(line_2.replace('2 00005', '2     5'))}\n")
    assert read.problems == ()
    assert read.sets.norad_cat_id.tolist() == [5]
    assert read.sets.epoch_jd.tolist() == [2460316.5]


def test_truncated_tle_names_the_line():
    text = element_sets.tle(ISS)
    cut = text[: text.index(LINE_2)]
    assert only_problem(cut) == (
        "file.tle:2: line 1 of an element set has no line 2 after it; "
        "the file may be cut short, fetch it again"
    )
    assert "file.tle:3: element line has 30 columns, must have 69" in only_problem(
        cut + LINE_2[:30]
    )
    assert "file.tle:2: line 1 of an element set has no line 2" in only_problem(
        "ISS (ZARYA)\n" + LINE_1[:20]
    )
    assert "file.tle:4: got 'HUBBLE', which is neither" in only_problem(text + "HUBBLE\n")


def test_bad_checksum_gives_both_sums():
    stated = int(LINE_2[68])
    wrong = (stated + 3) % 10
    assert only_problem(f"{LINE_1}\n{LINE_2[:68]}{wrong}\n") == (
        f"file.tle:2: checksum: column 69 says {wrong}, the line tallies to {stated}; "
        "fetch it again"
    )
    assert "file.tle:1: checksum" in only_problem(f"{LINE_1[:68]}{9 - int(LINE_1[68])}\n{LINE_2}\n")


def test_lines_of_two_objects_are_not_joined():
    other = element_sets.tle_lines({**ISS, "NORAD_CAT_ID": 20580})[1]
    assert "file.tle:1: catalogue number is 25544 in line 1 and 20580 in line 2" in only_problem(
        f"{LINE_1}\n{other}\n"
    )


def test_line_2_alone_is_a_problem_of_its_own():
    assert "file.tle:1: line 2 of an element set has no line 1" in only_problem(f"{LINE_2}\n")


@pytest.mark.parametrize(
    ("line", "old", "new", "message"),
    [
        (
            2,
            " 51.6393",
            " 5x.6393",
            "inclination (columns 9 to 16): got ' 5x.6393', must look like",
        ),
        (2, " 51.6393", " 5 .6393", "inclination (columns 9 to 16)"),
        (2, " 51.6393", "251.6393", "inclination: got 251.6393, must be from 0 to 180 deg"),
        (2, "15.50123456", " 0.00000000", "mean motion: got 0, must be from 1e-8"),
        (2, "15.50123456", "      nan  ", "mean motion (columns 53 to 63): got '      nan  '"),
        (1, "24187.", "24367.", "epoch day (columns 21 to 32): got '367.49270102'"),
        (1, "-31745-3", "-3174E-3", "B* (columns 54 to 61): got '-3174E-3'"),
        (1, " 0  999", " 4  999", "ephemeris type 4 (SGP4-XP) is not SGP4"),
        (1, "24187.49", "24187٣49", "epoch day (columns 21 to 32)"),
    ],
)
def test_a_field_that_cannot_be_is_named_with_its_columns(line, old, new, message):
    lines = [LINE_1, LINE_2]
    assert old in lines[line - 1]
    lines[line - 1] = with_checksum(lines[line - 1].replace(old, new))
    problem = only_problem("\n".join(lines))
    assert message in problem
    assert problem.startswith(("file.tle:1: ", f"file.tle:{line}: "))


def test_one_bad_record_leaves_its_neighbours_alone():
    objects = [{**ISS, "NORAD_CAT_ID": k, "OBJECT_NAME": f"SAT {k}"} for k in range(1, 6)]
    lines = element_sets.tle(*objects).splitlines()
    del lines[5]  # line 2 of the second object
    lines[7] = lines[7].replace("51.6393", "51.6394")  # third object: the sum is now wrong
    read = tle.read("\n".join(lines))
    assert read.sets.norad_cat_id.tolist() == [1, 4, 5]
    assert sorted(problem.line for problem in read.problems) == [5, 8]
    assert read.sets.name.tolist() == ["SAT 1", "SAT 4", "SAT 5"]
