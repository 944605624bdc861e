"""Physical constants and fixed vocabularies, each with its source."""

import math

# WGS 84 (NIMA TR8350.2, 3rd ed.)
EARTH_EQUATORIAL_RADIUS_M = 6378137.0
EARTH_FLATTENING = 1.0 / 298.257223563

# WGS 72, which published mean motions refer to (Hoots and Roehrich, Spacetrack Report 3, 1980)
WGS72_MU_M3_S2 = 3.986008e14

# IERS Conventions (2010), table 1.1: geocentric constant, nominal mean angular velocity
EARTH_GM_M3_S2 = 3.986004418e14
EARTH_ROTATION_RAD_S = 7.292115e-5

# IAU 2015 Resolution B3
SUN_RADIUS_M = 6.957e8

# Visual magnitude of the Sun at 1 au (C. W. Allen, Astrophysical Quantities, 3rd ed., 1973)
SUN_MAGNITUDE = -26.74

# BIPM, The International System of Units, 9th ed., 2019: exact by definition
SPEED_OF_LIGHT_M_S = 299792458.0
BOLTZMANN_J_K = 1.380649e-23
PLANCK_J_S = 6.62607015e-34

SECONDS_PER_DAY = 86400.0
SECONDS_PER_HOUR = 3600.0
MINUTES_PER_DAY = 1440.0
M_PER_KM = 1000.0

# Julian dates of 1970-01-01 00:00, NumPy's and Unix' epoch, and of the midnight one day before
# 0001-01-01, from which Python counts ordinals (Meeus, Astronomical Algorithms, 2nd ed., chapter 7)
UNIX_EPOCH_JD = 2440587.5
ORDINAL_ZERO_JD = 1721424.5

DEG = math.pi / 180.0

# Regimes by mean elements; altitudes above the equatorial radius (`targets.regimes`)
REGIMES = ("LEO", "MEO", "GEO", "HEO", "OTHER")

# Levels at which every cost is known
LEVELS = ("low", "mid", "high")

# Information tiers, poor to rich
TIERS = ("alert", "catalogue elements", "state and covariance", "tracks", "raw observations")
