// Visibility bits of a block of targets over a chunk of samples.
#include "criteria.cuh"

#define WORDS 3    // of 32 samples, by a warp at once: more spare loads, and cost registers
#define TILE 256   // contributors in shared memory
#define BLOCK 128
#define HORIZON_AZIMUTHS 361
#define ROUNDING 1e-6f  // of a geocentric distance, far above single precision's

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
    int64 targets;
    int samples, stride, contributors, words, first_word;
};

// The words of a warp: those of one target from `word` of the chunk on, of `end`.
struct Share {
    int64 target;
    int word, end;
    Vector<float> position_m[WORDS];  // of a lane's samples
    float nearest_m;                  // to the Earth's centre, of all samples
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

FUNCTION void load(Share& share, const Given& given) {
    const float lost = __uint_as_float(0x7fc00000u);
    float nearest2 = __uint_as_float(0x7f800000u);
#pragma unroll
    for (int w = 0; w < WORDS; ++w) {
        const int sample = (share.word + w) * LANES + lane_of_thread();
        Vector<float> position_m = {lost, lost, lost};  // beyond the last: no test holds there
        if (sample < given.samples) position_m = loaded(given, share.target, sample);
        share.position_m[w] = position_m;
        nearest2 = min(nearest2, dot(position_m, position_m));
    }
#pragma unroll
    for (int apart = LANES / 2; apart > 0; apart /= 2)
        nearest2 = min(nearest2, __shfl_xor_sync(ALL_LANES, nearest2, apart));
    share.nearest_m = nearest2 * inverse_root(nearest2) * (1.0f - ROUNDING);  // nan of no state
}

// Samples at which light lets a contributor see a share's target; true where there are any.
FUNCTION bool load_light(uint32* allowed, const Given& given, const Share& share,
                         const Sensor<float>& sensor) {
    const uint32* dark = given.dark + (int64)sensor.mount * given.words + given.first_word;
    const uint32* lit = given.lit + share.target * share.end;
    const bool needed = needs_light(sensor.kind, given.appearance[share.target]);
    uint32 some = 0;
#pragma unroll
    for (int w = 0; w < WORDS; ++w) {
        const int word = share.word + w;
        allowed[w] = ALL_LANES;
        if (needed) allowed[w] = word < share.end ? dark[word] & lit[word] : 0u;
        some |= allowed[w];
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

// What the first tests leave of each word.
FUNCTION bool first_tests(bool* open, const Share& share, const Near& near, float reach_m) {
    bool any = false;
#pragma unroll
    for (int w = 0; w < WORDS; ++w) {
        const Vector<float> sight_m = share.position_m[w] - vector_of(near.site_itrf_m);
        open[w] = high_and_near(sight_m, vector_of(near.up), near.lowest, reach_m);
        any |= open[w];
    }
    return __any_sync(ALL_LANES, any);
}

// What 32 contributors see in a share: lane b keeps the words of contributor b.
FUNCTION void see(const Given& given, const Share& share, const Near* near, int first) {
    const int lane = lane_of_thread(), mine = first + lane;
    const Sensor<float>& sensor = given.sensors[mine];
    const float reach_m = given.reach_m[share.target * given.contributors + mine];
    uint32 allowed[WORDS], seen[WORDS] = {};
    const bool some = load_light(allowed, given, share, sensor);
    const bool near_enough = share.nearest_m <= reach_m + sensor.site_radius_m;
    uint32 left = __ballot_sync(ALL_LANES, some && near_enough && sensor.kind != FAN);
    for (; left; left &= left - 1) {
        const int b = __ffs(left) - 1;
        const float reach_of_b = __shfl_sync(ALL_LANES, reach_m, b);
        bool open[WORDS];
        if (!first_tests(open, share, near[b], reach_of_b)) continue;
#pragma unroll
        for (int w = 0; w < WORDS; ++w) {
            const uint32 word =
                __ballot_sync(ALL_LANES, open[w]) & __shfl_sync(ALL_LANES, allowed[w], b);
            if (lane == b) seen[w] = word;
        }
        if (!near[b].judged) continue;
#pragma unroll 1
        for (int w = 0; w < WORDS; ++w) {
            uint32 word = w == 0 ? seen[0] : w == 1 ? seen[1] : seen[2];
            word = __shfl_sync(ALL_LANES, word, b);
            if (!word) continue;
            word = judged(word, given, share.target, share.word + w, first + b, reach_of_b);
#pragma unroll
            for (int i = 0; i < WORDS; ++i)
                if (lane == b && w == i) seen[i] = word;
        }
    }
    uint32* bits = given.bits + (share.target * given.words + given.first_word + share.word) * given.contributors + mine;
#pragma unroll
    for (int w = 0; w < WORDS; ++w)
        if (share.word + w < share.end) bits[w * given.contributors] = seen[w];
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
KERNEL(128, 6)
visible_bits(const float* __restrict__ states, const uint32* __restrict__ lit,
             const Sensor<float>* __restrict__ sensors, const Target* __restrict__ appearance,
             const float* __restrict__ reach_m, const float* __restrict__ horizon,
             const uint32* __restrict__ dark, const Light<float>* __restrict__ lights,
             uint32* __restrict__ bits, int targets, int samples, int stride, int contributors,
             int words, int first_word) {
    __shared__ Near near[TILE];
    const Given given = {states, lit, sensors, appearance, reach_m, horizon, dark, lights, bits,
                         targets, samples, stride, contributors, words, first_word};
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
