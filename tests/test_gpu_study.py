"""A whole study on a device that the host stands in for: the same cube as without one."""

import pytest
import xarray as xr

from emulator import EmulatedDevice
from kansoku import backend, configfile, study
from strict import strict
from test_study import SMALL

DIFFERS = {"kansoku_backend", "kansoku_machine", "history", "date_created", "kansoku_config_sha256"}


@pytest.fixture(scope="module")
def loaded(tmp_path_factory):
    path = tmp_path_factory.mktemp("study") / "small.yaml"
    path.write_text(SMALL.replace("THREADS", "2"), encoding="utf-8")
    return configfile.load_config(path)


@pytest.mark.slow
def test_both_backends_give_the_same_cube(loaded, monkeypatch):
    by_arrays = study.run(loaded)
    device = EmulatedDevice()
    monkeypatch.setattr(backend, "select", lambda name, progress: strict)
    monkeypatch.setattr(backend, "device_of", lambda xp: device)
    by_kernels = study.run(loaded)
    assert {"visible_bits", "refine_runs", "cross_fans"} <= set(device.launched)
    assert by_kernels.attrs["kansoku_backend"] == backend.name_of(strict)
    for cube in (by_arrays, by_kernels):
        for name in DIFFERS:
            cube.attrs.pop(name, None)
    assert by_kernels.attrs == by_arrays.attrs
    xr.testing.assert_allclose(by_kernels, by_arrays, rtol=0, atol=0.02)
    exact = ["visibility_tracks", "contributor_active", "coverage_fraction", "credited_fraction"]
    xr.testing.assert_equal(by_kernels[exact], by_arrays[exact])
