// From packed visibility to tracks: runs of samples, their edges, runs between samples, and
// crossings of fans. What coverage/tracks.py does, by the same rules.
#include "runs.cuh"
#include "stage.cuh"

#define POCKET_SAMPLES 20  // between two unseen samples: every 3 s at a step of 60 s

// Count a run at once where its samples decide, and queue it where its edges must be found.
FUNCTION void settle(const Stage& stage, const Tally& tally, const Queue& queue, int contributor,
                     int row, int first, int last) {
    Run run;
    run.begin_s = first * stage.step_s;
    run.end_s = last * stage.step_s;
    run.before_s = max(run.begin_s - stage.step_s, 0.0);
    run.after_s = min(run.end_s + stage.step_s, stage.end_s);
    run.contributor = contributor;
    run.row = row;
    const double minimum_s = stage.sensors[contributor].shortest_track_s;
    if (is_undecided(run, minimum_s, tally)) {
        put(queue, run);
    } else {
        count_run(run, minimum_s, tally);
    }
}

// Grid: any; a thread walks the words of one (row, contributor) and settles its runs.
// bits: [rows][words][padded] uint32, bit t % 32 of word t / 32 is sample t.
KERNEL(128) find_runs(const Stage* stage, const Tally* tally, const Queue* queue,
                      const uint32* bits, int rows, int words) {
    const int padded = stage->padded;
    const int64 columns = (int64)rows * padded;
    for (int64 column = thread_in_grid(); column < columns; column += threads_in_grid()) {
        const int row = (int)(column / padded), contributor = (int)(column % padded);
        const uint32* word = bits + (int64)row * words * padded + contributor;
        int first = -1;  // sample at which the open run began
        for (int w = 0; w < words; ++w) {
            const uint32 seen = word[(int64)w * padded];
            uint32 changes = seen ^ (seen << 1 | (first >= 0 ? 1u : 0u));
            while (changes) {
                const int sample = 32 * w + __ffs(changes) - 1;
                changes &= changes - 1;
                if (first < 0) {
                    first = sample;
                } else {
                    settle(*stage, *tally, *queue, contributor, row, first, sample - 1);
                    first = -1;
                }
            }
        }
        if (first >= 0) settle(*stage, *tally, *queue, contributor, row, first, stage->samples - 1);
    }
}

// Grid: any; a thread halves both brackets of one queued run until they decide or are as fine as
// wanted, and counts its tracks.
KERNEL(128) refine_runs(const Stage* stage, const Tally* tally, const Queue* queue, int count) {
    for (int64 k = thread_in_grid(); k < count; k += threads_in_grid()) {
        Run run = queue->runs[k];
        const double minimum_s = stage->sensors[run.contributor].shortest_track_s;
        for (int halving = 0; halving < EDGE_HALVINGS; ++halving) {
            if (!is_undecided(run, minimum_s, *tally)) break;
            const double rising_s = 0.5 * (run.before_s + run.begin_s);
            const double setting_s = 0.5 * (run.after_s + run.end_s);
            if (seen_at(*stage, run.contributor, run.row, rising_s)) {
                run.begin_s = rising_s;
            } else {
                run.before_s = rising_s;
            }
            if (seen_at(*stage, run.contributor, run.row, setting_s)) {
                run.end_s = setting_s;
            } else {
                run.after_s = setting_s;
            }
        }
        count_run(run, minimum_s, *tally);
    }
}

// Grid: any; a warp looks at POCKET_SAMPLES instants of the step after one queued sample, whose
// `begin_s` it is, a lane at one; a run found there is queued with its brackets.
KERNEL(128) find_hidden(const Stage* stage, const Queue* pockets, const Queue* queue, int count) {
    for (int64 k = warp_in_grid(); k < count; k += warps_in_grid()) {
        const Run pocket = pockets->runs[k];
        const double spacing_s = stage->step_s / (POCKET_SAMPLES + 1);
        const int lane = lane_of_thread();
        const double seconds = pocket.begin_s + (lane + 1) * spacing_s;
        const bool seen = lane < POCKET_SAMPLES &&
                          seen_at(*stage, pocket.contributor, pocket.row, seconds);
        const uint32 word = __ballot_sync(ALL_LANES, seen);
        if (word == 0u || lane != 0) continue;
        Run run = pocket;
        run.begin_s = pocket.begin_s + __ffs(word) * spacing_s;
        run.end_s = pocket.begin_s + (32 - __clz(word)) * spacing_s;
        run.before_s = run.begin_s - spacing_s;
        run.after_s = run.end_s + spacing_s;
        put(*queue, run);
    }
}

struct OutOfPlane {
    double distance_m, rate_m_s, range_m;
};

FUNCTION OutOfPlane out_of_plane(const Stage& stage, int contributor, int row, double seconds) {
    const Sensor<double>& fan = stage.sensors[contributor];
    const State state = state_of(stage, row, sky_at(stage, seconds));
    const Vector<double> normal = vector_of(fan.fan_normal);
    const Vector<double> sight_m = state.position_itrf_m - vector_of(fan.site_itrf_m);
    return {dot(normal, sight_m), dot(normal, state.velocity_itrf_m_s), sqrt(dot(sight_m, sight_m))};
}

// Instant between two samples at which the distance is zero: chord, then two Newton steps.
FUNCTION double crossing_s(const Stage& stage, int contributor, int row, double first_s) {
    const double last_s = first_s + stage.step_s;
    const double at_first = out_of_plane(stage, contributor, row, first_s).distance_m;
    const double at_last = out_of_plane(stage, contributor, row, last_s).distance_m;
    const double share = min(max(at_first / (at_first - at_last), 0.0), 1.0);
    double seconds = first_s + share * stage.step_s;
    for (int step = 0; step < 2; ++step) {
        const OutOfPlane here = out_of_plane(stage, contributor, row, seconds);
        const double newton_s = here.distance_m / (here.rate_m_s == 0.0 ? 1.0 : here.rate_m_s);
        seconds = min(max(seconds - newton_s, first_s), last_s);
    }
    return seconds;
}

// Grid: any; a thread finds the instant of one queued crossing of a fan, and counts a track where
// the target stays in the plane long enough, inside the fan's field and reach.
KERNEL(128) cross_fans(const Stage* stage, const Tally* tally, const Queue* crossings, int count) {
    for (int64 k = thread_in_grid(); k < count; k += threads_in_grid()) {
        const Run crossing = crossings->runs[k];
        const int contributor = crossing.contributor, row = crossing.row;
        const Sensor<double>& fan = stage->sensors[contributor];
        const double seconds = crossing_s(*stage, contributor, row, crossing.begin_s);
        const OutOfPlane here = out_of_plane(*stage, contributor, row, seconds);
        const double thickness_m = 2.0 * asin(fan.sine_thickness) * here.range_m;
        // Dwell is thickness over speed; comparing products spares a division by a speed of zero.
        const bool dwells = thickness_m >= fan.shortest_track_s * abs(here.rate_m_s);
        if (dwells && seen_at(*stage, contributor, row, seconds))
            count_track(*tally, contributor, row, seconds);
    }
}
