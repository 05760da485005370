// Fractional Brownian motion through the circulant embedding of its increments (Davies and Harte 1987), exact for every
// exponent below 2: the circulant's middle is the covariance itself, which leaves no eigenvalue negative.
//
// The transform is Stockham's, radix 2 after one radix-4 pass, on separate real and imaginary parts: inner loops run
// over neighbours, so the compiler makes vectors of them, and a real signal of 2N points costs one
// complex transform of N.
#include <math.h>

#include "numbers.h"
#include "simulation.h"

// One pass: n points left, s transforms beside each other; sign of the exponent +1 (inverse, unscaled).
ZS_CLONES static void pass(int n, int s, const double *xr, const double *xi, double *yr, double *yi,
                           const double *cosine, const double *sine, int stride) {
  const int m = n / 2;
  for (int p = 0; p < m; p++) {
    const double wr = cosine[p * stride], wi = sine[p * stride];
    for (int q = 0; q < s; q++) {
      const double ar = xr[q + s * p], ai = xi[q + s * p], br = xr[q + s * (p + m)], bi = xi[q + s * (p + m)];
      const double dr = ar - br, di = ai - bi;
      yr[q + s * 2 * p] = ar + br;
      yi[q + s * 2 * p] = ai + bi;
      yr[q + s * (2 * p + 1)] = dr * wr - di * wi;
      yi[q + s * (2 * p + 1)] = dr * wi + di * wr;
    }
  }
}

// The first two passes in one, where a radix-2 inner loop would have 1 and 2 turns.
ZS_CLONES static void first_passes(int n, const double *xr, const double *xi, double *yr, double *yi,
                                   const double *cosine, const double *sine, int stride) {
  const int m = n / 4;
  for (int p = 0; p < m; p++) {
    const double w1r = cosine[p * stride], w1i = sine[p * stride];
    const double w2r = w1r * w1r - w1i * w1i, w2i = 2.0 * w1r * w1i;
    const double w3r = w1r * w2r - w1i * w2i, w3i = w1r * w2i + w1i * w2r;
    const double ar = xr[p], ai = xi[p], br = xr[p + m], bi = xi[p + m];
    const double cr = xr[p + 2 * m], ci = xi[p + 2 * m], dr = xr[p + 3 * m], di = xi[p + 3 * m];
    const double acr = ar + cr, aci = ai + ci, amr = ar - cr, ami = ai - ci;
    const double bdr = br + dr, bdi = bi + di, bmr = -(bi - di), bmi = br - dr;  // i (b - d)
    yr[4 * p] = acr + bdr;
    yi[4 * p] = aci + bdi;
    const double pr = amr + bmr, pi = ami + bmi, qr = acr - bdr, qi = aci - bdi, tr = amr - bmr, ti = ami - bmi;
    yr[4 * p + 1] = pr * w1r - pi * w1i;
    yi[4 * p + 1] = pr * w1i + pi * w1r;
    yr[4 * p + 2] = qr * w2r - qi * w2i;
    yi[4 * p + 2] = qr * w2i + qi * w2r;
    yr[4 * p + 3] = tr * w3r - ti * w3i;
    yi[4 * p + 3] = tr * w3i + ti * w3r;
  }
}

// Inverse transform of n = 2^k >= 4 points in place; cosine, sine: e^(2 pi i j / (2n)), j < n; work: 2n doubles.
static void inverse_transform(int n, double *re, double *im, double *work, const double *cosine, const double *sine) {
  double *xr = work, *xi = work + n;
  first_passes(n, re, im, xr, xi, cosine, sine, 2);
  double *ar = xr, *ai = xi, *br = re, *bi = im;
  for (int left = n / 4, s = 4; left > 1; left /= 2, s *= 2) {
    pass(left, s, ar, ai, br, bi, cosine, sine, 2 * n / left);
    double *t = ar;
    ar = br, br = t;
    t = ai, ai = bi, bi = t;
  }
  if (ar != re) {
    memcpy(re, ar, sizeof(double) * (size_t)n);
    memcpy(im, ai, sizeof(double) * (size_t)n);
  }
}

// Autocovariance of unit fractional Gaussian noise at lag k. In long double: it is a small difference of large numbers,
// and the result does not depend on which of libm's variants a processor gets.
static double covariance(double exponent, int k) {
  return (double)((powl(fabsl(k - 1.0L), exponent) - 2.0L * powl(k, exponent) + powl(k + 1.0L, exponent)) / 2.0L);
}

double zs_fbm_table(double exponent, int half, double *spectrum) {
  const int size = 2 * half;
  double *cosine = spectrum + half + 1, *sine = cosine + half;
  double least = INFINITY;
  // Each eigenvalue as a cosine sum; done once for an exponent and a length.
  for (int k = 0; k <= half; k++) spectrum[k] = covariance(exponent, k);
  double row[half + 1];
  memcpy(row, spectrum, sizeof row);
  double table[size];
  for (int j = 0; j < size; j++) table[j] = (double)cosl(6.283185307179586476925287L * j / size);
  for (int j = 0; j < half; j++) {
    cosine[j] = table[j];
    sine[j] = (double)sinl(6.283185307179586476925287L * j / size);
  }
  for (int k = 0; k <= half; k++) {
    double sum = row[0] + row[half] * (k & 1 ? -1.0 : 1.0);
    for (int j = 1; j < half; j++) sum += 2.0 * row[j] * table[((size_t)j * (size_t)k) & (size_t)(size - 1)];
    least = sum < least ? sum : least;
    const double share = k == 0 || k == half ? 1.0 : 0.5;
    spectrum[k] = sum > 0.0 ? root(sum * share / size) : 0.0;
  }
  return least;
}

// Packs a Hermitian spectrum V_0 ... V_N of a real signal of 2N points into the spectrum of z = x_even + i x_odd.
ZS_CLONES static void pack_half(int n, const double *spectrum, const double *normal, const double *cosine,
                                const double *sine, double *re, double *im) {
  for (int k = 0; k < n; k++) {
    const int j = n - k;
    const double vr = spectrum[k] * normal[k], vi = k == 0 ? 0.0 : spectrum[k] * normal[n + k];
    const double ur = j == n ? spectrum[n] * normal[n] : spectrum[j] * normal[j];
    const double ui = j == n ? 0.0 : -spectrum[j] * normal[n + j];
    const double er = vr + ur, ei = vi + ui, dr = vr - ur, di = vi - ui;
    // z_k = e + i d e^(2 pi i k / 2N)
    const double tr = dr * cosine[k] - di * sine[k], ti = dr * sine[k] + di * cosine[k];
    re[k] = er - ti;
    im[k] = ei + tr;
  }
}

void zs_fbm(zs_random *r, const double *table, double exponent, int half, int points, int dimension,
            double *positions, double *workspace) {
  const double *cosine = table + half + 1, *sine = cosine + half;
  double *re = workspace, *im = re + half, *work = im + half, *normal = work + 2 * half;
  const double scale = points > 1 ? (double)powl(1.0L / (points - 1), exponent / 2.0L) : 1.0;
  for (int i = 0; i < dimension; i++) {
    double *x = positions + (size_t)i * points, sum = 0.0;
    x[0] = 0.0;
    zs_normals(r, 2 * (size_t)half, normal);
    pack_half(half, table, normal, cosine, sine, re, im);
    inverse_transform(half, re, im, work, cosine, sine);
    for (int k = 1; k < points; k++) {
      const int j = k - 1;
      x[k] = sum += scale * (j & 1 ? im[j / 2] : re[j / 2]);
    }
  }
}
