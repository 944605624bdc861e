"""Random coverage functions, once as dictionaries for the oracle and once as terms."""

import numpy as np

from design_cases import cells_of
from kansoku.design.terms import (
    AllOf,
    Best,
    Count,
    Distinct,
    Least,
    Mean,
    Miss,
    Strict,
    Without,
)

CREDITS = ((1.0,), (1.0, 0.6, 0.3), (0.9, 0.9), (1.0, 0.5))
WORTHS = (1.0, 0.8, 0.5, 0.25)
STEP = 0.05
FORMS = ("count", "best", "distinct", "miss", "strict", "all_of")
CONCAVE = ("count", "best", "distinct", "miss")


def random_seen(rng, rows, cells, most=2):
    """Tracks, base and weights that the forms of one requirement share."""
    weight = rng.integers(1, 50, cells)
    return {
        "values": (rng.random((rows, cells)) < 0.35) * rng.integers(1, most + 1, (rows, cells)),
        "base": (rng.random(cells) < 0.1).astype(int),
        "weight": weight,
        "total_weight": int(weight.sum() + rng.integers(0, 60)),
    }


def random_form(rng, form, seen, tiers=()):
    """One coverage function over tracks `seen`; `tiers` are rows of the same contributor."""
    rows = len(seen["values"])
    base = seen["base"] if form in ("count", "best", "strict") else np.zeros_like(seen["base"])
    term = {"form": form, **seen, "base": base}
    if form == "count":
        term["credit"] = CREDITS[rng.integers(len(CREDITS))]
    elif form == "best":
        term |= _best(rng, rows, seen["values"], tiers)
    elif form == "distinct":
        groups = [f"h{k}" for k in rng.integers(0, 3, rows)]
        term |= {"credit": CREDITS[rng.integers(len(CREDITS))], "group": groups}
        term["beta"] = {groups[0]: float(rng.choice([0.5, 2.0]))} if rng.random() < 0.5 else {}
        term["every_track"] = bool(seen["values"].sum() % 2)
    elif form == "miss":
        term |= {"step": STEP, "values": seen["values"] * rng.integers(1, 20, seen["values"].shape)}
    elif form == "strict":
        term["tracks"] = int(rng.integers(1, 4))
    else:
        pool = ("count", "best", "distinct", "miss", "strict") if rng.random() < 0.5 else CONCAVE
        kinds = rng.choice(pool, 2, replace=False)
        term["parts"] = [random_form(rng, str(kind), seen, tiers) for kind in kinds]
    return term


def _best(rng, rows, values, tiers):
    values, contributor = values.copy(), list(range(rows))
    alpha = [float(rng.choice(WORTHS)) for _ in range(rows)]
    for nest in tiers:
        for row, worth in zip(nest, sorted(rng.choice(WORTHS, len(nest))), strict=True):
            values[row], contributor[row], alpha[row] = values[nest[0]], nest[0], float(worth)
    return {
        "values": values,
        "contributor": contributor,
        "alpha": alpha,
        "places": int(rng.integers(1, 4)),
    }


def random_joined(rng, seen, forms=FORMS, tiers=(), depth=1):
    """A form, or a mean, a least or a stress case of some."""
    kind = rng.choice(["form", "mean", "least", "without"], p=[0.4, 0.2, 0.2, 0.2])
    if depth == 0 or kind == "form":
        return random_form(rng, str(rng.choice(forms)), seen, tiers)
    if kind == "without":
        nests = {row: tuple(nest) for nest in tiers for row in nest}
        lost = int(rng.integers(len(seen["values"])))
        part = random_joined(rng, seen, forms, tiers, depth - 1)
        return {"form": "without", "part": part, "lost": list(nests.get(lost, (lost,)))}
    parts = [random_joined(rng, seen, forms, tiers, depth - 1) for _ in range(2)]
    return {"form": str(kind), "parts": parts, "shares": [0.7, 0.3]}


def is_concave(term):
    if term["form"] == "without":
        return is_concave(term["part"])
    return term["form"] != "strict" and all(is_concave(part) for part in term.get("parts", ()))


def term_of(term, name="coverage", **options):
    """Return a dictionary as kansoku's own term; `options` are xp and block_cells."""
    form = term["form"]
    if form == "without":
        return Without(name, term_of(term["part"], f"{name}.0", **options), np.array(term["lost"]))
    if "parts" in term:
        parts = tuple(
            term_of(part, f"{name}.{k}", **options) for k, part in enumerate(term["parts"])
        )
        if form == "mean":
            return Mean(name, parts, tuple(term["shares"]))
        if form == "least":
            return Least(name, parts)
        blocks = {k: v for k, v in options.items() if k == "block_cells"}
        return AllOf(name, parts, **blocks)
    return _single(term, name, options)


def _single(term, name, options):
    values = term["values"]
    rows = len(values)
    planes = 8 if term["form"] == "miss" else 4
    cells = cells_of(values, term["base"], term["weight"], term["total_weight"], planes=planes)
    if term["form"] == "count":
        return Count(name, cells, term["credit"], rows, **options)
    if term["form"] == "best":
        return Best(
            name, cells, term["alpha"], term["places"], rows, term["contributor"], **options
        )
    if term["form"] == "distinct":
        every = term["every_track"]
        return Distinct(
            name, cells, term["credit"], term["group"], rows, term["beta"], every, **options
        )
    if term["form"] == "miss":
        return Miss(name, cells, term["step"], rows, **options)
    return Strict(name, cells, term["tracks"], rows, **options)
