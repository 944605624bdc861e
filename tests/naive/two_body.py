"""Two-body orbits over a turning Earth, and elevations from the definition; imports no kansoku."""

import numpy as np

GM_M3_S2 = 3.986004418e14
EARTH_RATE_RAD_S = 7.292115e-5
EQUATORIAL_RADIUS_M = 6378137.0
FLATTENING = 1.0 / 298.257223563


def states(orbit, seconds):
    """Earth-fixed position and velocity, (3, T), of (a_m, e, i, raan, argp, M0) in radians."""
    a, e, inclination, raan, argp, anomaly = orbit
    mean = anomaly + np.sqrt(GM_M3_S2 / a**3) * seconds
    eccentric = mean + e * np.sin(mean)
    for _ in range(15):
        eccentric -= (eccentric - e * np.sin(eccentric) - mean) / (1.0 - e * np.cos(eccentric))
    rate = np.sqrt(GM_M3_S2 / a**3) / (1.0 - e * np.cos(eccentric))
    side = np.sqrt(1.0 - e**2)
    flat = np.zeros_like(mean)
    position = a * np.stack([np.cos(eccentric) - e, side * np.sin(eccentric), flat])
    velocity = a * rate * np.stack([-np.sin(eccentric), side * np.cos(eccentric), flat])
    to_inertial = about_z(raan) @ about_x(inclination) @ about_z(argp)
    position, velocity = to_inertial @ position, to_inertial @ velocity
    cos, sin = np.cos(EARTH_RATE_RAD_S * seconds), np.sin(EARTH_RATE_RAD_S * seconds)
    fixed = np.stack(
        [cos * position[0] + sin * position[1], cos * position[1] - sin * position[0], position[2]]
    )
    turned = np.stack(
        [cos * velocity[0] + sin * velocity[1], cos * velocity[1] - sin * velocity[0], velocity[2]]
    )
    drag_of_the_frame = EARTH_RATE_RAD_S * np.stack([fixed[1], -fixed[0], flat])
    return fixed, turned + drag_of_the_frame


def about_x(angle):
    c, s = np.cos(angle), np.sin(angle)
    return np.array([[1, 0, 0], [0, c, -s], [0, s, c]])


def about_z(angle):
    c, s = np.cos(angle), np.sin(angle)
    return np.array([[c, -s, 0], [s, c, 0], [0, 0, 1]])


def horizon(latitude_deg, longitude_deg, altitude_m):
    """Position and the east, north and up vectors of a site, each (3,)."""
    lat, lon = np.radians(latitude_deg), np.radians(longitude_deg)
    up = np.array([np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)])
    east = np.array([-np.sin(lon), np.cos(lon), 0.0])
    e2 = FLATTENING * (2.0 - FLATTENING)
    normal = EQUATORIAL_RADIUS_M / np.sqrt(1.0 - e2 * np.sin(lat) ** 2)
    position = (normal + altitude_m) * up - np.array([0.0, 0.0, normal * e2 * np.sin(lat)])
    return position, east, np.cross(up, east), up


def elevation_deg(orbit, site, seconds):
    position, _, _, up = horizon(*site)
    sight = states(orbit, np.asarray(seconds, dtype=float))[0] - position[:, None]
    return np.degrees(np.arcsin(up @ sight / np.linalg.norm(sight, axis=0)))


def stretches(above):
    """First and last index of every run of True."""
    first = np.flatnonzero(above & ~np.concatenate([[False], above[:-1]]))
    last = np.flatnonzero(above & ~np.concatenate([above[1:], [False]]))
    return first, last
