// Who looks, at what, in which light: the tables of visibility.
#pragma once
#include "sky.cuh"

// As in kansoku.network.contributors
enum Kind { OPTICAL, RADAR, FAN, LASER, PASSIVE_RF };

// A sensor at its site, Earth-fixed. Each limit is in the form in which it is asked: a sine or
// cosine beside what is compared with it, and 2 or -2 where there is no limit.
template <class Real> struct Sensor {
    Real site_itrf_m[3];
    Real lowest;      // sine of the lowest elevation, times its own magnitude [unitless]
    Real up[3];       // unit vector
    Real sine_top;    // of the highest elevation
    Real east[3];     // unit vector
    Real sine_over;   // of the lowest elevation seen beyond the zenith, in the opposite sector
    Real north[3];    // unit vector
    Real cosine_cone;
    Real boresight[3];   // unit vector
    Real sine_thickness; // of half the thickness of a fan
    Real fan_normal[3];  // unit vector
    Real sine_terrain;   // of the highest terrain
    Real after[2], before[2];  // east and north of the normals of a sector's edges; 0: all round
    Real cosine_sun, cosine_moon;  // of the angles to keep off Sun and Moon
    Real zenith_nl;   // luminance of the moonless zenith, no air above it [nL]
    Real decay;       // of light by an airmass, its natural logarithm [1/airmass]
    // Telescopes, all over the electrons of a target that is just detected at the moonless zenith
    Real half_snr2;   // half the square of the required signal to noise
    Real sky_per_nl;  // variance of the sky under an image at rest, by luminance [1/nL]
    Real read;        // variance of the read-out under it
    Real dimmest;     // flux that suffices under the worst sky and trail, over that at the zenith
    Real trail_s;     // trail over the image's length, by angular rate [s/rad]
    Real followed_rad_s;  // rate up to which a target does not trail
    Real shortest_track_s;
    Real radius_m;    // of the site, from the Earth's centre
    // Of the lowest elevation over a sphere through the site: less by what its vertical is off it
    Real dip_cosine, dip_sine;
    int kind, mount;
    int judged;     // more decides than lowest elevation, reach and light
    int limited;    // the field is less than the sky above its lowest elevation
    int walled;     // terrain stands higher than that somewhere
    int wide;       // the sector is wider than half a circle
    int trails;     // targets may cross the image
    int follows;    // the mount follows targets, else the stars
    int sun_blinds; // the field comes too near the Sun, though the site be dark
    int keeps_off_moon;
};

// What of a target its reach does not tell.
struct Target {
    int retroreflector;
};

// Sun and Moon at one instant, geocentric and Earth-fixed.
template <class Real> struct Light {
    Real sun_itrf_m[3];
    Real sun_distance_m;
    Real moon_itrf_m[3];
    Real moon_illuminance;  // outside the atmosphere [foot-candle]
};

template <class Real> FUNCTION Vector<Real> vector_of(const Real* three) {
    return {three[0], three[1], three[2]};
}

// Light between two instants of the grid, `share` of the way: Sun and Moon turn by 0.25 deg a
// minute with the Earth, so that a chord is short by 3e-4 deg in length alone.
FUNCTION Light<double> light_between(const Instant& one, const Instant& next, double share) {
    Light<double> light;
    for (int i = 0; i < 3; ++i) {
        light.sun_itrf_m[i] = one.sun_itrf_m[i] * (1.0 - share) + next.sun_itrf_m[i] * share;
        light.moon_itrf_m[i] = one.moon_itrf_m[i] * (1.0 - share) + next.moon_itrf_m[i] * share;
    }
    const Vector<double> sun_m = vector_of(light.sun_itrf_m);
    light.sun_distance_m = sqrt(dot(sun_m, sun_m));
    light.moon_illuminance = one.moon_illuminance * (1.0 - share) + next.moon_illuminance * share;
    return light;
}
