// Visibility bits of a block of targets over a chunk of samples.
#include "criteria.cuh"

#define WORDS 3    // of 32 samples, by a warp at once: more spare loads, and cost registers
#define TILE 256   // contributors in shared memory
#define BLOCK 128
#define HORIZON_AZIMUTHS 361
#define ROUNDING 1e-6f  // of a geocentric distance, far above single precision's

// As in visibility/horizon.py and views.py: what a target does between two samples
#define GM_M3_S2 3.986004418e14f
#define HIGHEST_SITE_M 6387137.0f
#define CURVATURE_SAFETY 1.2f
#define MASK_RANGE_SHARE 0.9f
#define SPEED_SAFETY 1.1f
#define RANGE_SLACK 0.03f

// What the first tests ask of a contributor; `judged` where more than these decide.
struct alignas(16) Near {
    float site_itrf_m[3], lowest;
    float up[3];
    int judged;
};

// What the kernel is given, by the names of its arguments.
struct Given {
    const float* states;
    const uint32* lit;
    const Sensor<float>* sensors;
    const Target* appearance;
    const float* reach_m;
    const float* horizon;
    const uint32* dark;
    const Light<float>* lights;
    uint32* bits;
    uint32* near;
    int64 targets;
    int samples, stride, contributors, words, first_word;
    float step_s, sine_highest;
};

// The words of a warp: those of one target from `word` of the chunk on, of `end`.
struct Share {
    int64 target;
    int word, end;
    Vector<float> position_m[WORDS];  // of a lane's samples
    float slack_m[WORDS];             // by which heights may rise between samples and fall again
    float nearest_m;                  // to the Earth's centre, of all samples
    float moved_m;                    // most in a step
};

FUNCTION void fill(Near* near, const Sensor<float>* sensors, int count) {
#pragma unroll 1
    for (int n = threadIdx.x; n < count; n += BLOCK) {
        const Sensor<float>& sensor = sensors[n];
        for (int i = 0; i < 3; ++i) near[n].site_itrf_m[i] = sensor.site_itrf_m[i];
        for (int i = 0; i < 3; ++i) near[n].up[i] = sensor.up[i];
        near[n].lowest = sensor.lowest;
        near[n].judged = sensor.judged;
    }
}

// Position, or velocity three rows on. [m, m/s]
FUNCTION Vector<float> loaded(const Given& given, int64 target, int sample, int row = 0) {
    const int64 apart = given.targets * given.stride;
    const float* at = given.states + row * apart + target * given.stride + sample;
    return {at[0], at[apart], at[2 * apart]};
}

// How far the height over a mask may rise between two samples, as `horizon.slack_m`: at the mask a
// target is at least so far that its speed across bends its height but little.
FUNCTION float slack_m(const Given& given, float distance_m, float speed_m_s) {
    const float sine = given.sine_highest, step_s = given.step_s;
    const float lowest_m = distance_m - 0.5f * step_s * speed_m_s;
    const float foot_m = sine * HIGHEST_SITE_M;
    const float above = max(lowest_m * lowest_m - HIGHEST_SITE_M * HIGHEST_SITE_M, 0.0f);
    const float at_mask_m = root(foot_m * foot_m + above) - foot_m;
    const float nearest_m = MASK_RANGE_SHARE * at_mask_m - 0.5f * step_s * speed_m_s;
    const float range_m = max(max(lowest_m - HIGHEST_SITE_M, 5e4f), nearest_m);
    const float rate = (float)EARTH_ROTATION_RAD_S;
    const float acceleration = over(GM_M3_S2, lowest_m * lowest_m) + 2.0f * rate * speed_m_s +
                               rate * rate * distance_m;
    const float curvature =
        (1.0f + sine) * acceleration + over(sine * speed_m_s * speed_m_s, range_m);
    return 0.125f * CURVATURE_SAFETY * step_s * step_s * curvature;
}

FUNCTION float least_of_warp(float value) {
#pragma unroll
    for (int apart = LANES / 2; apart > 0; apart /= 2)
        value = min(value, __shfl_xor_sync(ALL_LANES, value, apart));
    return value;
}

FUNCTION void load(Share& share, const Given& given) {
    const float lost = __uint_as_float(0x7fc00000u);
    float nearest2 = __uint_as_float(0x7f800000u), slowest2 = 0.0f;
#pragma unroll
    for (int w = 0; w < WORDS; ++w) {
        const int sample = (share.word + w) * LANES + lane_of_thread();
        Vector<float> position_m = {lost, lost, lost}, velocity = position_m;
        if (sample < given.samples) {  // beyond the last no test holds
            position_m = loaded(given, share.target, sample);
            velocity = loaded(given, share.target, sample, 3);
        }
        const float distance2 = dot(position_m, position_m), speed2 = dot(velocity, velocity);
        share.position_m[w] = position_m;
        share.slack_m[w] = slack_m(given, root(distance2), root(speed2));
        nearest2 = min(nearest2, distance2);
        slowest2 = min(slowest2, -speed2);
    }
    nearest2 = least_of_warp(nearest2);
    share.nearest_m = nearest2 * inverse_root(nearest2) * (1.0f - ROUNDING);  // nan of no state
    share.moved_m = SPEED_SAFETY * given.step_s * root(-least_of_warp(slowest2));
}

// A word of many, 0 beyond them.
FUNCTION uint32 word_at(const uint32* words, int place, int end) {
    return place >= 0 && place < end ? words[place] : 0u;
}

// Samples of a word, and those beside one of them.
FUNCTION uint32 widened(uint32 before, uint32 word, uint32 after) {
    return word | word << 1 | word >> 1 | before >> 31 | after << 31;
}

// Light by words: samples at which it lets a contributor see, and those beside one of them.
struct Allowed {
    uint32 here[WORDS], beside[WORDS];
};

// Light over a share's target for one contributor; true where there is any.
FUNCTION bool load_light(Allowed& allowed, const Given& given, const Share& share,
                         const Sensor<float>& sensor) {
    const uint32* dark = given.dark + (int64)sensor.mount * given.words + given.first_word;
    const uint32* lit = given.lit + share.target * share.end;
    const bool needed = needs_light(sensor.kind, given.appearance[share.target]);
    const int last = given.words - given.first_word;  // of the words of `dark`
    uint32 some = 0, dark_before = 0, lit_before = 0, dark_here = 0, lit_here = 0;
    if (needed) {
        dark_before = word_at(dark, share.word - 1, last);
        lit_before = word_at(lit, share.word - 1, share.end);
        dark_here = word_at(dark, share.word, last);
        lit_here = word_at(lit, share.word, share.end);
    }
#pragma unroll
    for (int w = 0; w < WORDS; ++w) {
        allowed.here[w] = allowed.beside[w] = ALL_LANES;
        if (needed) {
            const uint32 dark_after = word_at(dark, share.word + w + 1, last);
            const uint32 lit_after = word_at(lit, share.word + w + 1, share.end);
            allowed.here[w] = dark_here & lit_here;
            allowed.beside[w] = widened(dark_before, dark_here, dark_after) &
                                widened(lit_before, lit_here, lit_after);
            dark_before = dark_here, lit_before = lit_here;
            dark_here = dark_after, lit_here = lit_after;
        }
        some |= allowed.beside[w];
    }
    return some;
}

// Samples of a word, of those high and near enough and in the right light, that pass the rest.
FUNCTION uint32 judged(uint32 open, const Given& given, int64 target, int word, int contributor,
                       float reach_m) {
    bool passes = open >> lane_of_thread() & 1u;
    if (passes) {
        const Sensor<float>& sensor = given.sensors[contributor];
        const int sample = word * LANES + lane_of_thread();
        const Vector<float> position_m = loaded(given, target, sample);
        Vector<float> velocity_m_s = {0.0f, 0.0f, 0.0f};
        if (sensor.trails) velocity_m_s = loaded(given, target, sample, 3);
        passes = passes_the_rest(sensor, given.horizon + (int64)contributor * HORIZON_AZIMUTHS,
                                 reach_m, position_m, velocity_m_s,
                                 given.lights[(int64)given.first_word * LANES + sample]);
    }
    return __ballot_sync(ALL_LANES, passes);
}

// Whether a target may be seen near any of a lane's samples: high and near enough, or so that it may
// become so before the next sample. Squares that keep their sign spare a root.
FUNCTION bool first_tests(bool* open, const Share& share, const Near& near, float reach_m) {
    bool any = false;
#pragma unroll
    for (int w = 0; w < WORDS; ++w) {
        const Vector<float> s = share.position_m[w] - vector_of(near.site_itrf_m);
        const float up_m = share.slack_m[w] + s.x * near.up[0] + s.y * near.up[1] + s.z * near.up[2];
        const float range2_m2 = dot(s, s);
        open[w] = up_m * abs(up_m) >= near.lowest * range2_m2 && range2_m2 <= reach_m * reach_m;
        any |= open[w];
    }
    return __any_sync(ALL_LANES, any);
}

// Words of a contributor in a share: what it sees, and whether it may see anything near there.
struct Seen {
    uint32 words[WORDS];
    uint32 near;  // bit w of word w
};

// Judge the samples that the first tests leave, for contributor `first + b`, which lane b keeps.
FUNCTION void see_closely(Seen& seen, const Given& given, const Share& share, const Near& near,
                          const Allowed& allowed, const bool* open, int first, int b,
                          float reach_m) {
    const int lane = lane_of_thread();
#pragma unroll
    for (int w = 0; w < WORDS; ++w) {
        const uint32 beside = __shfl_sync(ALL_LANES, allowed.beside[w], b);
        const uint32 here = __shfl_sync(ALL_LANES, allowed.here[w], b);
        const Vector<float> sight_m = share.position_m[w] - vector_of(near.site_itrf_m);
        const bool passes = high_and_near(sight_m, vector_of(near.up), near.lowest, reach_m);
        const uint32 around = __ballot_sync(ALL_LANES, open[w]) & beside;
        const uint32 word = __ballot_sync(ALL_LANES, passes) & here;
        if (lane == b) seen.words[w] = word, seen.near |= around ? 1u << w : 0u;
    }
    if (!near.judged) return;
#pragma unroll 1
    for (int w = 0; w < WORDS; ++w) {
        uint32 word = w == 0 ? seen.words[0] : w == 1 ? seen.words[1] : seen.words[2];
        word = __shfl_sync(ALL_LANES, word, b);
        if (!word) continue;
        word = judged(word, given, share.target, share.word + w, first + b, reach_m);
#pragma unroll
        for (int i = 0; i < WORDS; ++i)
            if (lane == b && w == i) seen.words[i] = word;
    }
}

FUNCTION void put(const Given& given, const Share& share, const Seen& seen, int first) {
    const int lane = lane_of_thread();
#pragma unroll
    for (int w = 0; w < WORDS; ++w) {
        const uint32 near = __ballot_sync(ALL_LANES, seen.near >> w & 1u);
        if (share.word + w >= share.end) continue;
        const int64 word = share.target * given.words + given.first_word + share.word + w;
        given.bits[word * given.contributors + first + lane] = seen.words[w];
        if (lane == 0) given.near[(word * given.contributors + first) / LANES] = near;
    }
}

// What 32 contributors see in a share.
FUNCTION void see(const Given& given, const Share& share, const Near* near, int first) {
    const int mine = first + lane_of_thread();
    const Sensor<float>& sensor = given.sensors[mine];
    const float reach_m = given.reach_m[share.target * given.contributors + mine];
    const float wide_m = reach_m > 0.0f ? (1.0f + RANGE_SLACK) * reach_m + share.moved_m : 0.0f;
    Allowed allowed;
    Seen seen = {};
    const bool some = load_light(allowed, given, share, sensor);
    const bool near_enough = share.nearest_m <= wide_m + sensor.site_radius_m;
    uint32 left = __ballot_sync(ALL_LANES, some && near_enough && sensor.kind != FAN);
    for (; left; left &= left - 1) {
        const int b = __ffs(left) - 1;
        const float wide_of_b = __shfl_sync(ALL_LANES, wide_m, b);
        bool open[WORDS];
        if (!first_tests(open, share, near[b], wide_of_b)) continue;
        const float reach_of_b = __shfl_sync(ALL_LANES, reach_m, b);
        see_closely(seen, given, share, near[b], allowed, open, first, b, reach_of_b);
    }
    put(given, share, seen, first);
}

// Visibility bits[target][first_word + word][contributor], bit t % 32 of word t / 32.
//
// Grid: one-dimensional. A warp takes WORDS words of one target after another, a lane is a sample
// of each; contributors come from shared memory. Single precision: a verdict may differ from that
// in double where a sample stands within rounding of a threshold.
//   states   float32 [6][targets][stride], Earth-fixed [m, m/s], nan where not usable
//   lit      [targets][words of the chunk], whether targets are sunlit
//   sensors  [contributors], filled up with rows that nothing is in reach of
//   appearance  [targets]
//   reach_m  [targets][contributors]
//   horizon  [contributors][361], terrain [rad]
//   dark     [mounts][words], whether sites are
//   lights   [samples of the whole horizon]
//   samples  of the chunk, which starts at `first_word` of the horizon's `words`
//   contributors  a multiple of 32; FAN sensors get no bits, their tracks are crossings
//   near     [targets][words][contributors / 32], bit c % 32: contributor c may see the target at a
//            sample of the word, or between two that the word holds one of
//   sine_highest  of the lowest elevations of all contributors
KERNEL(128, 6)
visible_bits(const float* __restrict__ states, const uint32* __restrict__ lit,
             const Sensor<float>* __restrict__ sensors, const Target* __restrict__ appearance,
             const float* __restrict__ reach_m, const float* __restrict__ horizon,
             const uint32* __restrict__ dark, const Light<float>* __restrict__ lights,
             uint32* __restrict__ bits, uint32* __restrict__ near_words, int targets, int samples,
             int stride, int contributors, int words, int first_word, float step_s,
             float sine_highest) {
    __shared__ Near near[TILE];
    const Given given = {states, lit, sensors, appearance, reach_m, horizon, dark, lights, bits,
                         near_words, targets, samples, stride, contributors, words, first_word,
                         step_s, sine_highest};
    const int end = (samples + LANES - 1) / LANES, shares = (end + WORDS - 1) / WORDS;
    for (int tile = 0; tile < contributors; tile += TILE) {
        const int filled = min(TILE, contributors - tile);
        fill(near, sensors + tile, filled);
        __syncthreads();
        for (int n = (int)warp_in_grid(); n < targets * shares; n += (int)warps_in_grid()) {
            Share share = {n / shares, n % shares * WORDS, end};
            load(share, given);
            for (int group = 0; group < filled; group += LANES)
                see(given, share, near + group, tile + group);
        }
        __syncthreads();
    }
}
