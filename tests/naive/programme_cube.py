"""A programme's cube by its definitions: coverage, what a loss leaves, and money, from the file."""

import numpy as np

SHARING = ("bilateral", "pool", "hub", "purchase")


def worth(cube, design, year):
    """What a track of each contributor is worth of each target, (contributor, target)."""
    by_part = cube["contributor_credit"].sel(design=design, year=year)
    by_part = by_part.transpose("contributor", "supply_part").values
    return by_part[:, cube["target_supply_part"].values]


def coverage(cube, requirement, each):
    """Plain and credited coverage, mean over the draws, of tracks worth `each`."""
    counts = cube["contributor_admissible"].sel(requirement=requirement).values
    weight = cube["demand_weight"].sel(requirement=requirement).values
    steps = cube["credit_step"].values
    plain, credited = [], []
    for draw in cube["contributor_weather"].values:
        found = np.zeros(weight.shape)
        for c in np.flatnonzero(each.any(axis=1)):
            tracks = cube["visibility_tracks"].values[c].astype(float)
            found += counts[c] * each[c][:, None] * tracks * draw[c][None, :]
        plain.append((weight * np.minimum(found, 1.0)).sum() / weight.sum())
        got = sum(step * np.clip(found - k, 0.0, 1.0) for k, step in enumerate(steps))
        credited.append((weight * got).sum() / (weight.sum() * steps.sum()))
    return float(np.mean(plain)), float(np.mean(credited))


def worth_after(cube, design, year, stress, latest_hours, other=None):
    """What tracks are worth after a loss: sensors gone, data by what is left in force.

    With an `other` loss, after both; neither comes late then, nor is needed by what else is void.
    """
    left = worth(cube, design, year).copy()
    both = cube.sel(stress=[stress, other or stress])
    void = (both["stress_arrangement_void"].values > 0).any(axis=0)
    force = cube["arrangement_in_force"].sel(design=design, year=year).values > 0
    left[_ours_gone(cube, void)] = 0.0
    for c in np.flatnonzero(cube["contributor_role"].values == "partner"):
        left[c] = _through(cube, c, force & ~void, latest_hours)
    left[(both["stress_contributor_lost"].values > 0).any(axis=0)] = 0.0
    left[_not_there_yet(cube, design, year, stress)] = 0.0
    return left


def _not_there_yet(cube, design, year, stress):
    """Sensors that come late, and would not stand as long in this year."""
    earlier = year - cube["stress_delay_years"].sel(stress=stress).item()
    service = cube["sensor_in_service"].sel(design=design)
    stood = earlier >= cube["year"].values[0] and service.sel(year=earlier).values > 0
    missing = cube["sensor"].values[~np.broadcast_to(stood, cube.sizes["sensor"])]
    late = cube["stress_contributor_late"].sel(stress=stress).values > 0
    return late & np.isin(cube["contributor"].values, missing)


def worth_without(cube, design, year, part, latest_hours):
    """What tracks are worth without a part of the plan, and what it takes along."""
    row = cube.sel(part=part)
    kind, name = row["part_kind"].item(), row["part_of"].item()
    leaves = row["part_arrangement_alongside"].values > 0
    void = leaves | ((kind == "arrangement") & (cube["arrangement"].values == name))
    most = {name: row["part_tier"].item() - 1} if kind == "tier" else {}
    if kind == "partner":
        most = {name: 0}
    left = worth(cube, design, year).copy()
    left[_ours_gone(cube, void)] = 0.0
    left[(kind == "sensor") & (cube["contributor"].values == name)] = 0.0
    force = cube["arrangement_in_force"].sel(design=design, year=year).values > 0
    for c in np.flatnonzero(cube["contributor_role"].values == "partner"):
        left[c] = _through(cube, c, force & ~void, latest_hours, most)
    return left


def _ours_gone(cube, void):
    """Sensors of ours whose host has fallen."""
    fallen = set(cube["arrangement"].values[void])
    gone = cube["sensor"].values[[host in fallen for host in cube["sensor_host"].values]]
    return np.isin(cube["contributor"].values, gone)


def _through(cube, c, standing, latest_hours, most=None):
    """Worth of a partner's track of each target by the richest tier that still stands.

    `most` holds the richest tier that is received at all, by partner.
    """
    owner = cube["contributor_partner"].values[c]
    found = np.zeros(cube.sizes["target"])
    for p in np.flatnonzero(cube["partner_of"].values == owner):
        tier = 0
        for r in np.flatnonzero(standing):
            opens = cube["arrangement_kind"].values[r] in SHARING
            opens &= owner in cube["arrangement_parties"].values[r].split()
            opens &= cube["partner_up_to"].values[p] <= cube["arrangement_package_share"].values[r]
            if opens and cube["arrangement_latency"].values[r] <= latest_hours:
                tier = max(tier, int(cube["arrangement_tier"].values[r]))
        tier = min(tier, (most or {}).get(cube["partner"].values[p], tier))
        ends = cube["supply_part_up_to"].values[cube["target_supply_part"].values]
        inside = (ends > cube["partner_above"].values[p]) & (
            ends <= cube["partner_up_to"].values[p]
        )
        if tier:
            found[inside] = cube["partner_tier_credit"].values[p, tier - 1]
    return found


def by_source(cube, requirement, each):
    """Coverage by credit steps of sources, mean over the draws, of tracks worth `each`."""
    counts = cube["contributor_admissible"].sel(requirement=requirement).values
    weight = cube["demand_weight"].sel(requirement=requirement).values
    steps, source = cube["credit_step"].values, cube["contributor_source"].values
    credited = []
    for draw in cube["contributor_weather"].values:
        together = np.zeros(weight.shape)
        for name, count in zip(cube["source"].values, cube["source_count"].values, strict=True):
            found = np.zeros(weight.shape)
            for c in np.flatnonzero(source == name):
                tracks = cube["visibility_tracks"].values[c].astype(float)
                found += counts[c] * each[c][:, None] * tracks * draw[c][None, :]
            together += count * np.minimum(found, 1.0)
        got = sum(step * np.clip(together - k, 0.0, 1.0) for k, step in enumerate(steps))
        credited.append((weight * got).sum() / (weight.sum() * steps.sum()))
    return float(np.mean(credited))
