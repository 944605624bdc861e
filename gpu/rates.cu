// What a device can do at most: fused multiply-adds in single precision.
#include "portable.cuh"

// Grid: any; a thread runs eight chains of `steps` fused multiply-adds each, which wait for nothing
// but themselves. sums: float32 [threads].
KERNEL(256) fused(float* sums, int threads, int steps) {
    for (int64 k = thread_in_grid(); k < threads; k += threads_in_grid()) {
        float chain[8];
        for (int c = 0; c < 8; ++c) chain[c] = (float)(k + c);
        const float factor = 0.999f + 1e-9f * (float)k;
        for (int step = 0; step < steps; ++step)
            for (int c = 0; c < 8; ++c) chain[c] = fma(chain[c], factor, 0.5f);
        float sum = 0.0f;
        for (int c = 0; c < 8; ++c) sum += chain[c];
        sums[k] = sum;
    }
}
