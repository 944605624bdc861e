"""Which format a catalogue is written in, told by its content and never by its name."""

from __future__ import annotations

from kansoku.targets import tle
from kansoku.targets.content import Content
from kansoku.targets.records import ReadSets


def read(content: Content) -> ReadSets:
    """Read the element sets of a catalogue in any format.

    Raises
    ------
    TargetsError
        When the content is no catalogue.
    """
    return tle.read(content.text)
