// What depends on time alone, and vectors.
#pragma once
#include "portable.cuh"

// One instant of the grid: Earth-fixed Sun and Moon [m], light of the Moon [foot-candle], sine and
// cosine of the sidereal angle [unitless], UTC minutes since the grid's first instant, by which
// orbits are propagated (leap seconds are not counted) [min].
struct Instant {
    double sun_itrf_m[3];
    double moon_itrf_m[3];
    double moon_illuminance;
    double sine;
    double cosine;
    double utc_min;
};

template <class Real> struct Vector {
    Real x, y, z;
};

template <class Real> FUNCTION Vector<Real> operator-(Vector<Real> a, Vector<Real> b) {
    return {a.x - b.x, a.y - b.y, a.z - b.z};
}

template <class Real> FUNCTION Vector<Real> operator*(Real s, Vector<Real> a) {
    return {s * a.x, s * a.y, s * a.z};
}

template <class Real> FUNCTION Real dot(Vector<Real> a, Vector<Real> b) {
    return a.x * b.x + a.y * b.y + a.z * b.z;
}

template <class Real> FUNCTION Vector<Real> cross(Vector<Real> a, Vector<Real> b) {
    return {a.y * b.z - a.z * b.y, a.z * b.x - a.x * b.z, a.x * b.y - a.y * b.x};
}
