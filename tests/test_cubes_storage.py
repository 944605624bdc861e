"""Cubes are written whole or not at all, and read with a clear word when they cannot be."""

import pytest
import xarray as xr

from kansoku.cubes import dataset, storage
from kansoku.errors import CubeError
from small_study import small_findings


@pytest.fixture(scope="module")
def cube():
    return dataset.label(small_findings())


def test_a_missing_folder_is_made_and_nothing_else_is_left_in_it(cube, tmp_path):
    storage.write(cube, tmp_path / "new" / "study.nc")
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["study.nc"]
    xr.testing.assert_identical(storage.read(tmp_path / "new" / "study.nc"), cube)


def test_a_folder_that_cannot_be_written_is_named(cube, tmp_path):
    (tmp_path / "results").write_text("a file stands where the folder should")
    with pytest.raises(CubeError, match=r"results.*cannot be written .*choose another folder"):
        storage.write(cube, tmp_path / "results" / "study.nc")


def test_a_failed_write_leaves_the_old_file(cube, tmp_path, monkeypatch):
    path = tmp_path / "study.nc"
    path.write_bytes(b"old")

    def full(*_, **__):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(xr.Dataset, "to_netcdf", full)
    with pytest.raises(CubeError, match="No space left on device"):
        storage.write(cube, path)
    assert path.read_bytes() == b"old"
    assert [left.name for left in tmp_path.iterdir()] == ["study.nc"]


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(CubeError, match=r"absent\.nc: there is no such file"):
        storage.read(tmp_path / "absent.nc")


def test_a_file_that_is_no_netcdf_is_refused(tmp_path):
    (tmp_path / "notes.nc").write_text("no netCDF")
    with pytest.raises(CubeError, match=r"notes\.nc: cannot be read as netCDF"):
        storage.read(tmp_path / "notes.nc")


def test_a_file_of_another_program_is_refused(tmp_path):
    xr.Dataset({"a": ("x", [1.0])}).to_netcdf(tmp_path / "other.nc", engine="h5netcdf")
    with pytest.raises(CubeError, match="no attribute kansoku_version"):
        storage.read(tmp_path / "other.nc")
