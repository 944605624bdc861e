"""What `kansoku sites` lists and what `--site` understands."""

import pytest

from kansoku.errors import NetworkError
from kansoku.network import listing, site_position

KEYS = {
    "id", "name", "record", "kind", "country", "owner", "status", "lat_deg", "lon_deg", "alt_m",
    "confidence", "source",
}  # fmt: skip


def test_listing_holds_every_site_and_sensor():
    rows = listing()
    assert sum(row["record"] == "site" for row in rows) == 78
    assert sum(row["record"] == "sensor" for row in rows) == 113
    assert all(set(row) == KEYS for row in rows)
    assert all(row["confidence"] in "ABC" and row["source"] for row in rows)


def test_listing_of_one_country():
    rows = listing("MHL")
    assert {row["id"] for row in rows if row["record"] == "site"} == {"S-MH-KWAJ"}
    assert {"US-SPFENCE", "US-ALTAIR"} <= {row["id"] for row in rows}
    assert {row["country"] for row in rows} == {"MHL"}
    assert listing("mhl") == rows


def test_listing_gives_none_where_no_position_is_published():
    row = next(row for row in listing() if row["id"] == "COM-SLINGSHOT")
    assert (row["lat_deg"], row["lon_deg"], row["alt_m"]) == (None, None, None)


def test_unknown_country_names_the_known_ones():
    with pytest.raises(NetworkError) as caught:
        listing("QQQ")
    text = str(caught.value)
    assert text.startswith("--country: got 'QQQ', which is no country in the tables; choose from A")
    assert "JPN" in text
    assert "MHL" in text


def test_a_country_that_is_nearly_right():
    with pytest.raises(NetworkError, match=r"'JPP'.*did you mean JPN"):
        listing("JPP")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("-77.8,166.7,10", (-77.8, 166.7, 10.0)),
        ("34.672, 133.5444, 427", (34.672, 133.5444, 427.0)),
        ("90,-180,-430", (90.0, -180.0, -430.0)),
        ("1e1,359.5,0", (10.0, 359.5, 0.0)),
    ],
)
def test_a_written_position(text, expected):
    assert site_position(text) == (text, *expected)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("S-JP-BISEI", ("S-JP-BISEI", 34.672, 133.5444, 427.0)),
        ("US-SPFENCE", ("US-SPFENCE", 8.723, 167.719, 7.0)),
    ],
)
def test_an_id(text, expected):
    assert site_position(text) == expected


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("91,0,0", "got '91' as latitude in '91,0,0', must be a number from -90 to 90 [deg]"),
        ("0,361,0", "got '361' as longitude in '0,361,0', must be a number from -180 to 360 [deg]"),
        ("0,0,9001", "got '9001' as altitude in '0,0,9001', must be a number from -500 to 9000"),
        ("nan,0,0", "got 'nan' as latitude"),
        ("0,inf,0", "got 'inf' as longitude"),
        ("0,x,0", "got 'x' as longitude"),
        ("0,,0", "got '' as longitude"),
        ("34.6,133.5", "with 2 numbers, must be LAT,LON,ALT_M"),
        ("1,2,3,4", "with 4 numbers, must be LAT,LON,ALT_M"),
        ("S-JP-BISIE", "which is no site or sensor; did you mean S-JP-BISEI"),
        ("", "got '', which is no site or sensor; `kansoku sites` lists them"),
        ("COM-SLINGSHOT", "COM-SLINGSHOT has no published position; give one as LAT,LON,ALT_M"),
    ],
)
def test_a_position_that_cannot_be_used(text, said):
    with pytest.raises(NetworkError) as caught:
        site_position(text)
    assert said in str(caught.value)
