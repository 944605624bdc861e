"""What each kind of sensor detects, one target at a time, from the papers and in plain Python.

Sensors and targets are dicts in degrees, metres and magnitudes. Imports nothing from kansoku.
"""

import functools
import math
import statistics

from naive import optics

# C. L. Stokely et al., JSC-62815 (2006), table 1: size and cross-section, in wavelengths
SIZE_MODEL = (
    (0.10997, 0.001220), (0.11685, 0.001735), (0.12444, 0.002468), (0.13302, 0.003511),
    (0.14256, 0.004993), (0.15256, 0.007102), (0.16220, 0.01010), (0.17138, 0.01437),
    (0.18039, 0.02044), (0.18982, 0.02907), (0.20014, 0.04135), (0.21237, 0.05881),
    (0.22902, 0.08365), (0.25574, 0.1190), (0.30537, 0.1692), (0.42028, 0.2407),
    (0.56287, 0.3424), (0.71108, 0.4870), (0.86714, 0.6927), (1.0529, 0.9852),
    (1.2790, 1.401), (1.5661, 1.993), (1.8975, 2.835),
)  # fmt: skip

PATAT_NIGHT = 21.6


def cross_section(thing, wavelength):
    """As catalogued; else the size estimation model's at the radar's own wavelength."""
    if thing["rcs_measured"]:
        return thing["rcs"]
    x = thing["diameter"] / wavelength
    if x < SIZE_MODEL[0][0]:
        z = 9 * math.pi**5 / 4 * x**6
    elif x > SIZE_MODEL[-1][0]:
        z = math.pi * x * x / 4
    else:
        k = next(k for k in range(1, len(SIZE_MODEL)) if x <= SIZE_MODEL[k][0])
        (x0, z0), (x1, z1) = SIZE_MODEL[k - 1 : k + 1]
        z = z0 * (z1 / z0) ** (math.log(x / x0) / math.log(x1 / x0))
    return z * wavelength**2


def radar_detects(radar, thing, distance, probability):
    """Swerling's first case: Pd = Pfa^(1 / (1 + S)); S by the fourth power from the pair."""
    larger = cross_section(thing, radar["wavelength"]) / radar["reference_rcs"]
    nearer = (radar["reference_range"] / distance) ** 4
    ratio = 10 ** (radar["reference_snr"] / 10) * larger * nearer
    return radar["false_alarm"] ** (1 / (1 + ratio)) >= probability


def laser_ranges(laser, thing, distance):
    """Reflectors as far as the station ranges them; bare spheres by D^2 / R^4 from its pair."""
    if thing["retroreflector"] and distance <= laser["largest_range"]:
        return True
    light = (thing["diameter"] / laser["debris_diameter"]) ** 2
    return light * (laser["debris_range"] / distance) ** 4 >= 1.0  # false where either is nan


def hears(receiver, thing, distance):
    """Only what transmits."""
    return thing["emits"] and distance <= receiver["largest_range"]


def phase_share(phase):
    """Light of a Lambertian sphere at a phase angle in degrees, over its disc's (Krag 1974)."""
    p = math.radians(phase)
    return 2 / (3 * math.pi**2) * (math.sin(p) + (math.pi - p) * math.cos(p))


def magnitude(thing, distance, phase):
    """From the standard magnitude (1,000 km, 90 deg) where there is one, else of the sphere."""
    standard = thing["standard_magnitude"]
    if math.isfinite(standard):
        ratio = phase_share(phase) / phase_share(90.0) * (1e6 / distance) ** 2
        return standard - 2.5 * math.log10(max(ratio, 1e-30))
    ratio = math.pi * thing["diameter"] ** 2 / 4 * thing["albedo"] * phase_share(phase)
    return -26.74 - 2.5 * math.log10(max(ratio / distance**2, 1e-30))


def airmass(elevation):
    """A. T. Young, Applied Optics 33 (1994), 1108: rational in the cosine of the true distance."""
    c = math.sin(math.radians(elevation))
    above = 1.002432 * c**2 + 0.148386 * c + 0.0096467
    return above / (c**3 + 0.149864 * c**2 + 0.0102963 * c + 0.000303978)


def extinction(altitude):
    """D. W. E. Green, ICQ 14 (1992), 55, at 0.55 micrometres; altitude in metres."""
    kilometres = altitude / 1000.0
    wave = 0.55
    index = 0.23465 + 107.6 / (146 - wave**-2) + 0.93161 / (41 - wave**-2)
    rayleigh = 0.0094977 * wave**-4 * index**2 * math.exp(-kilometres / 7.996)
    return rayleigh + 0.05 * wave**-1.3 * math.exp(-kilometres / 1.5) + 0.016


def twilight(sun_elevation):
    """F. Patat et al., A&A 455 (2006), table 1, V: less the night that the fit holds.

    From sunrise on, where a sky has no meaning here, it stays as it is then.
    """
    beyond = min(max(90.0 - sun_elevation - 95.0, -5.0), 11.0)
    bright = optics.nanolamberts(11.84 + 1.518 * beyond - 0.057 * beyond**2)
    return max(bright - optics.nanolamberts(PATAT_NIGHT), 0.0)


def sky(telescope, elevation, sun_elevation, moon):
    """Luminance behind a target; `moon` is (phase, elevation, separation) in degrees."""
    phase, moon_elevation, separation = moon
    k, zenith_distance = telescope["extinction"], 90.0 - elevation
    zenith = optics.nanolamberts(telescope["sky"])
    dark = optics.dark_sky(zenith, zenith_distance, k)
    lit = optics.moonlight(phase, 90.0 - moon_elevation, zenith_distance, separation, k)
    return dark + lit + twilight(sun_elevation)


@functools.lru_cache
def _throughput(cells):
    """Electrons a photon that give the tabulated limit, in the tabulated night and exposure."""
    telescope = dict(cells)
    night = telescope | {"seeing": telescope["reference_seeing"]}
    given = telescope["limit"], telescope["reference_sky"], telescope["reference_exposure"]

    def lacking(logarithm):
        return optics.signal_to_noise(night, *given, 10**logarithm) - telescope["snr"]

    return 10 ** optics.bisect(lacking, -9.0, 9.0)


CELLS = (
    "aperture", "exposure", "snr", "read_noise", "pixel", "seeing", "extinction", "limit",
    "reference_sky", "reference_seeing", "reference_exposure",
)  # fmt: skip


def throughput(telescope):
    """Of optics and detector together."""
    return _throughput(tuple((name, telescope[name]) for name in CELLS))


def trail(telescope, own_rate, star_rate):
    """Length in arcsec that a target trails in the exposure, from rates in degrees a second."""
    if telescope["follows"]:
        return max(own_rate - telescope["fastest"], 0.0) * 3600 * telescope["exposure"]
    return star_rate * 3600 * telescope["exposure"]


def signal_to_noise(telescope, seen, sky_nl, path, trailed):
    """The CCD equation over the area 4 pi sigma^2, longer by the trail (in quadrature)."""
    photons = 3640 * 1.51e7 * 0.16 * math.pi * (telescope["aperture"] / 2) ** 2
    electrons = photons * telescope["exposure"] * throughput(telescope)
    signal = electrons * 10 ** (-0.4 * (seen + telescope["extinction"] * path))
    variance = (telescope["seeing"] / math.sqrt(8 * math.log(2))) ** 2 + telescope[
        "pixel"
    ] ** 2 / 12
    sigma = math.sqrt(variance)
    area = 4 * math.pi * variance * math.hypot(1.0, trailed / (2 * math.sqrt(math.pi) * sigma))
    background = electrons * 10 ** (-0.4 * optics.surface_magnitude(sky_nl))
    read_out = (telescope["read_noise"] / telescope["pixel"]) ** 2
    return signal / math.sqrt(signal + area * (background + read_out))


def telescope_detects(telescope, thing, seen, sky_nl, path, trailed, probability):
    """Bright enough for the ratio even when it is fainter than expected as often as is allowed."""
    margin = statistics.NormalDist().inv_cdf(probability) * thing["magnitude_sigma"]
    found = signal_to_noise(telescope, seen + margin, sky_nl, path, trailed)
    return found >= telescope["snr"]
