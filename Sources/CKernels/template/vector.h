// Vectors of ZK_LANES floats and the few functions on them that the kernels need, for one instruction set.
//
// Define before inclusion: ZK_LANES (16: AVX-512, 8: AVX2 with FMA, 4: whatever the compiler's baseline offers, SSE2
// or NEON), ZK_NAME (the table's name) and, around the whole template, the target attribute.
#include <stddef.h>
#include <stdint.h>

#include "kernels.h"

#ifndef ZK_BFLOAT16
#define ZK_BFLOAT16 0  // 1: wide products round their factors to bfloat16
#endif
#define ZK_INLINE static inline __attribute__((always_inline))
#define ZK_UNROLL _Pragma("clang loop unroll(full)")
#define LANES ZK_LANES

typedef float vec __attribute__((vector_size(4 * LANES)));
typedef int32_t ivec __attribute__((vector_size(4 * LANES)));
typedef vec vec_in_memory __attribute__((aligned(4), may_alias));

ZK_INLINE vec load(const float *p) { return *(const vec_in_memory *)p; }
ZK_INLINE void store(float *p, vec v) { *(vec_in_memory *)p = v; }

// Which lanes of a vector exist; memory behind the others is neither read nor written, and they count as 0.
#if LANES == 16
typedef __mmask16 lanes_mask;
ZK_INLINE lanes_mask first_lanes(int n) { return n >= LANES ? 0xFFFF : n <= 0 ? 0 : (lanes_mask)((1u << n) - 1); }
ZK_INLINE vec load_lanes(const float *p, lanes_mask m) { return (vec)_mm512_maskz_loadu_ps(m, p); }
ZK_INLINE void store_lanes(float *p, vec v, lanes_mask m) { _mm512_mask_storeu_ps(p, m, (__m512)v); }
#elif LANES == 8
typedef ivec lanes_mask;
ZK_INLINE lanes_mask first_lanes(int n) {
  return (ivec){0, 1, 2, 3, 4, 5, 6, 7} < (ivec)_mm256_set1_epi32(n);
}
ZK_INLINE vec load_lanes(const float *p, lanes_mask m) { return (vec)_mm256_maskload_ps(p, (__m256i)m); }
ZK_INLINE void store_lanes(float *p, vec v, lanes_mask m) { _mm256_maskstore_ps(p, (__m256i)m, (__m256)v); }
#else
typedef int lanes_mask;  // how many
ZK_INLINE lanes_mask first_lanes(int n) { return n; }
ZK_INLINE vec load_lanes(const float *p, lanes_mask n) {
  if (n >= LANES) return load(p);
  vec v = {0};
  for (int i = 0; i < n; i++) v[i] = p[i];
  return v;
}
ZK_INLINE void store_lanes(float *p, vec v, lanes_mask n) {
  if (n >= LANES) store(p, v);
  else
    for (int i = 0; i < n; i++) p[i] = v[i];
}
#endif
ZK_INLINE vec load_some(const float *p, int n) { return load_lanes(p, first_lanes(n)); }
ZK_INLINE void store_some(float *p, vec v, int n) { store_lanes(p, v, first_lanes(n)); }
ZK_INLINE vec load_up_to(const float *p, int n) { return n >= LANES ? load(p) : load_some(p, n); }
ZK_INLINE void store_up_to(float *p, vec v, int n) {
  if (n >= LANES) store(p, v);
  else store_some(p, v, n);
}

#if LANES == 16
ZK_INLINE vec splat(float s) { return (vec)_mm512_set1_ps(s); }
ZK_INLINE vec muladd(vec a, vec b, vec c) { return (vec)_mm512_fmadd_ps((__m512)a, (__m512)b, (__m512)c); }
// a where it is below the limit; NaN stays NaN.
ZK_INLINE vec at_most(vec a, float limit) { return (vec)_mm512_min_ps(_mm512_set1_ps(limit), (__m512)a); }
#elif LANES == 8
ZK_INLINE vec splat(float s) { return (vec)_mm256_set1_ps(s); }
ZK_INLINE vec muladd(vec a, vec b, vec c) { return (vec)_mm256_fmadd_ps((__m256)a, (__m256)b, (__m256)c); }
ZK_INLINE vec at_most(vec a, float limit) { return (vec)_mm256_min_ps(_mm256_set1_ps(limit), (__m256)a); }
ZK_INLINE vec at_least(vec a, float limit) { return (vec)_mm256_max_ps(_mm256_set1_ps(limit), (__m256)a); }
ZK_INLINE vec whole_below(vec a) { return (vec)_mm256_floor_ps((__m256)a); }
#else
ZK_INLINE vec splat(float s) { return (vec){s, s, s, s}; }
ZK_INLINE vec muladd(vec a, vec b, vec c) { return a * b + c; }
ZK_INLINE vec at_most(vec a, float limit) {
  const ivec above = a > splat(limit);
  return (vec)(((ivec)splat(limit) & above) | ((ivec)a & ~above));
}
ZK_INLINE vec at_least(vec a, float limit) {
  const ivec below = a < splat(limit);
  return (vec)(((ivec)splat(limit) & below) | ((ivec)a & ~below));
}
// The largest whole number that is not above a, which lies within +-2^22.
ZK_INLINE vec whole_below(vec a) {
  const vec rounded = (a + splat(12582912.0f)) - splat(12582912.0f);
  return rounded - (vec)((ivec)splat(1.0f) & (rounded > a));
}
#endif

// n / d. vdivps on 512 bits keeps a divider busy for longer than the 14-bit reciprocal and one Newton step take.
ZK_INLINE vec quotient(vec n, vec d) {
#if LANES == 16
  const vec y = (vec)_mm512_rcp14_ps((__m512)d), q = n * y;
  return muladd((vec)_mm512_fnmadd_ps((__m512)d, (__m512)y, _mm512_set1_ps(1.0f)), q, q);
#else
  return n / d;
#endif
}

#define LOG2E 1.44269504088896340736f

// p[i] = 2^a[i] for n vectors that advance together, a[i] up to 127, relative error 1e-7: 2^floor(a) p(a - floor(a)), p of degree 5 on
// [0, 1), minimax in the relative error (8.5e-8) with p(0) = 1, so that tanh(0) is exactly 0.
ZK_INLINE void exp2n(const int n, const vec *a, vec *p) {
  vec r[8];
#if LANES == 16
  ZK_UNROLL for (int i = 0; i < n; i++) r[i] = (vec)_mm512_reduce_ps((__m512)a[i], 0x09);
#else
  vec whole[8];
  ZK_UNROLL for (int i = 0; i < n; i++) {
    r[i] = at_least(a[i], -126.0f);
    whole[i] = whole_below(r[i]);
    r[i] -= whole[i];
  }
#endif
  ZK_UNROLL for (int i = 0; i < n; i++) p[i] = muladd(r[i], splat(0.00186713168f), splat(0.0090170335f));
  ZK_UNROLL for (int i = 0; i < n; i++) p[i] = muladd(p[i], r[i], splat(0.0557999425f));
  ZK_UNROLL for (int i = 0; i < n; i++) p[i] = muladd(p[i], r[i], splat(0.240164444f));
  ZK_UNROLL for (int i = 0; i < n; i++) p[i] = muladd(p[i], r[i], splat(0.693151295f));
  ZK_UNROLL for (int i = 0; i < n; i++) p[i] = muladd(p[i], r[i], splat(1.0f));
#if LANES == 16
  ZK_UNROLL for (int i = 0; i < n; i++) p[i] = (vec)_mm512_scalef_ps((__m512)p[i], (__m512)a[i]);
#else
  ZK_UNROLL for (int i = 0; i < n; i++)
    p[i] = (vec)((ivec)p[i] + (__builtin_convertvector(whole[i], ivec) << 23));
#endif
}

// Limits exponents of sigmoid and tanh so that products of three terms 1 + 2^a stay finite; sigmoid >= 2^-40.
#define LIMIT 40.0f

// From a = -2 log2(e) x: tanh(x). From a = -log2(e) x: sigmoid(x).
ZK_INLINE vec tanh_scaled(vec a) {
  vec e;
  a = at_most(a, LIMIT);
  exp2n(1, &a, &e);
  return quotient(splat(1.0f) - e, splat(1.0f) + e);
}
ZK_INLINE vec sigmoid_scaled(vec a) {
  vec e;
  a = at_most(a, 126.0f);
  exp2n(1, &a, &e);
  return splat(1.0f) / (splat(1.0f) + e);
}
