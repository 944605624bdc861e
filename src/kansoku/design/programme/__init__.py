"""Fiscal years, purses and partners: what to order and sign when, who pays, and who gains.

The question is a `Programme`, the answer a `Decision`; `model.master` says in mathematics what
decisions are possible.
"""

from kansoku.design.programme.decision import Decision
from kansoku.design.programme.parts import Industry, Options, Places, Purses, Release, Rows, Sharing
from kansoku.design.programme.programme import OURS, Aim, Programme, Promise, Service, Tail, View

__all__ = [
    "OURS",
    "Aim",
    "Decision",
    "Industry",
    "Options",
    "Places",
    "Programme",
    "Promise",
    "Purses",
    "Release",
    "Rows",
    "Service",
    "Sharing",
    "Tail",
    "View",
]
