// Gaps between tracks, by weather draw and target: the longest, a percentile and the mean.
//
// A warp is a target and 32 draws, a lane a draw: tracks are read once for all of them, and each
// lane passes over those whose window is cloudy in its draw. No gap is written to memory: the
// percentile is found by bisection over the bits of a double, whose order is that of the numbers
// from 0 on, and both ends snap to gaps that exist, so some log2(gaps) + 5 walks suffice as a rule
// and 64 at most. About 23 instructions a track and walk.
#include "portable.cuh"

// Tracks of all targets, stretch after stretch, sorted by time within each.
struct Tracks {
    const double* start_s;  // since the beginning of the stretch, from 0 to stretch_s [s]
    const int* column;      // row of `clear`: contributor and window
    const int64* first;     // [targets * stretches + 1] of each target and stretch
    const uint32* clear;    // [columns][words]: bit d % 32 of word d / 32 is draw d
    int words, stretches;
    double stretch_s;
};

// Look at every gap of a target in this lane's draw; both ends of a stretch end a gap. Lanes stay
// together: each is told whether what it looks at is a gap of its draw.
template <class Look> FUNCTION void over_gaps(const Tracks& all, int64 target, int word, Look& look) {
    const int lane = lane_of_thread();
    for (int stretch = 0; stretch < all.stretches; ++stretch) {
        const int64 begin = all.first[target * all.stretches + stretch];
        const int64 end = all.first[target * all.stretches + stretch + 1];
        double last_s = 0.0;
        for (int64 k = begin; k < end; k += LANES) {
            const int64 own = k + lane < end ? k + lane : end - 1;
            const double own_start_s = all.start_s[own];
            const uint32 own_clear = all.clear[(int64)all.column[own] * all.words + word];
            const int some = end - k < LANES ? (int)(end - k) : LANES;
            for (int i = 0; i < some; ++i) {
                const double start_s = __shfl_sync(ALL_LANES, own_start_s, i);
                const bool is_seen = __shfl_sync(ALL_LANES, own_clear, i) >> lane & 1u;
                look(start_s - last_s, is_seen);
                last_s = is_seen ? start_s : last_s;
            }
        }
        look(all.stretch_s - last_s, true);
    }
}

struct Longest {
    double gap_s;
    int64 gaps;

    FUNCTION void operator()(double s, bool is_gap) {
        gap_s = is_gap && s > gap_s ? s : gap_s;
        gaps += is_gap;
    }
};

// Gaps up to a length: how many there are, the longest of them, and the shortest beyond.
struct Split {
    double at_s, below_s, above_s;
    int64 gaps;

    FUNCTION void operator()(double s, bool is_gap) {
        const bool is_below = s <= at_s;
        gaps += is_gap && is_below;
        below_s = is_gap && is_below && s > below_s ? s : below_s;
        above_s = is_gap && !is_below && s < above_s ? s : above_s;
    }
};

FUNCTION double between(double low, double high) {
    const int64 least = __double_as_longlong(low);
    return __longlong_as_double(least + (__double_as_longlong(high) - least) / 2);
}

// The gap that is the `rank`th from the shortest on; the answer stays between low and high.
FUNCTION double ranked(const Tracks& all, int64 target, int word, int64 rank, double longest_s) {
    double low = 0.0, high = longest_s;
    while (__any_sync(ALL_LANES, low < high)) {
        Split split = {between(low, high), low, high, 0};
        over_gaps(all, target, word, split);
        const bool is_open = low < high, is_below = split.gaps >= rank;
        high = is_open && is_below ? split.below_s : high;
        low = is_open && !is_below ? split.above_s : low;
    }
    return high;
}

// Statistics [draws][targets] in seconds. Percentile `share` by nearest rank. float64.
KERNEL(128) gaps(const double* start_s, const int* column, const int64* first, const uint32* clear, int targets,
                 int stretches, int draws, double stretch_s, double share, double* longest_s, double* ranked_s,
                 double* mean_s) {
    const int words = (draws + LANES - 1) / LANES;
    const Tracks all = {start_s, column, first, clear, words, stretches, stretch_s};
    for (int64 task = warp_in_grid(); task < (int64)targets * words; task += warps_in_grid()) {
        const int64 target = task / words;
        const int word = task % words, draw = word * LANES + lane_of_thread();
        Longest longest = {0.0, 0};
        over_gaps(all, target, word, longest);
        const double at_rank = ranked(all, target, word, (int64)ceil(share * longest.gaps), longest.gap_s);
        if (draw < draws) {
            const int64 place = (int64)draw * targets + target;
            longest_s[place] = longest.gap_s;
            ranked_s[place] = at_rank;
            mean_s[place] = stretches * stretch_s / longest.gaps;
        }
    }
}
