// One source for three compilers: NVRTC for a device, NVRTC in CI without one, and a host C++
// compiler for tests (tests/emulator/). Kernels and functions use nothing that one of them lacks:
// no standard headers, no dynamic shared memory, no macro named T.
#pragma once

typedef unsigned char uint8;
typedef unsigned int uint32;
typedef unsigned long long uint64;
typedef long long int64;

#define FUNCTION __device__ __forceinline__

// A kernel with the number of threads of its blocks, which kansoku.device reads from this line.
#define KERNEL(threads) extern "C" __global__ void __launch_bounds__(threads)

#define ALL_LANES 0xffffffffu
#define LANES 32

FUNCTION int lane_of_thread() { return threadIdx.x & (LANES - 1); }

// Index of this thread among all of a one-dimensional grid; kernels walk on by `threads_in_grid`.
FUNCTION int64 thread_in_grid() { return (int64)blockIdx.x * blockDim.x + threadIdx.x; }
FUNCTION int64 threads_in_grid() { return (int64)gridDim.x * blockDim.x; }

// Index of this warp among all of a one-dimensional grid; walked on by `warps_in_grid`.
FUNCTION int64 warp_in_grid() { return thread_in_grid() / LANES; }
FUNCTION int64 warps_in_grid() { return threads_in_grid() / LANES; }
