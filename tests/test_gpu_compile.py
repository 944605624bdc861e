"""Kernels compile for devices that are not here, and take no more of them than is known.

Whatever is in gpu/ is tested: a new source needs a row in the table, which
`python tests/gpu_resources.py` writes.
"""

import csv

import pytest

import gpu_resources
from gpu_resources import ARCHITECTURE, INSTRUCTION, SECTION, committed, compiled, require, uses
from kansoku.device import nvrtc, sources
from kansoku.errors import BackendError

ARCHITECTURES = ("sm_80", "sm_89", "sm_90")
MOST_REGISTERS = 168
"""Of a thread: a multiprocessor then still holds twelve warps, three for each scheduler."""
MORE = 1.05
"""Instructions and registers may grow by a twentieth before somebody must look."""
RENEW = "read why, then renew tests/golden/gpu_resources.csv: python tests/gpu_resources.py"

LOG = """\
ptxas info    : 0 bytes gmem
ptxas info    : Compiling entry function 'second' for 'sm_90'
ptxas info    : Function properties for second
ptxas         .     40 bytes stack frame, 8 bytes spill stores, 12 bytes spill loads
ptxas info    : Used 54 registers, used 0 barriers, 40 bytes cumulative stack size
ptxas info    : Function properties for __internal_trig_reduction_slowpathd
ptxas         .     0 bytes stack frame, 4 bytes spill stores, 0 bytes spill loads
ptxas info    : Compiling entry function 'first' for 'sm_90'
ptxas info    : Function properties for first
ptxas         .     0 bytes stack frame, 0 bytes spill stores, 0 bytes spill loads
ptxas info    : Used 40 registers, used 1 barriers, 648 bytes smem
"""

SASS = """\
\t.section\t.text.first,"ax",@progbits
\t.align\t128
.text.first:
        /*0000*/                   LDC R1, c[0x0][0x28] ;
        /*0010*/              @!P0 EXIT ;
.L_x_1:
        /*0020*/                   BRA `(.L_x_1);
        /*0030*/                   NOP;
.L_x_2:
\t.section\t.text.second,"ax",@progbits
.text.second:
        /*0000*/                   EXIT ;
"""


@pytest.fixture
def needs_nvrtc():
    require(nvrtc.is_installed(), "NVRTC (pip install nvidia-cuda-nvrtc)")


@pytest.fixture
def needs_nvdisasm(needs_nvrtc):
    require(gpu_resources.disassembler(), "nvdisasm (pip install nvidia-cuda-nvdisasm)")


def test_the_report_is_read_kernel_by_kernel():
    found = uses(LOG)
    assert (found["second"].registers, found["second"].spilled_bytes) == (54, 24)
    assert (found["first"].registers, found["first"].spilled_bytes) == (40, 0)


def test_instructions_are_counted_without_padding():
    counts = {name: len(INSTRUCTION.findall(body)) for name, body in SECTION.findall(SASS)}
    assert counts == {"first": 3, "second": 1}


@pytest.mark.slow
@pytest.mark.parametrize("architecture", ARCHITECTURES)
@pytest.mark.parametrize("module", sources.modules())
def test_a_source_compiles_without_spills(needs_nvrtc, module, architecture):
    made = compiled(module, architecture)
    found = uses(made.log)
    assert made.cubin.startswith(b"\x7fELF")
    assert set(found) == set(sources.kernels(module))
    for name, use in found.items():
        assert use.spilled_bytes == 0, f"{name} on {architecture} spills registers:\n{made.log}"
        assert use.registers <= MOST_REGISTERS, f"{name} on {architecture}"


@pytest.mark.slow
@pytest.mark.parametrize("module", sources.modules())
def test_a_source_takes_no_more_than_is_known(needs_nvdisasm, module):
    made, known = compiled(module, ARCHITECTURE), committed()
    counts = gpu_resources.instructions(made.cubin)
    for name, use in uses(made.log).items():
        row = known.get(f"{module}.{name}")
        assert row is not None, f"{module}.{name} is new; {RENEW}"
        for what, now in (("registers", use.registers), ("instructions", counts[name])):
            assert now <= MORE * int(row[what]), (
                f"{module}.{name} has {now} {what} instead of {row[what]}; {RENEW}"
            )


def test_the_table_has_no_row_of_a_kernel_that_is_gone():
    there = {f"{module}.{name}" for module in sources.modules() for name in sources.kernels(module)}
    assert set(committed()) == there, RENEW


def test_the_table_is_for_one_architecture():
    with gpu_resources.TABLE.open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert {row["architecture"] for row in rows} == {ARCHITECTURE}
    assert len(rows) == len({row["kernel"] for row in rows})


def test_a_source_that_is_wrong_is_told_with_what_the_compiler_says(needs_nvrtc):
    source = '#include "known.cuh"\nextern "C" __global__ void k(int* a) { a[0] = nowhere; }\n'
    with pytest.raises(BackendError) as told:
        nvrtc.compiled("wrong.cu", source, {"known.cuh": "#pragma once\n"}, "sm_90")
    assert "cannot compile wrong.cu for sm_90" in str(told.value)
    assert 'wrong.cu(2): error: identifier "nowhere" is undefined' in str(told.value)


def test_an_architecture_that_the_compiler_does_not_know_is_told(needs_nvrtc):
    with pytest.raises(BackendError, match="invalid value for --gpu-architecture"):
        nvrtc.compiled("empty.cu", "", {}, "sm_1")


def test_where_nvrtc_is_missing_the_message_says_how_to_install_it(monkeypatch):
    def refuse(path):
        raise OSError(path)

    nvrtc._library.cache_clear()
    monkeypatch.setattr(nvrtc.ctypes, "CDLL", refuse)
    try:
        assert not nvrtc.is_installed()
        with pytest.raises(BackendError, match=r"pip install 'kansoku\[cuda13\]'"):
            nvrtc.compiled("empty.cu", "", {}, "sm_90")
    finally:
        nvrtc._library.cache_clear()


@pytest.mark.parametrize(("required", "outcome"), [("1", pytest.fail), ("", pytest.skip)])
def test_a_missing_compiler_fails_only_where_it_is_required(monkeypatch, required, outcome):
    monkeypatch.setenv("KANSOKU_REQUIRE_COMPILERS", required)
    with pytest.raises(outcome.Exception, match="no NVRTC"):
        require(False, "NVRTC")
    require(True, "NVRTC")
