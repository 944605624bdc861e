"""The best assignment of slots in one shift, as the linear program that the formulation states.

Section 6 (viii), one variable for every sensor and object and for every credit step, solved by
scipy's own interface; nothing is merged and nothing is priced.
"""

import numpy as np
from scipy.optimize import linprog


def credit(tracks, worth, slots, steps, weights):
    """Return max sum_d worth_d sum_m steps_m z_dm for tracks[j][d] of single objects d."""
    sensors, objects = len(tracks), len(worth)
    pairs = [(j, d) for j in range(sensors) for d in range(objects) if tracks[j][d] > 0]
    taken = [(d, m) for d in range(objects) for m in range(len(steps))]
    if not pairs:
        return 0.0
    columns = len(pairs) + len(taken)
    rows, right = [], []
    for d in range(objects):
        row = np.zeros(columns)
        for k, (_, of) in enumerate(pairs):
            row[k] = -1.0 if of == d else 0.0
        for k, (of, _) in enumerate(taken):
            row[len(pairs) + k] = 1.0 if of == d else 0.0
        rows.append(row)
        right.append(0.0)
    for j in range(sensors):
        rows.append(np.array([float(by == j) for by, _ in pairs] + [0.0] * len(taken)))
        right.append(slots[j] * weights[j])
    most = [tracks[j][d] * weights[j] for j, d in pairs] + [1.0] * len(taken)
    gain = [0.0] * len(pairs) + [-worth[d] * steps[m] for d, m in taken]
    found = linprog(gain, A_ub=np.array(rows), b_ub=right, bounds=[(0.0, b) for b in most])
    assert found.status == 0
    return -found.fun
