"""The tables in sites/: whole, evidence for every row, refused cell by cell when broken."""

import csv

import pytest

from kansoku.config import DesignSection, NetworkSection
from kansoku.errors import NetworkError
from kansoku.network import load, load_tables
from table_folder import PACKAGED, TABLES, copy_tables, drop, edit, message

COPIED = {
    "sites.csv": "sites_candidate.csv",
    "sensors_existing.csv": "sensors_existing.csv",
    "sensor_types.csv": "sensor_types.csv",
}


def records(text):
    return list(csv.DictReader(text.splitlines()))


@pytest.fixture
def folder(tmp_path):
    """A copy of all tables that a test may break."""
    return copy_tables(tmp_path)


@pytest.mark.parametrize("name", [name for name in TABLES if name != "horizon_masks"])
def test_every_packaged_row_has_confidence_and_source(name):
    rows = records((PACKAGED / f"{name}.csv").read_text(encoding="utf-8"))
    assert rows
    for row in rows:
        classes = [value for key, value in row.items() if key.startswith("confidence")]
        assert classes, name
        assert set(classes) <= set("ABC"), row
        assert row.get("source") or row.get("basis"), row


MONEY = ["arrangements", "site_opening", "tariffs", "purses"]


@pytest.mark.parametrize("name", MONEY)
def test_money_set_by_us_is_class_c_with_a_known_assumption(name):
    tables = load_tables()
    known = {row.text("id") for row in tables.assumptions}
    for row in getattr(tables, name):
        if "in_force" in row.cells and row.text("in_force") == "1":
            continue  # the public catalogue costs nothing, which is a fact
        assert row.text("confidence") == "C", row.where
        column = "assumptions" if name == "arrangements" else "assumption"
        assert set(row.text(column).split()) <= known


@pytest.mark.parametrize(("ours", "facts"), COPIED.items())
def test_copied_tables_equal_the_facts(ours, facts, shared_data):
    original = (shared_data / "facts" / facts).read_text(encoding="utf-8")
    copied, facts = records((PACKAGED / ours).read_text(encoding="utf-8")), records(original)
    # ours may have columns after the copied ones, each an assumption of ours
    assert [{column: row[column] for column in facts[0]} for row in copied] == facts


def test_an_edited_copy_is_read_from_its_own_folder(folder):
    edit(folder, "sensor_types", "T-OPT-1M", capex_usd_mid="5e6")
    kinds = {row.text("id"): row for row in load_tables(folder).sensor_types}
    assert kinds["T-OPT-1M"].number("capex_usd_mid") == 5e6


def test_negative_cost_names_file_line_column_value_and_remedy(folder):
    where = edit(folder, "sensor_types", "T-OPT-1M", capex_usd_low="-2e6")
    assert message(folder) == (
        f"{where}: capex_usd_low: got -2e6, must be 0 or more [USD]; "
        "correct the number, or remove the row"
    )


def test_missing_cost_is_named(folder):
    where = edit(folder, "sensor_types", "T-RAD-DSR", opex_usd_yr_mid="")
    assert message(folder) == (
        f"{where}: opex_usd_yr_mid: empty, must be 0 or more [USD/yr]; "
        "write the number, or remove the row"
    )


@pytest.mark.parametrize(
    ("table", "row_id", "cells", "said"),
    [
        ("sites", "S-JP-BISEI", {"lat_deg": "nan"}, "lat_deg: got nan, must be a number from -90"),
        ("sites", "S-JP-BISEI", {"clear_jan": "1.2"}, "clear_jan: got 1.2, must be a number from"),
        ("sites", "S-JP-BISEI", {"suits": "sonar"}, "suits: got 'sonar', must be one of both, opt"),
        ("sites", "S-JP-BISEI", {"infrastructure": "tent"}, "got 'tent', which no row of site_op"),
        ("sensor_types", "T-OPT-1M", {"capex_usd_mid": "many"}, "capex_usd_mid: got many, must"),
        ("sensor_types", "T-OPT-1M", {"capex_usd_mid": "1"}, "capex_usd_low, _mid, _high: got 2e"),
        ("sensors_existing", "AU-CBAND", {"ref_rcs_m2": "0"}, "got 0, must be a number above 0"),
        ("sensors_existing", "AU-CBAND", {"owner_country": "ZZZ"}, "'ZZZ', which partners.csv doe"),
        (
            "sensor_types",
            "T-OPT-1M",
            {"pixel_arcsec": ""},
            "pixel_arcsec: empty, but a row of type o",
        ),
        (
            "sensor_types",
            "T-OPT-1M",
            {"follows": "both"},
            "follows: got 'both', must be one of noth",
        ),
        (
            "sensor_types",
            "T-RAD-SPF",
            {"simultaneous_tracks": "lots"},
            "got lots, must be a number ",
        ),
        (
            "sensor_types",
            "T-RAD-SPF",
            {"frequency_hz": ""},
            "frequency_hz: empty, but a row of type r",
        ),
        (
            "sensor_types",
            "T-OPT-1M",
            {"assumptions": "A-X"},
            "got 'A-X', which assumptions.csv does",
        ),
        (
            "sensor_types",
            "T-SLR",
            {"debris_range_km": ""},
            "debris_range_km: empty, but debris_dia",
        ),
        (
            "sensors_existing",
            "AT-GRAZ",
            {"largest_range_km": "-1"},
            "got -1, must be a number above 0",
        ),
        (
            "bands",
            "S",
            {"frequency_low_hz": "0"},
            "frequency_low_hz: got 0, must be a number above",
        ),
        ("arrangements", "USA-T4", {"tier": "6"}, "tier: got '6', must be one of 0, 1, 2, 3, 4"),
        ("arrangements", "USA-T4", {"fee_mjpy_yr_mid": "-1"}, "got -1, must be 0 or more [million"),
        ("arrangements", "USA-T4", {"usable_share": "1.5"}, "usable_share: got 1.5, must be a num"),
        ("arrangements", "USA-T4", {"assumptions": "A-X"}, "got 'A-X', which assumptions.csv does"),
        ("partner_access", "AU-SST", {"partner": "XXX"}, "got 'XXX', which partners.csv does not"),
    ],
)
def test_bad_cell(folder, table, row_id, cells, said):
    where = edit(folder, table, row_id, **cells)
    text = message(folder)
    assert text.startswith(f"{where}: ")
    assert said in text


def test_all_problems_are_reported_at_once(folder):
    first = edit(folder, "sites", "S-JP-KISO", lon_deg="400")
    second = edit(folder, "sensor_types", "T-OPT-2M", build_months="-3")
    lines = message(folder).splitlines()
    assert [line.split(": ")[0] for line in lines] == [first, second]


def test_repeated_id(folder):
    where = edit(folder, "sites", "S-JP-KISO", id="S-JP-BISEI")
    assert message(folder).startswith(f"{where}: S-JP-BISEI: already at {folder}/sites.csv:2")


def test_missing_column_file_and_ragged_line(folder):
    path = folder / "partners.csv"
    whole = path.read_text(encoding="utf-8")
    path.write_text(whole.replace("confidence", "trust", 1), encoding="utf-8")
    assert message(folder) == f"{path}:1: no column confidence; restore the header line"
    path.write_text(whole + "XYZ,too short\n", encoding="utf-8")
    line = len(whole.splitlines()) + 1
    assert message(folder).startswith(f"{path}:{line}: got 2 cells, must be 8; quote")
    path.unlink()
    assert message(folder).startswith(f"{path}: cannot be read (")


def test_usable_share_and_cost_never_fall_with_the_tier():
    best = {}
    for row in load_tables().arrangements:
        if row.text("kind") != "bilateral":
            continue
        stems = ("setup_mjpy", "gateway_mjpy", "fee_mjpy_yr")
        now = (row.number("usable_share"), *(row.levels(stem)[1] for stem in stems))
        tier, before = best.get(row.text("partner"), (0, (0.0,) * 4))
        assert int(row.text("tier")) > tier
        assert all(new >= old for new, old in zip(now, before, strict=True)), row.where
        best[row.text("partner")] = (int(row.text("tier")), now)


def test_absent_assumption_is_named():
    with pytest.raises(NetworkError, match=r"no row A-NOT-THERE; restore the row"):
        load_tables().assumption("A-NOT-THERE")


def test_a_type_that_existing_sensors_need_was_removed(folder):
    drop(folder, "sensor_types", "T-RAD-SPF")
    said = message(folder).splitlines()
    assert [line.split(":")[0] for line in said] == [
        f"{folder}/purses.csv", f"{folder}/suppliers.csv",
    ]  # fmt: skip
    drop(folder, "suppliers", "T-RAD-SPF")
    edit(folder, "purses", "defence", sensor_types="T-OPT-35")
    with pytest.raises(NetworkError, match="US-SPFENCE: no generic type in sensor_types"):
        load(NetworkSection(), DesignSection(budget_mjpy=0), load_tables(folder))


def test_a_class_of_opening_that_sites_need_was_removed(folder):
    drop(folder, "site_opening", "abroad")
    with pytest.raises(NetworkError, match=r"site_opening.csv: no row abroad; restore it"):
        load(NetworkSection(), DesignSection(budget_mjpy=0), load_tables(folder))
