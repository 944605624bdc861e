// Whether a telescope detects its target: light against the sky behind it (visibility/brightness.py,
// telescope.py, moonlight.py, atmosphere.py and photometry.py, whose references hold here).
//
// All is asked of fluxes, over the flux of a target that is just detected at the moonless zenith.
// That target stands at its reach when it is fully lit, so the reach says all of size, albedo and
// the probability of detection, and no logarithm is taken.
#pragma once
#include "illumination.cuh"

#define PI 3.14159265358979323846
#define DEG (PI / 180.0)
#define LN10 2.30258509299404568402
#define EARTH_ROTATION_RAD_S 7.292115e-5
#define LAMBERT_SCALE 34.08
#define LAMBERT_ZERO 20.7233
#define LAMBERT_SLOPE 0.92104
#define PATAT_NIGHT_NL 78.06538165819101  // V = 21.6, from which the twilight fit starts
#define MOON_RADIUS_DEG 0.25
#define AUREOLE_DEG 10.0
#define RAYLEIGH_NL 229086.76527677734   // 10^5.36
#define OUTER_NL 1412537.5446227544      // 10^6.15
#define LAST_OF_TWILIGHT -0.27563735581699916  // sine of the Sun's elevation, 16 deg below

// A target in a sensor's sky.
template <class Real> struct Look {
    Vector<Real> sight_m;
    Real up_m, range2_m2;
};

// Phase function of a diffuse sphere, over that when fully lit.
template <class Real> FUNCTION Real phase_share(Real cosine) {
    cosine = min(max(cosine, Real(-1)), Real(1));
    const Real sine = sqrt(Real(1) - cosine * cosine);
    return (sine + (Real(PI) - acos(cosine)) * cosine) * Real(1.0 / PI);
}

template <class Real>
FUNCTION Real phase_cosine(Vector<Real> sight_m, Real range_m, Vector<Real> to_sun_m) {
    return -dot(sight_m, to_sun_m) / (range_m * sqrt(dot(to_sun_m, to_sun_m)));
}

// Airmass of the layer that glows and scatters.
template <class Real> FUNCTION Real scattering_path(Real sine_elevation) {
    const Real s = max(sine_elevation, Real(0));
    return Real(1) / sqrt(Real(0.04) + Real(0.96) * (s * s));
}

template <class Real> FUNCTION Real airmass(Real sine_elevation) {
    const Real s = max(sine_elevation, Real(0));
    const Real above = (Real(1.002432) * s + Real(0.148386)) * s + Real(0.0096467);
    const Real below = ((s + Real(0.149864)) * s + Real(0.0102963)) * s + Real(0.000303978);
    return above / below;
}

// Share of moonlight that the air sends from an angle off the Moon. [nL per foot-candle]
template <class Real> FUNCTION Real scattering_function(Real cosine_separation) {
    const Real cosine = min(max(cosine_separation, Real(-1)), Real(1));
    const Real degrees = acos(cosine) * Real(1.0 / DEG);
    const Real rayleigh = Real(RAYLEIGH_NL) * (Real(1.06) + cosine * cosine);
    if (degrees >= Real(AUREOLE_DEG))
        return rayleigh + Real(OUTER_NL) * exp(Real(-LN10 / 40.0) * degrees);
    const Real rim = max(degrees, Real(MOON_RADIUS_DEG));
    return rayleigh + Real(6.2e7) / (rim * rim);
}

// Luminance that the Sun below the horizon adds to the zenith. [nL]
template <class Real> FUNCTION Real twilight_nl(Real sine_sun_elevation) {
    if (sine_sun_elevation <= Real(LAST_OF_TWILIGHT)) return Real(0);
    const Real zenith_deg = acos(min(sine_sun_elevation, Real(1))) * Real(1.0 / DEG);
    const Real beyond = max(zenith_deg - Real(95), Real(-5));
    const Real magnitude = Real(11.84) + (Real(1.518) - Real(0.057) * beyond) * beyond;
    const Real total =
        Real(LAMBERT_SCALE) * exp(Real(LAMBERT_ZERO) - Real(LAMBERT_SLOPE) * magnitude);
    return max(total - Real(PATAT_NIGHT_NL), Real(0));
}

// Luminance of the sky behind a target: night, moonlight and twilight. [nL]
template <class Real>
FUNCTION Real sky_nl(const Sensor<Real>& sensor, const Look<Real>& look, Real range_m,
                     const Light<Real>& light) {
    const Real path = scattering_path(look.up_m / range_m);
    const Real passed = exp(-sensor.decay * path);
    Real sky = sensor.zenith_nl * path * passed;
    const Vector<Real> moon_m = vector_of(light.moon_itrf_m) - vector_of(sensor.site_itrf_m);
    const Real nearer = Real(1) / sqrt(dot(moon_m, moon_m));
    const Real moon_sine = dot(vector_of(sensor.up), moon_m) * nearer;
    if (moon_sine > Real(0)) {
        const Real reaching = light.moon_illuminance * exp(-sensor.decay * scattering_path(moon_sine));
        const Real cosine = dot(look.sight_m, moon_m) * nearer / range_m;
        sky += reaching * (Real(1) - passed) * scattering_function(cosine);
    }
    return sky + twilight_nl(sine_of_sun_elevation(sensor, light));
}

// Noise-equivalent area of a target's image over that of one at rest: how far it trails.
template <class Real>
FUNCTION Real trailed_share(const Sensor<Real>& sensor, const Look<Real>& look,
                            Vector<Real> velocity_itrf_m_s) {
    if (!sensor.trails) return Real(1);
    const Vector<Real> s = look.sight_m;
    Vector<Real> v = velocity_itrf_m_s;
    if (!sensor.follows) {  // in axes that do not turn: against the stars
        v.x -= Real(EARTH_ROTATION_RAD_S) * s.y;
        v.y += Real(EARTH_ROTATION_RAD_S) * s.x;
    }
    // The cross product, not v^2 - v_radial^2: that difference cancels for a target that approaches
    const Vector<Real> across = {s.y * v.z - s.z * v.y, s.z * v.x - s.x * v.z, s.x * v.y - s.y * v.x};
    const Real rate_rad_s = sqrt(dot(across, across)) / look.range2_m2;
    const Real lag = max(rate_rad_s - sensor.followed_rad_s, Real(0)) * sensor.trail_s;
    return sqrt(Real(1) + lag * lag);
}

// Flux that reaches the required signal to noise, over that which does at the moonless zenith.
template <class Real>
FUNCTION Real flux_needed(const Sensor<Real>& sensor, const Look<Real>& look, Real range_m,
                          Vector<Real> velocity_itrf_m_s, const Light<Real>& light) {
    const Real sky = sensor.sky_per_nl * sky_nl(sensor, look, range_m, light);
    const Real variance = trailed_share(sensor, look, velocity_itrf_m_s) * (sky + sensor.read);
    const Real half = sensor.half_snr2;
    const Real signal = half + sqrt(half * (half + Real(2) * variance));
    return signal * exp(sensor.decay * (airmass(look.up_m / range_m) - Real(1)));
}

// Whether a sunlit target is as bright as its telescope needs it. The exact answer takes a dozen
// transcendental functions; most targets are too faint for any sky, or bright enough for the worst.
template <class Real>
FUNCTION bool bright_enough(const Sensor<Real>& sensor, const Look<Real>& look, Real range_m,
                            Real reach2_m2, Vector<Real> position_itrf_m,
                            Vector<Real> velocity_itrf_m_s, const Light<Real>& light) {
    const Vector<Real> to_sun_m = vector_of(light.sun_itrf_m) - position_itrf_m;
    const Real lit = phase_share(phase_cosine(look.sight_m, range_m, to_sun_m));
    const Real flux = lit * reach2_m2 / look.range2_m2;
    if (flux >= sensor.dimmest) return true;
    return flux >= Real(1) &&
           flux >= flux_needed(sensor, look, range_m, velocity_itrf_m_s, light);
}
