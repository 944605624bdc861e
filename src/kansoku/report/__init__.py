"""Answers, tables, figures and maps, from cubes alone."""

from kansoku.report.folder import write

__all__ = ["write"]
