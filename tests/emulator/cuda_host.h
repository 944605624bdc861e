// Runs unmodified kernels on a host: what CUDA gives a kernel, for a plain C++ compiler.
//
// Every thread of a block is a fibre with a stack of its own. A ballot, a shuffle or a barrier is a
// rendezvous: a fibre leaves its value and waits until all lanes of its warp (or all threads of its
// block) have come to the same line. A lane that never comes ends the program with a message: on a
// device that would be undefined. Blocks run one after the other, so atomics need no care.
#pragma once

#include <csetjmp>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <limits>
#include <memory>
#include <utility>
#include <vector>

#include <ucontext.h>

#define __global__
#define __device__
#define __host__
#define __forceinline__ inline __attribute__((always_inline))
#define __noinline__ __attribute__((noinline))
#define __launch_bounds__(...)
#define __shared__ static
#define __constant__ static const

struct Index3 {
    unsigned x = 0, y = 0, z = 0;
};
struct alignas(8) float2 { float x, y; };
struct alignas(16) float4 { float x, y, z, w; };
struct alignas(16) double2 { double x, y; };
struct alignas(8) uint2 { unsigned x, y; };
struct alignas(16) uint4 { unsigned x, y, z, w; };
inline float2 make_float2(float x, float y) { return {x, y}; }
inline float4 make_float4(float x, float y, float z, float w) { return {x, y, z, w}; }
inline uint2 make_uint2(unsigned x, unsigned y) { return {x, y}; }
inline uint4 make_uint4(unsigned x, unsigned y, unsigned z, unsigned w) { return {x, y, z, w}; }

static Index3 threadIdx, blockIdx, blockDim, gridDim;

namespace emulator {

constexpr int WARP = 32;
constexpr std::size_t STACK_BYTES = 256 << 10;

enum State { FRESH, RUNNING, AT_WARP, AT_BLOCK, DONE };

struct Fibre {
    std::unique_ptr<char[]> stack{new char[STACK_BYTES]};
    ucontext_t context;
    jmp_buf place;
    State state = FRESH;
    int line = 0;
    unsigned mask = 0;
    std::uint64_t left = 0;
};

static std::vector<std::unique_ptr<Fibre>> fibres;
static std::vector<std::uint64_t> met;  // by thread: what it left at the last rendezvous of its warp
static jmp_buf scheduler;
static std::function<void()> body;
static unsigned current;
static bool backwards;  // last lane, warp and block first: what no barrier orders may come so too

inline unsigned turn(unsigned k, unsigned count) { return backwards ? count - 1 - k : k; }

[[noreturn]] inline void fail(const char* what, int line) {
    std::fprintf(stderr, "emulator: block %u, thread %u, line %d: %s\n", blockIdx.x, current, line, what);
    std::abort();
}

inline void entry() {
    body();
    fibres[current]->state = DONE;
    _longjmp(scheduler, 1);
}

inline void resume(unsigned thread) {
    current = thread;
    threadIdx.x = thread;
    Fibre& fibre = *fibres[thread];
    if (_setjmp(scheduler)) return;
    if (fibre.state == FRESH) {
        fibre.state = RUNNING;
        getcontext(&fibre.context);
        fibre.context.uc_stack.ss_sp = fibre.stack.get();
        fibre.context.uc_stack.ss_size = STACK_BYTES;
        fibre.context.uc_link = nullptr;
        makecontext(&fibre.context, entry, 0);
        setcontext(&fibre.context);
    }
    fibre.state = RUNNING;
    _longjmp(fibre.place, 1);
}

inline void wait(State where, int line) {
    Fibre& fibre = *fibres[current];
    fibre.state = where;
    fibre.line = line;
    if (!_setjmp(fibre.place)) _longjmp(scheduler, 1);
}

// Leave a value, wait for the warp, and return the thread number of its first lane.
inline unsigned meet(unsigned mask, std::uint64_t value, int line) {
    if (mask != 0xffffffffu) fail("a rendezvous of a part of a warp", line);
    fibres[current]->left = value;
    wait(AT_WARP, line);
    return current / WARP * WARP;
}

// Run the lanes of a warp until each waits or is done; true when all wait for the block or are done.
inline bool run_warp(unsigned first, unsigned last) {
    for (;;) {
        unsigned at_warp = 0;
        int line = 0;
        for (unsigned lane = 0; lane < last - first; ++lane) {
            const unsigned t = first + turn(lane, last - first);
            Fibre& fibre = *fibres[t];
            if (fibre.state == FRESH || fibre.state == RUNNING) resume(t);
            if (fibre.state == AT_WARP) {
                if (at_warp && fibre.line != line) fail("lanes meet at different lines", line);
                line = fibre.line;
                ++at_warp;
            }
        }
        if (!at_warp) return true;
        if (at_warp != last - first) fail("a lane is missing at a rendezvous", line);
        for (unsigned t = first; t < last; ++t) {
            met[t] = fibres[t]->left;
            fibres[t]->state = RUNNING;
        }
    }
}

inline void run_block(unsigned threads) {
    for (unsigned t = 0; t < threads; ++t) fibres[t]->state = FRESH;
    for (;;) {
        unsigned waiting = 0, done = 0;
        for (unsigned warp = 0; warp < threads / WARP; ++warp) {
            const unsigned first = turn(warp, threads / WARP) * WARP;
            run_warp(first, first + WARP);
        }
        for (unsigned t = 0; t < threads; ++t) {
            waiting += fibres[t]->state == AT_BLOCK;
            done += fibres[t]->state == DONE;
        }
        if (done == threads) return;
        if (waiting != threads) fail("a thread is missing at a barrier", fibres[0]->line);
        for (unsigned t = 0; t < threads; ++t) fibres[t]->state = RUNNING;
    }
}

inline void run(unsigned blocks, unsigned threads, std::function<void()> work) {
    body = std::move(work);
    while (fibres.size() < threads) fibres.emplace_back(new Fibre);
    met.assign(threads, 0);
    blockDim.x = threads;
    gridDim.x = blocks;
    for (unsigned block = 0; block < blocks; ++block) {
        blockIdx.x = turn(block, blocks);
        run_block(threads);
    }
}

template <class Value> inline std::uint64_t bits_of(Value value) {
    std::uint64_t bits = 0;
    std::memcpy(&bits, &value, sizeof value);
    return bits;
}
template <class Value> inline Value of_bits(std::uint64_t bits) {
    Value value;
    std::memcpy(&value, &bits, sizeof value);
    return value;
}

inline unsigned ballot(unsigned mask, bool holds, int line) {
    const unsigned first = meet(mask, holds, line);
    unsigned word = 0;
    for (int lane = 0; lane < WARP; ++lane) word |= (unsigned)met[first + lane] << lane;
    return word;
}

// Value of lane `from`, or one's own where there is none.
template <class Value> inline Value shuffle(unsigned mask, Value value, int from, int line) {
    const unsigned first = meet(mask, bits_of(value), line);
    return from < 0 || from >= WARP ? value : of_bits<Value>(met[first + from]);
}

template <class Value, class Join> inline Value reduce(unsigned mask, Value value, Join join, int line) {
    const unsigned first = meet(mask, bits_of(value), line);
    Value all = of_bits<Value>(met[first]);
    for (int lane = 1; lane < WARP; ++lane) all = join(all, of_bits<Value>(met[first + lane]));
    return all;
}

template <class... A, std::size_t... I>
inline void call(void (*kernel)(A...), void** given, std::index_sequence<I...>) {
    kernel(*static_cast<A*>(given[I])...);
}
template <class... A>
inline void start(void (*kernel)(A...), unsigned blocks, unsigned threads, void** given) {
    run(blocks, threads, [=] { call(kernel, given, std::index_sequence_for<A...>{}); });
}

}  // namespace emulator

#define LANE (int)(threadIdx.x % emulator::WARP)
#define __ballot_sync(mask, holds) emulator::ballot(mask, holds, __LINE__)
#define __any_sync(mask, holds) (emulator::ballot(mask, holds, __LINE__) != 0u)
#define __all_sync(mask, holds) (emulator::ballot(mask, holds, __LINE__) == 0xffffffffu)
#define __shfl_sync(mask, value, from) emulator::shuffle(mask, value, (from) & 31, __LINE__)
#define __shfl_up_sync(mask, value, by) emulator::shuffle(mask, value, LANE - (int)(by), __LINE__)
#define __shfl_down_sync(mask, value, by) emulator::shuffle(mask, value, LANE + (int)(by), __LINE__)
#define __shfl_xor_sync(mask, value, by) emulator::shuffle(mask, value, LANE ^ (int)(by), __LINE__)
#define __reduce_add_sync(mask, value) \
    emulator::reduce(mask, value, [](auto a, auto b) { return a + b; }, __LINE__)
#define __reduce_or_sync(mask, value) \
    emulator::reduce(mask, value, [](auto a, auto b) { return a | b; }, __LINE__)
#define __reduce_max_sync(mask, value) \
    emulator::reduce(mask, value, [](auto a, auto b) { return a < b ? b : a; }, __LINE__)
#define __reduce_min_sync(mask, value) \
    emulator::reduce(mask, value, [](auto a, auto b) { return b < a ? b : a; }, __LINE__)
#define __syncwarp() (void)emulator::meet(0xffffffffu, 0, __LINE__)
#define __syncthreads() emulator::wait(emulator::AT_BLOCK, __LINE__)

inline int __popc(unsigned word) { return __builtin_popcount(word); }
inline int __popcll(unsigned long long word) { return __builtin_popcountll(word); }
inline int __ffs(int word) { return __builtin_ffs(word); }
inline int __ffsll(long long word) { return __builtin_ffsll(word); }
inline int __clz(int word) { return word ? __builtin_clz(word) : 32; }
inline unsigned __brev(unsigned word) {
    unsigned turned = 0;
    for (int bit = 0; bit < 32; ++bit) turned |= (word >> bit & 1u) << (31 - bit);
    return turned;
}
// The high half of a joined pair of words after a shift to the left, the low half after one right.
inline unsigned __funnelshift_l(unsigned low, unsigned high, unsigned by) {
    by &= 31;
    return by ? high << by | low >> (32 - by) : high;
}
inline unsigned __funnelshift_r(unsigned low, unsigned high, unsigned by) {
    by &= 31;
    return by ? low >> by | high << (32 - by) : low;
}

template <class Number> inline Number atomicAdd(Number* place, std::common_type_t<Number> more) {
    const Number before = *place;
    *place = before + more;
    return before;
}
template <class Number> inline Number atomicOr(Number* place, std::common_type_t<Number> more) {
    const Number before = *place;
    *place = before | more;
    return before;
}
template <class Number> inline Number atomicMax(Number* place, std::common_type_t<Number> other) {
    const Number before = *place;
    *place = before < other ? other : before;
    return before;
}
template <class Number> inline Number atomicMin(Number* place, std::common_type_t<Number> other) {
    const Number before = *place;
    *place = other < before ? other : before;
    return before;
}
template <class Number>
inline Number atomicCAS(Number* place, std::common_type_t<Number> expected, std::common_type_t<Number> next) {
    const Number before = *place;
    if (before == expected) *place = next;
    return before;
}

template <class Value> inline Value __ldg(const Value* place) { return *place; }
inline float rsqrtf(float x) { return 1.0f / std::sqrt(x); }
inline double rsqrt(double x) { return 1.0 / std::sqrt(x); }
inline float __fdividef(float a, float b) { return a / b; }
inline float __fmaf_rn(float a, float b, float c) { return std::fma(a, b, c); }
inline unsigned __float_as_uint(float x) { return emulator::of_bits<unsigned>(emulator::bits_of(x)); }
inline float __uint_as_float(unsigned x) { return emulator::of_bits<float>(emulator::bits_of(x)); }
inline long long __double_as_longlong(double x) { return emulator::of_bits<long long>(emulator::bits_of(x)); }
inline double __longlong_as_double(long long x) { return emulator::of_bits<double>(emulator::bits_of(x)); }

// CUDA overloads these by type without a namespace.
using std::abs; using std::acos; using std::asin; using std::atan; using std::atan2; using std::cbrt; using std::ceil;
using std::cos; using std::exp; using std::floor; using std::fma; using std::fmod; using std::isnan;
using std::log; using std::log10; using std::log2; using std::pow; using std::sin; using std::sqrt;
using std::tan; using std::trunc; using std::rint;
template <class A> inline A min(A a, A b) { return b < a ? b : a; }
template <class A> inline A max(A a, A b) { return a < b ? b : a; }
