// SGP4 and SDP4 for one target at one instant, in double precision: the formulas of
// ephemeris/{secular,deep_space,resonance,osculating,states}.py, whose references hold here. What
// depends on the target alone is computed by ephemeris/sgp4_initial.py and deep_space.py.
//
// Letters of the theory: a in Earth radii, n in rad/min, angles in rad, t in min from epoch.
#pragma once
#include "sky.cuh"
#include "trigonometry.cuh"

#define PI 3.14159265358979323846
#define TURN 6.283185307179586
#define SQRT_GM 0.07436691613317342  // Earth radii^1.5/min, WGS 72
#define J2 0.001082616
#define J3 -0.00000253881
#define EARTH_RADIUS_KM 6378.135     // WGS 72
#define SPEED_KM_S 7.905370510517634 // an Earth radius times SQRT_GM, a minute
#define SURFACE_KM 6378.137
#define SIDEREAL_RATE_RAD_S 7.292115855300805e-5

#define ECCENTRICITY_OUT_OF_RANGE 1
#define MEAN_MOTION_NOT_POSITIVE 2
#define PERTURBED_ECCENTRICITY_OUT_OF_RANGE 3
#define SEMILATUS_RECTUM_NEGATIVE 4
#define DECAYED 6
#define ELEMENTS_NOT_FINITE 7

#define KEPLER_STEPS 10
#define KEPLER_TOLERANCE_RAD 1e-6  // of a step: the next one would be below e d^2 / (2 - 2 e)
#define KEPLER_LARGEST_STEP_RAD 0.95
#define RESONANCE_STEP_MIN 720.0
#define SIDEREAL_RAD_MIN 4.37526908801129966e-3  // of the theory
#define LYDDANE_BELOW_RAD 0.2
#define SUN_MOTION 1.19459e-5  // rad/min
#define SUN_ECCENTRICITY 0.01675
#define MOON_MOTION 1.5835218e-4
#define MOON_ECCENTRICITY 0.05490

// Functions of the inclination, as InclinationTerms of sgp4_initial.py.
struct Inclination {
    double sine, cosine, three_cos2_less_1, one_less_cos2, seven_cos2_less_1;
    double long_period_y, long_period_l;
};

// A target: `Secular` of sgp4_initial.py, then its inclination terms at epoch.
struct Orbit {
    double mean_motion, semi_major_axis, eccentricity, inclination, node, argp, mean_anomaly;
    double mean_anomaly_rate, argp_rate, node_rate, node_drag, a1, e1, l2;
    double eta, cubed_at_epoch, sine_at_epoch, argp_drag, anomaly_drag, e_periodic;
    double a2, a3, a4, l3, l4, l5;
    double sine, cosine, three_cos2_less_1, one_less_cos2, seven_cos2_less_1;
    double long_period_y, long_period_l;
    double first_min;     // from the epoch to the grid's first instant
    double farthest_km;   // a state beyond is no orbit
    double finite;        // 0 where an element is not: error 7
};

// What an orbit of 225 min and more needs beside that: `Periodic` of the Sun and of the Moon,
// `Drift` and `Resonance` of ephemeris/deep_space.py and resonance.py.
struct DeepSpace {
    double sun[13], moon[13];  // anomaly, e2, e3, i2, i3, l2, l3, l4, g2, g3, g4, h2, h3
    double drift_e, drift_i, drift_mean_anomaly, drift_argp, drift_node;
    double sidereal;           // Greenwich's angle at epoch
    double strength[10];       // of each resonant term
    double longitude, longitude_rate;
    double terms;              // 0 without resonance, 3 for 24 h, 10 for 12 h
};

struct State {
    Vector<double> position_itrf_m, velocity_itrf_m_s;
    int error;
    bool usable;
};

// Mean elements at an instant, and the error met on the way.
struct MeanState {
    double a, e, inclination, node, argp, anomaly;
    Inclination terms;
    int error;
};

FUNCTION int eccentricity_error(double e, double n) {
    if (n <= 0.0) return MEAN_MOTION_NOT_POSITIVE;
    return e >= 1.0 || e < -0.001 ? ECCENTRICITY_OUT_OF_RANGE : 0;
}

FUNCTION Inclination inclination_of(double sine, double cosine) {
    // 1 + cos i vanishes for a retrograde equatorial orbit; the theory keeps it off zero
    const double one_plus = abs(cosine + 1.0) > 1.5e-12 ? 1.0 + cosine : 1.5e-12;
    return {sine, cosine, 3.0 * cosine * cosine - 1.0, 1.0 - cosine * cosine,
            7.0 * cosine * cosine - 1.0, -0.5 * J3 / J2 * sine,
            -0.25 * J3 / J2 * sine * (3.0 + 5.0 * cosine) / one_plus};
}

// Mean elements of orbits below 225 min.
FUNCTION MeanState near_earth(const Orbit& o, double t) {
    double anomaly = o.mean_anomaly + o.mean_anomaly_rate * t;
    const SineCosine at = sine_cosine(anomaly);
    const double swing = 1.0 + o.eta * at.cosine;
    const double shift =
        o.argp_drag * t + o.anomaly_drag * (swing * swing * swing - o.cubed_at_epoch);
    anomaly += shift;
    const double e = o.eccentricity - o.e1 * t -
                     o.e_periodic * (turned_by(at, shift).sine - o.sine_at_epoch);
    const double factor = 1.0 - t * (o.a1 + t * (o.a2 + t * (o.a3 + t * o.a4)));
    const double along = t * t * (o.l2 + t * (o.l3 + t * (o.l4 + t * o.l5)));
    MeanState m;
    m.a = o.semi_major_axis * (factor * factor);
    m.e = max(e, 1e-6);
    m.inclination = o.inclination;
    m.node = o.node + t * (o.node_rate + o.node_drag * t);
    m.argp = o.argp + o.argp_rate * t - shift;
    m.anomaly = anomaly + o.mean_motion * along;
    m.terms = {o.sine, o.cosine, o.three_cos2_less_1, o.one_less_cos2, o.seven_cos2_less_1,
               o.long_period_y, o.long_period_l};
    m.error = eccentricity_error(e, o.mean_motion);
    return m;
}

// Periodic parts under Sun and Moon of eccentricity, inclination, anomaly, perigee and node.
struct Periodics {
    double e, i, l, g, h;
};

FUNCTION void add_body(Periodics& sum, const double* p, double motion, double eccentricity,
                       double t) {
    const double mean = p[0] + motion * t;
    const SineCosine f = sine_cosine(mean + 2.0 * eccentricity * sine_cosine(mean).sine);
    const double sine = f.sine, f2 = 0.5 * sine * sine - 0.25, f3 = -0.5 * sine * f.cosine;
    sum.e += p[1] * f2 + p[2] * f3;
    sum.i += p[3] * f2 + p[4] * f3;
    sum.l += p[5] * f2 + p[6] * f3 + p[7] * sine;
    sum.g += p[8] * f2 + p[9] * f3 + p[10] * sine;
    sum.h += p[11] * f2 + p[12] * f3;
}

// Add the periodics to elements: as they are from 0.2 rad of inclination, below it in the regular
// variables of Lyddane, because the node's amplitude divides by sin i. Returns sin i and cos i.
FUNCTION SineCosine add_periodics(MeanState& m, const DeepSpace& deep, double t) {
    Periodics d = {0.0, 0.0, 0.0, 0.0, 0.0};
    add_body(d, deep.sun, SUN_MOTION, SUN_ECCENTRICITY, t);
    add_body(d, deep.moon, MOON_MOTION, MOON_ECCENTRICITY, t);
    m.e += d.e;
    m.inclination += d.i;
    m.anomaly += d.l;
    const SineCosine i = sine_cosine(m.inclination);
    const double sin_i = i.sine, cos_i = i.cosine;
    if (!(m.inclination < LYDDANE_BELOW_RAD)) {
        const double direct = d.h / sin_i;
        m.node += direct;
        m.argp += d.g - cos_i * direct;
        return i;
    }
    const double node = m.node - TURN * trunc(m.node * (1.0 / TURN));
    const SineCosine h = sine_cosine(node);
    const double alpha = sin_i * h.sine + d.h * h.cosine + d.i * cos_i * h.sine;
    const double beta = sin_i * h.cosine - d.h * h.sine + d.i * cos_i * h.cosine;
    double moved = atan2(alpha, beta);
    const double apart = node - moved;
    if (abs(apart) > PI) moved += apart > 0.0 ? TURN : -TURN;
    // The longitude l + g + h cos i changes by dl + dg - di h sin i; l takes dl, g the rest
    m.argp += d.g - d.i * node * sin_i + cos_i * (node - moved);
    m.node = moved;
    return i;
}

// Argument of each resonant term: multiples of perigee and longitude, and phase.
struct ResonantTerm {
    double of_argp, of_longitude, phase;
};

FUNCTION ResonantTerm resonant_term(int terms, int k) {
    if (terms == 3) {
        const double phase = k == 0 ? 0.13130908 : k == 1 ? 2.0 * 2.8843198 : 3.0 * 0.37448087;
        return {0.0, k + 1.0, phase};
    }
    switch (k) {
        case 0: return {2.0, 1.0, 5.7686396};
        case 1: return {0.0, 1.0, 5.7686396};
        case 2: return {1.0, 1.0, 0.95240898};
        case 3: return {-1.0, 1.0, 0.95240898};
        case 4: return {2.0, 2.0, 1.8014998};
        case 5: return {0.0, 2.0, 1.8014998};
        case 6: return {1.0, 1.0, 1.0508330};
        case 7: return {-1.0, 1.0, 1.0508330};
        case 8: return {1.0, 2.0, 4.4108898};
        default: return {-1.0, 2.0, 4.4108898};
    }
}

// Rates of resonance longitude and mean motion, and the second rate of the motion.
FUNCTION Vector<double> accelerations(const Orbit& o, const DeepSpace& deep, double longitude,
                                      double motion, double t) {
    const int terms = (int)deep.terms;
    const double argp = o.argp + o.argp_rate * t;
    double first = 0.0, second = 0.0;
    for (int k = 0; k < terms; ++k) {
        const ResonantTerm term = resonant_term(terms, k);
        const SineCosine at =
            sine_cosine(term.of_argp * argp + term.of_longitude * longitude - term.phase);
        first += deep.strength[k] * at.sine;
        second += term.of_longitude * deep.strength[k] * at.cosine;
    }
    const double rate = motion + deep.longitude_rate;
    return {rate, first, second * rate};
}

struct Resonant {
    double longitude, motion;
};

// Continue from the last step of 720 min between the epoch and the instant.
FUNCTION Resonant resonant_at(const double* checkpoints, int first_step, int steps, double t) {
    const double step = trunc(t / RESONANCE_STEP_MIN);
    const int place = min(max((int)step - first_step, 0), steps - 1);
    const double* at = checkpoints + 5 * place;
    const double rest = t - step * RESONANCE_STEP_MIN, half_square = 0.5 * rest * rest;
    return {at[0] + at[2] * rest + at[3] * half_square, at[1] + at[3] * rest + at[4] * half_square};
}

// Mean elements of orbits of 225 min and more, lunar-solar periodics included.
FUNCTION MeanState deep_space(const Orbit& o, const DeepSpace& deep, const double* checkpoints,
                              int first_step, int steps, double t) {
    MeanState m;
    m.node = o.node + t * (o.node_rate + deep.drift_node + o.node_drag * t);
    m.argp = o.argp + (o.argp_rate + deep.drift_argp) * t;
    m.anomaly = o.mean_anomaly + (o.mean_anomaly_rate + deep.drift_mean_anomaly) * t;
    m.a = o.semi_major_axis;
    double n = o.mean_motion;
    if (deep.terms > 0.0) {
        const Resonant resonant = resonant_at(checkpoints, first_step, steps, t);
        const double sidereal = deep.sidereal + SIDEREAL_RAD_MIN * t;
        m.anomaly = resonant.longitude + (deep.terms < 10.0 ? sidereal - m.node - m.argp
                                                            : 2.0 * (sidereal - m.node));
        n = resonant.motion;
        const double ratio = SQRT_GM / n;
        m.a = cbrt(ratio * ratio);
    }
    const double factor = 1.0 - o.a1 * t;
    const double e = o.eccentricity + deep.drift_e * t - o.e1 * t;
    m.error = eccentricity_error(e, n);
    m.anomaly += o.mean_motion * (o.l2 * t * t);
    m.a *= factor * factor;
    m.e = max(e, 1e-6);
    m.inclination = o.inclination + deep.drift_i * t;
    SineCosine i = add_periodics(m, deep, t);
    if (m.error == 0 && (m.e < 0.0 || m.e > 1.0)) m.error = PERTURBED_ECCENTRICITY_OUT_OF_RANGE;
    if (m.inclination < 0.0) {
        i.sine = -i.sine;
        m.node += PI;
        m.argp -= PI;
    }
    m.terms = inclination_of(i.sine, i.cosine);
    return m;
}

// Sine and cosine of E + argp, from the mean argument u and the vector (ax, ay) of e: Newton's
// steps, clipped and at most ten, as the theory prescribes. The last one is taken by its series.
FUNCTION SineCosine kepler(double u, double ax, double ay) {
    double angle = u, last = 1.0;
    SineCosine at = {0.0, 1.0};
    for (int step = 0; step < KEPLER_STEPS && abs(last) >= KEPLER_TOLERANCE_RAD; ++step) {
        at = sine_cosine(angle);
        const double newton =
            (u - angle + ax * at.sine - ay * at.cosine) / (1.0 - (ax * at.cosine + ay * at.sine));
        last = min(max(newton, -KEPLER_LARGEST_STEP_RAD), KEPLER_LARGEST_STEP_RAD);
        angle += last;
    }
    const double small = abs(last) < KEPLER_TOLERANCE_RAD ? last : 0.0;
    return sum_of(at, {small, 1.0 - 0.5 * small * small});
}

// Earth-fixed position and velocity from mean elements. The node turns with the Earth instead of
// the state: two components, not four.
//   sine, cosine of the sidereal angle
FUNCTION State osculate(const MeanState& m, double sine, double cosine) {
    const SineCosine w = sine_cosine(m.argp);
    const double per_p = 1.0 / (m.a * (1.0 - m.e * m.e));
    const double ax = m.e * w.cosine, ay = m.e * w.sine + per_p * m.terms.long_period_y;
    double u = m.anomaly + m.argp + per_p * m.terms.long_period_l * ax;
    u -= TURN * floor(u * (1.0 / TURN));
    const SineCosine at = kepler(u, ax, ay);
    const double e2 = ax * ax + ay * ay, beta = sqrt(1.0 - e2), p = m.a * (1.0 - e2);
    const double across = ax * at.sine - ay * at.cosine;
    const double nearer = 1.0 - (ax * at.cosine + ay * at.sine), wider = 1.0 + beta;
    // Three reciprocals by one: each costs as much as eight products
    const double per_all = 1.0 / (nearer * wider * p), shape = per_all * nearer * wider;
    const double scale = per_all * wider * p, tilt = across * (per_all * nearer * p);
    const double sin_u = scale * (at.sine - ay - ax * tilt);
    const double cos_u = scale * (at.cosine - ax + ay * tilt);
    const double per_root_a = rsqrt(m.a), speed = scale * per_root_a;

    const double sin_2u = 2.0 * cos_u * sin_u, cos_2u = 1.0 - 2.0 * sin_u * sin_u;
    const double k1 = 0.5 * J2 * shape, k2 = k1 * shape;
    const double x1 = m.terms.one_less_cos2, x3 = m.terms.three_cos2_less_1;
    const double distance = m.a * nearer * (1.0 - 1.5 * k2 * beta * x3) + 0.5 * k1 * x1 * cos_2u;
    const double per_n = k1 * per_root_a * per_root_a * per_root_a;  // n k1 over the square root of GM
    const double radial = speed * across - per_n * x1 * sin_2u;
    const double transverse = speed * beta + per_n * (x1 * cos_2u + 1.5 * x3);
    State state;
    state.error = m.error;
    if (p < 0.0 && state.error == 0) state.error = SEMILATUS_RECTUM_NEGATIVE;
    if (distance < 1.0 && state.error == 0) state.error = DECAYED;

    const double periodic = 1.5 * k2 * m.terms.cosine;
    const SineCosine along =
        turned_by({sin_u, cos_u}, -0.25 * k2 * m.terms.seven_cos2_less_1 * sin_2u);
    const SineCosine i =
        turned_by({m.terms.sine, m.terms.cosine}, periodic * m.terms.sine * cos_2u);
    const SineCosine h = sum_of(sine_cosine(m.node + periodic * sin_2u), {-sine, cosine});
    const double s = along.sine, c = along.cosine;
    const double x_up = -h.sine * i.cosine, y_up = h.cosine * i.cosine;
    const Vector<double> outward = {x_up * s + h.cosine * c, y_up * s + h.sine * c, i.sine * s};
    const Vector<double> forward = {x_up * c - h.cosine * s, y_up * c - h.sine * s, i.sine * c};
    state.position_itrf_m = (1e3 * EARTH_RADIUS_KM * distance) * outward;
    const double out_m_s = 1e3 * SPEED_KM_S * radial, along_m_s = 1e3 * SPEED_KM_S * transverse;
    const double rate = SIDEREAL_RATE_RAD_S;
    const Vector<double>& at_m = state.position_itrf_m;
    state.velocity_itrf_m_s = {out_m_s * outward.x + along_m_s * forward.x + rate * at_m.y,
                               out_m_s * outward.y + along_m_s * forward.y - rate * at_m.x,
                               out_m_s * outward.z + along_m_s * forward.z};
    return state;
}

// Whether a state lies between the surface and the farthest orbit; the theory gives states far
// beyond, without an error, long after a decay.
FUNCTION bool is_orbit(const State& state, const Orbit& orbit) {
    const double square_m2 = dot(state.position_itrf_m, state.position_itrf_m);
    const double farthest_m = 1e3 * orbit.farthest_km;
    return state.error == 0 && square_m2 >= 1e6 * SURFACE_KM * SURFACE_KM &&
           square_m2 <= farthest_m * farthest_m;
}

// Earth-fixed state of a target at an instant.
//   deep         0 for an orbit below 225 min
//   checkpoints  of this target: double[steps][5], from step `first_step` of 720 min on
//   utc_min      since the grid's first instant
//   sine, cosine of the sidereal angle
FUNCTION State state_at(const Orbit& orbit, const DeepSpace* deep, const double* checkpoints,
                        int first_step, int steps, double utc_min, double sine, double cosine) {
    const double t = orbit.first_min + utc_min;
    State state = osculate(deep ? deep_space(orbit, *deep, checkpoints, first_step, steps, t)
                                : near_earth(orbit, t),
                           sine, cosine);
    if (orbit.finite == 0.0) state.error = ELEMENTS_NOT_FINITE;
    state.usable = is_orbit(state, orbit);
    return state;
}
