"""What is printed while one waits, and how answers are laid out."""

import io

from kansoku.cli import terminal


def test_lines_mark_begin_end_and_now_and_then(capsys):
    seconds = iter([0.0, 1.0, 11.0, 12.0, 13.0])
    report = terminal.plain_lines(clock=lambda: next(seconds))
    for done in (0, 1, 2, 3, 4):
        report("visibility", done, 4)
    report("3 objects were lost to propagation errors")
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.splitlines() == [
        "visibility: 0 %",
        "visibility: 50 %",
        "visibility: 100 %",
        "3 objects were lost to propagation errors",
    ]


def test_terminal_gets_a_bar_with_the_time_left(monkeypatch):
    class Terminal(io.StringIO):
        def isatty(self):
            return True

    stream = Terminal()
    monkeypatch.setattr("sys.stderr", stream)
    monkeypatch.setenv("TERM", "xterm")
    with terminal.progress() as report:
        report("visibility", 1, 2)
        report("a [plain] line")
        report("visibility", 2, 2)
    shown = stream.getvalue()
    assert "visibility" in shown
    assert "100%" in shown
    assert "ETA" in shown
    assert "a [plain] line" in shown


def test_no_bar_where_nobody_watches(capsys):
    with terminal.progress() as report:
        report("search", 1, 2)
    assert capsys.readouterr().err == "search: 50 %\n"


def test_facts_are_aligned_and_nested(capsys):
    terminal.print_facts(
        {"objects": 3, "share": {"LEO": 0.123456789, "GEO": None, "HEO": ""}, "names": []}
    )
    assert capsys.readouterr().out.splitlines() == [
        "objects  3",
        "share",
        "  LEO  0.123457",
        "  GEO  -",
        "  HEO  -",
        "names    none",
    ]


def test_no_rows_is_said(capsys):
    terminal.print_rows([])
    assert capsys.readouterr().out == "none\n"
