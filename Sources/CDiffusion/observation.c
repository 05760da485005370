// From a simulated trajectory to what a microscope would give: normalisation, localisation noise, random coefficient.
#include <math.h>

#include "numbers.h"
#include "simulation.h"

void zs_normalise(int points, int dimension, double *positions) {
  for (int i = 0; i < dimension; i++) {
    double *x = positions + (size_t)i * points;
    double centre = 0.0, mean = 0.0, squares = 0.0;
    for (int k = 0; k < points; k++) centre += x[k];
    centre /= points;
    for (int k = 0; k < points; k++) x[k] -= centre;
    if (points < 2) {
      for (int k = 0; k < points; k++) x[k] = 0.0;
      continue;
    }
    for (int k = 1; k < points; k++) mean += x[k] - x[k - 1];
    mean /= points - 1;
    for (int k = 1; k < points; k++) squares += (x[k] - x[k - 1] - mean) * (x[k] - x[k - 1] - mean);
    const double deviation = root(squares / (points - 1));
    const double inverse = deviation > 0.0 ? 1.0 / deviation : 1.0;
    double sum = 0.0, before = x[0];
    x[0] = 0.0;
    for (int k = 1; k < points; k++) {
      const double step = x[k] - before;
      before = x[k];
      x[k] = sum += step * inverse;
    }
  }
}

void zs_observe(zs_random *r, int points, int dimension, const double *positions, const double *sigma,
                const double *coefficient, int length, double *out) {
  for (int i = 0; i < dimension; i++) {
    const double *x = positions + (size_t)i * points;
    double *y = out + (size_t)i * length;
    // Each component has blocks of its own, so that a shorter cut sees the same noise.
    r->block = (uint32_t)i * (((uint32_t)points + ZS_BLOCK - 1) / ZS_BLOCK);
    zs_normals(r, (size_t)length, y);
    const double first = x[0] + sigma[i] * y[0];
    for (int k = 0; k < length; k++) y[k] = coefficient[i] * (x[k] + sigma[i] * y[k] - first);
    y[0] = 0.0;
  }
}

void zs_standardise(int length, int dimension, const double *positions, float *out) {
  for (int i = 0; i < dimension; i++) {
    const double *x = positions + (size_t)i * length;
    double largest = 0.0, mean = 0.0, squares = 0.0;
    for (int k = 0; k < length; k++) largest = fabs(x[k]) > largest ? fabs(x[k]) : largest;
    // Squares of 1e300 must not overflow, nor those of 1e-300 vanish.
    const double scale = largest > 0.0 ? 1.0 / largest : 0.0, usable = isfinite(scale) ? scale : 0.0;
    for (int k = 0; k < length; k++) mean += x[k] * usable;
    mean /= length;
    for (int k = 0; k < length; k++) squares += (x[k] * usable - mean) * (x[k] * usable - mean);
    const double deviation = root(squares / length);
    // What is left of a constant after rounding is no signal.
    const double inverse = deviation > 1e-15 * fabs(mean) && deviation > 0.0 ? 1.0 / deviation : 0.0;
    for (int k = 0; k < length; k++) out[(size_t)k * dimension + i] = (float)((x[k] * usable - mean) * inverse);
  }
}
