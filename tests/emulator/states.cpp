// A door to gpu/orbit.cuh for a host: states in double precision, before they are rounded.
#include "orbit.cuh"

extern "C" void states_at(int rows, int samples, const Orbit* orbits, const int* deep_of,
                          const DeepSpace* deep, const double* checkpoints, int first_step,
                          int steps, const Instant* instants, double* states, int* error,
                          uint8* usable) {
    for (int row = 0; row < rows; ++row)
        for (int k = 0; k < samples; ++k) {
            const Instant& now = instants[k];
            const int place = deep_of[row];
            const State state = state_at(
                orbits[row], place < 0 ? 0 : deep + place,
                place < 0 ? 0 : checkpoints + (int64)place * steps * 5, first_step, steps,
                now.utc_min, now.sine, now.cosine);
            const Vector<double>&r = state.position_itrf_m, &v = state.velocity_itrf_m_s;
            const double parts[] = {r.x, r.y, r.z, v.x, v.y, v.z};
            const int64 at = (int64)row * samples + k, apart = (int64)rows * samples;
            for (int part = 0; part < 6; ++part) states[part * apart + at] = parts[part];
            error[at] = state.error;
            usable[at] = state.usable;
        }
}
