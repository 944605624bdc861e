// Whether a sensor sees a target: every criterion of visibility/criteria.py, for one sample.
#pragma once
#include "brightness.cuh"

template <class Real>
FUNCTION Look<Real> look_of(const Sensor<Real>& sensor, Vector<Real> position_itrf_m) {
    const Vector<Real> sight_m = position_itrf_m - vector_of(sensor.site_itrf_m);
    return {sight_m, dot(sight_m, vector_of(sensor.up)), dot(sight_m, sight_m)};
}

// Whether a target is high enough and near enough; a lost one, whose place is nan, is not. Squares
// that keep their sign rise with what is squared, so that no root is taken.
template <class Real>
FUNCTION bool high_and_near(Real up_m, Real range2_m2, Real lowest, Real reach2_m2) {
    return up_m * abs(up_m) >= lowest * range2_m2 && range2_m2 <= reach2_m2;
}

FUNCTION bool needs_light(int kind, const Target& target) {
    return kind == OPTICAL || (kind == LASER && !target.retroreflector);
}

template <class Real> FUNCTION bool within_sector(const Sensor<Real>& sensor, Real east, Real north) {
    const bool after = sensor.after[0] * east + sensor.after[1] * north >= Real(0);
    const bool before = sensor.before[0] * east + sensor.before[1] * north >= Real(0);
    return sensor.wide ? after || before : after && before;
}

// Azimuth, highest elevation and cone. A highest elevation beyond the zenith reaches into the
// opposite azimuths.
template <class Real>
FUNCTION bool within_limits(const Sensor<Real>& sensor, const Look<Real>& look, Real range_m) {
    const Real east = dot(look.sight_m, vector_of(sensor.east));
    const Real north = dot(look.sight_m, vector_of(sensor.north));
    const bool here = look.up_m <= sensor.sine_top * range_m && within_sector(sensor, east, north);
    const bool over = look.up_m >= sensor.sine_over * range_m && within_sector(sensor, -east, -north);
    return (here || over) &&
           dot(look.sight_m, vector_of(sensor.boresight)) >= sensor.cosine_cone * range_m;
}

template <class Real>
FUNCTION bool within_fan(const Sensor<Real>& sensor, const Look<Real>& look, Real range_m) {
    const Real out_of_plane_m = dot(look.sight_m, vector_of(sensor.fan_normal));
    return abs(out_of_plane_m) <= sensor.sine_thickness * range_m;
}

// Whether a target stands above the terrain, which is linear between whole degrees of azimuth.
template <class Real>
FUNCTION bool above_terrain(const Sensor<Real>& sensor, const float* horizon,
                            const Look<Real>& look, Real range_m) {
    if (look.up_m >= sensor.sine_terrain * range_m) return true;
    const Real east = dot(look.sight_m, vector_of(sensor.east));
    const Real north = dot(look.sight_m, vector_of(sensor.north));
    Real degree = atan2(east, north) * Real(1.0 / DEG);
    degree = degree < Real(0) ? degree + Real(360) : degree;
    const int left = min((int)degree, 359);
    const Real one = horizon[left], next = horizon[left + 1];
    const Real terrain_rad = one + (degree - Real(left)) * (next - one);
    return asin(min(max(look.up_m / range_m, Real(-1)), Real(1))) >= terrain_rad;
}

template <class Real>
FUNCTION bool far_from_sun(const Sensor<Real>& sensor, const Look<Real>& look, Real range_m,
                           const Light<Real>& light) {
    return dot(look.sight_m, vector_of(light.sun_itrf_m)) <=
           sensor.cosine_sun * range_m * light.sun_distance_m;
}

template <class Real>
FUNCTION bool far_from_moon(const Sensor<Real>& sensor, const Look<Real>& look, Real range_m,
                            const Light<Real>& light) {
    const Vector<Real> moon_m = vector_of(light.moon_itrf_m) - vector_of(sensor.site_itrf_m);
    return dot(look.sight_m, moon_m) <= sensor.cosine_moon * range_m * sqrt(dot(moon_m, moon_m));
}

// Whether a target that is high and near enough, and lit over a dark site where that is needed,
// passes what is left: the rest of the field, brightness, and Sun and Moon.
template <class Real>
FUNCTION bool passes_the_rest(const Sensor<Real>& sensor, const float* horizon,
                              const Look<Real>& look, Real reach2_m2, Vector<Real> position_itrf_m,
                              Vector<Real> velocity_itrf_m_s, const Light<Real>& light) {
    const Real range_m = sqrt(look.range2_m2);
    if (sensor.limited && !within_limits(sensor, look, range_m)) return false;
    if (sensor.kind == FAN && !within_fan(sensor, look, range_m)) return false;
    if (sensor.walled && !above_terrain(sensor, horizon, look, range_m)) return false;
    if (sensor.sun_blinds && !far_from_sun(sensor, look, range_m, light)) return false;
    if (sensor.cosine_moon <= Real(1) && !far_from_moon(sensor, look, range_m, light)) return false;
    return sensor.kind != OPTICAL || bright_enough(sensor, look, range_m, reach2_m2, position_itrf_m,
                                                   velocity_itrf_m_s, light);
}

// Whether a sensor sees a target at one instant.
//   horizon  float[361] of this sensor, terrain by azimuth, degree by degree from north [rad]
//   reach_m  farthest range at which this sensor detects this target (visibility/detection.py)
//   dark     the site is (site_is_dark)
//   lit      the target is (sunlit)
template <class Real>
FUNCTION bool sees(const Sensor<Real>& sensor, const float* horizon, const Target& target,
                   Real reach_m, Vector<Real> position_itrf_m, Vector<Real> velocity_itrf_m_s,
                   const Light<Real>& light, bool dark, bool lit) {
    const Look<Real> look = look_of(sensor, position_itrf_m);
    const Real reach2_m2 = reach_m * reach_m;
    if (!high_and_near(look.up_m, look.range2_m2, sensor.lowest, reach2_m2)) return false;
    if (needs_light(sensor.kind, target) && !(dark && lit)) return false;
    return passes_the_rest(sensor, horizon, look, reach2_m2, position_itrf_m, velocity_itrf_m_s,
                           light);
}
