// Doors to gpu/criteria.cuh for a host: each criterion by itself, and all together, case by case.
#include "criteria.cuh"

template <class Real> struct Case {
    int contributor, row, step, dark, lit, unused;
    Real reach_m, position_itrf_m[3], velocity_itrf_m_s[3];
    Real sine_depression, cone_m;
};

// Bits in the order of VERDICTS in tests/test_gpu_criteria.py.
template <class Real>
int verdicts(const Sensor<Real>& sensor, const float* horizon, const Target& target,
             const Case<Real>& one, const Light<Real>& light) {
    const Vector<Real> position = vector_of(one.position_itrf_m);
    const Vector<Real> velocity = vector_of(one.velocity_itrf_m_s);
    const Vector<Real> sight = position - vector_of(sensor.site_itrf_m), up = vector_of(sensor.up);
    const Look<Real> look = look_of(sight, up);
    const bool passed[] = {
        high_and_near(sight, up, sensor.lowest, one.reach_m),
        (!sensor.limited || within_limits(sensor, look)) &&
            (sensor.kind != FAN || within_fan(sensor, look)),
        // A lost target has no azimuth: it is never asked about terrain
        !sensor.walled || (!isnan(look.sine) && above_terrain(sensor, horizon, look)),
        !sensor.sun_blinds || far_from_sun(sensor, look.direction, light),
        !sensor.keeps_off_moon || far_from_moon(sensor, look.direction, light),
        sensor.kind != OPTICAL ||
            bright_enough(sensor, look, one.reach_m, position, velocity, light),
        site_is_dark(sensor, light, one.sine_depression),
        sunlit(position, vector_of(light.sun_itrf_m), one.cone_m),
        sees(sensor, horizon, target, one.reach_m, position, velocity, light, one.dark, one.lit),
    };
    int bits = 0;
    for (int i = 0; i < (int)sizeof passed; ++i) bits |= passed[i] << i;
    return bits;
}

template <class Real>
void judge(int count, const Sensor<Real>* sensors, const float* horizon, const Target* targets,
           const Light<Real>* lights, const Case<Real>* cases, int* bits) {
    for (int i = 0; i < count; ++i) {
        const Case<Real>& one = cases[i];
        bits[i] = verdicts(sensors[one.contributor], horizon + 361 * one.contributor,
                           targets[one.row], one, lights[one.step]);
    }
}

extern "C" void judge_float(int count, const Sensor<float>* sensors, const float* horizon,
                            const Target* targets, const Light<float>* lights,
                            const Case<float>* cases, int* bits) {
    judge(count, sensors, horizon, targets, lights, cases, bits);
}

extern "C" void judge_double(int count, const Sensor<double>* sensors, const float* horizon,
                             const Target* targets, const Light<double>* lights,
                             const Case<double>* cases, int* bits) {
    judge(count, sensors, horizon, targets, lights, cases, bits);
}

extern "C" void light_at(int count, const Instant* instants, const int* node, const double* share,
                         Light<double>* lights) {
    for (int i = 0; i < count; ++i)
        lights[i] = light_between(instants[node[i]], instants[node[i] + 1], share[i]);
}
