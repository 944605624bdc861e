// What may happen between two samples of the grid: runs that hide there, and crossings of fans. In
// single precision, by the tests of visibility/views.py; what is found is judged in double later.
#include "between.cuh"
#include "runs.cuh"

// Near a closest approach, parabolas through three samples a minute apart are off by a few per cent
// of what height and range change in a step; the slacks keep every doubtful case.
#define SINE_SLACK 0.03f
#define RANGE_SLACK 0.03f
#define PEAK_SLACK 0.1f  // steps
// What a target may brighten between two samples before it fades or leaves the field again.
#define SLACK_OF_FLUX 2.5118864f  // a magnitude
#define FASTEST_M_S 12000.0f  // no orbit about the Earth is faster over its ground

// A sample of one target, of the chunk or of its margin.
struct Moment {
    Vector<float> position_itrf_m;
    int sample;
    bool lit;
};

FUNCTION int64 place_in_chunk(const Chunk& chunk, int row, int sample) {
    return (int64)row * chunk.stride + (sample - chunk.first_sample);
}

FUNCTION Vector<float> vector_at(const Chunk& chunk, int component, int64 place) {
    const int64 apart = (int64)chunk.rows * chunk.stride;
    const float* first = chunk.states + component * apart + place;
    return {first[0], first[apart], first[2 * apart]};
}

FUNCTION Moment moment_at(const Chunk& chunk, int row, int sample) {
    Moment moment;
    moment.sample = sample;
    const int last = min(chunk.samples, chunk.first_sample + chunk.stride);
    if (sample < chunk.first_sample || sample >= last) {
        const float none = __uint_as_float(0x7fc00000u);
        moment.position_itrf_m = {none, none, none};
        moment.lit = false;
        return moment;
    }
    const int64 place = place_in_chunk(chunk, row, sample);
    moment.position_itrf_m = vector_at(chunk, 0, place);
    moment.lit = chunk.lit[place / 32] >> (sample & 31) & 1u;
    return moment;
}

// Where a target stands for one contributor.
struct Standing {
    Vector<float> sight_m;
    float up_m, range_m;
    bool high, within;  // above the lowest elevation; within reach
};

FUNCTION Standing standing_of(const Sensor<float>& sensor, float reach_m, const Moment& moment) {
    Standing standing;
    standing.sight_m = moment.position_itrf_m - vector_of(sensor.site_itrf_m);
    const float range2_m2 = dot(standing.sight_m, standing.sight_m);
    const float up_m = dot(standing.sight_m, vector_of(sensor.up));
    standing.up_m = up_m;
    standing.range_m = sqrt(range2_m2);
    standing.high = up_m * abs(up_m) >= sensor.lowest * range2_m2;
    standing.within = range2_m2 <= reach_m * reach_m;
    return standing;
}

FUNCTION Look<float> look_of(const Sensor<float>& sensor, const Standing& standing) {
    return look_of(standing.sight_m, vector_of(sensor.up));
}

// Of pairs of a sample and the next one, as bits: whether something holds at one of both, at both.
FUNCTION uint32 either(uint32 word, uint32 next) { return word | word >> 1 | next << 31; }
FUNCTION uint32 both(uint32 word, uint32 next) { return word & (word >> 1 | next << 31); }

// What holds at the samples of a word, and at the first one after it.
struct Flags {
    uint32 word, next;
};

// Ballot of the samples of a word (own) and of its margin, whose lane 1 is the sample after it.
FUNCTION Flags flags_of(bool own, bool margin) {
    Flags flags;
    flags.word = __ballot_sync(ALL_LANES, own);
    flags.next = __ballot_sync(ALL_LANES, margin) >> 1 & 1u;
    return flags;
}

FUNCTION uint32 either(Flags flags) { return either(flags.word, flags.next); }
FUNCTION uint32 both(Flags flags) { return both(flags.word, flags.next); }

// Height and range of a target, which turn round near a closest approach.
struct Approach {
    float up_m, range_m;
};

FUNCTION Approach approach_of(const Standing& standing, int lane) {
    return {__shfl_sync(ALL_LANES, standing.up_m, lane),
            __shfl_sync(ALL_LANES, standing.range_m, lane)};
}

FUNCTION bool is_least(float before, float here, float after) {
    return here <= before && here < after;
}

// Pairs to which a closest approach near the middle of three samples belongs, if it is in reach:
// bit 0 the pair of the middle and the next sample, bit 1 the pair before.
FUNCTION int pairs_of_peak(const Sensor<float>& sensor, float reach_m, Approach before,
                           Approach here, Approach after) {
    if (!is_least(before.range_m, here.range_m, after.range_m)) return 0;
    const float one = before.range_m * before.range_m, two = here.range_m * here.range_m;
    const float three = after.range_m * after.range_m;
    const float bend = max(one - 2.0f * two + three, 1e-9f);
    const float shift = 0.5f * (one - three) / bend;
    const float range_m = sqrt(max(two - 0.125f * (one - three) * (one - three) / bend, 1.0f));
    const float slope = 0.5f * (after.up_m - before.up_m);
    const float curve = before.up_m - 2.0f * here.up_m + after.up_m;
    const float up_m = here.up_m + slope * shift + 0.5f * curve * shift * shift;
    const float sine = copysignf(sqrt(abs(sensor.lowest)), sensor.lowest);
    if (!(up_m >= (sine - SINE_SLACK) * range_m)) return 0;
    if (sensor.kind != OPTICAL && !(range_m <= (1.0f + RANGE_SLACK) * reach_m)) return 0;
    return (shift > -PEAK_SLACK ? 1 : 0) | (shift < PEAK_SLACK ? 2 : 0);
}

// Pairs of a word to which its closest approaches belong. Lanes 0, 1 and 2 of the margin are the
// samples before the word and the two after it.
FUNCTION uint32 pairs_of_peaks(const Sensor<float>& sensor, float reach_m, const Standing& own,
                               const Standing& margin) {
    const int lane = lane_of_thread();
    const Approach here = {own.up_m, own.range_m};
    Approach before = approach_of(own, lane - 1), after = approach_of(own, lane + 1);
    const Approach first = approach_of(margin, 0), next = approach_of(margin, 1);
    const Approach second = approach_of(margin, 2), last = approach_of(own, 31);
    if (lane == 0) before = first;
    if (lane == 31) after = next;
    const int pairs = pairs_of_peak(sensor, reach_m, before, here, after);
    const int beyond = pairs_of_peak(sensor, reach_m, last, next, second);
    const uint32 later = __ballot_sync(ALL_LANES, (pairs & 1) != 0);
    const uint32 earlier = __ballot_sync(ALL_LANES, (pairs & 2) != 0);
    return later | earlier >> 1 | (beyond & 2 ? 1u << 31 : 0u);
}

// Pairs of a word between which the target comes closest, high and near enough.
FUNCTION uint32 peaks_of(const Sensor<float>& sensor, float reach_m, const Standing& own,
                         const Standing& margin) {
    const int lane = lane_of_thread();
    float before_m = __shfl_sync(ALL_LANES, own.range_m, lane - 1);
    float after_m = __shfl_sync(ALL_LANES, own.range_m, lane + 1);
    const float first_m = __shfl_sync(ALL_LANES, margin.range_m, 0);
    const float next_m = __shfl_sync(ALL_LANES, margin.range_m, 1);
    const float second_m = __shfl_sync(ALL_LANES, margin.range_m, 2);
    const float last_m = __shfl_sync(ALL_LANES, own.range_m, 31);
    if (lane == 0) before_m = first_m;
    if (lane == 31) after_m = next_m;
    const bool here = is_least(before_m, own.range_m, after_m);
    const bool beyond = is_least(last_m, next_m, second_m);
    if (!__any_sync(ALL_LANES, here || beyond)) return 0u;  // mostly: once in some ten words
    return pairs_of_peaks(sensor, reach_m, own, margin);
}

// What all contributors share of one word of samples of one target.
struct Word {
    int row, number;
    Moment own, margin;
    Flags lit, known;  // known: there is a state
};

FUNCTION uint32 word_after(const uint32* words, int64 place, int64 apart, bool there) {
    return there ? words[place + apart] & 1u : 0u;
}

// Whether a ready target is surely too faint at a moment.
FUNCTION bool too_faint(const Chunk& chunk, const Sensor<float>& sensor, const Word& word,
                        const Moment& moment, const Standing& standing, float reach_m) {
    const Light<float>& light = chunk.lights[moment.sample];
    const Vector<float> velocity = vector_at(chunk, 3, place_in_chunk(chunk, word.row, moment.sample));
    const Look<float> look = look_of(sensor, standing);
    const float flux = flux_of(look, reach_m, moment.position_itrf_m, light);
    return flux * SLACK_OF_FLUX < flux_needed(sensor, look, velocity, light);
}

// What a pair of words of one contributor is looked at with.
struct Sighted {
    Standing own, margin;
    Flags high;
    Flags dark;    // over the site
    uint32 light;  // dark at one sample, lit at one; all where that does not matter
    uint32 pairs;  // of unseen samples with a state
    uint32 peaks;  // between which the target comes closest
    float reach_m;
};

FUNCTION uint32 within_limits_at_either(const Sensor<float>& sensor, const Sighted& sighted) {
    const Standing &own = sighted.own, &margin = sighted.margin;
    return either(flags_of(within_limits(sensor, look_of(sensor, own)),
                           within_limits(sensor, look_of(sensor, margin))));
}

FUNCTION uint32 above_terrain_at_either(const Sensor<float>& sensor, const float* horizon,
                                        const Sighted& sighted) {
    const Standing &own = sighted.own, &margin = sighted.margin;
    return either(flags_of(above_terrain(sensor, horizon, look_of(sensor, own)),
                           above_terrain(sensor, horizon, look_of(sensor, margin))));
}

// Of a telescope: pairs of which each criterion of light holds at one of both samples, but not all
// at one; terrain alone may hide a target at both. None of which an end is ready but too faint.
FUNCTION uint32 pairs_by_light(const Chunk& chunk, const Sensor<float>& sensor, int contributor,
                               const Word& word, const Sighted& sighted) {
    const Flags &high = sighted.high, &dark = sighted.dark;
    const Flags ready = {high.word & dark.word & word.lit.word,
                         high.next & dark.next & word.lit.next};
    uint32 settled = both(ready);
    if (sensor.walled) {
        const float* horizon = chunk.horizon + (int64)contributor * 361;
        settled &= above_terrain_at_either(sensor, horizon, sighted);
    }
    uint32 doubtful = sighted.light & either(high) & ~settled & sighted.pairs;
    if (sensor.limited && doubtful) doubtful &= within_limits_at_either(sensor, sighted);
    const uint32 hidden = (doubtful | (sighted.peaks & sighted.pairs)) & sighted.light;
    if (!hidden) return 0u;
    const int lane = lane_of_thread();
    const bool is_ready = ready.word >> lane & 1u, next_is_ready = lane == 1 && ready.next;
    const float reach_m = sighted.reach_m;
    return hidden & ~either(flags_of(
        is_ready && too_faint(chunk, sensor, word, word.own, sighted.own, reach_m),
        next_is_ready && too_faint(chunk, sensor, word, word.margin, sighted.margin, reach_m)));
}

// Of others: pairs high enough at one of both samples, near enough at one, in the sector at one.
FUNCTION uint32 pairs_by_reach(const Sensor<float>& sensor, const Sighted& sighted) {
    const uint32 within = either(flags_of(sighted.own.within, sighted.margin.within));
    uint32 doubtful = either(sighted.high) & within & sighted.pairs;
    if (sensor.limited && doubtful) doubtful &= within_limits_at_either(sensor, sighted);
    return doubtful | (sighted.peaks & sighted.pairs);
}

// Pairs of unseen samples of a word between which one contributor may see the target.
FUNCTION uint32 pockets_of(const Chunk& chunk, const Word& word, int contributor) {
    const Sensor<float>& sensor = chunk.sensors[contributor];
    const bool by_night = sensor.kind == OPTICAL, more = word.number + 1 < chunk.words;
    const int64 place = ((int64)word.row * chunk.words + word.number) * chunk.padded + contributor;
    const int64 at = (int64)word.number * chunk.padded + contributor;
    Sighted sighted;
    sighted.dark = {chunk.dark[at], word_after(chunk.dark, at, chunk.padded, more)};
    sighted.light = by_night ? either(sighted.dark) & either(word.lit) : ALL_LANES;
    const uint32 seen_after = word_after(chunk.bits, place, chunk.padded, more);
    const uint32 unseen = ~either(chunk.bits[place], seen_after);
    if (!(unseen & sighted.light)) return 0u;
    sighted.reach_m = chunk.reach_m[(int64)word.row * chunk.padded + contributor];
    sighted.own = standing_of(sensor, sighted.reach_m, word.own);
    sighted.margin = standing_of(sensor, sighted.reach_m, word.margin);
    sighted.pairs = unseen & both(word.known);
    sighted.high = flags_of(sighted.own.high, sighted.margin.high);
    sighted.peaks = peaks_of(sensor, sighted.reach_m, sighted.own, sighted.margin);
    return by_night ? pairs_by_light(chunk, sensor, contributor, word, sighted)
                    : pairs_by_reach(sensor, sighted);
}

FUNCTION void put_sample(const Queue& queue, const Chunk& chunk, int contributor, int row, int sample) {
    Run run;
    run.before_s = run.begin_s = run.end_s = run.after_s = sample * chunk.step_s;
    run.contributor = contributor;
    run.row = row;
    put(queue, run);
}

FUNCTION Word word_of(const Chunk& chunk, int row, int number) {
    const int lane = lane_of_thread();
    Word word;
    word.row = row;
    word.number = number;
    word.own = moment_at(chunk, row, 32 * number + lane);
    word.margin = moment_at(chunk, row, 32 * number + (lane == 0 ? -1 : 31 + lane));
    word.lit = flags_of(word.own.lit, word.margin.lit);
    word.known = flags_of(!isnan(word.own.position_itrf_m.x), !isnan(word.margin.position_itrf_m.x));
    return word;
}

// Whether a track may be shorter than a step; those of fans are crossings.
FUNCTION bool may_hide(const Sensor<float>& sensor, double step_s) {
    return sensor.kind != FAN && sensor.shortest_track_s < step_s;
}

// Grid: any; a warp looks at the pairs of one word of one row, with each contributor that is near
// there and whose tracks may be shorter than a step. A pair's first sample is queued.
KERNEL(128, 6) find_pockets(const Chunk* chunk, const Queue* pockets) {
    const int many = chunk->last_word - chunk->first_word, groups = chunk->padded / 32;
    const int64 count = (int64)chunk->rows * many;
    for (int64 k = warp_in_grid(); k < count; k += warps_in_grid()) {
        const int row = (int)(k / many), number = chunk->first_word + (int)(k % many);
        const int64 place = ((int64)row * chunk->words + number) * groups;
        const Word word = word_of(*chunk, row, number);
        for (int group = 0; group < groups; ++group) {
            uint32 near = chunk->near[place + group];
            while (near) {
                const int contributor = 32 * group + __ffs(near) - 1;
                near &= near - 1;
                if (!may_hide(chunk->sensors[contributor], chunk->step_s)) continue;
                const uint32 found = pockets_of(*chunk, word, contributor);
                if (found >> lane_of_thread() & 1u)
                    put_sample(*pockets, *chunk, contributor, row, word.own.sample);
            }
        }
    }
}

// Whether a target passes a fan's plane between two moments, near enough and high enough.
FUNCTION bool passes_plane(const Sensor<float>& fan, float reach_m, const Moment& from,
                           const Moment& to, float moved_m) {
    const Standing one = standing_of(fan, reach_m, from), other = standing_of(fan, reach_m, to);
    const Vector<float> normal = vector_of(fan.fan_normal);
    if (isnan(one.range_m) || isnan(other.range_m)) return false;
    const bool side = dot(normal, one.sight_m) >= 0.0f;
    const bool next = dot(normal, other.sight_m) >= 0.0f;
    // A target moves less than the chord between samples, so its nearer end bounds the range.
    const bool near = min(one.range_m, other.range_m) <= reach_m + moved_m;
    const float sine = copysignf(sqrt(abs(fan.lowest)), fan.lowest);
    const float below_m = min(sine * one.range_m - one.up_m,
                              sine * other.range_m - other.up_m);
    return side != next && near && below_m <= (1.0f + abs(sine)) * moved_m;
}

// Grid: any; a lane looks at one sample of one row and the next one, with each fan.
// fans: [fan_count] int, contributors.
KERNEL(128) find_crossings(const Chunk* chunk, const Queue* crossings, const int* fans, int fan_count) {
    const int many = 32 * (chunk->last_word - chunk->first_word);
    const int64 count = (int64)chunk->rows * many;
    for (int64 k = thread_in_grid(); k < count; k += threads_in_grid()) {
        const int row = (int)(k / many), sample = 32 * chunk->first_word + (int)(k % many);
        const Moment from = moment_at(*chunk, row, sample), to = moment_at(*chunk, row, sample + 1);
        const float moved_m = FASTEST_M_S * (float)chunk->step_s;
        for (int f = 0; f < fan_count; ++f) {
            const float reach_m = chunk->reach_m[(int64)row * chunk->padded + fans[f]];
            if (passes_plane(chunk->sensors[fans[f]], reach_m, from, to, moved_m))
                put_sample(*crossings, *chunk, fans[f], row, sample);
        }
    }
}
