"""How long a track must be: for its use, and for its detections."""

import numpy as np
import pytest

from sensor_rows import HEMISPHERE, sensors_of


@pytest.mark.parametrize(
    ("minimum_track", "detections", "interval", "expected"),
    [
        (20.0, 3.0, 7.0, 20.0),  # the time for three detections is within the useful track
        (25.0, 3.0, 32.0, 64.0),  # long exposures decide
        (30.0, 10.0, 0.0, 30.0),  # an interval that is not known asks for nothing
        (0.0, 1.0, 60.0, 0.0),
    ],
)
def test_the_longer_of_use_and_detections_decides(minimum_track, detections, interval, expected):
    row = HEMISPHERE | {
        "minimum_track": minimum_track,
        "minimum_detections": detections,
        "detection_interval": interval,
    }
    np.testing.assert_allclose(sensors_of([row]).shortest_track_s, [expected])
