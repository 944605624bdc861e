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
// sums stay in registers until the block has seen all of its tiles. Rows of the next tile are read
// while those of this one are added up: 53 KB on their way in every multiprocessor.
// Warp-instructions a tile and warp at K = 1, 2, 3 levels on sm_90: 212, 372, 513, of which 27 K
// are population counts, at an eighth of the rate (docs/optimiser.md has the times).
#include "portable.cuh"

#define WARPS 8
#define ROWS 26
#define BLOCK_ROWS (WARPS * ROWS)
#define TILE_WORDS LANES
#define STEPS 8      // whole tracks that `thresholds` tells apart, at most
#define FEW_DIGITS 7 // of weights in few steps, such as 0.9 and 0.4
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

// Which rows of a warp count once, twice and three times or more: every bit of a row's mask is set.
// Four masks are read at once; kept as bits they would have to be turned into masks tile by tile.
struct Masks {
    uint4 four[3][(ROWS + 3) / 4];

    FUNCTION uint32 of(int times, int row) const {
        const uint4& some = four[times - 1][row / 4];
        return row % 4 == 0 ? some.x : row % 4 == 1 ? some.y : row % 4 == 2 ? some.z : some.w;
    }
};

// Count the rows of a warp; `often` where a row counts more than once.
template <int K> FUNCTION Reached<K> counted(const uint32 (&word)[ROWS], const Masks& on, bool often) {
    Reached<K> reached = nothing<K>();
#pragma unroll
    for (int r = 0; r < ROWS; ++r) count<1>(reached, word[r] & on.of(1, r));
    if (!often) return reached;
#pragma unroll
    for (int r = 0; r < ROWS; ++r) {
        count<2>(reached, word[r] & on.of(2, r));
        count<3>(reached, word[r] & on.of(3, r));
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
template <int K> FUNCTION uint32 constant(const Reached<K>& reached, const uint32* deep) {
    uint32 sum = 0;
#pragma unroll
    for (int m = 0; m < K; ++m) sum += deep[m] * __popc(reached.least[m]);
    return sum;
}

// Where this lane's word of a row of a tile stands; those of later rows follow by TILE_WORDS.
FUNCTION const uint32* row_of(const uint32* bits, int64 tile, int padded, int row) {
    return bits + (tile * padded + row) * TILE_WORDS + lane_of_thread();
}

FUNCTION void load(uint32 (&word)[ROWS], const uint32* from) {
#pragma unroll
    for (int r = 0; r < ROWS; ++r) word[r] = from[r * TILE_WORDS];
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

// The weather over all rows: see the layout.
struct Sky {
    const int* window;
    const uint32* clear;
    int windows, draws, words;

    // Which rows of a warp see a tile in a draw, by bit.
    FUNCTION uint32 over(int64 tile, int draw, int warp) const {
        return clear[((int64)draw * windows + window[tile]) * words + warp];
    }
};

// What a warp has added up of its rows, and of the constant; 32 bits suffice where `cut` is asked.
struct Added {
    uint32 slope[ROWS];
    uint32 constant;
};

template <int K> FUNCTION void add(Added& sum, const uint32 (&word)[ROWS], const Reached<K>& reached,
                                   const uint32 (&drop)[K], uint32 each) {
    uint32 worth[K];
#pragma unroll
    for (int m = 0; m < K; ++m) worth[m] = each * drop[m];
#pragma unroll
    for (int r = 0; r < ROWS; ++r)
#pragma unroll
        for (int m = 0; m < K; ++m) sum.slope[r] += worth[m] * __popc(word[r] & ~reached.least[m]);
}

// What a warp needs on its way, and has found.
template <int K> struct Cut {
    const uint32 *bits, *weight;
    int64 tiles;
    int warp, turn;
    bool often;
    uint32 drop[K];
    const uint32* deep;
    Added sum;

    FUNCTION void fetch(uint32 (&word)[ROWS], int64 tile) const {
        load(word, row_of(bits, tile < tiles ? tile : tiles - 1, BLOCK_ROWS, warp * ROWS));
    }

    FUNCTION void tile(int64 at, const uint32 (&word)[ROWS], const Masks& on, uint32 (*place)[WARPS][K][LANES]) {
        const uint32 each = weight[at * TILE_WORDS + lane_of_thread()];
        const Reached<K> reached = over_warps<K>(place[turn & 1], counted<K>(word, on, often));
        add<K>(sum, word, reached, drop, each);
        if (warp == (turn++ & (WARPS - 1))) sum.constant += each * constant<K>(reached, deep);
    }
};

// Walk over all tiles of a block; `sky` is 0 without weather.
template <int K, bool WEATHER>
FUNCTION void walk(Cut<K>& all, const Sky& sky, const Masks& on, uint32 (*place)[WARPS][K][LANES]) {
    uint32 even[ROWS], odd[ROWS];
    const int64 step = gridDim.x;
    if (!WEATHER) all.fetch(even, blockIdx.x);
    for (int64 tile = blockIdx.x; tile < all.tiles; tile += WEATHER ? step : 2 * step) {
        if (WEATHER) {
            all.fetch(even, tile);
            for (int draw = 0; draw < sky.draws; ++draw) {
                const uint32 open = sky.over(tile, draw, all.warp);
#pragma unroll
                for (int r = 0; r < ROWS; ++r) odd[r] = open >> r & 1u ? even[r] : 0u;
                all.tile(tile, odd, on, place);
            }
            continue;
        }
        all.fetch(odd, tile + step);  // the next rows are on their way while these are added up
        all.tile(tile, even, on, place);
        if (tile + step >= all.tiles) break;
        all.fetch(even, tile + 2 * step);
        all.tile(tile + step, odd, on, place);
    }
}

template <int K, bool WEATHER>
FUNCTION void cut(const uint32* bits, const uint32* weight, int64 tiles, const uint32* times, const uint32* drop,
                  const uint32* deep, const Sky& sky, uint64* sums) {
    __shared__ uint32 place[2][WARPS][K][LANES];
    __shared__ Masks on[WARPS];
    const int warp = threadIdx.x / LANES, lane = lane_of_thread();
    for (int t = 0; t < 3; ++t)
        if (lane < ROWS) reinterpret_cast<uint32*>(on[warp].four[t])[lane] = 0u - (times[t * WARPS + warp] >> lane & 1u);
    __syncthreads();
    Cut<K> all = {bits, weight, tiles, warp};
    all.often = K > 1 && (times[WARPS + warp] | times[2 * WARPS + warp]);
    levels<K>(drop, all.drop);
    all.deep = deep;
    walk<K, WEATHER>(all, sky, on[warp], place);
#pragma unroll
    for (int r = 0; r < ROWS; ++r) add_to(sums + warp * ROWS + r, all.sum.slope[r]);
    add_to(sums + BLOCK_ROWS, all.sum.constant);
}

// Slopes of the rows from `first` on, where it is known which cells reach which level:
// reached[draws][steps][tiles * 32], of which the levels that level[L] names, 1 for the first.
template <int L>
FUNCTION void slopes(const uint32* bits, const uint32* weight, int64 tiles, int padded, int first, const uint32* reached,
                     int steps, const uint32* level, const uint32* drop_of, const uint32* deep, const Sky& sky,
                     uint64* sums) {
    const int lane = lane_of_thread(), begin = first + threadIdx.x / LANES * ROWS;
    uint32 drop[L], word[ROWS];
    levels<L>(drop_of, drop);
    uint64 sum[ROWS], sum_constant = 0;
#pragma unroll
    for (int r = 0; r < ROWS; ++r) sum[r] = 0;
    for (int64 tile = blockIdx.x; tile < tiles; tile += gridDim.x) {
        load(word, row_of(bits, tile, padded, begin));
        const uint32 each = weight[tile * TILE_WORDS + lane];
        for (int draw = 0; draw < sky.draws; ++draw) {
            const uint32 open = sky.over(tile, draw, begin / ROWS);
            Reached<L> enough;
#pragma unroll
            for (int m = 0; m < L; ++m)
                enough.least[m] = reached[(((int64)draw * steps + level[m] - 1) * tiles + tile) * TILE_WORDS + lane];
#pragma unroll
            for (int r = 0; r < ROWS; ++r)
                sum[r] += (uint64)each * slope<L>(open >> r & 1u ? word[r] : 0u, enough, drop);
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

// DIGITS_USED that are known to the compiler keep the digits in registers.
template <int DIGITS_USED> FUNCTION void add(Parts& sum, uint32 word, uint32 units) {
    uint32 carry = 0;
#pragma unroll
    for (int b = 0; b < DIGITS_USED; ++b) {
        const uint32 more = units >> b & 1u ? word : 0u, before = sum.digit[b];
        sum.digit[b] = before ^ more ^ carry;
        carry = (before & more) | (before & carry) | (more & carry);
    }
    sum.beyond |= carry;
}

template <int DIGITS_USED> FUNCTION uint32 at_least(const Parts& sum, uint32 units) {
    uint32 reached = ALL_LANES;
#pragma unroll
    for (int b = 0; b < DIGITS_USED; ++b)
        reached = units >> b & 1u ? reached & sum.digit[b] : reached | sum.digit[b];
    return reached | sum.beyond;
}

// Which cells reach 1 .. steps whole tracks, at any row weights: reached[draws][steps][tiles * 32].
//
// A warp is (draw, tile), a lane a word. counts[n][3]: row, whole tracks that it counts (at most
// STEPS), and the rest in units of which `unit` are a track. steps * unit has `digits` digits.
// Without weather `draws` is 1, `window` and `clear` say so: one window, every bit set.
// About 4 instructions a digit, word and row with a rest, of which 7 or all 23 are kept.
KERNEL(128) thresholds(const uint32* bits, int64 tiles, int padded, const uint32* counts, int rows, uint32 unit,
                       int digits, int steps, const int* window, const uint32* clear, int windows, int draws,
                       uint32* reached) {
    const int lane = lane_of_thread(), words = padded / ROWS;
    const bool is_coarse = digits <= FEW_DIGITS;
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
            if (rest && is_coarse) add<FEW_DIGITS>(sum, word, rest);
            if (rest && !is_coarse) add<DIGITS>(sum, word, rest);
        }
#pragma unroll
        for (int m = 0; m < STEPS; ++m) {
            const uint32 asked = (m + 1) * unit;
            parts.least[m] = m >= steps ? 0u : is_coarse ? at_least<FEW_DIGITS>(sum, asked) : at_least<DIGITS>(sum, asked);
        }
        const Reached<STEPS> both = joined(whole, parts);
#pragma unroll
        for (int m = 0; m < STEPS; ++m)
            if (m < steps) reached[((draw * steps + m) * tiles + tile) * TILE_WORDS + lane] = both.least[m];
    }
}

#define CUT bits, weight, tiles, times, drop, deep
#define SKY Sky{window, clear, windows, draws, WARPS}, sums
#define SLOPES bits, weight, tiles, padded, first, reached, steps, level, drop, deep
#define ANY_SKY Sky{window, clear, windows, draws, padded / ROWS}, sums

// One pass over 208 bit rows and all tiles, at a network of whole rows, where no lane of a block adds
// up 2^32. A block takes every gridDim-th tile. drop[K] and deep[K] = m drop_m; times[3][8]: bit r
// of times[t][i] says that row 26 i + r counts t + 1 times (K or more in the last that is used).
// To sums[208 + 1] come the slopes and the constant, in the unit of `drop`. K is in the name.
KERNEL(256, 2) cut_1(const uint32* bits, const uint32* weight, int64 tiles, const uint32* times, const uint32* drop,
                  const uint32* deep, uint64* sums) { cut<1, false>(CUT, Sky{}, sums); }
KERNEL(256, 2) cut_2(const uint32* bits, const uint32* weight, int64 tiles, const uint32* times, const uint32* drop,
                  const uint32* deep, uint64* sums) { cut<2, false>(CUT, Sky{}, sums); }
KERNEL(256, 2) cut_3(const uint32* bits, const uint32* weight, int64 tiles, const uint32* times, const uint32* drop,
                  const uint32* deep, uint64* sums) { cut<3, false>(CUT, Sky{}, sums); }

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
    slopes<1>(SLOPES, ANY_SKY);
}
KERNEL(256, 2) slopes_2(const uint32* bits, const uint32* weight, int64 tiles, int padded, int first,
                     const uint32* reached, int steps, const uint32* level, const uint32* drop, const uint32* deep,
                     const int* window, const uint32* clear, int windows, int draws, uint64* sums) {
    slopes<2>(SLOPES, ANY_SKY);
}
KERNEL(256) slopes_3(const uint32* bits, const uint32* weight, int64 tiles, int padded, int first,
                     const uint32* reached, int steps, const uint32* level, const uint32* drop, const uint32* deep,
                     const int* window, const uint32* clear, int windows, int draws, uint64* sums) {
    slopes<3>(SLOPES, ANY_SKY);
}
