// One source for three compilers: NVRTC for a device, NVRTC in CI without one, and a host C++
// compiler for tests (tests/emulator/). Kernels and functions use nothing that one of them lacks:
// no standard headers, no dynamic shared memory, no macro named T.
#pragma once

typedef unsigned char uint8;
typedef unsigned int uint32;
typedef unsigned long long uint64;
typedef long long int64;

#define FUNCTION __device__ __forceinline__

// A long function that a kernel calls from several places: copies would fill the instruction cache.
#define CALLED_FUNCTION static __device__ __noinline__

// A kernel with the number of threads of its blocks, which kansoku.device reads from this line, and
// of blocks that a multiprocessor should hold: without it the compiler guesses, and may spill.
#define KERNEL(...) extern "C" __global__ void __launch_bounds__(__VA_ARGS__)

#define ALL_LANES 0xffffffffu
#define LANES 32

FUNCTION int lane_of_thread() { return threadIdx.x & (LANES - 1); }

// Index of this thread among all of a one-dimensional grid; kernels walk on by `threads_in_grid`.
FUNCTION int64 thread_in_grid() { return (int64)blockIdx.x * blockDim.x + threadIdx.x; }
FUNCTION int64 threads_in_grid() { return (int64)gridDim.x * blockDim.x; }

// Index of this warp among all of a one-dimensional grid; walked on by `warps_in_grid`.
FUNCTION int64 warp_in_grid() { return thread_in_grid() / LANES; }
FUNCTION int64 warps_in_grid() { return threads_in_grid() / LANES; }

// Quotients and roots: within 1 ulp in double precision, 2 ulp in single, where exact ones would
// call a function for what is subnormal. Nothing is divided by that, and its root is taken as 0.
FUNCTION float over(float a, float b) { return __fdividef(a, b); }
FUNCTION double over(double a, double b) { return a / b; }
FUNCTION float inverse_root(float x) { return rsqrtf(x); }
FUNCTION double inverse_root(double x) { return rsqrt(x); }
FUNCTION float root(float x) { return x * rsqrtf(max(x, 1.2e-38f)); }
FUNCTION double root(double x) { return sqrt(x); }
