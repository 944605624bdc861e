"""Names that a user may mistype, and what to say then."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

from kansoku.errors import NetworkError


def require_known(key: str, asked: Iterable[str], known: Iterable[str], kind: str) -> None:
    """Check that every name asked for exists.

    Parameters
    ----------
    key : str
        Configuration key or argument in which the names stand.
    asked, known : iterable of str
    kind : str
        What the names stand for, in words, for example 'candidate site'.

    Raises
    ------
    NetworkError
        One line for each unknown name, with the nearest known ones, or all when they are few.
    """
    names = sorted(set(known))
    unknown = [name for name in dict.fromkeys(asked) if name not in set(names)]
    if unknown:
        raise NetworkError("\n".join(unknown_name(key, name, names, kind) for name in unknown))


def unknown_name(key: str, name: str, known: list[str], kind: str) -> str:
    """Say that a name is unknown, and which known ones come nearest."""
    near = get_close_matches(name.upper(), known, n=3, cutoff=0.6)
    if near:
        return f"{key}: got {name!r}, which is no {kind}; did you mean {' or '.join(near)}?"
    if len(known) <= 40:
        return f"{key}: got {name!r}, which is no {kind}; choose from {', '.join(known)}"
    return f"{key}: got {name!r}, which is no {kind}; `kansoku sites` lists them"
