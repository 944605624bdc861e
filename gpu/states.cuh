// Where the states of a chunk of samples go.
#pragma once
#include "portable.cuh"

// Where states go. A sample's first error code is kept in the least of sample * 8 + code.
struct Output {
    float* states;   // [6][rows][stride], Earth-fixed x, y, z [m] and rates [m/s]; nan: not usable
    uint32* lit;     // [rows][stride / 32], bit t % 32 of word t / 32
    int* first_error;  // [rows], rises to the largest int where there is none
    double cone_m;   // of the Earth's shadow
    int rows, stride;
    int first, samples;  // of the chunk in the stretch
};
