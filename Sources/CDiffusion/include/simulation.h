// The hot loops of the simulation: random numbers, the five diffusion models, normalisation, noise.
//
// All arithmetic is without contraction to fused operations, and loops keep their order, so that the same seed gives
// the same bits on every x86-64 processor. Positions are component-major: all x, then all y, then all z.
#pragma once
#include <stddef.h>
#include <stdint.h>

// ---------------------------------------------------------------- random numbers

// A stream of Philox4x32-10 (Salmon et al. 2011): its n-th number depends on (seed, index, stream, n) alone.
typedef struct {
  uint64_t seed;   // the key
  uint64_t index;  // of the trajectory
  uint32_t stream; // what the numbers are for
  uint32_t block;  // next block of 64 words
} zs_random;

enum { ZS_BLOCK = 64 };

// The next 64 words of the stream.
void zs_words(zs_random *r, uint32_t words[ZS_BLOCK]);
// n numbers uniform in (0, 1], 53 bits; whole blocks are used up.
void zs_uniforms(zs_random *r, size_t n, double *out);
// n standard normal numbers (Box and Muller 1958); whole blocks are used up.
void zs_normals(zs_random *r, size_t n, double *out);

// ---------------------------------------------------------------- diffusion models

// Positions of `points` points, component-major, first point 0. exponent: alpha; D: 1, 2 or 3.
void zs_attm(zs_random *r, double exponent, int points, int dimension, double *positions);
void zs_ctrw(zs_random *r, double exponent, int points, int dimension, double *positions);
void zs_lw(zs_random *r, double exponent, int points, int dimension, double *positions);
// weights: sqrt((k+1)^alpha - k^alpha), k = 0 ..< points; see zs_sbm_weights.
void zs_sbm(zs_random *r, const double *weights, int points, int dimension, double *positions);

void zs_sbm_weights(double exponent, int points, double *weights);

// Table of fractional Gaussian noise for zs_fbm; half: a power of two, at least 4 and points - 1.
// table: the spectrum of half + 1 numbers, then cosines, then sines of 2 pi k / (2 half), k < half.
// Returns the smallest eigenvalue of the circulant, which must not be negative.
double zs_fbm_table(double exponent, int half, double *table);
// workspace: 6 half doubles.
void zs_fbm(zs_random *r, const double *table, double exponent, int half, int points, int dimension,
            double *positions, double *workspace);

// ---------------------------------------------------------------- the challenge's process

// Displacements of each component divided by their standard deviation (divisor points - 1: their number), first
// point 0; displacements that are all the same stay as they are.
void zs_normalise(int points, int dimension, double *positions);
// out[i][k] = coefficient[i] (x + noise at k - x - noise at 0) for the first `length` points; noise sigma[i] N(0, 1).
void zs_observe(zs_random *r, int points, int dimension, const double *positions, const double *sigma,
                const double *coefficient, int length, double *out);
// Each component minus its mean over its population standard deviation; a constant component becomes zeros.
// input: component-major; out: step-major [length][dimension].
void zs_standardise(int length, int dimension, const double *positions, float *out);
