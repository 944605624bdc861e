"""The criteria of gpu/, compiled for the host, against those of NumPy, in either precision.

A million random cases of all kinds of sensors and targets, under all settings. A verdict may
differ where a case stands within rounding of a threshold, and nowhere else.
"""

import ctypes
import math
from dataclasses import replace

import numpy as np
import pytest

import emulator
from emulator import EmulatedDevice, built
from kansoku.constants import EARTH_EQUATORIAL_RADIUS_M
from kansoku.device import sources
from kansoku.network.contributors import FAN, KIND_WORDS, LASER, OPTICAL
from kansoku.visibility import criteria
from kansoku.visibility.brightness import margin_mag
from kansoku.visibility.geometry import dot
from kansoku.visibility.illumination import SHADOW_CONES, sine_of_sun_elevation
from kansoku.visibility.on_device import Sighting, lookout_of
from kansoku.visibility.sight import Sight
from random_rows import random_row
from stages import (
    LIMITS,
    MOON_DISTANCE_M,
    SETTINGS,
    SUN_DISTANCE_M,
    Grid,
    block_of,
    random_direction,
    random_thing,
    stage_for,
)
from test_culling import turning

CASES = 250_000  # of each setting
SENSORS, TARGETS, STEPS = 400, 300, 600
VERDICTS = ("high_and_near", "field", "terrain", "sun", "moon", "bright", "dark", "lit", "sees")

# Farthest from a threshold that verdicts may change: in sines, radians and shares of reach or
# radius; in magnitudes. Single precision is coarse by 0.5 m, which is 1e-6 of the nearest ranges.
MARGINS = {"float64": (2e-15, 1e-10), "float32": (1.5e-6, 1e-5)}


def random_stage(rng, limits):
    """Many sensors and targets, each state aimed at by one sensor, under Sun and Moon."""
    rows = [random_row(rng) for _ in range(SENSORS)]
    things = [random_thing(rng) for _ in range(TARGETS)]
    sun, moon = turning(SUN_DISTANCE_M, 24.0), turning(-MOON_DISTANCE_M, 9.0, 0.3)
    speed = 10 ** rng.uniform(0.0, 3.9, (TARGETS, STEPS))
    velocity = speed * random_direction(rng, TARGETS * STEPS).reshape(3, TARGETS, STEPS)
    nowhere = block_of(np, np.ones_like(velocity), velocity)
    stage = stage_for(np, rows, things, nowhere, Grid(STEPS, 150.0, sun, moon), limits)
    aim = aimed(rng, stage)
    place = aim.position_itrf_m.reshape(velocity.shape)
    rim = rng.random(place.shape[1:]) < 0.05
    place[:, rim] = at_the_rim(rng, aim.take(np.flatnonzero(rim)))
    place[:, rng.random((TARGETS, STEPS)) < 0.01] = np.nan
    return replace(stage, block=block_of(np, place, velocity)), aim.contributor


def aimed(rng, stage):
    """A sight of each state by one sensor, near some threshold of that sensor."""
    row, step = np.divmod(np.arange(TARGETS * STEPS), STEPS)
    c = rng.integers(SENSORS, size=len(row))
    sight = Sight(stage, c, row, step)
    direction = directions(rng, sight)
    range_m = 10 ** rng.uniform(5.6, 7.6, len(row))
    close = np.clip(sight.reach_m() * (1.0 + slightly(rng, len(row))), 4e5, 1e8)
    range_m = np.where(rng.random(len(row)) < 0.3, close, range_m)
    fading = np.flatnonzero((sight.per_sensor("kind") == OPTICAL) & (rng.random(len(row)) < 0.6))
    for _ in range(12):  # to where a target is just bright enough
        some = placed(stage, c, row, step, direction, range_m).take(fading)
        margin = np.clip(margin_mag(some), -5.0, 5.0)
        range_m[fading] = np.clip(range_m[fading] * 10 ** (0.2 * margin), 4e5, 4e8)
    return placed(stage, c, row, step, direction, range_m)


def placed(stage, c, row, step, direction, range_m):
    """Samples that stand in some directions of their sensors."""
    sight = Sight(stage, c, row, step)
    sight.keep("position_itrf_m", sight.at_site(stage.watch.site_itrf_m) + range_m * direction)
    return sight


def directions(rng, sight):
    """Unit vectors at a limit of each sensor's field, or off Sun, Moon or boresight by one."""
    host, c = sight.stage.watch.host, sight.contributor
    axes = tuple(sight.at_site(v) for v in (sight.stage.watch.east, sight.stage.watch.north))
    random_az = rng.uniform(0.0, 2.0 * math.pi, len(c))
    azimuth = either(rng, random_az, host.azimuth_min_rad[c], host.azimuth_max_rad[c])
    low, top = host.elevation_min_rad[c], host.elevation_max_rad[c]
    terrain = host.horizon_rad[c, (np.degrees(azimuth) % 360.0).astype(int)]
    elevation = either(rng, rng.uniform(low, 1.5), low, top, np.maximum(terrain, low))
    above = _pointed(axes, sight.up, azimuth, elevation)
    boresight = (host.boresight_azimuth_rad[c], host.boresight_elevation_rad[c])
    sun = sight.sun_itrf_m / np.linalg.norm(sight.sun_itrf_m, axis=0)
    every = [
        above,
        off_by(rng, _pointed(axes, sight.up, *boresight), host.cone_half_angle_rad[c]),
        off_by(rng, sight.moon_direction, host.moon_exclusion_rad[c]),
        off_by(rng, sun, host.sun_exclusion_rad[c]),
    ]
    which = rng.choice(4, size=len(c), p=[0.7, 0.1, 0.1, 0.1])
    near = np.choose(which, every) + slightly(rng, len(c)) * random_direction(rng, len(c))
    return near / np.linalg.norm(near, axis=0)


def _pointed(axes, up, azimuth, elevation):
    flat = np.cos(elevation)
    return flat * (np.sin(azimuth) * axes[0] + np.cos(azimuth) * axes[1]) + np.sin(elevation) * up


def at_the_rim(rng, sight):
    """Places at the edge of the Earth's shadow. [m]"""
    sun_m, size = sight.sun_itrf_m, len(sight)
    distance_m = np.linalg.norm(sun_m, axis=0)
    behind_m = 10 ** rng.uniform(5.0, 7.6, size)
    sine = SHADOW_CONES.get(sight.stage.limits.shadow, 0.0) / distance_m
    rim_m = (EARTH_EQUATORIAL_RADIUS_M - behind_m * sine) / np.sqrt(1.0 - sine**2)
    side = off_by(rng, sun_m / distance_m, math.pi / 2.0)
    return rim_m * (1.0 + slightly(rng, size)) * side - behind_m * sun_m / distance_m


def off_by(rng, direction, angle_rad):
    """Unit vectors at an angle off a direction, to any side."""
    side = np.cross(direction, random_direction(rng, direction.shape[1]), axis=0)
    return np.cos(angle_rad) * direction + np.sin(angle_rad) * side / np.linalg.norm(side, axis=0)


def either(rng, *values):
    """One of some arrays, element by element."""
    return np.choose(rng.integers(len(values), size=len(values[0])), values)


def slightly(rng, size):
    """Small numbers of any size and sign, down to rounding."""
    return rng.choice([-1.0, 1.0], size) * 10 ** rng.uniform(-9.0, -4.0, size)


def random_cases(rng, stage, aimed_at):
    """Who looks at whom when: each state by the sensor that is aimed at it, and by some others."""
    row, step = np.divmod(np.arange(TARGETS * STEPS), STEPS)
    others = rng.integers(len(row), size=CASES - len(row))
    c = np.concatenate([aimed_at, rng.integers(SENSORS, size=len(others))])
    return Sight(stage, c, np.append(row, row[others]), np.append(step, step[others]))


def tables(stage, real):
    """What the kernels are given of a stage, in either precision."""
    look = lookout_of(EmulatedDevice(np), stage.watch, stage.sky)
    single, sky = real is np.float32, stage.sky
    sun_m = np.linalg.norm(sky.sun_itrf_m, axis=0)
    rows = [sky.sun_itrf_m, sun_m[None], sky.moon_itrf_m, sky.moon_illuminance[None]]
    lights = np.ascontiguousarray(np.concatenate(rows).T)
    return (
        look.sensors32 if single else look.sensors64,
        look.horizon,
        Sighting(look, stage.scene, stage.reach_m).targets,
        look.lights if single else lights,
    )


def cases_of(sight, real):
    """Structures Case of tests/emulator/criteria.cpp."""
    limits, lit = sight.stage.limits, sight.lit
    numbers = [("reach_m", real), ("place", real, 3), ("velocity", real, 3), ("sine", real)]
    ints = [(name, np.int32) for name in ("contributor", "row", "step", "dark", "lit", "unused")]
    table = np.zeros(len(sight), dtype=[*ints, *numbers, ("cone_m", real)])
    table["contributor"], table["row"], table["step"] = sight.contributor, sight.row, sight.step
    table["dark"], table["lit"] = sight.dark, lit
    table["reach_m"] = sight.reach_m()
    table["place"], table["velocity"] = sight.position_itrf_m.T, sight.velocity_itrf_m_s.T
    table["sine"] = math.sin(limits.sun_depression_rad)
    table["cone_m"] = SHADOW_CONES.get(limits.shadow, 0.0)
    return table


def judged(sight, real):
    """Verdicts of the C++ code by name."""
    given = (*tables(sight.stage, real), cases_of(sight, real))
    bits = np.zeros(len(sight), dtype=np.int32)
    code = built((emulator.HERE / "criteria.cpp").read_text())
    judge = code.judge_double if real is np.float64 else code.judge_float
    pointers = [ctypes.c_void_p(each.ctypes.data) for each in (*given, bits)]
    judge(ctypes.c_int(len(sight)), *pointers)
    return {name: bits >> place & 1 != 0 for place, name in enumerate(VERDICTS)}


def expected(sight):
    """Verdicts of NumPy under the same names."""
    told, sees = criteria.verdicts(sight), np.zeros(len(sight), dtype=bool)
    sees[criteria.visible_among(sight)] = True
    return {
        "high_and_near": told["elevation"] & criteria.within_reach(sight),
        "field": told["azimuth"],
        "terrain": told["horizon_mask"],
        "sun": told["sun_separation"] | ~sight.each(sight.stage.watch.sun_blinds),
        "moon": told["moon_separation"],
        "bright": told["magnitude"],
        "dark": sight.dark,
        "lit": sight.lit,
        "sees": sees,
    }


def asked(sight, ours):
    """Whether a verdict counts: brightness has bounds that hold in the field of a dark site."""
    in_field = ours["high_and_near"] & ours["moon"] & sight.dark
    here = ~np.isnan(sight.range_m)
    return {name: here & (in_field if name == "bright" else True) for name in VERDICTS}


def to_the_edges_of_a_field(sight):
    """Distance to the nearest limit of a field beside its lowest elevation, in sines."""
    host, c = sight.stage.watch.host, sight.contributor
    sine, cone = sight.up_m / sight.range_m, host.cone_half_angle_rad[c]
    apart = [np.abs(sine - np.sin(host.elevation_max_rad[c]))]
    for edge in (host.azimuth_min_rad[c], host.azimuth_max_rad[c]):
        across_m = sight.east_m * np.cos(edge) - sight.north_m * np.sin(edge)
        apart.append(np.abs(across_m) / sight.range_m)
    flat = np.cos(host.boresight_elevation_rad[c])
    along_m = sight.east_m * flat * np.sin(host.boresight_azimuth_rad[c])
    along_m = along_m + sight.north_m * flat * np.cos(host.boresight_azimuth_rad[c])
    along_m = along_m + sight.up_m * np.sin(host.boresight_elevation_rad[c])
    apart.append(np.abs(along_m / sight.range_m - np.cos(cone)))
    off = np.abs(criteria.out_of_plane_m(sight)) / sight.range_m
    fan = np.abs(off - np.sin(host.fan_half_thickness_rad[c]))
    apart.append(np.where(host.kind[c] == FAN, fan, np.inf))
    return np.min(apart, axis=0)


def slope(sight):
    """Rise of the terrain over azimuth under each target; a cliff magnifies errors. [rad/rad]"""
    degree = np.degrees(np.arctan2(sight.east_m, sight.north_m)) % 360.0
    terrain, left = sight.stage.watch.host.horizon_rad, np.minimum(degree.astype(int), 359)
    rise = terrain[sight.contributor, left + 1] - terrain[sight.contributor, left]
    return np.degrees(rise) * sight.range_m / np.hypot(sight.east_m, sight.north_m)


def to_the_shadow(sight):
    """Distance to the rim of the shadow, or to the terminator's plane, in radii of the Earth."""
    place_m, sun_m = sight.position_itrf_m, sight.sun_itrf_m
    distance_m = np.linalg.norm(sun_m, axis=0)
    along_m = dot(place_m, sun_m) / distance_m
    across_m = np.linalg.norm(place_m - along_m * sun_m / distance_m, axis=0)
    sine = SHADOW_CONES.get(sight.stage.limits.shadow, 0.0) / distance_m
    rim_m = (EARTH_EQUATORIAL_RADIUS_M + along_m * sine) / np.sqrt(1.0 - sine**2)
    apart_m = np.minimum(np.abs(across_m - rim_m), np.abs(along_m))
    return apart_m / EARTH_EQUATORIAL_RADIUS_M


def off_threshold(sight, margins):
    """How far each sample is from the threshold of each verdict, in margins as `MARGINS`."""
    host, c, range_m = sight.stage.watch.host, sight.contributor, sight.range_m
    geometric, magnitudes = margins
    sine = np.clip(sight.up_m / range_m, -1.0, 1.0)
    sun = sight.sun_itrf_m / np.linalg.norm(sight.sun_itrf_m, axis=0)
    to_sun, to_moon = (dot(sight.sight_m, each) / range_m for each in (sun, sight.moon_direction))
    sun_sine = sine_of_sun_elevation(sight.up, sight.sun_itrf_m)
    terrain = np.abs(np.arcsin(sine) - criteria.terrain_rad(sight))
    low = np.abs(sine - np.sin(host.elevation_min_rad[c]))
    far = np.abs(range_m / np.maximum(sight.reach_m(), 1.0) - 1.0)
    apart = {
        "high_and_near": np.minimum(low, far),
        "field": to_the_edges_of_a_field(sight),
        "terrain": terrain / (1.0 + np.abs(slope(sight))),
        "sun": np.abs(to_sun - np.cos(host.sun_exclusion_rad[c])),
        "moon": np.abs(to_moon - np.cos(host.moon_exclusion_rad[c])),
        "dark": np.abs(sun_sine + np.sin(sight.stage.limits.sun_depression_rad)),
        "lit": to_the_shadow(sight),
    }
    off = {name: each / geometric for name, each in apart.items()}
    return off | {"bright": np.abs(margin_mag(sight)) / magnitudes}


@pytest.mark.parametrize("setting", SETTINGS)
def test_verdicts_differ_within_rounding_of_a_threshold_alone(setting):
    rng = np.random.default_rng(sorted(SETTINGS).index(setting))
    stage, aimed_at = random_stage(rng, replace(LIMITS, **SETTINGS[setting]))
    sight = random_cases(rng, stage, aimed_at)
    told = expected(sight)
    assert_all_happens(sight, told)
    exact, single = judged(sight, np.float64), judged(sight, np.float32)
    in_single = Sight(stage.single, sight.contributor, sight.row, sight.step)
    assert_near(sight, exact, told, MARGINS["float64"])
    assert_near(sight, single, told, MARGINS["float32"])
    assert_near(sight, single, expected(in_single), MARGINS["float32"])


def test_light_between_samples_is_linear():
    """As a sight has it, whose distance of the Sun is that of the place between."""
    rng = np.random.default_rng(9)
    stage, _ = random_stage(rng, LIMITS)
    sky, zeros = stage.sky, np.zeros(500, dtype=int)
    sight = Sight(stage, zeros, zeros, seconds=rng.uniform(0.0, stage.end_s, 500))
    instants = np.zeros(STEPS, dtype=sources.structure("sky.cuh", "Instant"))
    instants["sun_itrf_m"], instants["moon_itrf_m"] = sky.sun_itrf_m.T, sky.moon_itrf_m.T
    instants["moon_illuminance"] = sky.moon_illuminance
    share, node = np.modf(sight.seconds / sky.step_s)
    found = np.zeros(500, dtype=sources.structure("sensor.cuh", "Light"))
    given = (instants, node.astype(np.int32), share, found)
    code = built((emulator.HERE / "criteria.cpp").read_text())
    code.light_at(ctypes.c_int(500), *(ctypes.c_void_p(each.ctypes.data) for each in given))
    sun_m = sight.sun_itrf_m
    np.testing.assert_allclose(found["sun_itrf_m"].T, sun_m, rtol=1e-12, atol=1e-3)
    np.testing.assert_allclose(found["sun_distance_m"], np.linalg.norm(sun_m, axis=0), rtol=1e-14)
    np.testing.assert_allclose(found["moon_illuminance"], sight.moon_illuminance, rtol=1e-11)
    moon_m = found["moon_itrf_m"].T - stage.watch.site_itrf_m[:, :1]
    np.testing.assert_allclose(
        moon_m / np.linalg.norm(moon_m, axis=0), sight.moon_direction, rtol=0.0, atol=1e-12
    )


def assert_near(sight, ours, theirs, margins):
    """Verdicts are the same but within a margin of a threshold."""
    for name, counts in asked(sight, ours).items():
        some = np.flatnonzero(counts & (ours[name] != theirs[name]))
        off = off_threshold(sight.take(some), margins)
        off = np.nanmin(list(off.values()), axis=0) if name == "sees" else off[name]
        print(f"{name}: {len(some)} of {counts.sum()} changed, at most {off.max(initial=0):.2g}")
        assert (off <= 1.0).all(), f"{name}: {off.max()} margins off its threshold"


def assert_all_happens(sight, told):
    """Every criterion decides both ways, often, and every kind of sensor sees."""
    for name, passes in told.items():
        assert 200 < passes.sum() < CASES - 200, name
    kinds = sight.per_sensor("kind")
    for kind, word in enumerate(KIND_WORDS):
        assert told["sees"][kinds == kind].sum() > 500, word
    trailing = sight.each(sight.stage.watch.trails) & (kinds == OPTICAL)
    assert told["sees"][trailing].sum() > 100
    assert np.isnan(sight.range_m).sum() > 20
    assert (sight.stage.scene.retroreflector[sight.row] & (kinds == LASER)).sum() > 1000
