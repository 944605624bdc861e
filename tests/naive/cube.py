"""Coverage of a cube by loops over every contributor, target and window, as the page defines it."""


def coverage(cube, design, scenario, requirement):
    """Plain and credited coverage; `cube` is a plain xarray Dataset."""
    tracks = cube["visibility_tracks"].values
    works = cube["contributor_weather"].values[scenario]
    worth = cube["contributor_credit"].values[design, 0]
    counts = cube["contributor_admissible"].values[requirement]
    weight = cube["demand_weight"].values[requirement]
    steps = [float(step) for step in cube["credit_step"].values]
    plain = credited = whole = 0.0
    for n in range(tracks.shape[1]):
        for w in range(tracks.shape[2]):
            found = 0.0
            for c in range(tracks.shape[0]):
                if counts[c] and works[c, w]:
                    found += float(worth[c]) * float(tracks[c, n, w])
            plain += float(weight[n, w]) * min(1.0, found)
            credited += float(weight[n, w]) * stepped(found, steps)
            whole += float(weight[n, w])
    return plain / whole, credited / (whole * sum(steps))


def stepped(found, steps):
    """Credit of a number of tracks, whole or not, taken one after the other."""
    credit = 0.0
    for step in steps:
        part = min(1.0, found)
        credit += step * part
        found -= part
    return credit
