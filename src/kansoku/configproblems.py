"""What is wrong with a study, in words: the key, the value found, and how to mend it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from difflib import get_close_matches
from typing import Any, NamedTuple, get_args

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails, PydanticUndefined, to_json

from kansoku.config import Config
from kansoku.configfields import FORMS
from kansoku.document import Document, Flaw, KeyPath

SECTIONS: dict[str, type[BaseModel]] = {
    name: field.annotation
    for name, field in Config.model_fields.items()
    if isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel)
}
KEYS = {(section, key) for section, model in SECTIONS.items() for key in model.model_fields}

STAND_INS: dict[str, dict[str, Any]] = {
    "study": {"name": "unnamed"},
    "time": {"start": "2000-01-01"},
    "design": {"budget_mjpy": 0.0},
}
"""For required values that are wrong or missing, so that the checks after them still run."""

ASKED_OTHERWISE = {"programme"}
"""Keys beside which a section needs no stand-in."""


class Problem(NamedTuple):
    """One thing to mend in a study."""

    file: str
    line: int
    key: str
    message: str

    def __str__(self) -> str:
        where = f"{self.file}:{self.line}: "
        return where + (f"{self.key}: {self.message}" if self.key else self.message)


def dotted(path: KeyPath) -> str:
    """Key path as users write it, such as ``network.countries[0]``."""
    words = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path)
    return words.removeprefix(".")


def find(document: Document, file: str) -> tuple[Config | None, list[Problem]]:
    """Check a document against the schema, and report everything at once.

    A wrong value is noted, set aside, and the rest checked again: so a contradiction between two
    sections is seen in the same run as a misspelt key in a third.

    Parameters
    ----------
    document : Document
        Of one YAML file.
    file : str
        How the problems name it.

    Returns
    -------
    config : Config or None
        The study; where there are problems, what is left of it for further checks.
    problems : list of Problem
        In the order they were found.
    """
    problems = [Problem(file, line, dotted(path), words) for line, path, words in _flaws(document)]
    if not isinstance(document.data, dict):
        return None, problems
    data: dict[str, Any] = {
        key: {} if value is None and key in SECTIONS else value  # all its keys commented out
        for key, value in document.data.items()
    }
    config, errors = _validated(data)
    found: dict[KeyPath, Problem] = {}
    while errors:
        fresh = {path: words for path, words in map(_worded(document), errors) if path not in found}
        if not fresh:
            break
        for path, words in fresh.items():
            found[path] = Problem(file, document.line_of(path), dotted(path), words)
        data = _without(data, found)
        config, errors = _validated(data)
    return config, problems + list(found.values())


def _flaws(document: Document) -> Iterator[Flaw]:
    yield from document.flaws
    if document.flaws or isinstance(document.data, dict):
        return
    if document.data is None:
        words = "the file is empty; write a study into it: kansoku init demo ."
    else:
        words = (
            f"got {shown(document.data)}, must be sections such as `study:` and `design:`; "
            "see kansoku init demo ."
        )
    yield Flaw(document.line_of(()), (), words)


def _validated(data: Mapping[str, Any]) -> tuple[Config | None, list[ErrorDetails]]:
    try:
        # strict JSON: text is no number and yes is no number, but a list may be a tuple
        return Config.model_validate_json(to_json(data, inf_nan_mode="constants"), strict=True), []
    except ValidationError as failure:
        return None, failure.errors(include_url=False)


def _without(data: Mapping[str, Any], found: Mapping[KeyPath, Problem]) -> dict[str, Any]:
    bad = {path[:2] for path in found}
    kept: dict[str, Any] = {}
    for section, keys in data.items():
        if (section,) in bad:
            continue
        kept[section] = {key: value for key, value in keys.items() if (section, key) not in bad}
    for section, stand_in in STAND_INS.items():
        if not ASKED_OTHERWISE & set(kept.get(section, {})):
            kept[section] = {**stand_in, **kept.get(section, {})}
    return kept


def _worded(document: Document) -> Callable[[ErrorDetails], tuple[KeyPath, str]]:
    def worded(error: ErrorDetails) -> tuple[KeyPath, str]:
        path = tuple(part for part in error["loc"] if part != "[key]")
        if error["type"] == "extra_forbidden":
            return path, _unknown_key(path)
        if error["loc"][-1:] == ("[key]",):
            return path, f"unknown key, {_limit(error)}; correct or remove it"
        if error["type"] == "missing" and isinstance(path[-1], str):
            return path, _missing(path)
        if error["type"] == "missing":
            path = path[:-1]  # of a list of fixed length
        if error["type"] == "value_error":
            path, reason = _own_reason(path, str(error["ctx"]["error"]))
        else:
            reason = f"{_limit(error)}; {_mend(path)}"
        value = _value_at(document.data, path)
        return path, f"got {shown(value)}, {reason}"

    return worded


def _own_reason(path: KeyPath, reason: str) -> tuple[KeyPath, str]:
    """Split 'key: must ...' of a validator over a whole section, and find the key it means."""
    key, separator, rest = reason.partition(": must ")
    if not separator:
        return path, reason
    return (*path, *key.split(".")), f"must {rest}"


def _unknown_key(path: KeyPath) -> str:
    *above, wrong = (str(part) for part in path)
    # The very key in another section is meant more likely than another key of this one
    elsewhere = sorted(f"{section}.{key}" for section, key in KEYS if key == wrong)
    if elsewhere:
        return f"unknown key; did you mean `{elsewhere[0]}`?"
    known = list(fields_at(path[:-1])) if above else list(SECTIONS)
    near = get_close_matches(wrong, known, n=1, cutoff=0.6)
    if near:
        return f"unknown key; did you mean `{near[0]}`?"
    place = f"`{dotted(path[:-1])}`" if above else "a study"
    return f"unknown key; remove it, or use one that {place} knows: {', '.join(known)}"


def _missing(path: KeyPath) -> str:
    if len(path) == 1:
        required = STAND_INS[str(path[0])]
        return f"missing; add this section, with at least {', '.join(required)}"
    field = fields_at(path[:-1])[str(path[-1])]
    return f"missing; add `{path[-1]}` to `{dotted(path[:-1])}`: {field.description}"


def fields_at(path: KeyPath) -> Mapping[str, FieldInfo]:
    """Return the keys of a section, by its path: those of a section within a section too.

    Empty where the path leads to no section.
    """
    model: type[BaseModel] | None = Config
    for part in path:
        field = model.model_fields.get(str(part)) if model else None
        # what is no key of the section is the name of one among many, as of a purse
        model = _model_in(field.annotation) if field else model
    return model.model_fields if model else {}


def _model_in(annotation: Any) -> type[BaseModel] | None:
    """Return the section that a type holds: itself, one that may be left out, or many by name."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    inner = (_model_in(each) for each in get_args(annotation))
    return next((model for model in inner if model), None)


def _mend(path: KeyPath) -> str:
    names = [part for part in path if isinstance(part, str)]
    while len(names) > 1 and names[-1] not in fields_at(tuple(names[:-1])):
        names.pop()  # the key of a mapping, such as a regime
    field = fields_at(tuple(names[:-1])).get(names[-1]) if len(names) > 1 else None
    needed = len(names) == 2 and names[1] in STAND_INS.get(names[0], ())
    if needed or field is None or field.default is PydanticUndefined:
        return "correct it"
    return f"correct it, or remove `{names[-1]}` for the default {shown(field.default)}"


LIMITS: dict[str, str] = {
    "greater_than_equal": "must be {ge} or more",
    "greater_than": "must be above {gt}",
    "less_than_equal": "must be {le} or less",
    "less_than": "must be below {lt}",
    "literal_error": "must be one of {expected}",
    "finite_number": "must be a finite number",
    "float_type": "must be a number",
    "int_type": "must be a whole number",
    "int_from_float": "must be a whole number",
    "int_parsing_size": "must be a smaller number",
    "string_type": "must be text (put it in quotes)",
    "string_too_long": "must be {max_length} characters or fewer",
    "tuple_type": "must be a list, such as [a, b]",
    "dict_type": "must be a section with one key a line",
    "model_type": "must be a section with one key a line",
    "missing": "must hold more items",
    "too_short": "must hold at least {min_length} item(s)",
    "too_long": "must hold at most {max_length} item(s)",
}


def _limit(error: ErrorDetails) -> str:
    context: dict[str, Any] = error.get("ctx", {}).copy()  # "ge": 0.0 and the like
    if error["type"] == "string_pattern_mismatch":
        return f"must be {FORMS[context['pattern']]}"
    for name in ("ge", "gt", "le", "lt"):
        if name in context:
            context[name] = f"{context[name]:g}"
    template = LIMITS.get(error["type"])
    return (
        template.format(**context) if template else f"{error['msg'][:1].lower()}{error['msg'][1:]}"
    )


def _value_at(data: Any, path: KeyPath) -> Any:
    try:
        for part in path:
            data = data[part]
    except (KeyError, IndexError, TypeError):
        return _default_at(path)
    return data


def _default_at(path: KeyPath) -> Any:
    """Value of a key that is not written: a check over two keys can fail on a default."""
    field = SECTIONS[str(path[0])].model_fields.get(str(path[1])) if len(path) > 1 else None
    return None if field is None else field.get_default()


def shown(value: Any) -> str:
    """Show a value as YAML would write it, cut where long."""
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, tuple):
        value = list(value)
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."
