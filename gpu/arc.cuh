// The arc that a target runs through in the 32 samples of a word, and who may see any of it.
//
// Seen from the Earth's centre, a target within a cap about the arc's middle and within a belt
// along its great circle is above a site's horizon, and within a sensor's reach, only where the
// site is no farther from cap and belt than an angle that its greatest and least distance tell.
// That spares most tests of single samples; it never decides for one. An arc goes on to the sample
// after its last: what may happen before that belongs to it too.
#pragma once
#include "sensor.cuh"

// Cosines are off by less in single precision; more where a target is many radii of the Earth away.
#define COSINE_SLACK 4e-6f
#define ABOUT_RADIUS_M 6.4e6f
// The step after the last sample over the longest before it, and how much farther off the arc's
// great circle it leads: as the square of the length, by a seventh.
#define STEP_SAFETY 1.2f
#define OFF_SAFETY 1.3f

// Sines and cosines of the half-length of an arc, and of its greatest angle off its great circle.
struct Arc {
    Vector<float> middle, normal;  // unit vectors; nan where the arc has none
    float cosine, sine, off_cosine, off_sine;
    float nearest_m, farthest_m;  // from the Earth's centre
    bool lost;                    // there is no state in it
};

// Where a site is and how low it looks: the angle above the horizon of a sphere through the site.
struct Outlook {
    Vector<float> direction;  // from the Earth's centre, unit vector
    float radius_m;
    float cosine, sine;
};

FUNCTION Vector<float> of_lane(Vector<float> vector, int lane) {
    return {__shfl_sync(ALL_LANES, vector.x, lane), __shfl_sync(ALL_LANES, vector.y, lane),
            __shfl_sync(ALL_LANES, vector.z, lane)};
}

FUNCTION Vector<float> unit(Vector<float> vector) {
    return inverse_root(dot(vector, vector)) * vector;
}

// Numbers that are not negative are in the order of their bits.
FUNCTION float greatest_of_warp(float value) {
    return __uint_as_float(__reduce_max_sync(ALL_LANES, __float_as_uint(value)));
}
FUNCTION float least_of_warp(float value) {
    return __uint_as_float(__reduce_min_sync(ALL_LANES, __float_as_uint(value)));
}

// The longest step between two samples of a warp, along the arc and away from the Earth.
struct Step {
    float sine, radial_m;
};

// Cosine of an angle that is longer by one of which the sine is given; of half a circle at most.
FUNCTION float longer(float cosine, float sine) {
    const float other = root(1.0f - sine * sine);
    if (cosine <= -other) return -1.0f;
    return cosine * other - root(1.0f - cosine * cosine) * sine;
}

FUNCTION Step longest_step(Vector<float> position_m, Vector<float> direction) {
    const int next = min(lane_of_thread() + 1, LANES - 1);
    const Vector<float> apart = of_lane(direction, next) - direction;
    const Vector<float> after_m = of_lane(position_m, next);
    const float radial_m = abs(root(dot(after_m, after_m)) - root(dot(position_m, position_m)));
    const float chord = root(dot(apart, apart));  // longer than the sine
    const bool there = chord >= 0.0f;
    return {min(STEP_SAFETY * greatest_of_warp(there ? chord : 0.0f), 1.0f),
            STEP_SAFETY * greatest_of_warp(there ? radial_m : 0.0f)};
}

// The arc of a warp, one position by lane, nan where there is none.
FUNCTION Arc arc_of(Vector<float> position_m) {
    const float square_m2 = dot(position_m, position_m);
    const bool there = square_m2 >= 0.0f;
    const uint32 some = __ballot_sync(ALL_LANES, there);
    const Vector<float> direction = inverse_root(square_m2) * position_m;
    const Vector<float> first = of_lane(direction, __ffs(some) - 1);
    const Vector<float> last = of_lane(direction, LANES - 1 - __clz(some));
    Arc arc;
    arc.lost = some == 0;
    arc.middle = unit({first.x + last.x, first.y + last.y, first.z + last.z});
    arc.normal = unit(cross(first, last));
    const float least_m2 = there ? square_m2 : __uint_as_float(0x7f800000u);
    const Step step = longest_step(position_m, direction);
    const float nearest_m = root(least_of_warp(least_m2));
    arc.nearest_m = max(nearest_m - step.radial_m, 0.5f * nearest_m);
    arc.farthest_m = root(greatest_of_warp(there ? square_m2 : 0.0f)) + step.radial_m;
    const float beside = there ? max(1.0f - dot(arc.middle, direction), 0.0f) : 0.0f;
    arc.cosine = longer(max(1.0f - greatest_of_warp(beside), -1.0f), step.sine);
    arc.sine = root(1.0f - arc.cosine * arc.cosine);
    const float off = greatest_of_warp(there ? abs(dot(arc.normal, direction)) : 0.0f);
    arc.off_sine = min(OFF_SAFETY * off, 1.0f);
    arc.off_cosine = root(1.0f - arc.off_sine * arc.off_sine);
    return arc;
}

// Cosine of the greatest angle at the Earth's centre between a site and a target that it may see.
FUNCTION float farthest_cosine(const Arc& arc, const Outlook& site, float reach_m) {
    const float q = min(over(site.radius_m * site.cosine, arc.farthest_m), 1.0f);
    const float by_height = q * site.cosine + root(1.0f - q * q) * site.sine;
    // The angle at which a target is just in reach is widest at this distance
    const float radius2_m2 = site.radius_m * site.radius_m, reach2_m2 = reach_m * reach_m;
    const float widest_m = root(max(radius2_m2 - reach2_m2, 0.0f));
    const float distance_m = min(max(widest_m, arc.nearest_m), arc.farthest_m);
    const float square_m2 = distance_m * distance_m + radius2_m2;
    const float by_reach = over(square_m2 - reach2_m2, 2.0f * distance_m * site.radius_m);
    const float slack = COSINE_SLACK * (1.0f + arc.nearest_m * (1.0f / ABOUT_RADIUS_M));
    return max(by_height, by_reach) - slack;
}

// Whether a site may see any of an arc. What is not known does not forbid: a comparison with nan
// is false. All is asked at once, for lanes that part would wait for each other.
FUNCTION bool may_see(const Arc& arc, const Outlook& site, float reach_m) {
    const float cosine = farthest_cosine(arc, site, reach_m);
    const float x = min(max(cosine, -1.0f), 1.0f), y = root(1.0f - x * x);
    // Where the two angles make more than half a circle, or a quarter, all is within
    const bool all_round = arc.sine * x + arc.cosine * y <= 0.0f;
    const bool to_the_pole = arc.off_cosine * x - arc.off_sine * y <= 0.0f;
    const float cap = arc.cosine * x - arc.sine * y - COSINE_SLACK;
    const float belt = arc.off_sine * x + arc.off_cosine * y + COSINE_SLACK;
    const bool outside = !all_round & (dot(arc.middle, site.direction) < cap);
    const bool beside = !to_the_pole & (abs(dot(arc.normal, site.direction)) > belt);
    return !((cosine > 1.0f) | outside | beside);
}
