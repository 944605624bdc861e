// What a network covers, and the cut that bounds it: forms (a) and (b) of the optimiser, exactly.
//
//   N_d = sum_j w_j v_jd        F = sum_d omega_d sum_m phi_m clip(N_d - m + 1, 0, 1)
//   C = sum_d omega_d sum_m m drop_m [N_d >= m]        drop_m = phi_m - phi_{m+1}, a whole number
//   G_j = sum_d omega_d v_jd sum_m drop_m [N_d < m]
//
// C and G are those of design/terms/count.py (summed by parts), here as sums of integers: order
// changes no bit. A level is an m with a drop above 0.
//
// Layout. A bit row is one binary digit of the tracks of one contributor: v = sum_p 2^p plane_p.
// A tile is 32 words of every bit row, one behind the other: bits[tiles][padded][32], cell = bit,
// `padded` rows a multiple of BLOCK_ROWS, rows without a contributor 0. A tile is one piece of
// memory (26 KiB at 208 rows), read once. All cells of a word weigh the same:
// weight[tiles][32]; cells that fill up a word are 0 in every row and change nothing.
// In weather all cells of a tile lie in one window, and clear[draws][windows][padded / 26] holds
// the sky: bit r of word i is row 26 i + r. Draws share one read of the bits.
//
// Work. A warp keeps 26 bit rows of a tile in registers, a lane is a word. It counts its rows,
// the warps of a block join their counts in shared memory, and every warp adds up its own rows;
// sums stay in registers until the block has seen all of its tiles.
// Lane-instructions a word and row with K = 1, 2, 3 levels: about 7, 11, 15, of which 1, 2, 3
// population counts, at an eighth of the rate; memory binds up to K = 3 (docs/optimiser.md).
#include "portable.cuh"

#define WARPS 8
#define ROWS 26
#define BLOCK_ROWS (WARPS * ROWS)
#define TILE_WORDS LANES
#define AHEAD 20     // rows of the next tile that are on their way while this one is added up
#define STEPS 8      // whole tracks that `thresholds` tells apart, at most
#define DIGITS 23    // of STEPS million: row weights are in millionths

// Cells of a word with at least 1, 2, .. K tracks.
template <int K> struct Reached {
    uint32 least[K];
};

template <int K> FUNCTION Reached<K> nothing() {
    Reached<K> none;
#pragma unroll
    for (int m = 0; m < K; ++m) none.least[m] = 0;
    return none;
}

// Add a row of which each cell counts TIMES tracks.
template <int TIMES, int K> FUNCTION void count(Reached<K>& reached, uint32 word) {
#pragma unroll
    for (int m = K - 1; m >= 0; --m) {
        const uint32 before = m < TIMES ? ALL_LANES : reached.least[m < TIMES ? 0 : m - TIMES];
        reached.least[m] |= before & word;
    }
}

// Tracks of two counts together: m of them are i of one and m - i of the other.
template <int K> FUNCTION Reached<K> joined(const Reached<K>& a, const Reached<K>& b) {
    Reached<K> both;
#pragma unroll
    for (int m = 0; m < K; ++m) {
        both.least[m] = a.least[m] | b.least[m];
#pragma unroll
        for (int i = 0; i < m; ++i) both.least[m] |= a.least[i] & b.least[m - 1 - i];
    }
    return both;
}

// Count the rows of a warp: bit r of `once`, `twice`, `thrice` says how often row r counts.
template <int K> FUNCTION Reached<K> counted(const uint32 (&word)[ROWS], uint32 once, uint32 twice, uint32 thrice) {
    Reached<K> reached = nothing<K>();
#pragma unroll
    for (int r = 0; r < ROWS; ++r)
        if (once >> r & 1u) count<1>(reached, word[r]);
    if (!(twice | thrice)) return reached;
#pragma unroll
    for (int r = 0; r < ROWS; ++r) {
        if (twice >> r & 1u) count<2>(reached, word[r]);
        if (thrice >> r & 1u) count<3>(reached, word[r]);
    }
    return reached;
}

// Join the counts of the warps of a block; `place` must not be that of the call before.
template <int K> FUNCTION Reached<K> over_warps(uint32 (&place)[WARPS][K][LANES], const Reached<K>& own) {
    const int warp = threadIdx.x / LANES, lane = lane_of_thread();
#pragma unroll
    for (int m = 0; m < K; ++m) place[warp][m][lane] = own.least[m];
    __syncthreads();
    Reached<K> all = nothing<K>();
#pragma unroll 2
    for (int w = 0; w < WARPS; ++w) {
        Reached<K> part;
#pragma unroll
        for (int m = 0; m < K; ++m) part.least[m] = place[w][m][lane];
        all = joined(all, part);
    }
    return all;
}

// Credit that one more track of a row adds in the cells of a word, at weight 1.
template <int K> FUNCTION uint32 slope(uint32 word, const Reached<K>& reached, const uint32 (&drop)[K]) {
    uint32 credit = 0;
#pragma unroll
    for (int m = 0; m < K; ++m) credit += drop[m] * __popc(word & ~reached.least[m]);
    return credit;
}

// Share of a word in the constant of the cut, at weight 1.
template <int K> FUNCTION uint32 constant(const Reached<K>& reached, const uint32 (&deep)[K]) {
    uint32 sum = 0;
#pragma unroll
    for (int m = 0; m < K; ++m) sum += deep[m] * __popc(reached.least[m]);
    return sum;
}

// Where this lane's word of a row of a tile stands; those of later rows follow by TILE_WORDS.
FUNCTION const uint32* row_of(const uint32* bits, int64 tile, int padded, int row) {
    return bits + (tile * padded + row) * TILE_WORDS + lane_of_thread();
}

template <int FIRST, int LAST> FUNCTION void load(uint32* word, const uint32* from) {
#pragma unroll
    for (int r = FIRST; r < LAST; ++r) word[r] = from[r * TILE_WORDS];
}

FUNCTION void add_to(uint64* place, uint64 sum) {
#pragma unroll
    for (int by = LANES / 2; by > 0; by /= 2) sum += __shfl_xor_sync(ALL_LANES, sum, by);
    if (lane_of_thread() == 0 && sum) atomicAdd(place, sum);
}

template <int K> FUNCTION void levels(const uint32* given, uint32 (&value)[K]) {
#pragma unroll
    for (int m = 0; m < K; ++m) value[m] = given[m];
}

// The sky over the rows of this warp: nothing hides them without weather.
template <bool WEATHER>
FUNCTION uint32 sky(const int* window, const uint32* clear, int windows, int words, int word, int64 tile, int draw) {
    return WEATHER ? clear[((int64)draw * windows + window[tile]) * words + word] : ALL_LANES;
}

// Cut at a network of whole rows. drop[K] and deep[K] = m drop_m; times[3][8]: bit r of times[t][i]
// says that row 26 i + r counts t + 1 times (3 or more in the last).
template <int K, bool WEATHER>
FUNCTION void cut(const uint32* bits, const uint32* weight, int64 tiles, const uint32* times, const uint32* drop_of,
                  const uint32* deep_of, const int* window, const uint32* clear, int windows, int draws, uint64* sums) {
    __shared__ uint32 place[2][WARPS][K][LANES];
    const int warp = threadIdx.x / LANES, lane = lane_of_thread();
    const uint32 once = times[warp], twice = times[WARPS + warp], thrice = times[2 * WARPS + warp];
    uint32 drop[K], deep[K], word[ROWS], next[AHEAD];
    levels<K>(drop_of, drop);
    levels<K>(deep_of, deep);
    uint64 sum[ROWS], sum_constant = 0;
#pragma unroll
    for (int r = 0; r < ROWS; ++r) sum[r] = 0;
    if (blockIdx.x < tiles) load<0, ROWS>(word, row_of(bits, blockIdx.x, BLOCK_ROWS, warp * ROWS));
    int turn = 0;
    for (int64 tile = blockIdx.x; tile < tiles; tile += gridDim.x) {
        const int64 after = tile + gridDim.x < tiles ? tile + gridDim.x : tile;
        const uint32* from = row_of(bits, after, BLOCK_ROWS, warp * ROWS);
        const uint32 each = weight[tile * TILE_WORDS + lane];
        load<0, AHEAD>(next, from);
        for (int draw = 0; draw < (WEATHER ? draws : 1); ++draw, ++turn) {
            const uint32 open = sky<WEATHER>(window, clear, windows, WARPS, warp, tile, draw);
            const Reached<K> reached =
                over_warps<K>(place[turn & 1], counted<K>(word, once & open, twice & open, thrice & open));
#pragma unroll
            for (int i = 0; i < ROWS; ++i) {
                const int r = (AHEAD + i) % ROWS;
                if (!WEATHER || open >> r & 1u) sum[r] += (uint64)each * slope<K>(word[r], reached, drop);
                if (!WEATHER && r >= AHEAD) word[r] = from[r * TILE_WORDS];
            }
            if (warp == (turn & (WARPS - 1))) sum_constant += (uint64)each * constant<K>(reached, deep);
        }
        if (WEATHER) load<AHEAD, ROWS>(word, from);
#pragma unroll
        for (int r = 0; r < AHEAD; ++r) word[r] = next[r];
    }
#pragma unroll
    for (int r = 0; r < ROWS; ++r) add_to(sums + warp * ROWS + r, sum[r]);
    add_to(sums + BLOCK_ROWS, sum_constant);
}

// Slopes of the rows from `first` on, where it is known which cells reach which level:
// reached[draws][steps][tiles * 32], of which the levels that `level` [L] names, 1 for the first.
template <int L, bool WEATHER>
FUNCTION void slopes(const uint32* bits, const uint32* weight, int64 tiles, int padded, int first, const uint32* reached,
                     int steps, const uint32* level_of, const uint32* drop_of, const uint32* deep_of, const int* window,
                     const uint32* clear, int windows, int draws, uint64* sums) {
    const int warp = threadIdx.x / LANES, lane = lane_of_thread(), begin = first + warp * ROWS;
    uint32 drop[L], deep[L], level[L], word[ROWS];
    levels<L>(drop_of, drop);
    levels<L>(deep_of, deep);
    levels<L>(level_of, level);
    uint64 sum[ROWS], sum_constant = 0;
#pragma unroll
    for (int r = 0; r < ROWS; ++r) sum[r] = 0;
    for (int64 tile = blockIdx.x; tile < tiles; tile += gridDim.x) {
        load<0, ROWS>(word, row_of(bits, tile, padded, begin));
        const uint32 each = weight[tile * TILE_WORDS + lane];
        for (int draw = 0; draw < (WEATHER ? draws : 1); ++draw) {
            const uint32 open = sky<WEATHER>(window, clear, windows, padded / ROWS, begin / ROWS, tile, draw);
            Reached<L> enough;
#pragma unroll
            for (int m = 0; m < L; ++m)
                enough.least[m] = reached[(((int64)draw * steps + level[m] - 1) * tiles + tile) * TILE_WORDS + lane];
#pragma unroll
            for (int r = 0; r < ROWS; ++r)
                if (!WEATHER || open >> r & 1u) sum[r] += (uint64)each * slope<L>(word[r], enough, drop);
            if (begin == 0) sum_constant += (uint64)each * constant<L>(enough, deep);
        }
    }
#pragma unroll
    for (int r = 0; r < ROWS; ++r) add_to(sums + begin + r, sum[r]);
    add_to(sums + padded, sum_constant);
}

// Tracks of a cell in parts of a whole one, a binary digit of all cells of a word in each entry.
struct Parts {
    uint32 digit[DIGITS];
    uint32 beyond;  // cells where the digits did not suffice: more than any level asks for
};

FUNCTION void add(Parts& sum, uint32 word, uint32 units, int digits) {
    uint32 carry = 0;
#pragma unroll
    for (int b = 0; b < DIGITS; ++b) {
        if (b >= digits) break;
        const uint32 more = units >> b & 1u ? word : 0u, before = sum.digit[b];
        sum.digit[b] = before ^ more ^ carry;
        carry = (before & more) | (before & carry) | (more & carry);
    }
    sum.beyond |= carry;
}

FUNCTION uint32 at_least(const Parts& sum, uint32 units, int digits) {
    uint32 reached = ALL_LANES;
#pragma unroll
    for (int b = 0; b < DIGITS; ++b) {
        if (b >= digits) break;
        reached = units >> b & 1u ? reached & sum.digit[b] : reached | sum.digit[b];
    }
    return reached | sum.beyond;
}

// Which cells reach 1 .. steps whole tracks, at any row weights: reached[draws][steps][tiles * 32].
//
// A warp is (draw, tile), a lane a word. counts[n][3]: row, whole tracks that it counts (at most
// STEPS), and the rest in units of which `unit` are a track. steps * unit has `digits` digits.
// Without weather `draws` is 1, `window` and `clear` say so: one window, every bit set.
// About 4 instructions a digit, word and row with a rest; `steps` where there is none.
KERNEL(128) thresholds(const uint32* bits, int64 tiles, int padded, const uint32* counts, int rows, uint32 unit,
                       int digits, int steps, const int* window, const uint32* clear, int windows, int draws,
                       uint32* reached) {
    const int lane = lane_of_thread(), words = padded / ROWS;
    for (int64 task = warp_in_grid(); task < tiles * draws; task += warps_in_grid()) {
        const int64 tile = task % tiles, draw = task / tiles;
        const uint32* open = clear + (draw * windows + window[tile]) * words;
        Reached<STEPS> whole = nothing<STEPS>(), parts;
        Parts sum = {};
        for (int i = 0; i < rows; ++i) {
            const uint32 row = counts[3 * i], times = counts[3 * i + 1], rest = counts[3 * i + 2];
            if (!(open[row / ROWS] >> row % ROWS & 1u)) continue;
            const uint32 word = bits[(tile * padded + row) * TILE_WORDS + lane];
            for (uint32 k = 0; k < times; ++k) count<1>(whole, word);
            if (rest) add(sum, word, rest, digits);
        }
#pragma unroll
        for (int m = 0; m < STEPS; ++m) parts.least[m] = m < steps ? at_least(sum, (m + 1) * unit, digits) : 0u;
        const Reached<STEPS> both = joined(whole, parts);
#pragma unroll
        for (int m = 0; m < STEPS; ++m)
            if (m < steps) reached[((draw * steps + m) * tiles + tile) * TILE_WORDS + lane] = both.least[m];
    }
}

#define CUT bits, weight, tiles, times, drop, deep
#define SLOPES bits, weight, tiles, padded, first, reached, steps, level, drop, deep, window, clear, windows, draws, sums
#define ONE_SKY nullptr, nullptr, 1, 1, sums
#define SKY window, clear, windows, draws, sums

// One pass over 208 bit rows and all tiles: a block takes tile after tile, sums[208 + 1] the
// slopes and the constant, in the unit of `drop`. K is in the name.
KERNEL(256, 2) cut_1(const uint32* bits, const uint32* weight, int64 tiles, const uint32* times, const uint32* drop,
                  const uint32* deep, uint64* sums) { cut<1, false>(CUT, ONE_SKY); }
KERNEL(256, 2) cut_2(const uint32* bits, const uint32* weight, int64 tiles, const uint32* times, const uint32* drop,
                  const uint32* deep, uint64* sums) { cut<2, false>(CUT, ONE_SKY); }
KERNEL(256, 2) cut_3(const uint32* bits, const uint32* weight, int64 tiles, const uint32* times, const uint32* drop,
                  const uint32* deep, uint64* sums) { cut<3, false>(CUT, ONE_SKY); }

// The same, summed over draws of the weather.
KERNEL(256, 2) cut_1_in_weather(const uint32* bits, const uint32* weight, int64 tiles, const uint32* times,
                             const uint32* drop, const uint32* deep, const int* window, const uint32* clear,
                             int windows, int draws, uint64* sums) { cut<1, true>(CUT, SKY); }
KERNEL(256, 2) cut_2_in_weather(const uint32* bits, const uint32* weight, int64 tiles, const uint32* times,
                             const uint32* drop, const uint32* deep, const int* window, const uint32* clear,
                             int windows, int draws, uint64* sums) { cut<2, true>(CUT, SKY); }
KERNEL(256, 2) cut_3_in_weather(const uint32* bits, const uint32* weight, int64 tiles, const uint32* times,
                             const uint32* drop, const uint32* deep, const int* window, const uint32* clear,
                             int windows, int draws, uint64* sums) { cut<3, true>(CUT, SKY); }

// Slopes of 208 bit rows from `first` on after `thresholds`, and with the first of them the
// constant: sums[padded + 1]. For fractional weights, more rows, more levels than three.
KERNEL(256, 2) slopes_1(const uint32* bits, const uint32* weight, int64 tiles, int padded, int first,
                     const uint32* reached, int steps, const uint32* level, const uint32* drop, const uint32* deep,
                     const int* window, const uint32* clear, int windows, int draws, uint64* sums) {
    slopes<1, true>(SLOPES);
}
KERNEL(256, 2) slopes_2(const uint32* bits, const uint32* weight, int64 tiles, int padded, int first,
                     const uint32* reached, int steps, const uint32* level, const uint32* drop, const uint32* deep,
                     const int* window, const uint32* clear, int windows, int draws, uint64* sums) {
    slopes<2, true>(SLOPES);
}
KERNEL(256, 2) slopes_3(const uint32* bits, const uint32* weight, int64 tiles, int padded, int first,
                     const uint32* reached, int steps, const uint32* level, const uint32* drop, const uint32* deep,
                     const int* window, const uint32* clear, int windows, int draws, uint64* sums) {
    slopes<3, true>(SLOPES);
}
