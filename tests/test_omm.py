"""Orbit Mean-Elements Messages: four ways of writing, one set of elements."""

import io
import json

import numpy as np
import pytest
from sgp4 import omm as reference_omm
from sgp4.api import Satrec

from kansoku.errors import TargetsError
from kansoku.targets import content, epochs, formats
from kansoku.targets.records import within_limits
from naive import element_sets
from naive.element_sets import ISS, WRITERS

HUBBLE = {
    **ISS,
    "OBJECT_NAME": "HST",
    "NORAD_CAT_ID": 20580,
    "INCLINATION": "28.4699",
    "MEAN_MOTION": "15.15000001",
    "BSTAR": "0.60000E-4",
}
OMM = ("csv", "json", "xml", "kvn")


def read(text, label="file.omm"):
    return within_limits(formats.read(content.of_bytes(text.encode(), label)))


def only_problem(text):
    found = read(text)
    assert len(found.problems) == 1, found.problems
    return found.problems[0].at("file.omm")


@pytest.mark.parametrize("way", OMM)
def test_the_same_objects_have_the_same_elements_in_every_format(way):
    expected = read(element_sets.tle(ISS, HUBBLE))
    found = read(WRITERS[way](ISS, HUBBLE))
    assert expected.problems == found.problems == ()
    for column in vars(expected.sets):
        if column == "bstar":  # a mantissa times a power of ten is rounded twice
            np.testing.assert_allclose(found.sets.bstar, expected.sets.bstar, rtol=4e-16)
        elif column != "line":
            np.testing.assert_array_equal(
                getattr(found.sets, column), getattr(expected.sets, column), err_msg=column
            )


def test_csv_agrees_with_the_sgp4_package():
    satellite = Satrec()
    text = element_sets.omm_csv(ISS)
    reference_omm.initialize(satellite, next(reference_omm.parse_csv(io.StringIO(text))))
    elements = read(text).sets.mean_elements()
    assert satellite.satnum == 25544
    for ours, theirs in (
        ("mean_motion_rad_min", satellite.no_kozai),
        ("eccentricity", satellite.ecco),
        ("inclination_rad", satellite.inclo),
        ("raan_rad", satellite.nodeo),
        ("argp_rad", satellite.argpo),
        ("mean_anomaly_rad", satellite.mo),
        ("bstar", satellite.bstar),
    ):
        np.testing.assert_allclose(getattr(elements, ours), [theirs], rtol=4e-16, err_msg=ours)
    epoch_jd = elements.epoch_jd + elements.epoch_fraction
    np.testing.assert_allclose(epoch_jd, satellite.jdsatepoch + satellite.jdsatepochF, rtol=1e-15)


@pytest.mark.parametrize("way", OMM)
def test_nine_digit_numbers_are_kept(way):
    found = read(WRITERS[way]({**ISS, "NORAD_CAT_ID": 799_500_123}))
    assert found.sets.norad_cat_id.dtype == np.int64
    assert found.sets.norad_cat_id.tolist() == [799_500_123]


@pytest.mark.parametrize("way", OMM)
def test_nan_elements_are_refused(way):
    found = read(WRITERS[way]({**ISS, "ECCENTRICITY": "NaN"}, HUBBLE))
    assert found.sets.norad_cat_id.tolist() == [20580]
    assert (
        "object 25544: eccentricity: got nan, must be from 0 to below 1" in found.problems[0].text
    )


def test_nan_and_infinity_as_json_constants_are_refused_with_their_lines():
    text = element_sets.omm_json(ISS, HUBBLE)
    text = text.replace('"15.50123456"', "NaN").replace('"0.60000E-4"', "-Infinity")
    first, second = read(text).problems
    assert first.at("f") == (
        "f:2: object 25544: mean motion: got nan, must be from 1e-8 to 20 rev/d; "
        "correct the record or fetch it again"
    )
    hubble_line = text[: text.index('"HST"')].count("\n")  # its brace is one line above
    assert second.at("f").startswith(f"f:{hubble_line}: object 20580: B*: got -inf, must be a fini")


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        ("ECCENTRICITY", "1.0", "eccentricity: got 1, must be from 0 to below 1"),
        ("MEAN_MOTION", "-1", "mean motion: got -1, must be from 1e-8"),
        ("MEAN_MOTION", "1_0", "MEAN_MOTION: got '1_0', must be a number"),
        ("INCLINATION", "abc", "INCLINATION: got 'abc', must be a number"),
        ("EPOCH", "2024-13-05T00:00:00", "EPOCH: got '2024-13-05T00:00:00', must be a time"),
        ("EPOCH", "yesterday", "EPOCH: got 'yesterday'"),
        ("EPOCH", "2024-07-05T24:00:00", "EPOCH: got '2024-07-05T24:00:00'"),
        ("BSTAR", "", "lacks BSTAR"),
        ("NORAD_CAT_ID", "12 34", "catalogue number: got '12 34'"),
    ],
)
@pytest.mark.parametrize("way", OMM)
def test_a_value_that_cannot_be_is_named_by_its_key(way, key, value, message):
    assert message in only_problem(WRITERS[way]({**ISS, key: value}))


@pytest.mark.parametrize(
    ("key", "value"),
    [("MEAN_ELEMENT_THEORY", "SGP4-XP"), ("REF_FRAME", "EME2000"), ("TIME_SYSTEM", "GPS"),
     ("CENTER_NAME", "MOON"), ("EPHEMERIS_TYPE", "4")],
)  # fmt: skip
def test_elements_of_another_theory_or_frame_are_refused(key, value):
    message = json.loads(element_sets.omm_json(ISS))[0]
    assert f"{key}: got {value!r}, must be" in only_problem(json.dumps([{**message, key: value}]))


def test_csv_row_cut_short_is_named_by_its_line():
    text = element_sets.omm_csv(ISS, HUBBLE)
    problem = only_problem(text[:-40])
    assert problem.startswith("file.omm:3: row has ")
    assert problem.endswith("the file may be cut short, fetch it again")


def test_csv_without_a_needed_column_is_no_element_table():
    text = element_sets.omm_csv(ISS).replace("BSTAR", "DRAG").replace("EPOCH", "WHEN")
    with pytest.raises(TargetsError) as caught:
        read(text)
    assert str(caught.value).startswith("file.omm:1: the table lacks the columns EPOCH, BSTAR, ")
    assert "targets.satcat" in str(caught.value)


def test_json_cut_short_keeps_what_came_whole():
    text = element_sets.omm_json(ISS, HUBBLE)
    found = read(text[:-30])
    assert found.sets.norad_cat_id.tolist() == [25544]
    assert "not JSON" in found.problems[0].text
    unclosed = read(text.rstrip("]\n"))
    assert unclosed.sets.norad_cat_id.tolist() == [25544, 20580]
    assert "the JSON array is not closed" in unclosed.problems[0].text


def test_json_may_be_one_object_and_hold_numbers_or_null():
    message = json.loads(element_sets.omm_json(ISS))[0]
    message.update(NORAD_CAT_ID=25544, MEAN_MOTION=15.5, BSTAR=-3e-4, OBJECT_NAME=None)
    found = read(json.dumps(message))
    assert found.problems == ()
    assert found.sets.mean_motion_rev_day.tolist() == [15.5]
    assert found.sets.name.tolist() == [""]


def test_json_that_holds_no_objects_is_refused():
    assert "got '5', must be an object" in only_problem("[5]")
    assert "nested too deeply" in only_problem("[" + "[" * 100_000)


def test_xml_with_a_doctype_is_refused():
    entities = '<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>'
    text = element_sets.omm_xml(ISS).replace("<ndm>", f"{entities}\n<ndm>")
    with pytest.raises(TargetsError, match=r"file\.omm:2: the XML has a DOCTYPE"):
        read(text)


def test_xml_cut_short_keeps_what_came_whole():
    text = element_sets.omm_xml(ISS, HUBBLE)
    found = read(text[:-60])
    assert found.sets.norad_cat_id.tolist() == [25544]
    assert "not XML" in found.problems[0].text
    assert "cut short" in found.problems[0].text


def test_kvn_names_keep_their_brackets():
    found = read(element_sets.omm_kvn({**ISS, "OBJECT_NAME": "NOAA 19 [+]"}))
    assert found.sets.name.tolist() == ["NOAA 19 [+]"]


def test_kvn_with_units_and_without_version_lines():
    text = element_sets.omm_kvn(ISS, HUBBLE).replace("51.6393", "51.6393 [deg]")
    text = text.replace("CCSDS_OMM_VERS = 2.0\n", "", 2)
    found = read("CCSDS_OMM_VERS = 2.0\n" + text)
    assert found.problems == ()
    assert found.sets.norad_cat_id.tolist() == [25544, 20580]
    assert found.sets.inclination_deg.tolist() == [51.6393, 28.4699]
    assert "must be KEY = VALUE" in only_problem(element_sets.omm_kvn(ISS) + "HALF A LI")


@pytest.mark.parametrize(
    ("iso", "jd", "fraction"),
    [
        ("2000-01-01T12:00:00", 2451544.5, 0.5),
        ("2000-01-01T12:00:00.000Z", 2451544.5, 0.5),
        ("2024-366T06:00:00", 2460675.5, 0.25),
        ("2024-07-05T11:49:29.368128", 2460496.5, 0.49270102),
        ("1957-10-04 00:00:00", 2436115.5, 0.0),
        ("2016-12-31T23:59:60", 2457753.5, 1.0),
    ],
)
def test_epochs_against_the_calendar(iso, jd, fraction):
    assert epochs.of_iso(iso) == (jd, fraction)


def test_an_epoch_is_written_back_to_the_millisecond():
    assert epochs.to_iso(*epochs.of_iso("2024-07-05T11:49:29.368128")) == "2024-07-05T11:49:29.368Z"
    assert epochs.to_iso(2460496.5, 0.9999999999) == "2024-07-06T00:00:00.000Z"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("<!DOCTYPE html><html></html>", "a web page"),
        ("<HTML><body>busy</body>", "a web page"),
        ("No GP data found", "it begins with 'No GP data found'"),
        ("lat,lon\n1,2\n", "it begins with 'lat,lon'"),
    ],
)
def test_what_is_no_catalogue_is_called_so(text, found):
    with pytest.raises(TargetsError) as caught:
        read(text)
    assert str(caught.value) == (
        f"file.omm:1: not a catalogue ({found}); name a TLE or 3LE file, or an OMM file as "
        "CSV, JSON, XML or KVN"
    )
