// Whether a telescope detects its target: light against the sky behind it. As in visibility/
// brightness.py, telescope.py, moonlight.py, atmosphere.py and photometry.py, with their sources.
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
#define PATAT_NIGHT_NL 78.06538165819101  // V = 21.6, above which the fit of twilight starts
#define LAST_TWILIGHT -0.27563735581699916  // sine of the Sun's elevation 16 deg below the horizon
#define MOON_RADIUS_DEG 0.25
#define AUREOLE_DEG 10.0
#define RAYLEIGH_NL 229086.76527677747  // 10^5.36
#define OUTER_NL 1412537.5446227554     // 10^6.15

// Where a target stands in a sensor's sky.
template <class Real> struct Look {
    Vector<Real> direction;  // from the site, unit vector
    Real sine;               // of the elevation
    Real nearer;             // one over the range [1/m]
};

// Phase function of a diffuse sphere, over that when fully lit.
template <class Real> FUNCTION Real phase_share(Real cosine) {
    cosine = min(max(cosine, Real(-1)), Real(1));
    const Real sine = root(Real(1) - cosine * cosine);
    return (sine + (Real(PI) - acos(cosine)) * cosine) * Real(1.0 / PI);
}

// Airmass of the layer that glows and scatters.
template <class Real> FUNCTION Real scattering_path(Real sine_elevation) {
    const Real s = max(sine_elevation, Real(0));
    return inverse_root(Real(0.04) + Real(0.96) * (s * s));
}

template <class Real> FUNCTION Real airmass(Real sine_elevation) {
    const Real s = max(sine_elevation, Real(0));
    const Real above = (Real(1.002432) * s + Real(0.148386)) * s + Real(0.0096467);
    const Real below = ((s + Real(0.149864)) * s + Real(0.0102963)) * s + Real(0.000303978);
    return over(above, below);
}

// Share of moonlight that the air sends from an angle off the Moon. [nL per foot-candle]
template <class Real> FUNCTION Real scattering_function(Real cosine_separation) {
    const Real cosine = min(max(cosine_separation, Real(-1)), Real(1));
    const Real degrees = acos(cosine) * Real(1.0 / DEG);
    const Real rim = max(degrees, Real(MOON_RADIUS_DEG));
    const Real mie = degrees < Real(AUREOLE_DEG)
                         ? over(Real(6.2e7), rim * rim)
                         : Real(OUTER_NL) * exp(Real(-LN10 / 40.0) * degrees);
    return Real(RAYLEIGH_NL) * (Real(1.06) + cosine * cosine) + mie;
}

// Luminance that the Moon adds behind a target, of whose light the air lets pass a share. [nL]
template <class Real>
FUNCTION Real moonlight_nl(const Sensor<Real>& sensor, Vector<Real> direction, Real passed,
                           const Light<Real>& light) {
    const Vector<Real> moon_m = vector_of(light.moon_itrf_m) - vector_of(sensor.site_itrf_m);
    const Vector<Real> moon = inverse_root(dot(moon_m, moon_m)) * moon_m;
    const Real sine = dot(vector_of(sensor.up), moon);
    if (sine <= Real(0)) return Real(0);
    const Real reaching = light.moon_illuminance * exp(-sensor.decay * scattering_path(sine));
    return reaching * (Real(1) - passed) * scattering_function(dot(direction, moon));
}

// Luminance that the Sun below the horizon adds to the zenith. [nL]
template <class Real> FUNCTION Real twilight_nl(Real sine_sun_elevation) {
    if (sine_sun_elevation <= Real(LAST_TWILIGHT)) return Real(0);
    const Real zenith_deg = acos(min(sine_sun_elevation, Real(1))) * Real(1.0 / DEG);
    const Real beyond = max(zenith_deg - Real(95), Real(-5));
    const Real magnitude = Real(11.84) + (Real(1.518) - Real(0.057) * beyond) * beyond;
    const Real total =
        Real(LAMBERT_SCALE) * exp(Real(LAMBERT_ZERO) - Real(LAMBERT_SLOPE) * magnitude);
    return max(total - Real(PATAT_NIGHT_NL), Real(0));
}

// Luminance of the sky behind a target: night, moonlight and twilight. [nL]
template <class Real>
FUNCTION Real sky_nl(const Sensor<Real>& sensor, const Look<Real>& look, const Light<Real>& light) {
    const Real path = scattering_path(look.sine);
    const Real passed = exp(-sensor.decay * path);
    const Real night = sensor.zenith_nl * path * passed;
    return night + moonlight_nl(sensor, look.direction, passed, light) +
           twilight_nl(sine_of_sun_elevation(sensor, light));
}

// Noise-equivalent area of a target's image over that of one at rest: how far it trails.
template <class Real>
FUNCTION Real trailed_share(const Sensor<Real>& sensor, const Look<Real>& look,
                            Vector<Real> velocity_itrf_m_s) {
    if (!sensor.trails) return Real(1);
    const Vector<Real> d = look.direction;
    Vector<Real> v = look.nearer * velocity_itrf_m_s;
    if (!sensor.follows) {  // in axes that do not turn: against the stars
        v.x -= Real(EARTH_ROTATION_RAD_S) * d.y;
        v.y += Real(EARTH_ROTATION_RAD_S) * d.x;
    }
    // The cross product, not v^2 - v_radial^2: that cancels for a target that approaches
    const Vector<Real> rate = cross(d, v);
    const Real lag = max(root(dot(rate, rate)) - sensor.followed_rad_s, Real(0)) * sensor.trail_s;
    return root(Real(1) + lag * lag);
}

// Flux that reaches the required signal to noise, over that which does at the moonless zenith.
template <class Real>
FUNCTION Real flux_needed(const Sensor<Real>& sensor, const Look<Real>& look,
                          Vector<Real> velocity_itrf_m_s, const Light<Real>& light) {
    const Real under_image = sensor.sky_per_nl * sky_nl(sensor, look, light) + sensor.read;
    const Real variance = trailed_share(sensor, look, velocity_itrf_m_s) * under_image;
    const Real half = sensor.half_snr2;
    const Real signal = half + root(half * (half + Real(2) * variance));
    return signal * exp(sensor.decay * (airmass(look.sine) - Real(1)));
}

// Flux of a sunlit target, over that of one which is just detected at the moonless zenith.
template <class Real>
FUNCTION Real flux_of(const Look<Real>& look, Real reach_m, Vector<Real> position_itrf_m,
                      const Light<Real>& light) {
    const Vector<Real> to_sun_m = vector_of(light.sun_itrf_m) - position_itrf_m;
    const Real cosine = -dot(look.direction, to_sun_m) * inverse_root(dot(to_sun_m, to_sun_m));
    const Real shares = reach_m * look.nearer;
    return phase_share(cosine) * shares * shares;
}

// Whether a sunlit target is as bright as its telescope needs it. The exact answer takes a dozen
// transcendental functions; most targets are too faint for any sky, or bright enough for the worst.
template <class Real>
FUNCTION bool bright_enough(const Sensor<Real>& sensor, const Look<Real>& look, Real reach_m,
                            Vector<Real> position_itrf_m, Vector<Real> velocity_itrf_m_s,
                            const Light<Real>& light) {
    const Real flux = flux_of(look, reach_m, position_itrf_m, light);
    if (flux < Real(1)) return false;
    return flux >= sensor.dimmest || flux >= flux_needed(sensor, look, velocity_itrf_m_s, light);
}
