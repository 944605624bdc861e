// Sine and cosine in float64 without a slow path, which would cost every thread a stack.
#pragma once
#include "portable.cuh"

struct SineCosine {
    double sine, cosine;
};

// Sine and cosine of an angle up to 1e9 [rad], to 2e-16: quarter turns off in two parts, then the
// polynomials of fdlibm (Sun Microsystems 1993, k_sin.c and k_cos.c) on [-pi/4, pi/4].
FUNCTION SineCosine sine_cosine(double angle) {
    const double TO_INTEGER = 6755399441055744.0;  // 1.5 * 2^52: a sum has the integer in its last bits
    const double shifted = fma(angle, 0.6366197723675814, TO_INTEGER);
    const int quarter = (int)__double_as_longlong(shifted);
    const double turns = shifted - TO_INTEGER;
    const double x = fma(-turns, 6.123233995736766e-17, fma(-turns, 1.5707963267948966, angle));
    const double z = x * x;
    double s = fma(z, 1.58969099521155010221e-10, -2.50507602534068634195e-08);
    s = fma(z, s, 2.75573137070700676789e-06);
    s = fma(z, s, -1.98412698298579493134e-04);
    s = fma(z, s, 8.33333333332248946124e-03);
    s = fma(z, s, -1.66666666666666324348e-01);
    s = fma(x * z, s, x);
    double c = fma(z, -1.13596475577881948265e-11, 2.08757232129817482790e-09);
    c = fma(z, c, -2.75573143513906633035e-07);
    c = fma(z, c, 2.48015872894767294178e-05);
    c = fma(z, c, -1.38888888888741095749e-03);
    c = fma(z, c, 4.16666666666666019037e-02);
    c = fma(z, fma(z, c, -0.5), 1.0);
    const double sine = quarter & 1 ? c : s, cosine = quarter & 1 ? s : c;
    return {quarter & 2 ? -sine : sine, (quarter + 1) & 2 ? -cosine : cosine};
}

// Sine and cosine of the sum of two angles.
FUNCTION SineCosine sum_of(SineCosine a, SineCosine b) {
    return {a.sine * b.cosine + a.cosine * b.sine, a.cosine * b.cosine - a.sine * b.sine};
}

#define SMALL_RAD 0.01  // below it x^7 / 5040 is lost among 16 digits

// Sine and cosine of an angle and what is added to it, which is small but for orbits that pass
// through the Earth: then all lanes of a warp are spared the longer polynomials.
FUNCTION SineCosine turned_by(SineCosine at, double x) {
    if (!(abs(x) < SMALL_RAD)) return sum_of(at, sine_cosine(x));
    const double z = x * x;
    const double sine = fma(x * z, fma(z, 1.0 / 120.0, -1.0 / 6.0), x);
    return sum_of(at, {sine, fma(z, fma(z, fma(z, -1.0 / 720.0, 1.0 / 24.0), -0.5), 1.0)});
}
