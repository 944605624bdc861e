"""The kinds of file that hold a table of passes: the same values, whole or not at all."""

import sys
from datetime import UTC, datetime

import numpy as np
import pytest
import xarray as xr

from kansoku import passes
from kansoku.errors import KansokuError, MissingExtraError
from kansoku.passes import to_csv, to_netcdf
from pass_cases import (
    BISEI,
    COLUMNS,
    MCMURDO,
    QUITO,
    START,
    few,
    rows_of,
    searched,
)  # fmt: skip


@pytest.fixture
def catalogue(tmp_path):
    return few(tmp_path)


def test_other_files_than_tables_are_refused(catalogue, tmp_path):
    with pytest.raises(KansokuError, match=r"must end in \.csv, \.nc or \.parquet"):
        searched(catalogue, tmp_path / "out.txt")


def test_a_failed_search_leaves_nothing_behind(catalogue, tmp_path, monkeypatch):
    def full(file, place, values):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(to_csv, "write_at", full)
    with pytest.raises(KansokuError, match="No space left on device"):
        searched(catalogue, tmp_path / "out.csv")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["few.tle"]


def test_parquet_without_its_extra_says_what_to_install(catalogue, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(MissingExtraError, match=r"pip install 'kansoku\[parquet\]'"):
        searched(catalogue, tmp_path / "out.parquet")


def test_parquet_holds_what_the_csv_holds(catalogue, tmp_path):
    parquet = pytest.importorskip("pyarrow.parquet")
    _, rows = searched(catalogue, tmp_path / "out.csv", sites=(BISEI, MCMURDO))
    passes.run(
        catalogue, None, [BISEI, MCMURDO], START, 24.0, 10.0, tmp_path / "out.parquet"
    )  # fmt: skip
    table = parquet.read_table(tmp_path / "out.parquet")
    assert table.column_names == COLUMNS
    for row, expected in zip(table.to_pylist(), rows, strict=True):
        for column, value in row.items():
            if isinstance(value, str):
                assert value == expected[column]
            else:
                assert value == pytest.approx(float(expected[column]), abs=1e-9)


def test_netcdf_holds_what_the_csv_holds(catalogue, tmp_path):
    sites = (QUITO, BISEI, MCMURDO)
    _, rows = searched(catalogue, tmp_path / "out.csv", sites=sites)
    passes.run(catalogue, None, list(sites), START, 24.0, 10.0, tmp_path / "out.nc")
    with xr.open_dataset(tmp_path / "out.nc") as table:
        assert table.sizes == {"object": 3, "site": 3, "pass": len(rows)}
        number = table["norad_cat_id"][table["object_index"]].values
        name = table["name"][table["object_index"]].values
        site = table["site"][table["site_index"]].values
        for place, row in enumerate(rows):
            one = table.isel({"pass": place})
            assert [str(number[place]), name[place], site[place]] == [row[c] for c in COLUMNS[:3]]
            for edge in ("rise_utc", "culmination_utc", "set_utc"):
                assert f"{one[edge].values.astype('datetime64[ms]')}Z" == row[edge]
            for column in COLUMNS[7:]:
                assert float(one[column]) == pytest.approx(float(row[column]), abs=1e-9)
        assert table["starts_before"].dtype == bool
        assert table.attrs["kansoku_min_elevation_deg"] == 10.0
        assert table.attrs["kansoku_start_utc"] == "2024-07-05T12:00:00Z"


@pytest.mark.parametrize("suffix", [".csv", ".nc"])
def test_a_span_of_more_than_24_days(catalogue, tmp_path, suffix):
    out = tmp_path / f"out{suffix}"
    start = datetime(2024, 7, 5, 12, 0, 0, 500, tzinfo=UTC)  # labels are whole milliseconds
    summary = passes.run(catalogue, [25544], [BISEI], start, 26 * 24.0, 10.0, out)
    if suffix == ".nc":
        with xr.open_dataset(out) as table:
            rises = table["rise_utc"].values.astype("datetime64[ms]")
    else:
        rises = np.array([row["rise_utc"][:-1] for row in rows_of(out)], dtype="datetime64[ms]")
    assert len(rises) == summary.rows > 100
    assert (np.diff(rises) > np.timedelta64(0, "ms")).all()
    assert rises[-1] > np.datetime64("2024-07-30T00:00")
    _, alone = searched(
        catalogue, tmp_path / "last.csv", ids=[25544], start=datetime(2024, 7, 30, tzinfo=UTC)
    )
    alone = [np.datetime64(row["rise_utc"][:-1]) for row in alone if row["starts_before"] == "0"]
    near = np.abs(rises - alone[0]).min()
    assert near <= np.timedelta64(20, "ms")


def test_a_netcdf_that_cannot_be_closed_leaves_nothing(catalogue, tmp_path, monkeypatch):
    def full(file, labels, count, instant):
        raise RuntimeError("Unable to flush file")

    monkeypatch.setattr(to_netcdf, "_lay_out", full)
    with pytest.raises(KansokuError, match="Unable to flush file"):
        passes.run(catalogue, None, [BISEI], START, 24.0, 10.0, tmp_path / "out.nc")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["few.tle"]


def test_netcdf_of_no_pass_has_no_entries(catalogue, tmp_path):
    passes.run(catalogue, None, [MCMURDO], START, 24.0, 89.99, tmp_path / "out.nc")
    with xr.open_dataset(tmp_path / "out.nc") as table:
        assert table.sizes["pass"] == 0
        assert set(COLUMNS[7:]) <= set(table.variables)
