// Whether a sensor sees a target: every criterion of visibility/criteria.py, for one sample.
#pragma once
#include "brightness.cuh"

// Whether a target is high and near enough; a lost one, whose place is nan, is not. Squares that
// keep their sign rise with what is squared, so that no root is taken.
template <class Real>
FUNCTION bool high_and_near(Vector<Real> sight_m, Vector<Real> up, Real lowest, Real reach_m) {
    const Real up_m = dot(sight_m, up), range2_m2 = dot(sight_m, sight_m);
    return up_m * abs(up_m) >= lowest * range2_m2 && range2_m2 <= reach_m * reach_m;
}

FUNCTION bool needs_light(int kind, const Target& target) {
    return (kind == OPTICAL) | ((kind == LASER) & !target.retroreflector);
}

template <class Real> FUNCTION Look<Real> look_of(Vector<Real> sight_m, Vector<Real> up) {
    const Real nearer = inverse_root(dot(sight_m, sight_m));
    const Vector<Real> direction = nearer * sight_m;
    return {direction, dot(direction, up), nearer};
}

template <class Real>
FUNCTION bool within_sector(const Sensor<Real>& sensor, Real east, Real north) {
    const bool after = sensor.after[0] * east + sensor.after[1] * north >= Real(0);
    const bool before = sensor.before[0] * east + sensor.before[1] * north >= Real(0);
    return sensor.wide ? after || before : after && before;
}

// Azimuth, highest elevation and cone. A highest elevation beyond the zenith reaches into the
// opposite azimuths.
template <class Real>
FUNCTION bool within_limits(const Sensor<Real>& sensor, const Look<Real>& look) {
    const Real east = dot(look.direction, vector_of(sensor.east));
    const Real north = dot(look.direction, vector_of(sensor.north));
    const bool here = look.sine <= sensor.sine_top && within_sector(sensor, east, north);
    const bool opposite = look.sine >= sensor.sine_over && within_sector(sensor, -east, -north);
    return (here || opposite) &&
           dot(look.direction, vector_of(sensor.boresight)) >= sensor.cosine_cone;
}

template <class Real> FUNCTION bool within_fan(const Sensor<Real>& sensor, const Look<Real>& look) {
    return abs(dot(look.direction, vector_of(sensor.fan_normal))) <= sensor.sine_thickness;
}

// Azimuth clockwise from north, 0 to 2 pi, by one arc of at most pi / 4. [rad]
template <class Real> FUNCTION Real azimuth_rad(Real east, Real north) {
    const Real a = abs(east), b = abs(north);
    Real azimuth = atan(over(min(a, b), max(a, b)));
    if (a > b) azimuth = Real(PI / 2.0) - azimuth;
    if (north < Real(0)) azimuth = Real(PI) - azimuth;
    return east < Real(0) ? Real(2.0 * PI) - azimuth : azimuth;
}

// Whether a target stands above the terrain, which is linear between whole degrees of azimuth.
template <class Real>
FUNCTION bool above_terrain(const Sensor<Real>& sensor, const float* horizon,
                            const Look<Real>& look) {
    if (look.sine >= sensor.sine_terrain) return true;
    const Real east = dot(look.direction, vector_of(sensor.east));
    const Real north = dot(look.direction, vector_of(sensor.north));
    const Real degree = azimuth_rad(east, north) * Real(1.0 / DEG);
    const int left = (int)max(min(Real(359), degree), Real(0));  // a lost target has no azimuth
    const float one = horizon[left], rise = horizon[left + 1] - one;
    const Real terrain_rad = Real(one) + (degree - Real(left)) * Real(rise);
    return asin(min(max(look.sine, Real(-1)), Real(1))) >= terrain_rad;
}

template <class Real>
FUNCTION bool far_from_sun(const Sensor<Real>& sensor, Vector<Real> direction,
                           const Light<Real>& light) {
    const Real along_m = dot(direction, vector_of(light.sun_itrf_m));
    return along_m <= sensor.cosine_sun * light.sun_distance_m;
}

template <class Real>
FUNCTION bool far_from_moon(const Sensor<Real>& sensor, Vector<Real> direction,
                            const Light<Real>& light) {
    const Vector<Real> moon_m = vector_of(light.moon_itrf_m) - vector_of(sensor.site_itrf_m);
    const Vector<Real> moon = inverse_root(dot(moon_m, moon_m)) * moon_m;
    return dot(direction, moon) <= sensor.cosine_moon;
}

// Whether a target that is high and near enough, and lit over a dark site where that is needed,
// passes what is left: the rest of the field, Sun and Moon, and brightness. Cheapest first.
template <class Real>
FUNCTION bool passes_the_rest(const Sensor<Real>& sensor, const float* horizon, Real reach_m,
                              Vector<Real> position_itrf_m, Vector<Real> velocity_itrf_m_s,
                              const Light<Real>& light) {
    const Vector<Real> sight_m = position_itrf_m - vector_of(sensor.site_itrf_m);
    const Look<Real> look = look_of(sight_m, vector_of(sensor.up));
    if (sensor.limited && !within_limits(sensor, look)) return false;
    if (sensor.kind == FAN && !within_fan(sensor, look)) return false;
    if (sensor.walled && !above_terrain(sensor, horizon, look)) return false;
    if (sensor.sun_blinds && !far_from_sun(sensor, look.direction, light)) return false;
    if (sensor.keeps_off_moon && !far_from_moon(sensor, look.direction, light)) return false;
    if (sensor.kind != OPTICAL) return true;
    return bright_enough(sensor, look, reach_m, position_itrf_m, velocity_itrf_m_s, light);
}

// Whether a sensor sees a target at one instant.
//   horizon  float[361] of this sensor, terrain by azimuth, degree by degree from north [rad]
//   reach_m  farthest range at which this sensor detects this target (visibility/detection.py)
//   dark     whether the site is (site_is_dark)
//   lit      whether the target is (sunlit)
template <class Real>
FUNCTION bool sees(const Sensor<Real>& sensor, const float* horizon, const Target& target,
                   Real reach_m, Vector<Real> position_itrf_m, Vector<Real> velocity_itrf_m_s,
                   const Light<Real>& light, bool dark, bool lit) {
    const Vector<Real> sight_m = position_itrf_m - vector_of(sensor.site_itrf_m);
    return high_and_near(sight_m, vector_of(sensor.up), sensor.lowest, reach_m) &&
           (!needs_light(sensor.kind, target) || (dark && lit)) &&
           passes_the_rest(sensor, horizon, reach_m, position_itrf_m, velocity_itrf_m_s, light);
}
