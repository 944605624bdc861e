// Visibility bits of a block of targets over a chunk of samples.
#include "arc.cuh"
#include "criteria.cuh"

#define TILE 128  // contributors in shared memory
#define BLOCK 128
#define HORIZON_AZIMUTHS 361

// What the first tests ask of a contributor; `judged` where more than these decide.
struct alignas(16) Near {
    float site_itrf_m[3], lowest;
    float up[3];
    int judged;
};

// A tile of contributors: `near` is read by one place at a time, the rest by lane.
struct Tile {
    Near near[TILE];
    float x[TILE], y[TILE], z[TILE], radius_m[TILE], cosine[TILE], sine[TILE];
    int kind[TILE];
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
    int targets, samples, stride, lit_words, contributors, words, first_word;
};

// One word of one target: a lane holds a sample of it, and points at its contributors' columns.
struct Share {
    int target, word;  // of the chunk
    Vector<float> position_m;
    Arc arc;
    Target appearance;
    uint32 lit, lit_at_either;  // at samples, and at one of each and the next
    int to_next_word;           // of `dark`; 0 from the last one
    const uint32* dark;
    const float* reach_m;
    uint32* bits;
    uint32* near;
};

FUNCTION void fill(Tile& tile, const Sensor<float>* sensors, int count) {
#pragma unroll 1
    for (int n = threadIdx.x; n < count; n += BLOCK) {
        const Sensor<float>& sensor = sensors[n];
        Near& near = tile.near[n];
        for (int i = 0; i < 3; ++i) near.site_itrf_m[i] = sensor.site_itrf_m[i];
        for (int i = 0; i < 3; ++i) near.up[i] = sensor.up[i];
        near.lowest = sensor.lowest;
        near.judged = sensor.judged;
        const Vector<float> direction = unit(vector_of(sensor.site_itrf_m));
        tile.x[n] = direction.x;
        tile.y[n] = direction.y;
        tile.z[n] = direction.z;
        tile.radius_m[n] = sensor.radius_m;
        tile.cosine[n] = sensor.dip_cosine;
        tile.sine[n] = sensor.dip_sine;
        tile.kind[n] = sensor.kind;
    }
}

// Position, or velocity three rows on. [m, m/s]
FUNCTION Vector<float> loaded(const Given& given, int target, int sample, int row = 0) {
    const int64 apart = (int64)given.targets * given.stride;
    const float* at = given.states + row * apart + (int64)target * given.stride + sample;
    return {at[0], at[apart], at[2 * apart]};
}

// Pairs of a sample and the next one, at one of which something holds.
FUNCTION uint32 at_either(uint32 word, uint32 after) { return word | word >> 1 | after << 31; }

FUNCTION Share share_of(const Given& given, int number) {
    const int end = (given.samples + LANES - 1) / LANES, target = number / end;
    const int word = number - target * end, sample = word * LANES + lane_of_thread();
    const int64 of_all = given.first_word + word;
    Share share = {target, word};
    const float lost = __uint_as_float(0x7fc00000u);
    share.position_m = {lost, lost, lost};  // beyond the last: no test holds there
    if (sample < given.samples) share.position_m = loaded(given, target, sample);
    share.arc = arc_of(share.position_m);
    share.appearance = given.appearance[target];
    const uint32* lit = given.lit + (int64)target * given.lit_words + word;
    share.lit = lit[0];
    share.lit_at_either = at_either(share.lit, word + 1 < end ? lit[1] : 0u);
    share.to_next_word = of_all + 1 < given.words ? given.contributors : 0;
    const int lane = lane_of_thread();
    share.dark = given.dark + of_all * given.contributors + lane;
    share.reach_m = given.reach_m + (int64)target * given.contributors + lane;
    const int64 place = ((int64)target * given.words + of_all) * given.contributors;
    share.bits = given.bits + place + lane;
    share.near = given.near + place / LANES;
    return share;
}

// Samples of those high and near enough, in the right light, that pass the rest.
FUNCTION uint32 judged(uint32 open, const Given& given, const Share& share, int contributor,
                       float reach_m) {
    bool passes = open >> lane_of_thread() & 1u;
    if (passes) {
        const Sensor<float>& sensor = given.sensors[contributor];
        const int sample = share.word * LANES + lane_of_thread();
        Vector<float> velocity_m_s = {0.0f, 0.0f, 0.0f};
        if (sensor.trails) velocity_m_s = loaded(given, share.target, sample, 3);
        passes = passes_the_rest(sensor, given.horizon + (int64)contributor * HORIZON_AZIMUTHS,
                                 reach_m, share.position_m, velocity_m_s,
                                 given.lights[(int64)given.first_word * LANES + sample]);
    }
    return __ballot_sync(ALL_LANES, passes);
}

// What 32 contributors see of a share: by lane, and, bit b, whether contributor b may see anything.
struct Seen {
    uint32 word, near;
};

FUNCTION Seen seen(const Given& given, const Share& share, const Tile& tile, int group,
                   int first) {
    const int lane = lane_of_thread(), mine = group + lane;
    const float reach_m = share.reach_m[first + group];
    const uint32 dark = share.dark[first + group];
    const uint32 dark_after = share.dark[first + group + share.to_next_word];
    const bool by_night = needs_light(tile.kind[mine], share.appearance);
    const uint32 allowed = by_night ? dark & share.lit : ALL_LANES;
    // Between two samples it suffices that one is dark and one is lit
    const uint32 around = by_night ? at_either(dark, dark_after) & share.lit_at_either : ALL_LANES;
    const Outlook site = {{tile.x[mine], tile.y[mine], tile.z[mine]}, tile.radius_m[mine],
                          tile.cosine[mine], tile.sine[mine]};
    const bool in_time = (around != 0) & (tile.kind[mine] != FAN);
    const bool there = in_time & may_see(share.arc, site, reach_m);
    Seen seen = {0u, __ballot_sync(ALL_LANES, there)};
    for (uint32 left = __ballot_sync(ALL_LANES, there & (allowed != 0)); left; left &= left - 1) {
        const int b = __ffs(left) - 1;
        const Near& near = tile.near[group + b];
        const float reach_of_b_m = __shfl_sync(ALL_LANES, reach_m, b);
        const Vector<float> sight_m = share.position_m - vector_of(near.site_itrf_m);
        uint32 word = __ballot_sync(
            ALL_LANES, high_and_near(sight_m, vector_of(near.up), near.lowest, reach_of_b_m));
        if (!word) continue;
        word &= __shfl_sync(ALL_LANES, allowed, b);
        if (word && near.judged) word = judged(word, given, share, first + group + b, reach_of_b_m);
        if (lane == b) seen.word = word;
    }
    return seen;
}

// Visibility bits[target][first_word + word][contributor], bit t % 32 of word t / 32.
//
// Grid: one-dimensional. A warp takes one word of one target after another, a lane is a sample of
// it; contributors come from shared memory, those that may see its arc at all. Single precision: a
// verdict may differ from that in double where a sample stands within rounding of a threshold.
//   states   float32 [6][targets][stride], Earth-fixed [m, m/s], nan where not usable
//   lit      [targets][lit_words], whether targets are sunlit, as many words as the chunk or more
//   sensors  [contributors], filled up with rows that nothing is in reach of
//   appearance  [targets]
//   reach_m  [targets][contributors]
//   horizon  [contributors][361], terrain [rad]
//   dark     [words][contributors], whether their sites are
//   lights   [samples of the whole horizon]
//   samples  of the chunk, which starts at `first_word` of the horizon's `words`
//   contributors  a multiple of 32; FAN sensors get no bits, their tracks are crossings
//   near_words  [targets][words][contributors / 32], bit c % 32: contributor c may see the target
//            at a sample of the word, or between one and the sample after it
KERNEL(128, 6)
visible_bits(const float* __restrict__ states, const uint32* __restrict__ lit,
             const Sensor<float>* __restrict__ sensors, const Target* __restrict__ appearance,
             const float* __restrict__ reach_m, const float* __restrict__ horizon,
             const uint32* __restrict__ dark, const Light<float>* __restrict__ lights,
             uint32* __restrict__ bits, uint32* __restrict__ near_words, int targets, int samples,
             int stride, int lit_words, int contributors, int words, int first_word) {
    __shared__ Tile tile;
    const Given given = {states, lit, sensors, appearance, reach_m, horizon, dark, lights, bits,
                         near_words, targets, samples, stride, lit_words, contributors, words,
                         first_word};
    const int shares = targets * ((samples + LANES - 1) / LANES);
    for (int first = 0; first < contributors; first += TILE) {
        const int filled = min(TILE, contributors - first);
        fill(tile, sensors + first, filled);
        __syncthreads();
        for (int n = (int)warp_in_grid(); n < shares; n += (int)warps_in_grid()) {
            const Share share = share_of(given, n);
            for (int group = 0; group < filled; group += LANES) {
                Seen here = {0u, 0u};
                if (!share.arc.lost) here = seen(given, share, tile, group, first);
                share.bits[first + group] = here.word;
                if (lane_of_thread() == 0) share.near[(first + group) / LANES] = here.near;
            }
        }
        __syncthreads();
    }
}
