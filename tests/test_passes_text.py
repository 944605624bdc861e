"""Rows of the table as text: every digit, and the length that is known beforehand."""

import csv
import io
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kansoku.passes import text
from kansoku.passes.rows import INSTANTS, TURN_UNITS, by_site, row_type

SITES = ("34.672,133.5444,427", "S-JP-BISEI")
NAMES = ("ISS (ZARYA)", 'quoted "name", with a comma', "さくら", "", "50 %s")
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
BEGINS_MS = 1_720_137_600_123
ROW = row_type(366 * 86_400.0)

azimuth = st.integers(0, TURN_UNITS - 1)
row = st.tuples(
    st.integers(-(10**12), 4 * 10**12),  # 1938 to 2096
    st.integers(0, 366 * 86_400_000),
    st.integers(0, len(NAMES) - 1),
    azimuth,
    azimuth,
    st.integers(-900_000, 900_000),
    azimuth,
    st.integers(0, 3),
)


def rows_of(drawn):
    rows = np.zeros(len(drawn), ROW)
    for at, (rise, length, target, one, two, elevation, three, clipped) in enumerate(drawn):
        rows[at] = (rise, rise + length // 2, rise + length, target, one, two, elevation, three, clipped)  # fmt: skip  # noqa: E501
    return rows


def names():
    return text.names_of(np.arange(len(NAMES)) * 1111, np.array(NAMES), SITES, BEGINS_MS)


def stamp(milliseconds):
    moment = EPOCH + timedelta(milliseconds=int(milliseconds))
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


@given(st.lists(row, max_size=20), st.integers(0, 1))
def test_text_is_what_python_writes(drawn, site):
    rows = rows_of(drawn)
    expected = io.StringIO()
    writer = csv.writer(expected, lineterminator="\n")
    for one in rows:
        writer.writerow(
            [
                one["target"] * 1111, NAMES[one["target"]], SITES[site],
                *(stamp(BEGINS_MS + one[name]) for name in INSTANTS),
                f"{(one['set_ms'] - one['rise_ms']) / 1000.0:.3f}",
                *(f"{one[name] / 1e4:.4f}" for name in (
                    "rise_azimuth", "culmination_azimuth", "culmination_elevation", "set_azimuth"
                )),
                one["clipped"] >> 1, one["clipped"] & 1,
            ]
        )  # fmt: skip
    written = bytes(text.text_of(names(), site, rows)).decode()
    # Alone in a row, csv puts quotes around an empty name
    assert written.replace('""', "") == expected.getvalue().replace('""', "")


@given(st.lists(row, max_size=20), st.lists(row, max_size=20))
def test_lengths_are_known_beforehand(one, other):
    rows = rows_of(one + other)
    bounds = np.array([0, len(one), len(one) + len(other)])
    lengths = text.text_bytes(names(), bounds, rows)
    for site in range(2):
        some = rows[bounds[site] : bounds[site + 1]]
        assert lengths[site] == len(text.text_of(names(), site, some))


@given(st.lists(row, min_size=1, max_size=20))
def test_instants_stand_in_24_characters(drawn):
    rows = rows_of(drawn)
    characters = text.instants(rows["rise_ms"])
    assert [bytes(line).decode() for line in characters] == [stamp(ms) for ms in rows["rise_ms"]]


@pytest.mark.parametrize("sites", [3, 70_000])
def test_rows_are_sorted_by_site_then_target_and_keep_their_order(sites):
    rng = np.random.default_rng(3)
    parts = []
    for part in range(3):
        rows = np.zeros(500, ROW)
        rows["target"] = np.sort(rng.integers(0, 40, len(rows)))
        rows["rise_ms"] = 1000 * part + np.arange(len(rows))
        parts.append((rng.integers(0, sites, len(rows)), rows))
    bounds, rows = by_site(parts, sites)
    site = np.repeat(np.arange(sites), np.diff(bounds))
    assert len(rows) == 1500
    assert sorted(rows["rise_ms"].tolist()) == sorted(
        1000 * part + number for part in range(3) for number in range(500)
    )
    key = list(zip(site.tolist(), rows["target"].tolist(), rows["rise_ms"].tolist(), strict=True))
    assert key == sorted(key)


def test_no_rows_are_no_text():
    nothing = np.zeros(0, ROW)
    assert len(text.text_of(names(), 0, nothing)) == 0
    assert text.text_bytes(names(), np.zeros(3, dtype=int), nothing).tolist() == [0, 0]
