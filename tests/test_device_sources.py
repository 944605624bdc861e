"""What Python reads from CUDA sources: kernels, structures as a compiler lays them out."""

import ctypes
import re
import sys
from pathlib import Path

import numpy as np
import pytest

from emulator import built
from kansoku.device import sources

SOURCE = Path(__file__).parent.parent / "src" / "kansoku"
ASKED_FOR = re.compile(r'"(\w+\.cuh)",\s*"(\w+)"')
"""How a station names a structure, as in `structure("sensor.cuh", "Sensor")` or `record(..)`."""

HEADER = """\
#pragma once
struct Plain { // double unseen;
    double place_m[3], angle;
    const float* strengths;  // by row
    Other<double>* others;
    uint32 flags, count;
};
template <class Real> struct Either {
    Real value, limits[2][3];
    int kind;
    int spare;
};
struct Padded {
    double a;
    int b;
};
struct Strange {
    Vector<double> a;
};
"""

KERNELS = """\
#include "some.cuh"
// KERNEL(7) not_this(int a)
KERNEL(128)
fill(const float* __restrict__ states, const Plain* plain,
     Either<float>* either, int64 rows, double step) {
}
KERNEL(64, 4) both(uint32* bits, uint8 flag, float share) {}
"""


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A folder that takes the place of gpu/."""
    package = tmp_path / "some_kernels"
    package.mkdir()
    (package / "__init__.py").write_text("")
    (package / "some.cuh").write_text(HEADER)
    (package / "both.cu").write_text(KERNELS)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "some_kernels", raising=False)
    monkeypatch.setattr(sources, "PACKAGE", "some_kernels")
    forget()
    yield package
    forget()


def forget():
    for each in ("text", "headers", "digest", "kernels", "fields_of", "structure"):
        getattr(sources, each).cache_clear()


def test_kernels_are_read_with_their_threads_and_arguments(folder):
    assert sources.modules() == ("both",)
    found = sources.kernels("both")
    assert list(found) == ["fill", "both"]
    assert (found["fill"].threads, found["both"].threads) == (128, 64)
    assert [(a.name, a.dtype.name, a.is_pointer) for a in found["fill"].arguments] == [
        ("states", "float32", True),
        ("plain", "uint8", True),
        ("either", "uint8", True),
        ("rows", "int64", False),
        ("step", "float64", False),
    ]
    assert [(a.name, a.dtype.name) for a in found["both"].arguments] == [
        ("bits", "uint32"), ("flag", "uint8"), ("share", "float32"),
    ]  # fmt: skip


def test_a_kernel_takes_no_structure_by_value(folder):
    (folder / "both.cu").write_text("KERNEL(32) odd(Plain plain) {}\n")
    with pytest.raises(ValueError, match="numbers and pointers alone"):
        sources.kernels("both")


def test_a_structure_is_read_field_by_field(folder):
    plain = sources.structure("some.cuh", "Plain")
    assert plain.names == ("place_m", "angle", "strengths", "others", "flags", "count")
    assert plain["place_m"].shape == (3,)
    assert plain["strengths"] == plain["others"] == np.uint64
    either = sources.structure("some.cuh", "Either", "float")
    assert either["value"] == np.float32
    assert either["limits"].shape == (2, 3)
    assert either["kind"] == np.int32


@pytest.mark.parametrize(
    ("name", "real", "problem"),
    [
        ("Padded", "double", "Padded has padding"),
        ("Missing", "double", "has no structure Missing"),
    ],
)
def test_a_structure_that_two_sides_may_see_differently_is_refused(folder, name, real, problem):
    with pytest.raises(ValueError, match=problem):
        sources.structure("some.cuh", name, real)


def test_a_structure_within_a_structure_is_refused(folder):
    with pytest.raises(KeyError, match="Vector"):
        sources.structure("some.cuh", "Strange")


def test_a_digest_changes_with_a_source_and_with_a_header(folder):
    seen = {sources.digest("both")}
    for name in ("both.cu", "some.cuh"):
        forget()
        (folder / name).write_text((folder / name).read_text() + "\n// more\n")
        seen.add(sources.digest("both"))
    assert len(seen) == 3


def asked_for():
    """Structures that stations fill in, in both precisions where they are templates."""
    found = {
        pair for path in SOURCE.rglob("*.py") for pair in ASKED_FOR.findall(path.read_text("utf-8"))
    }
    return [
        (header, name, real)
        for header, name in sorted(found)
        for real in (("double", "float") if is_template(header, name) else ("double",))
    ]


def is_template(header, name):
    return re.search(rf"template <class Real>\s+struct {name}\b", sources.text(header)) is not None


def test_every_structure_asked_for_is_found():
    assert {("sky.cuh", "Instant", "double"), ("sensor.cuh", "Sensor", "float")} <= set(asked_for())


@pytest.mark.parametrize(("header", "name", "real"), asked_for())
def test_a_structure_is_laid_out_as_by_a_compiler(header, name, real):
    ours = sources.structure(header, name, real)
    kind = f"{name}<{real}>" if is_template(header, name) else name
    offsets = ", ".join(f"offsetof(Filled, {field})" for field in ours.names)
    library = built(
        f'#include <cstddef>\n#include "{header}"\nusing Filled = {kind};\n'
        f'extern "C" const std::size_t layout[] = {{sizeof(Filled), {offsets}}};\n'
    )
    theirs = list((ctypes.c_size_t * (len(ours.names) + 1)).in_dll(library, "layout"))
    assert theirs[0] == ours.itemsize
    assert theirs[1:] == [ours.fields[field][1] for field in ours.names]
