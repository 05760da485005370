// The 512-bit instructions that the kernels' template names, lane by lane.
#pragma once
#include <math.h>
#include <stdint.h>
#include <string.h>

typedef float emulated_vec __attribute__((vector_size(64)));
typedef uint16_t emulated_mask;
#define EMULATED static inline __attribute__((always_inline))
#define FOR_LANES(i) for (int i = 0; i < 16; i++)

EMULATED emulated_vec emulated_load(emulated_mask lanes, const float *p) {
  emulated_vec v = {0};
  FOR_LANES(i) if (lanes >> i & 1) v[i] = p[i];
  return v;
}
EMULATED void emulated_store(float *p, emulated_mask lanes, emulated_vec v) {
  FOR_LANES(i) if (lanes >> i & 1) p[i] = v[i];
}
EMULATED emulated_vec emulated_set(float s) {
  emulated_vec v;
  FOR_LANES(i) v[i] = s;
  return v;
}
EMULATED emulated_vec emulated_muladd(emulated_vec a, emulated_vec b, emulated_vec c) {
  FOR_LANES(i) c[i] = fmaf(a[i], b[i], c[i]);
  return c;
}
// The second operand where one of both is NaN, as the instruction has it.
EMULATED emulated_vec emulated_min(emulated_vec a, emulated_vec b) {
  FOR_LANES(i) b[i] = a[i] < b[i] ? a[i] : b[i];
  return b;
}
// 14 bits of 1 / a.
EMULATED emulated_vec emulated_reciprocal(emulated_vec a) {
  emulated_vec v;
  FOR_LANES(i) {
    const float exact = 1.0f / a[i];
    uint32_t bits;
    memcpy(&bits, &exact, sizeof bits);
    bits &= ~0x1FFu;
    memcpy((char *)&v + 4 * i, &bits, sizeof bits);
  }
  return v;
}
// a - floor(a), which is what the kernels ask for.
EMULATED emulated_vec emulated_fraction(emulated_vec a) {
  FOR_LANES(i) a[i] -= floorf(a[i]);
  return a;
}
// a 2^floor(b)
EMULATED emulated_vec emulated_scale(emulated_vec a, emulated_vec b) {
  FOR_LANES(i) a[i] = b[i] != b[i] ? b[i] : ldexpf(a[i], (int)floorf(fmaxf(-400.0f, fminf(b[i], 400.0f))));
  return a;
}

#define __m512 emulated_vec
#define __mmask16 emulated_mask
#define _mm512_maskz_loadu_ps emulated_load
#define _mm512_mask_storeu_ps emulated_store
#define _mm512_set1_ps emulated_set
#define _mm512_fmadd_ps emulated_muladd
#define _mm512_fnmadd_ps(a, b, c) emulated_muladd(-(a), b, c)
#define _mm512_min_ps emulated_min
#define _mm512_rcp14_ps emulated_reciprocal
#define _mm512_reduce_ps(a, selector) emulated_fraction(a)
#define _mm512_scalef_ps emulated_scale
