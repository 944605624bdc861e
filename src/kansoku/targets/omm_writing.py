"""The four ways an Orbit Mean-Elements Message is written: CSV, JSON, XML and KVN."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator, Mapping
from xml.parsers import expat

from kansoku.errors import TargetsError
from kansoku.targets.content import Content
from kansoku.targets.omm import NEEDED, NUMBERS, Message
from kansoku.targets.records import Problem

_CUT_SHORT = "the file may be cut short, fetch it again"
_KVN_KEY = re.compile("[A-Za-z][A-Za-z0-9_]*")
_BETWEEN_OBJECTS = re.compile(r"[\s,]*")


def from_csv(content: Content) -> Iterator[Message | Problem]:
    """Yield the messages of a CSV table with a header line.

    Raises
    ------
    TargetsError
        When the header lacks a column that SGP4 needs.
    """
    rows = csv.reader(io.StringIO(content.text), strict=True)
    header = [name.strip() for name in next(rows, [])]
    missing = [key for key in NEEDED if key not in header]
    if missing:
        raise TargetsError(
            f"{content.label}:1: the table lacks the columns {', '.join(missing)}, so it holds no "
            "element sets; name an OMM table (a SATCAT goes under targets.satcat)"
        )
    line = rows.line_num
    try:
        for row in rows:
            start, line = line + 1, rows.line_num
            if row:
                yield _message_of(row, header, start)
    except csv.Error as cause:
        yield Problem(rows.line_num, f"not CSV ({cause}); {_CUT_SHORT}")


def _message_of(row: list[str], header: list[str], line: int) -> Message | Problem:
    if len(row) != len(header):
        return Problem(
            line, f"row has {len(row)} cells, the header names {len(header)}; {_CUT_SHORT}"
        )
    return Message(line, {key: cell.strip() for key, cell in zip(header, row, strict=True)})


def from_json(content: Content) -> Iterator[Message | Problem]:
    """Yield the messages of a JSON array of objects, or of one object.

    Numbers keep their published digits; 'NaN' is passed on for the limits to refuse.
    """
    text = content.text
    # Numbers stay text: they are parsed like those of the other three ways of writing.
    decoder = json.JSONDecoder(parse_float=str, parse_int=str, parse_constant=str)
    at = _BETWEEN_OBJECTS.match(text).end()  # type: ignore[union-attr]  # matches always
    in_array = text.startswith("[", at)
    at += in_array
    line, counted_to = 1, 0
    while True:
        at = _BETWEEN_OBJECTS.match(text, at).end()  # type: ignore[union-attr]
        line, counted_to = line + text.count("\n", counted_to, at), at
        if at == len(text):
            if in_array:
                yield Problem(line, f"the JSON array is not closed; {_CUT_SHORT}")
            return
        if in_array and text[at] == "]":
            return
        try:
            value, at = decoder.raw_decode(text, at)
        except json.JSONDecodeError as cause:
            yield Problem(cause.lineno, f"not JSON ({cause.msg}); {_CUT_SHORT}")
            return
        except RecursionError:
            yield Problem(line, "JSON nested too deeply for a catalogue; name another file")
            return
        yield _message_of_object(value, line)


def _message_of_object(value: object, line: int) -> Message | Problem:
    if not isinstance(value, dict):
        return Problem(line, f"got {str(value)[:40]!r}, must be an object with OMM keys; remove it")
    texts = {key: "" if cell is None else str(cell).strip() for key, cell in value.items()}
    return Message(line, texts)


def from_xml(content: Content) -> Iterator[Message | Problem]:
    """Yield the messages of an NDM or OMM document.

    Raises
    ------
    TargetsError
        When the document has a DOCTYPE: no OMM needs one, and entities declared there can make a
        small file fill the memory.
    """
    document = _XmlDocument(content.label)
    try:
        document.parser.Parse(content.text, True)
    except expat.ExpatError as cause:
        reason = expat.errors.messages[cause.code]
        document.found.append(Problem(cause.lineno, f"not XML ({reason}); {_CUT_SHORT}"))
    yield from document.found


class _XmlDocument:
    """Gathers the text of every element inside an <omm> under the element's name."""

    def __init__(self, label: str) -> None:
        self.found: list[Message | Problem] = []
        self.parser = expat.ParserCreate()
        self.parser.buffer_text = True
        self.parser.StartDoctypeDeclHandler = self._refuse_doctype
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._characters
        self._label = label
        self._line = 0
        self._text = ""
        self._fields: dict[str, str] = {}

    def _refuse_doctype(self, *_: object) -> None:
        raise TargetsError(
            f"{self._label}:{self.parser.CurrentLineNumber}: the XML has a DOCTYPE, which no "
            "catalogue needs and which may hide harm; remove it or fetch the file again"
        )

    def _start(self, tag: str, attributes: Mapping[str, str]) -> None:
        self._text = ""
        if _local(tag) == "omm":
            self._line, self._fields = self.parser.CurrentLineNumber, {}

    def _characters(self, text: str) -> None:
        self._text += text

    def _end(self, tag: str) -> None:
        if _local(tag) == "omm":
            self.found.append(Message(self._line, self._fields))
        elif self._text.strip():
            self._fields[_local(tag)] = self._text.strip()
        self._text = ""


def _local(tag: str) -> str:
    return tag.rpartition(":")[2]


def from_kvn(content: Content) -> Iterator[Message | Problem]:
    """Yield the messages of a file of ``KEY = VALUE`` lines.

    A message begins with CCSDS_OMM_VERS, or where a key comes a second time. Units in brackets
    and COMMENT lines are ignored.
    """
    line_of_message, fields = 1, dict[str, str]()
    for line, text in enumerate(content.text.split("\n"), start=1):
        if not text.strip() or text.lstrip().startswith("COMMENT"):
            continue
        written, equals, value = (part.strip() for part in text.partition("="))
        if not equals or _KVN_KEY.fullmatch(written) is None:
            yield Problem(line, f"got {text.strip()[:40]!r}, must be KEY = VALUE; {_CUT_SHORT}")
            continue
        key = written.upper()
        if fields and (key == "CCSDS_OMM_VERS" or key in fields):
            yield Message(line_of_message, fields)
            fields = {}
        if not fields:
            line_of_message = line
        # A name may end in brackets of its own: 'NOAA 19 [+]'.
        fields[key] = value.partition("[")[0].rstrip() if key in NUMBERS else value
    if fields:
        yield Message(line_of_message, fields)
