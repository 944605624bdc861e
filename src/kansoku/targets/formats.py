"""Which format a catalogue is written in, told by its content and never by its name."""

from __future__ import annotations

import re

from kansoku.errors import TargetsError
from kansoku.targets import omm, omm_writing, tle
from kansoku.targets.content import Content
from kansoku.targets.records import ReadSets

_READERS = {
    "csv": omm_writing.from_csv,
    "json": omm_writing.from_json,
    "xml": omm_writing.from_xml,
    "kvn": omm_writing.from_kvn,
}


def read(content: Content) -> ReadSets:
    """Read the element sets of a catalogue in any format.

    Parameters
    ----------
    content : Content
        TLE, 3LE, or OMM as CSV, JSON, XML or KVN.

    Returns
    -------
    ReadSets
        Empty when the file is.

    Raises
    ------
    TargetsError
        When the content is no catalogue, or one that cannot be read at all.
    """
    name = format_of(content)
    if name == "tle":
        return tle.read(content.text)
    return omm.read(_READERS[name](content))


def format_of(content: Content) -> str:
    """Return 'tle', 'csv', 'json', 'xml' or 'kvn'.

    Raises
    ------
    TargetsError
        When the content looks like none of them.
    """
    text = content.text.lstrip()
    first_line = text.partition("\n")[0].rstrip()
    if re.match(r"<!doctype html|<html", text, re.IGNORECASE):
        raise _no_catalogue(content, "a web page")
    if text.startswith("<"):
        return "xml"
    if text.startswith(("[", "{")):
        return "json"
    if "," in first_line and "NORAD_CAT_ID" in first_line:
        return "csv"
    if re.match(r"(?:COMMENT\b.*\n\s*)*CCSDS_OMM_VERS\s*=", text):
        return "kvn"
    if not text or tle.has_element_lines(content.text):
        return "tle"
    raise _no_catalogue(content, f"it begins with {first_line[:60]!r}")


def _no_catalogue(content: Content, found: str) -> TargetsError:
    return TargetsError(
        f"{content.label}:1: not a catalogue ({found}); name a TLE or 3LE file, or an OMM file as "
        "CSV, JSON, XML or KVN"
    )
