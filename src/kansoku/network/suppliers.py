"""Which country makes a sensor, and which others could."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from kansoku.errors import NetworkError

if TYPE_CHECKING:
    from kansoku.network.tables import Row


def supplier(rows: Iterable[Row], candidate: str, sensor_type: str) -> tuple[str, ...]:
    """Countries that can make a candidate, the usual one first.

    Parameters
    ----------
    rows : iterable of Row
        suppliers.csv; a row of the candidate itself wins over that of its type.
    candidate : str
        '<site id>/<type id>'.
    sensor_type : str

    Returns
    -------
    tuple of str
        ISO 3166-1 alpha-3.

    Raises
    ------
    NetworkError
        When neither the candidate nor its type has a row.
    """
    by_option = {row.text("option"): row for row in rows}
    row = by_option.get(candidate, by_option.get(sensor_type))
    if row is None:
        raise NetworkError(f"suppliers.csv: no row {sensor_type}; add who makes it")
    return (row.text("supplier"), *row.text("alternatives").split())
