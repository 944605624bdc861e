// States of a block of targets over a chunk of samples; near-Earth and deep-space orbits apart.
#include "illumination.cuh"
#include "orbit.cuh"
#include "states.cuh"

#define THREADS 128
#define SEGMENT 2048  // samples of one target that a block takes

FUNCTION void put_state(const Output& out, int row, int sample, const State& state) {
    const int64 apart = (int64)out.rows * out.stride;
    float* at = out.states + (int64)row * out.stride + sample;
    const float none = __uint_as_float(0x7fc00000u);
    const Vector<double>&r = state.position_itrf_m, &v = state.velocity_itrf_m_s;
    at[0] = state.usable ? (float)r.x : none;
    at[apart] = state.usable ? (float)r.y : none;
    at[2 * apart] = state.usable ? (float)r.z : none;
    at[3 * apart] = state.usable ? (float)v.x : none;
    at[4 * apart] = state.usable ? (float)v.y : none;
    at[5 * apart] = state.usable ? (float)v.z : none;
    if (state.error) atomicMin(out.first_error + row, (out.first + sample) * 8 + state.error);
}

// Samples of one target from `begin` on: a thread a sample, a warp a word of `lit`.
FUNCTION void fill_segment(const Output& out, const Instant* instants, const Orbit& orbit,
                           const DeepSpace* deep, const double* checkpoints, int first_step,
                           int steps, int row, int begin) {
    const int end = min(begin + SEGMENT, out.stride);
    for (int sample = begin + threadIdx.x; sample < end; sample += THREADS) {
        bool lit = false;
        if (sample < out.samples) {
            const Instant& now = instants[out.first + sample];
            const State state = state_at(orbit, deep, checkpoints, first_step, steps, now.utc_min,
                                         now.sine, now.cosine);
            const Vector<double> sun = {now.sun_itrf_m[0], now.sun_itrf_m[1], now.sun_itrf_m[2]};
            lit = state.usable && sunlit(state.position_itrf_m, sun, out.cone_m);
            put_state(out, row, sample, state);
        }
        const uint32 word = __ballot_sync(ALL_LANES, lit);
        if (lane_of_thread() == 0) out.lit[(int64)row * (out.stride / 32) + sample / 32] = word;
    }
}

// Copy a structure of doubles to shared memory, by all threads of a block.
template <class Table> FUNCTION void load_together(Table& mine, const Table& theirs) {
    const int count = sizeof(Table) / sizeof(double);
    for (int i = threadIdx.x; i < count; i += THREADS)
        ((double*)&mine)[i] = ((const double*)&theirs)[i];
}

// Grid: any; a block takes segments of SEGMENT samples of one target, a thread a sample at a time.
//   out       one Output
//   instants  [samples of the stretch]
//   orbits    [rows]
//   chosen    [count] int, rows below 225 min
KERNEL(128, 6)
near_states(const Output* out, const Instant* instants, const Orbit* orbits, const int* chosen,
            int count) {
    __shared__ Orbit orbit;
    const int segments = (out->stride + SEGMENT - 1) / SEGMENT;
    for (int64 k = blockIdx.x; k < (int64)count * segments; k += gridDim.x) {
        const int row = chosen[k / segments];
        __syncthreads();
        load_together(orbit, orbits[row]);
        __syncthreads();
        fill_segment(*out, instants, orbit, 0, 0, 0, 0, row, (int)(k % segments) * SEGMENT);
    }
}

// Grid: any; as `near_states`, for rows of 225 min and more.
//   deep         [count], in the order of `chosen`
//   checkpoints  [count][steps][5] double, as `integrate_resonance` leaves them
KERNEL(128, 5)
deep_states(const Output* out, const Instant* instants, const Orbit* orbits, const int* chosen,
            const DeepSpace* deep, const double* checkpoints, int first_step, int steps,
            int count) {
    __shared__ Orbit orbit;
    __shared__ DeepSpace extra;
    const int segments = (out->stride + SEGMENT - 1) / SEGMENT;
    for (int64 k = blockIdx.x; k < (int64)count * segments; k += gridDim.x) {
        const int place = (int)(k / segments), row = chosen[place];
        __syncthreads();
        load_together(orbit, orbits[row]);
        load_together(extra, deep[place]);
        __syncthreads();
        fill_segment(*out, instants, orbit, &extra, checkpoints + (int64)place * steps * 5,
                     first_step, steps, row, (int)(k % segments) * SEGMENT);
    }
}

// March from the epoch in steps of 720 min one way, and keep those that are asked for.
FUNCTION void march(const Orbit& orbit, const DeepSpace& deep, double* checkpoints, int first_step,
                    int steps, int way) {
    const double delta = way * RESONANCE_STEP_MIN, half_square = 0.5 * delta * delta;
    const int last = way > 0 ? first_step + steps - 1 : -first_step;
    double longitude = deep.longitude, motion = orbit.mean_motion;
    for (int step = 0; step <= last; ++step) {
        const Vector<double> rates = accelerations(orbit, deep, longitude, motion, step * delta);
        const int place = way * step - first_step;
        if (place >= 0 && place < steps) {
            double* at = checkpoints + 5 * place;
            at[0] = longitude, at[1] = motion, at[2] = rates.x, at[3] = rates.y, at[4] = rates.z;
        }
        longitude += rates.x * delta + rates.y * half_square;
        motion += rates.y * delta + rates.z * half_square;
    }
}

// Grid: any; a thread integrates one target from its epoch over every step that the stretch needs:
// longitude [rad], mean motion [rad/min], and the rates with which they continue.
//   chosen, deep, count  as in `deep_states`
//   checkpoints          [count][steps][5] double
KERNEL(64)
integrate_resonance(const Orbit* orbits, const int* chosen, const DeepSpace* deep,
                    double* checkpoints, int first_step, int steps, int count) {
    for (int64 k = thread_in_grid(); k < count; k += threads_in_grid()) {
        double* mine = checkpoints + k * steps * 5;
        march(orbits[chosen[k]], deep[k], mine, first_step, steps, 1);
        march(orbits[chosen[k]], deep[k], mine, first_step, steps, -1);
    }
}
