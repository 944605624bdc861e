// A block of targets under the sky of one stretch, at any instant: what edges are judged by.
#pragma once
#include "criteria.cuh"
#include "orbit.cuh"
#include "sky.cuh"

// Tables of a block of n targets (rows) over T samples, watched by C contributors; in double
// precision, because edges are sought to a fifth of a second.
struct Stage {
    const Orbit* orbits;             // [n]
    const DeepSpace* deep;           // [m], of the rows that have one
    const int* deep_of;              // [n], -1 for a near-Earth orbit
    const double* checkpoints;       // [m][steps][5], resonance every 720 min
    const Instant* instants;         // [T]
    const Sensor<double>* sensors;   // [C]
    const float* horizon;            // [C][361] rad
    const Target* targets;           // [n]
    const double* reach_m;           // [n][padded]
    double step_s;
    double end_s;                    // of the last sample
    double cone_m;                   // of the Earth's shadow, as in visibility/illumination.py
    double sine_depression;          // of the Sun below a dark site's horizon
    int first_step, steps;           // of the checkpoints
    int samples;                     // T
    int padded;                      // C rounded up to whole warps
};

// Sun, Moon and turn of the Earth at an instant. The turn is even, the rest linear between samples.
struct Sky {
    Light<double> light;
    double sine, cosine, utc_min;
};

FUNCTION Sky sky_at(const Stage& stage, double seconds) {
    const int node = min(max((int)(seconds / stage.step_s), 0), stage.samples - 2);
    const double since_s = seconds - node * stage.step_s, share = since_s / stage.step_s;
    const Instant& one = stage.instants[node];
    const Instant& next = stage.instants[node + 1];
    Sky sky;
    sky.light = light_between(one, next, share);
    sky.utc_min = one.utc_min * (1.0 - share) + next.utc_min * share;
    double sine, cosine;
    sincos(SIDEREAL_RATE_RAD_S * since_s, &sine, &cosine);
    sky.sine = one.sine * cosine + one.cosine * sine;
    sky.cosine = one.cosine * cosine - one.sine * sine;
    return sky;
}

CALLED_FUNCTION State state_of(const Stage& stage, int row, const Sky& sky) {
    const int deep = stage.deep_of[row];
    const DeepSpace* extra = deep < 0 ? 0 : stage.deep + deep;
    const double* checkpoints = deep < 0 ? 0 : stage.checkpoints + (int64)deep * stage.steps * 5;
    return state_at(stage.orbits[row], extra, checkpoints, stage.first_step, stage.steps,
                    sky.utc_min, sky.sine, sky.cosine);
}

// Whether a contributor sees a target at an instant [s]: every criterion.
CALLED_FUNCTION bool seen_at(const Stage& stage, int contributor, int row, double seconds) {
    const Sky sky = sky_at(stage, seconds);
    const State state = state_of(stage, row, sky);
    if (!state.usable) return false;
    const Sensor<double>& sensor = stage.sensors[contributor];
    const bool dark = site_is_dark(sensor, sky.light, stage.sine_depression);
    const bool lit = sunlit(state.position_itrf_m, vector_of(sky.light.sun_itrf_m), stage.cone_m);
    return sees(sensor, stage.horizon + (int64)contributor * 361, stage.targets[row],
                stage.reach_m[(int64)row * stage.padded + contributor], state.position_itrf_m,
                state.velocity_itrf_m_s, sky.light, dark, lit);
}
