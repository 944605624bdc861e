"""Light through air and telescope, one target at a time, from the books and in plain Python.

Angles in degrees, luminance in nanolamberts. Imports nothing from kansoku.
"""

import math


def airmass_kasten_young(apparent_elevation):
    """F. Kasten and A. T. Young, Applied Optics 28 (1989), 4735: another fit, other variable."""
    h = apparent_elevation
    return 1.0 / (math.sin(math.radians(h)) + 0.50572 * (h + 6.07995) ** -1.6364)


def nanolamberts(v):
    """Krisciunas and Schaefer, equation 1."""
    return 34.08 * math.exp(20.7233 - 0.92104 * v)


def surface_magnitude(b):
    """Equation 1 turned round."""
    return (20.7233 - math.log(b / 34.08)) / 0.92104


def layer_airmass(zenith_distance):
    """Equation 3."""
    return (1 - 0.96 * math.sin(math.radians(zenith_distance)) ** 2) ** -0.5


def dark_sky(zenith, zenith_distance, k):
    """Equation 2."""
    x = layer_airmass(zenith_distance)
    return zenith * 10 ** (-0.4 * k * (x - 1)) * x


def moonlight(phase, moon_zenith_distance, zenith_distance, separation, k):
    """Equations 15 to 20; no light from a Moon that is not up."""
    if moon_zenith_distance >= 90:
        return 0.0
    magnitude = -12.73 + 0.026 * abs(phase) + 4e-9 * phase**4  # equation 9
    illuminance = 10 ** (-0.4 * (magnitude + 16.57))  # equation 8
    f_r = 10**5.36 * (1.06 + math.cos(math.radians(separation)) ** 2)
    if separation >= 10:
        f_m = 10 ** (6.15 - separation / 40)
    else:
        f_m = 6.2e7 / max(separation, 0.25) ** 2
    through = 10 ** (-0.4 * k * layer_airmass(moon_zenith_distance))
    scattered = 1 - 10 ** (-0.4 * k * layer_airmass(zenith_distance))
    return (f_r + f_m) * illuminance * through * scattered


def image_area(sigma, trail, steps_a_sigma=8):
    """Noise-equivalent area of a Gaussian drawn along a line: 1 / (sum of profile squared)."""
    step = sigma / steps_a_sigma
    reach = trail / 2 + 6 * sigma
    count = 2 * math.ceil(reach / step) + 1
    positions = [(i - count // 2) * step for i in range(count)]

    def along(x):
        if trail == 0:
            return math.exp(-x * x / (2 * sigma**2)) / (sigma * math.sqrt(2 * math.pi))
        low = math.erf((x - trail / 2) / (sigma * math.sqrt(2)))
        high = math.erf((x + trail / 2) / (sigma * math.sqrt(2)))
        return (high - low) / (2 * trail)

    along_squared = sum(along(x) ** 2 for x in positions) * step
    trail = 0
    across_squared = sum(along(x) ** 2 for x in positions) * step
    return 1.0 / (along_squared * across_squared)


def signal_to_noise(telescope, magnitude, sky, exposure, efficiency, trail=0.0, airmass=1.0):
    """The CCD equation; `telescope` a dict in metres and arcsec, `sky` in mag/arcsec2, `trail`
    in arcsec. Photons of V = 0: 3640 Jy times 1.51e7 times 0.16 (Bessell 1979)."""
    photons = 3640 * 1.51e7 * 0.16 * math.pi * (telescope["aperture"] / 2) ** 2
    electrons = photons * exposure * efficiency
    signal = electrons * 10 ** (-0.4 * (magnitude + telescope["extinction"] * airmass))
    seeing_sigma = telescope["seeing"] / 2.3548
    sigma = math.sqrt(seeing_sigma**2 + telescope["pixel"] ** 2 / 12)
    area = image_area(sigma, trail)
    background = area * electrons * 10 ** (-0.4 * sky)
    read_out = area / telescope["pixel"] ** 2 * telescope["read_noise"] ** 2
    return signal / math.sqrt(signal + background + read_out)


def bisect(function, low, high):
    """Root of an increasing function."""
    for _ in range(100):
        middle = (low + high) / 2
        low, high = (middle, high) if function(middle) < 0 else (low, middle)
    return (low + high) / 2


def efficiency(telescope, limit, sky, exposure, required):
    """Throughput at which the target of the tabulated limit has just the required ratio."""

    def lacking(logarithm):
        found = signal_to_noise(telescope, limit, sky, exposure, 10**logarithm)
        return found - required

    return 10 ** bisect(lacking, -4.0, 3.0)


def limiting_magnitude(telescope, sky, exposure, throughput, required, trail=0.0, airmass=1.0):
    """Magnitude at which the ratio falls to the required one."""

    def lacking(magnitude):
        found = signal_to_noise(telescope, magnitude, sky, exposure, throughput, trail, airmass)
        return required - found

    return bisect(lacking, 0.0, 35.0)


def lambert_sphere(phase, rings=400):
    """Brightness of a white Lambertian sphere over its cross-section, summed facet by facet."""
    phi = math.radians(phase)
    sun, eye = (1.0, 0.0, 0.0), (math.cos(phi), math.sin(phi), 0.0)
    total = 0.0
    for i in range(rings):
        z = -1 + (i + 0.5) * 2 / rings
        flat = math.sqrt(1 - z * z)
        for j in range(2 * rings):
            turn = math.pi * (j + 0.5) / rings
            normal = (flat * math.cos(turn), flat * math.sin(turn), z)
            lit = sum(n * s for n, s in zip(normal, sun, strict=True))
            seen = sum(n * e for n, e in zip(normal, eye, strict=True))
            if lit > 0 and seen > 0:
                total += lit * seen / math.pi
    facet = (2 / rings) * (math.pi / rings)
    return total * facet / math.pi


def visible_sun(target, sun, sun_radius, earth_radius, rings=60):
    """Share of the Sun's disc that no ray through the Earth hides: points on the disc, in space."""
    towards = [s - t for s, t in zip(sun, target, strict=True)]
    distance = math.sqrt(sum(x * x for x in towards))
    forward = [x / distance for x in towards]
    other = [0.0, 0.0, 1.0] if abs(forward[2]) < 0.9 else [1.0, 0.0, 0.0]
    side = cross(forward, other)
    length = math.sqrt(sum(x * x for x in side))
    side = [x / length for x in side]
    up = cross(forward, side)
    seen = points = 0
    for i in range(rings):
        radius = sun_radius * (i + 0.5) / rings
        around = 3 * (2 * i + 1)  # in proportion to the area of the ring
        for j in range(around):
            turn = 2 * math.pi * (j + 0.5) / around
            ray = [
                w + radius * (math.cos(turn) * s + math.sin(turn) * u)
                for w, s, u in zip(towards, side, up, strict=True)
            ]
            points += 1
            seen += not hits_sphere(target, ray, earth_radius)
    return seen / points


def cross(a, b):
    """Vector product."""
    return [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]]


def hits_sphere(start, ray, radius):
    """Whether a half-line from `start` meets a sphere about the origin."""
    length = math.sqrt(sum(x * x for x in ray))
    along = -sum(s * r for s, r in zip(start, ray, strict=True)) / length
    if along <= 0:
        return False
    miss = cross(start, [r / length for r in ray])
    return math.sqrt(sum(x * x for x in miss)) < radius


def angle_between(a, b):
    """Angle of two vectors in radians."""
    normal = cross(a, b)
    inner = sum(x * y for x, y in zip(a, b, strict=True))
    return math.atan2(math.sqrt(sum(x * x for x in normal)), inner)


def turned(vector, angle):
    """Rotate about the Earth's axis."""
    c, s = math.cos(angle), math.sin(angle)
    return [c * vector[0] - s * vector[1], s * vector[0] + c * vector[1], vector[2]]


def rate(site, target, velocity, spin, seconds=0.01):
    """Angular rate by difference of two lines of sight, in axes that turn back by `spin`."""
    lines = []
    for t in (-seconds / 2, seconds / 2):
        line = [p + v * t - s for p, v, s in zip(target, velocity, site, strict=True)]
        lines.append(turned(line, spin * t))
    return angle_between(*lines) / seconds
