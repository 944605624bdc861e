"""The job behind `kansoku passes`: what is in the table, and what is said when there is none."""

import gzip
from datetime import UTC, datetime

import numpy as np
import pytest

from kansoku.errors import KansokuError, NetworkError, TargetsError
from naive import passes as naive
from pass_cases import (
    BISEI,
    COLUMNS,
    DECAYING,
    MCMURDO,
    QUITO,
    REFUSED,
    START,
    few,
    searched,
)  # fmt: skip


@pytest.fixture
def catalogue(tmp_path):
    return few(tmp_path)


def instant(text):
    assert text[-5] == "."
    assert text[-1] == "Z"
    return datetime.fromisoformat(text)


def test_columns_stand_in_their_order(catalogue, tmp_path):
    searched(catalogue, tmp_path / "out.csv")
    assert (tmp_path / "out.csv").read_text().splitlines()[0].split(",") == COLUMNS


def test_rows_are_sorted_by_site_as_given_then_id_then_rise(catalogue, tmp_path):
    sites = (QUITO, BISEI, MCMURDO)
    summary, rows = searched(catalogue, tmp_path / "out.csv", sites=sites)
    keys = [(sites.index(row["site"]), int(row["norad_cat_id"]), row["rise_utc"]) for row in rows]
    assert keys == sorted(keys)
    assert {row["site"] for row in rows} == set(sites)
    assert summary.rows == len(rows) > 20


def test_a_table_does_not_depend_on_blocks_or_threads(catalogue, tmp_path, monkeypatch):
    sites = (QUITO, BISEI, MCMURDO)
    _, whole = searched(catalogue, tmp_path / "whole.csv", sites=sites, threads=1)
    monkeypatch.setattr("kansoku.passes.blocks.NODES_IN_BLOCK", 1)
    monkeypatch.setattr("kansoku.passes.blocks.PAIR_DAYS_IN_RANGE", 3.0)
    monkeypatch.setattr("kansoku.passes.batches.BATCH_ROWS", 2)
    monkeypatch.setattr("kansoku.passes.to_csv.TEXT_ROWS", 3)
    _, blocks = searched(catalogue, tmp_path / "blocks.csv", sites=sites, threads=3)
    assert blocks == whole


def test_instants_are_iso_8601_with_milliseconds_and_agree(catalogue, tmp_path):
    _, rows = searched(catalogue, tmp_path / "out.csv", sites=(BISEI, MCMURDO))
    for row in rows:
        rise, top, fall = (instant(row[f"{edge}_utc"]) for edge in ("rise", "culmination", "set"))
        assert rise <= top <= fall
        assert (fall - rise).total_seconds() == pytest.approx(float(row["duration_s"]), abs=1e-9)
        assert rise.isoformat(timespec="milliseconds").replace("+00:00", "Z") == row["rise_utc"]
        assert float(row["culmination_elevation_deg"]) >= 9.9999
        assert all(0.0 <= float(row[f"{edge}_azimuth_deg"]) < 360.0 for edge in ("rise", "set"))


def test_a_name_with_a_comma_stays_one_field(catalogue, tmp_path):
    _, rows = searched(catalogue, tmp_path / "out.csv", ids=[339999])
    assert {(row["norad_cat_id"], row["name"]) for row in rows} == {("339999", "POLAR, ONE")}


def test_a_pass_in_progress_is_clipped_to_the_span(catalogue, tmp_path):
    _, rows = searched(catalogue, tmp_path / "all.csv", ids=[25544])
    longest = max(rows, key=lambda row: float(row["duration_s"]))
    rise, fall = instant(longest["rise_utc"]), instant(longest["set_utc"])
    middle = rise + (fall - rise) / 3
    hours = (fall - rise).total_seconds() / 3 / 3600.0
    _, rows = searched(
        catalogue, tmp_path / "part.csv", ids=[25544], start=middle, hours=hours
    )  # fmt: skip
    assert len(rows) == 1
    assert (rows[0]["starts_before"], rows[0]["ends_after"]) == ("1", "1")
    assert abs((instant(rows[0]["rise_utc"]) - middle).total_seconds()) < 2e-3
    assert float(rows[0]["duration_s"]) == pytest.approx(hours * 3600.0, abs=2e-3)


def test_a_geostationary_object_is_in_view_all_day_or_never(catalogue, tmp_path):
    sites = [f"0,{longitude},0" for longitude in range(-180, 180, 30)]
    _, rows = searched(catalogue, tmp_path / "out.csv", ids=[20000], sites=sites)
    assert 3 <= len(rows) <= 6
    for row in rows:
        assert (row["starts_before"], row["ends_after"]) == ("1", "1")
        assert row["rise_utc"] == "2024-07-05T12:00:00.000Z"
        assert row["set_utc"] == "2024-07-06T12:00:00.000Z"
        assert row["duration_s"] == "86400.000"


def test_a_leap_second_counts_in_the_span_and_not_in_the_labels(catalogue, tmp_path):
    start = datetime(2016, 12, 31, 23, tzinfo=UTC)
    _, rows = searched(
        catalogue, tmp_path / "out.csv", ids=[20000], sites=("0,0,0",), start=start, hours=2.0,
        mask_deg=-89.0,
    )  # fmt: skip
    assert [row["set_utc"] for row in rows] == ["2017-01-01T00:59:59.000Z"]


def test_no_pass_is_a_header_alone(catalogue, tmp_path):
    summary, rows = searched(catalogue, tmp_path / "out.csv", ids=[20000], sites=("89,0,0",))
    assert rows == []
    assert (tmp_path / "out.csv").read_text() == ",".join(COLUMNS) + "\n"
    assert "0 passes of 1 object over 1 site" in str(summary)


def test_a_refused_object_has_no_rows_and_is_counted(tmp_path):
    path = tmp_path / "verification.tle"
    path.write_text("\n".join((*REFUSED, *DECAYING)) + "\n")
    start = datetime(2006, 6, 24, tzinfo=UTC)
    summary, rows = searched(path, tmp_path / "out.csv", sites=(BISEI, QUITO), start=start)
    assert rows == []
    assert summary.refused + summary.decayed == 2
    assert "refused" in str(summary) or "decayed" in str(summary)


def test_an_object_that_decays_on_the_way_keeps_its_earlier_passes(tmp_path):
    path = tmp_path / "decaying.tle"
    path.write_text("\n".join(DECAYING) + "\n")
    start = datetime(2006, 6, 19, 6, 26, tzinfo=UTC)
    sites = [
        f"{latitude},{longitude},0" for latitude in (-60, 0, 60) for longitude in (0, 120, 240)
    ]
    summary, rows = searched(path, tmp_path / "out.csv", sites=[s for s in sites if "240" not in s],
                             start=start, hours=48.0, mask_deg=0.0)  # fmt: skip
    assert summary.refused == 1
    assert rows
    assert all(instant(row["set_utc"]) < datetime(2006, 6, 20, 6, 26, tzinfo=UTC) for row in rows)


def test_unknown_ids_are_listed_and_nothing_is_written(catalogue, tmp_path):
    with pytest.raises(TargetsError, match=r"--ids: not in .*few\.tle: 7, 99; correct"):
        searched(catalogue, tmp_path / "out.csv", ids=[99, 25544, 7])
    assert not (tmp_path / "out.csv").exists()


def test_a_bad_record_stops_the_search_unless_it_may_be_left_out(catalogue, tmp_path):
    text = catalogue.read_text()
    lines = text.splitlines()
    lines[1] = lines[1][:-1] + ("0" if lines[1][-1] != "0" else "1")
    catalogue.write_text("\n".join(lines) + "\n")
    with pytest.raises(TargetsError, match="--on-bad-record skip"):
        searched(catalogue, tmp_path / "out.csv")
    summary, rows = searched(catalogue, tmp_path / "out.csv", on_bad_record="skip")
    assert {row["norad_cat_id"] for row in rows} <= {"20000", "339999"}
    assert len(summary.warnings) == 1
    assert "1 bad record left out" in str(summary)


@pytest.mark.parametrize("hours", [0.0, -1.0, float("nan"), float("inf")])
def test_a_span_must_be_finite_and_positive(catalogue, tmp_path, hours):
    with pytest.raises(KansokuError, match="--hours: got"):
        searched(catalogue, tmp_path / "out.csv", hours=hours)


@pytest.mark.parametrize("mask_deg", [90.0, -91.0, float("nan")])
def test_a_mask_must_be_an_elevation(catalogue, tmp_path, mask_deg):
    with pytest.raises(KansokuError, match="--min-elevation: got"):
        searched(catalogue, tmp_path / "out.csv", mask_deg=mask_deg)


def test_a_span_beyond_the_ephemeris_says_so(catalogue, tmp_path):
    with pytest.raises(KansokuError, match=r"2099|2100"):
        searched(catalogue, tmp_path / "out.csv", start=datetime(2100, 1, 1, tzinfo=UTC))


def test_a_missing_folder_is_named(catalogue, tmp_path):
    with pytest.raises(KansokuError, match=r"--out: no folder .*nowhere; create it"):
        searched(catalogue, tmp_path / "nowhere" / "out.csv")


def test_an_unknown_site_is_named(catalogue, tmp_path):
    with pytest.raises(NetworkError, match="ATLANTIS"):
        searched(catalogue, tmp_path / "out.csv", sites=("ATLANTIS",))


def test_a_missing_catalogue_is_named(tmp_path):
    with pytest.raises(TargetsError, match=r"none\.tle"):
        searched(tmp_path / "none.tle", tmp_path / "out.csv")


def test_a_result_replaces_an_older_one(catalogue, tmp_path):
    (tmp_path / "out.csv").write_text("old")
    _, rows = searched(catalogue, tmp_path / "out.csv")
    assert rows
    assert sorted(path.name for path in tmp_path.iterdir()) == ["few.tle", "out.csv"]


def test_progress_ends_when_all_objects_are_done(catalogue, tmp_path):
    heard = []
    searched(catalogue, tmp_path / "out.csv", progress=lambda *said: heard.append(said))
    counted = [said for said in heard if said[0] == "passes"]
    assert counted[-1] == ("passes", 3, 3)


def test_the_step_follows_the_turn_at_perigee():
    from kansoku.targets import MeanElements

    turns_a_day = np.array([15.9, 15.0, 2.27, 2.0, 1.0027])
    e = np.array([0.001, 0.001, 0.73, 0.01, 0.0])
    nothing = np.zeros(5)
    elements = MeanElements(
        nothing, nothing, turns_a_day * 2.0 * np.pi / 1440.0, e, *(nothing,) * 5
    )
    from kansoku.passes.blocks import step_s

    assert step_s(elements).tolist() == [240.0, 240.0, 120.0, 480.0, 480.0]


# --- against an independent search ---------------------------------------------------------------

REGIMES = {  # revolutions a day, eccentricity, how many
    "LEO": (lambda n, e: (n > 11.25) & (e < 0.1), 45),
    "MEO": (lambda n, e: (n > 1.8) & (n < 2.3) & (e < 0.1), 10),
    "GEO": (lambda n, e: (n > 0.98) & (n < 1.02) & (e < 0.1), 20),
    "HEO": (lambda n, e: e >= 0.25, 20),
    "OTHER": (lambda n, e: (n > 4.0) & (n < 10.0) & (e < 0.1), 5),
}


def mixed_objects(shared_data, seed):
    path = shared_data / "data" / "catalogue" / "catalogue-2024-07-05.tle.gz"
    with gzip.open(path, "rt") as file:
        lines = file.read().splitlines()
    sets = np.array(lines).reshape(-1, 3)
    motion = np.array([float(line[52:63]) for line in sets[:, 2]])
    eccentricity = np.array([float("0." + line[26:33]) for line in sets[:, 2]])
    rng = np.random.default_rng(seed)
    chosen = []
    for belongs, number in REGIMES.values():
        chosen.extend(rng.choice(np.flatnonzero(belongs(motion, eccentricity)), number, False))
    return sets[chosen]


SITES = (
    "90,0,2835", "-90,0,2835", "0.05,-78.35,2850", "34.672,133.5444,427", "-30.24,-70.74,2722",
    "-77.85,166.67,10",
)  # fmt: skip


@pytest.mark.slow
def test_passes_are_those_of_a_dense_search_with_skyfield(shared_data, tmp_path):
    mask_deg, hours = 10.0, 24.0
    sets = mixed_objects(shared_data, seed=20240705)
    assert len(sets) == 100
    path = tmp_path / "mixed.tle"
    path.write_text("\n".join(sets.ravel()) + "\n")
    _, rows = searched(path, tmp_path / "out.csv", sites=SITES, hours=hours, mask_deg=mask_deg)
    mine = {}
    for row in rows:
        mine.setdefault((row["site"], row["norad_cat_id"]), []).append(row)
    samples = naive.Samples(START, hours, 10.0)
    skies = {site: naive.Sky(*map(float, site.split(",")), START) for site in SITES}
    worst = {"edge_s": 0.0, "edge_deg": 0.0, "top_deg": 0.0, "azimuth_deg": 0.0, "passes": 0}
    for _, line1, line2 in sets:
        satellite = naive.satellite_of(line1, line2)
        for site, sky in skies.items():
            expected = naive.passes(sky, satellite, samples, mask_deg)
            found = mine.get((site, str(satellite.model.satnum)), [])
            compare(sky, satellite, expected, found, mask_deg, worst)
    print(worst)
    assert worst["passes"] > 1000


def compare(sky, satellite, expected, found, mask_deg, worst):
    """None missed, none invented, edges and culminations where they belong."""
    seconds = {
        edge: np.array([(instant(row[f"{edge}_utc"]) - START).total_seconds() for row in found])
        for edge in ("rise", "culmination", "set")
    }
    matched = np.zeros(len(found), dtype=bool)
    for one in expected:
        hits = np.flatnonzero((seconds["rise"] <= one.set_s) & (seconds["set"] >= one.rise_s))
        assert len(hits) == 1 or one.set_s - one.rise_s < 10.0, (satellite, sky.site, one, hits)
        for hit in hits:
            row = found[hit]
            matched[hit] = True
            assert row["starts_before"] == str(int(one.starts_before))
            assert row["ends_after"] == str(int(one.ends_after))
            edges = seconds["rise"][hit], seconds["set"][hit]
            measure_edges(sky, satellite, one, edges, mask_deg, worst)
            top_deg = float(row["culmination_elevation_deg"])
            # The samples are 10 s apart, so the true top may be a little higher than theirs
            assert one.highest_deg - 0.005 < top_deg
            at_top = sky.altitude_deg(satellite, seconds["culmination"][[hit]])[0]
            worst["top_deg"] = max(worst["top_deg"], abs(top_deg - at_top))
            assert top_deg == pytest.approx(at_top, abs=0.01)
            azimuth = sky.azimuth_deg(satellite, seconds["rise"][[hit]])[0]
            off = abs((float(row["rise_azimuth_deg"]) - azimuth + 180.0) % 360.0 - 180.0)
            worst["azimuth_deg"] = max(worst["azimuth_deg"], off)
            worst["passes"] += 1
    for row in np.array(found)[~matched]:
        assert float(row["culmination_elevation_deg"]) < mask_deg + 0.1, (satellite, row)


def measure_edges(sky, satellite, one, edges, mask_deg, worst):
    clipped = one.starts_before, one.ends_after
    truth = one.rise_s, one.set_s
    for edge_s, true_s, at_end in zip(edges, truth, clipped, strict=True):
        if at_end:
            assert edge_s == pytest.approx(true_s, abs=2e-3)
            continue
        late_s = abs(edge_s - true_s)
        off_deg = abs(sky.altitude_deg(satellite, np.array([edge_s]))[0] - mask_deg)
        assert late_s <= 0.5 or off_deg <= 0.001, (satellite, sky.site, one, edge_s, off_deg)
        worst["edge_s"] = max(worst["edge_s"], late_s)
        worst["edge_deg"] = max(worst["edge_deg"], off_deg)
