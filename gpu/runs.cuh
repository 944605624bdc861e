// Runs of visibility, and the tracks that they make: the rules of coverage/tracks.py.
#pragma once
#include "portable.cuh"

#define EDGE_HALVINGS 8  // 60 s / 2^8 = 0.2 s

// A run with brackets about its edges [s]: seen from begin to end, unseen before and after; at an
// end of the stretch both instants are that end.
struct Run {
    double before_s, begin_s, end_s, after_s;
    int contributor, row;
};

// Runs whose edges are still to be found, or instants at which something is to be looked at:
// `count` goes on beyond `capacity`, so that the host knows how many there were.
struct Queue {
    Run* runs;
    int* count;
    int64 capacity;
};

FUNCTION void put(const Queue& queue, const Run& run) {
    const int place = atomicAdd(queue.count, 1);
    if (place < queue.capacity) queue.runs[place] = run;
}

// Where tracks are counted, and how runs become tracks.
struct Tally {
    uint8* tracks;           // [n][windows][padded], saturating at 255
    float* start_s;          // [capacity], of each track; and who, of whom
    int* start_contributor;  // [capacity]
    int* start_row;          // [capacity]
    int* found;              // [1], goes on beyond the capacity
    double window_s;
    double longest_s;        // a longer run is several tracks of this length
    double divisor_s;        // what divides both lengths: of tracks after the first in a run
    int windows, padded;
    int64 capacity;
};

// Add 1 to a byte that other threads may add to, up to 255.
FUNCTION void add_one(uint8* place) {
    const uint64 address = (uint64)place;
    uint32* word = (uint32*)(address & ~(uint64)3);
    const int shift = 8 * (int)(address & 3);
    uint32 before = *word, seen;
    do {
        seen = before;
        if ((seen >> shift & 255u) == 255u) return;
        before = atomicCAS(word, seen, seen + (1u << shift));
    } while (before != seen);
}

FUNCTION void count_track(const Tally& tally, int contributor, int row, double start_s) {
    const int window = min(max((int)(start_s / tally.window_s), 0), tally.windows - 1);
    add_one(tally.tracks + ((int64)row * tally.windows + window) * tally.padded + contributor);
    const int place = atomicAdd(tally.found, 1);
    if (place >= tally.capacity) return;
    tally.start_s[place] = (float)start_s;
    tally.start_contributor[place] = contributor;
    tally.start_row[place] = row;
}

// Whether the number of tracks, or the window of one, depends on where the edges are.
FUNCTION bool is_undecided(const Run& run, double minimum_s, const Tally& tally) {
    const double shortest = run.end_s - run.begin_s, longest = run.after_s - run.before_s;
    const double fewest = floor((shortest - minimum_s) / tally.longest_s);
    const double most = floor((longest - minimum_s) / tally.longest_s);
    const double period = most > 0.0 ? tally.divisor_s : tally.window_s;
    const bool moves = floor(run.before_s / period) != floor(run.begin_s / period);
    return (fewest != most || moves) && most >= 0.0 && longest > shortest;
}

// Count the tracks of a run whose edges are as fine as wanted; edges at the middle of brackets.
FUNCTION void count_run(const Run& run, double minimum_s, const Tally& tally) {
    const double length = 0.5 * (run.end_s + run.after_s - run.begin_s - run.before_s);
    if (!(length >= minimum_s)) return;
    const double further = floor((length - minimum_s) / tally.longest_s);
    const double begin_s = 0.5 * (run.before_s + run.begin_s);
    for (double piece = 0.0; piece <= further; piece += 1.0)
        count_track(tally, run.contributor, run.row, begin_s + piece * tally.longest_s);
}
