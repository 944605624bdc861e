"""YAML text as plain data that remembers on which line every key stands.

The scalars follow YAML 1.2: ``no`` is a word, ``15e3`` and ``15_000`` are numbers, and a date stays
text until the schema reads it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, NamedTuple

import yaml

KeyPath = tuple[str | int, ...]

MAX_DEPTH = 20
"""A study has three levels; far deeper nesting is a mistake, and would exhaust the parser."""

SCALAR_KINDS = ("str", "int", "float", "bool", "null", "timestamp", "merge", "value")
PLAIN_TAGS = frozenset(f"tag:yaml.org,2002:{kind}" for kind in (*SCALAR_KINDS, "map", "seq"))
NUMBER = re.compile(r"[-+]?(\d[\d_]*(\.[\d_]*)?|\.\d[\d_]*)([eE][-+]?\d+)?")
WHOLE_NUMBER = re.compile(r"[-+]?\d[\d_]*")
WORDS: dict[str, Any] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), None),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
    **dict.fromkeys((".inf", ".Inf", ".INF", "+.inf"), float("inf")),
    **dict.fromkeys((".nan", ".NaN", ".NAN"), float("nan")),
    "-.inf": float("-inf"),
}


class Flaw(NamedTuple):
    """Something in the text that cannot be read: its line (from 1), and its key where known."""

    line: int
    path: KeyPath
    message: str


@dataclass(frozen=True)
class Document:
    """Data of one YAML text, with the line of every key and list item."""

    data: Any
    lines: dict[KeyPath, int]
    flaws: tuple[Flaw, ...]

    def line_of(self, path: KeyPath) -> int:
        """Line of a key, or of the nearest section above it that is written."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path, 1)


class _Composer(yaml.SafeLoader):
    """Builds nodes only; refuses what a study never needs and what can exhaust memory."""

    depth = 0

    def compose_node(self, parent: yaml.Node | None, index: Any) -> yaml.Node | None:
        if self.check_event(yaml.AliasEvent):
            event = self.peek_event()  # type: ignore[no-untyped-call]
            raise yaml.MarkedYAMLError(
                problem=f"alias *{event.anchor}; write the value out again",
                problem_mark=event.start_mark,
            )
        self.depth += 1
        if self.depth > MAX_DEPTH:
            event = self.peek_event()  # type: ignore[no-untyped-call]
            raise yaml.MarkedYAMLError(
                problem=f"nested more than {MAX_DEPTH} levels deep; a study has three",
                problem_mark=event.start_mark,
            )
        node = super().compose_node(parent, index)
        self.depth -= 1
        return node


def read(text: str) -> Document:
    """Read one YAML document.

    Parameters
    ----------
    text : str
        The whole text of the file.

    Returns
    -------
    Document
        Everything that could be read; ``flaws`` holds syntax errors, duplicate keys and tags.
    """
    try:
        node = yaml.compose(text, Loader=_Composer)
    except yaml.YAMLError as cause:
        return Document(None, {}, (_syntax_flaw(text, cause),))
    reader = _NodeReader()
    data = None if node is None else reader.value(node, ())
    return Document(data, reader.lines, tuple(reader.flaws))


class _NodeReader:
    """Turns nodes into dicts, lists and scalars, and notes lines and flaws on the way."""

    def __init__(self) -> None:
        self.lines: dict[KeyPath, int] = {}
        self.flaws: list[Flaw] = []

    def value(self, node: yaml.Node, path: KeyPath) -> Any:
        line = node.start_mark.line + 1
        self.lines.setdefault(path, line)
        if isinstance(node, yaml.MappingNode):
            self._refuse_tag(node, path, line)
            return self._mapping(node, path)
        if isinstance(node, yaml.SequenceNode):
            self._refuse_tag(node, path, line)
            return [self.value(item, (*path, index)) for index, item in enumerate(node.value)]
        self._refuse_tag(node, path, line)
        quoted = node.style is not None  # type: ignore[attr-defined]
        return node.value if quoted else _plain_value(node.value)

    def _mapping(self, node: yaml.MappingNode, path: KeyPath) -> dict[str, Any]:
        data: dict[str, Any] = {}
        for key_node, value_node in node.value:
            line = key_node.start_mark.line + 1
            if not isinstance(key_node, yaml.ScalarNode):
                self.flaws.append(
                    Flaw(line, path, "a key must be a word; remove the brackets around it")
                )
                continue
            key = str(key_node.value)
            below = (*path, key)
            if key in data:
                first = self.lines[below]
                words = f"given twice, first on line {first}; keep one of the two"
                self.flaws.append(Flaw(line, below, words))
                continue
            self.lines[below] = line
            data[key] = self.value(value_node, below)
        return data

    def _refuse_tag(self, node: yaml.Node, path: KeyPath, line: int) -> None:
        if node.tag not in PLAIN_TAGS:
            words = f"tag {node.tag!r} is not understood; remove the tag"
            self.flaws.append(Flaw(line, path, words))


def _plain_value(text: str) -> Any:
    if text in WORDS:
        return WORDS[text]
    if WHOLE_NUMBER.fullmatch(text) and len(text) < 300:  # longer ones overflow a float anyway
        return int(text.replace("_", ""))
    if NUMBER.fullmatch(text):
        return float(text.replace("_", ""))
    return text


def _syntax_flaw(text: str, cause: yaml.YAMLError) -> Flaw:
    if isinstance(cause, yaml.MarkedYAMLError):
        mark = cause.problem_mark or cause.context_mark
        words = ", ".join(part for part in (cause.context, cause.problem) if part)
        hint = "" if ";" in words else "; check the indentation, colons, quotes and brackets there"
        return Flaw(
            1 if mark is None else mark.line + 1, (), f"not readable as YAML: {words}{hint}"
        )
    found = getattr(cause, "character", "?")
    return Flaw(
        text.count("\n", 0, getattr(cause, "position", 0)) + 1,
        (),
        f"not readable as YAML: character U+{found:04X} is not allowed; "
        "save the file as plain text in UTF-8",
    )


def is_ambiguous(text: str) -> bool:
    """Whether a text must be quoted, as it would be read as something else without quotes."""
    return not isinstance(_plain_value(text), str)
