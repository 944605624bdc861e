// What the Sun lights: the target, and the sky over the site (visibility/illumination.py).
#pragma once
#include "sensor.cuh"

#define EARTH_EQUATORIAL_RADIUS_M 6378137.0

// Whether a target is outside the Earth's shadow. `cone_m` is the distance to the Sun times the
// sine of the cone's half-angle, as in SHADOW_CONES; 0 is a cylinder.
template <class Real>
FUNCTION bool sunlit(Vector<Real> target_itrf_m, Vector<Real> sun_itrf_m, Real cone_m) {
    const Real nearer = inverse_root(dot(sun_itrf_m, sun_itrf_m));
    const Vector<Real> sun = nearer * sun_itrf_m;
    const Real along_m = dot(target_itrf_m, sun);
    // The perpendicular vector, not r^2 - along^2: that difference cancels far from the Earth
    const Vector<Real> across_m = target_itrf_m - along_m * sun;
    const Real sine = cone_m * nearer;
    const Real radius_m = (Real(EARTH_EQUATORIAL_RADIUS_M) + along_m * sine) *
                          inverse_root(Real(1) - sine * sine);
    return !(along_m < Real(0) && radius_m > Real(0) &&
             dot(across_m, across_m) < radius_m * radius_m);
}

template <class Real>
FUNCTION Real sine_of_sun_elevation(const Sensor<Real>& sensor, const Light<Real>& light) {
    return over(dot(vector_of(sensor.up), vector_of(light.sun_itrf_m)), light.sun_distance_m);
}

// Whether the Sun is far enough below the horizon, by the sine of that depression.
template <class Real>
FUNCTION bool site_is_dark(const Sensor<Real>& sensor, const Light<Real>& light,
                           Real sine_depression) {
    return sine_of_sun_elevation(sensor, light) <= -sine_depression;
}
