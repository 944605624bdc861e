// A chunk of samples of a block of targets, as what may happen between samples is looked for.
#pragma once
#include "criteria.cuh"

// One chunk of samples of a block of targets, with all that decides there.
struct Chunk {
    const float* states;            // [6][rows][stride]: position [m], velocity [m/s]; nan: none
    const uint32* lit;              // [rows][stride / 32]
    const uint32* dark;             // [words][padded]
    const uint32* bits;             // [rows][words][padded]
    const uint32* near;             // [rows][words][padded / 32], as `bits.cu` leaves it
    const Light<float>* lights;     // [samples]
    const Sensor<float>* sensors;   // [contributors]
    const float* horizon;           // [contributors][361] rad
    const float* reach_m;           // [rows][padded]
    double step_s;
    int rows, stride;
    int first_sample;               // of the chunk in the stretch, a multiple of 32
    int samples, words;             // of the stretch
    int padded;
    int first_word, last_word;      // of the stretch: words whose pairs are looked at here
};
