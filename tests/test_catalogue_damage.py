"""Whatever is done to a catalogue, it is read or refused in words: never a traceback."""

import gzip

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kansoku.errors import TargetsError
from kansoku.targets import content, formats, satcat
from kansoku.targets.records import within_limits
from naive import element_sets
from naive.element_sets import ISS

OBJECTS = [{**ISS, "NORAD_CAT_ID": k, "OBJECT_NAME": f"SAT {k}"} for k in (5, 270_001, 33_000)]
SATCAT = b"NORAD_CAT_ID,OBJECT_NAME,OBJECT_TYPE,OWNER,DECAY_DATE,RCS\n5,A,PAY,JPN,,1.5\n6,B,,,,\n"

damage = st.lists(
    st.tuples(
        st.sampled_from(["replace", "remove", "insert", "cut", "double"]),
        st.floats(0, 1, exclude_max=True),
        st.integers(1, 40),
        st.binary(min_size=1, max_size=8),
    ),
    min_size=1,
    max_size=4,
)


def damaged(stored, blows):
    for kind, where, length, junk in blows:
        at = int(where * len(stored))
        before, hit, after = stored[:at], stored[at : at + length], stored[at + length :]
        stored = {
            "replace": before + junk + after,
            "remove": before + after,
            "insert": before + junk + hit + after,
            "cut": before,
            "double": before + hit + hit + after,
        }[kind]
    return stored


def read_or_refusal(read):
    try:
        return read(), None
    except TargetsError as refusal:
        return None, str(refusal)


@pytest.mark.parametrize("way", element_sets.WRITERS)
@pytest.mark.parametrize("packed", [False, True])
def test_a_damaged_catalogue_is_read_or_refused(way, packed):
    whole = element_sets.WRITERS[way](*OBJECTS).encode()
    whole = gzip.compress(whole, mtime=0) if packed else whole

    @settings(max_examples=150, deadline=None)
    @given(damage)
    def check(blows):
        found, refusal = read_or_refusal(
            lambda: within_limits(formats.read(content.of_bytes(damaged(whole, blows), "file")))
        )
        if found is None:
            assert refusal.startswith("file:")
            return
        sets = found.sets
        assert all(np.isfinite(getattr(sets, name)).all() for name in vars(sets) if name != "name")
        assert np.all((sets.eccentricity >= 0) & (sets.eccentricity < 1))
        assert np.all(sets.mean_motion_rev_day > 0)
        assert all(problem.line >= 1 for problem in found.problems)

    check()


@settings(max_examples=150, deadline=None)
@given(damage)
def test_a_damaged_satcat_is_read_or_refused(blows):
    found, refusal = read_or_refusal(
        lambda: satcat.read(content.of_bytes(damaged(SATCAT, blows), "file"))
    )
    if found is None:
        assert refusal.startswith("file:")
        return
    known, problems = found
    assert np.all(np.diff(known.norad_cat_id) > 0)
    assert not np.any(known.rcs_m2 <= 0)
    assert all(problem.line >= 1 for problem in problems)
