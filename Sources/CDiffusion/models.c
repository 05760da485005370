// The diffusion models but fractional Brownian motion, as the AnDi Challenge 2020 generates them (Munoz-Gil et al.
// 2021, Nature Communications 12, 6253; andi-datasets 0.0.5), quirks of three dimensions included.
#include <math.h>

#include "numbers.h"
#include "simulation.h"

enum { CHUNK = 32 };

ZS_INLINE double power(double u, double exponent) { return exp_of(exponent * log_of(u)); }

// u^exponent for a chunk of new uniform numbers.
ZS_CLONES static void powers(const double *u, double exponent, double *out) {
  for (int i = 0; i < CHUNK; i++) out[i] = power(u[i], exponent);
}

// Displacements of independent normal components times a length for each step, summed from 0.
static void walk(zs_random *r, const double *length, int points, int dimension, double *positions) {
  if (points < 2) {
    for (int i = 0; i < dimension * points; i++) positions[i] = 0.0;
    return;
  }
  for (int i = 0; i < dimension; i++) {
    double *x = positions + (size_t)i * points, sum = 0.0;
    zs_normals(r, (size_t)points - 1, x + 1);
    x[0] = 0.0;
    for (int k = 1; k < points; k++) x[k] = sum += length[k - 1] * x[k];
  }
}

// In three dimensions a displacement is one normal number times a random direction, so its square is that of one
// component, and components are uncorrelated but not independent.
static void walk3(zs_random *r, const double *length, int points, double *positions) {
  double normal[4 * 64], sum[3] = {0, 0, 0};
  for (int i = 0; i < 3; i++) positions[(size_t)i * points] = 0.0;
  for (int k0 = 1; k0 < points; k0 += 64) {
    zs_normals(r, 4 * 64, normal);
    for (int k = k0; k < points && k < k0 + 64; k++) {
      const double *n = normal + 4 * (k - k0);
      const double norm = root(n[1] * n[1] + n[2] * n[2] + n[3] * n[3]);
      const double step = length[k - 1] == 0.0 || norm == 0.0 ? 0.0 : length[k - 1] * n[0] / norm;
      for (int i = 0; i < 3; i++) positions[(size_t)i * points + k] = sum[i] += step * n[i + 1];
    }
  }
}

static void walk_by_lengths(zs_random *r, const double *length, int points, int dimension, double *positions) {
  if (dimension == 3) walk3(r, length, points, positions);
  else walk(r, length, points, dimension, positions);
}

// sigma is uniform in [0.03, min(3.3, alpha / (1 - alpha))): what the original's rejection leaves.
void zs_attm(zs_random *r, double exponent, int points, int dimension, double *positions) {
  double u[CHUNK], sigma, gamma;
  double length[points < 1 ? 1 : points];
  int next = CHUNK;
  // Beyond 1 no sigma would do.
  exponent = exponent > 1.0 ? 1.0 : exponent;
  do {
    if (next == CHUNK) zs_uniforms(r, CHUNK, u), next = 0;
    sigma = 3.0 * (0.01 + (1.1 - 0.01) * (1.0 - u[next++]));
    gamma = sigma / exponent;
  } while (sigma > gamma || gamma > sigma + 1.0);
  int k = 0;
  while (k < points - 1) {
    zs_uniforms(r, CHUNK, u);
    for (int i = 0; i < CHUNK && k < points - 1; i++) {
      // d = U^(1/sigma) may underflow; the duration d^(-gamma) = U^(-1/alpha) is taken from U itself.
      const double log_d = log_of(u[i]) / sigma, d = log_d < -708.0 ? 0.0 : exp_of(log_d);
      const double duration = d == 0.0 ? points : power(u[i], -1.0 / exponent);
      const int steps = duration >= points ? points : (int)duration;
      const double step = root(2.0 * d);
      for (int j = 0; j < steps && k < points - 1; j++) length[k++] = step;
    }
  }
  walk_by_lengths(r, length, points, dimension, positions);
}

// Waiting times are at least 1, so at most one jump falls into a step; there is none at point 0.
void zs_ctrw(zs_random *r, double exponent, int points, int dimension, double *positions) {
  double u[CHUNK], waiting[CHUNK], time = 0.0;
  double jump[points < 1 ? 1 : points];
  for (int k = 0; k < points; k++) jump[k] = 0.0;
  while (time <= points) {
    zs_uniforms(r, CHUNK, u);
    powers(u, -1.0 / exponent, waiting);
    for (int i = 0; i < CHUNK && time <= points; i++) {
      time += waiting[i] < 1.0 ? 1.0 : waiting[i];
      if (time < points) jump[(int)time - 1] = 1.0;
    }
  }
  walk_by_lengths(r, jump, points, dimension, positions);
}

// Flights of whole steps with one speed a trajectory; the first velocity is dropped.
void zs_lw(zs_random *r, double exponent, int points, int dimension, double *positions) {
  double u[CHUNK], duration[CHUNK], sum[3] = {0, 0, 0};
  zs_uniforms(r, CHUNK, u);
  const double sigma = exponent == 2.0 ? 1.0 - u[0] : 3.0 - exponent;
  const double speed = 10.0 * (1.0 - u[1]);
  int k = 0;
  while (k < points) {
    zs_uniforms(r, CHUNK, u);
    if (sigma > 0.0) powers(u, -1.0 / sigma, duration);
    double direction[2 * CHUNK * 2];
    if (dimension == 3) zs_normals(r, 3 * CHUNK, direction);
    else zs_uniforms(r, 2 * CHUNK, direction);
    for (int i = 0; i < CHUNK && k < points; i++) {
      const int endless = sigma <= 0.0 || duration[i] > points;
      const int steps = endless ? points + 1 : (int)(duration[i] < 1.0 ? 1.0 : duration[i]);
      double velocity[3] = {0, 0, 0};
      if (dimension == 1) {
        velocity[0] = direction[i] <= 0.5 ? -speed : speed;
      } else if (dimension == 2) {
        double c, s;
        circle(1.0 - direction[i], &c, &s);
        velocity[0] = speed * c;
        velocity[1] = speed * s;
      } else {
        const double *n = direction + 3 * i;
        const double norm = root(n[0] * n[0] + n[1] * n[1] + n[2] * n[2]);
        for (int j = 0; j < 3; j++) velocity[j] = norm > 0.0 ? speed * n[j] / norm : 0.0;
      }
      for (int step = 0; step < steps && k < points; step++, k++)
        for (int j = 0; j < dimension; j++) positions[(size_t)j * points + k] = k == 0 ? 0.0 : (sum[j] += velocity[j]);
    }
  }
}

void zs_sbm_weights(double exponent, int points, double *weights) {
  // In long double, so that the result does not depend on which of libm's variants a processor gets.
  for (int k = 0; k < points; k++) weights[k] = (double)sqrtl(powl(k + 1.0L, exponent) - powl(k, exponent));
}

void zs_sbm(zs_random *r, const double *weights, int points, int dimension, double *positions) {
  walk(r, weights + 1, points, dimension, positions);
}
