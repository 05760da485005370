// Logarithm, exponential and sine in loops that the compiler turns into vectors; about 1e-12 relative.
#pragma once
#include <stdint.h>
#include <string.h>

#pragma clang fp contract(off)

#if defined(__x86_64__)
#define ZS_CLONES __attribute__((target_clones("avx512f", "avx2", "default")))
#else
#define ZS_CLONES
#endif
#define ZS_INLINE static inline __attribute__((always_inline))

ZS_INLINE uint64_t bits_of(double x) {
  uint64_t u;
  memcpy(&u, &x, 8);
  return u;
}
ZS_INLINE double double_of(uint64_t u) {
  double x;
  memcpy(&x, &u, 8);
  return x;
}

// sqrt would have to set errno, and no loop that may becomes vectors.
#if __has_builtin(__builtin_elementwise_sqrt)
ZS_INLINE double root(double x) { return __builtin_elementwise_sqrt(x); }
#else
ZS_INLINE double root(double x) { return __builtin_sqrt(x); }
#endif

// ln x of a normal positive x: x = 2^e m with m in [sqrt(1/2), sqrt(2)), ln m = 2 artanh((m-1)/(m+1)) as a series.
ZS_INLINE double log_of(double x) {
  const int64_t e = (int64_t)(bits_of(x) - 0x3fe6a09e667f3bcdull) >> 52;
  const double m = double_of(bits_of(x) - ((uint64_t)e << 52));
  const double s = (m - 1.0) / (m + 1.0), q = s * s;
  double p = 2.0 / 9 + q * (2.0 / 11 + q * (2.0 / 13 + q * (2.0 / 15)));
  p = 2.0 + q * (2.0 / 3 + q * (2.0 / 5 + q * (2.0 / 7 + q * p)));
  return (double)(int32_t)e * 0.69314718055994530942 + s * p;
}

// e^x; 0 below -708, largest finite beyond 709.
ZS_INLINE double exp_of(double x) {
  x = x < -708.0 ? -708.0 : x > 709.0 ? 709.0 : x;
  const double n = (x * 1.44269504088896340736 + 6755399441055744.0) - 6755399441055744.0;
  const double r = (x - n * 0.693147180369123816490) - n * 1.90821492927058770002e-10;
  double p = 1.0 / 720 + r * (1.0 / 5040 + r * (1.0 / 40320 + r * (1.0 / 362880 + r * (1.0 / 3628800))));
  p = 1.0 + r * (1.0 + r * (1.0 / 2 + r * (1.0 / 6 + r * (1.0 / 24 + r * (1.0 / 120 + r * p)))));
  return p * double_of((uint64_t)((int64_t)(int32_t)n + 1023) << 52);
}

// cos(2 pi u) and sin(2 pi u) for u in [0, 1): the nearest quarter turn, then series on [-pi/4, pi/4].
ZS_INLINE void circle(double u, double *c, double *s) {
  const double quarter = (u * 4.0 + 6755399441055744.0) - 6755399441055744.0;
  const double a = (u * 4.0 - quarter) * 1.57079632679489661923, q = a * a;
  double sine = 1.0 / 362880 + q * (-1.0 / 39916800 + q * (1.0 / 6227020800.0));
  sine = a * (1.0 + q * (-1.0 / 6 + q * (1.0 / 120 + q * (-1.0 / 5040 + q * sine))));
  double cosine = 1.0 / 40320 + q * (-1.0 / 3628800 + q * (1.0 / 479001600.0));
  cosine = 1.0 + q * (-1.0 / 2 + q * (1.0 / 24 + q * (-1.0 / 720 + q * cosine)));
  const int32_t k = (int32_t)quarter;
  const double x = k & 1 ? sine : cosine, y = k & 1 ? cosine : sine;
  *c = (k + 1) & 2 ? -x : x;
  *s = k & 2 ? -y : y;
}
