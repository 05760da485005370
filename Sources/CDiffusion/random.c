// Philox4x32-10 in blocks of 16 counters side by side, and what is made of its words.
#include "numbers.h"
#include "simulation.h"

ZS_CLONES void zs_words(zs_random *r, uint32_t words[ZS_BLOCK]) {
  enum { LANES = ZS_BLOCK / 4 };
  uint32_t a[LANES], b[LANES], c[LANES], d[LANES];
  for (int i = 0; i < LANES; i++) {
    a[i] = r->block * LANES + (uint32_t)i;
    b[i] = r->stream;
    c[i] = (uint32_t)r->index;
    d[i] = (uint32_t)(r->index >> 32);
  }
  uint32_t k0 = (uint32_t)r->seed, k1 = (uint32_t)(r->seed >> 32);
  for (int round = 0; round < 10; round++) {
    for (int i = 0; i < LANES; i++) {
      const uint64_t p = (uint64_t)a[i] * 0xD2511F53u, q = (uint64_t)c[i] * 0xCD9E8D57u;
      const uint32_t high_q = (uint32_t)(q >> 32) ^ b[i] ^ k0, high_p = (uint32_t)(p >> 32) ^ d[i] ^ k1;
      a[i] = high_q;
      b[i] = (uint32_t)q;
      c[i] = high_p;
      d[i] = (uint32_t)p;
    }
    k0 += 0x9E3779B9u;
    k1 += 0xBB67AE85u;
  }
  for (int i = 0; i < LANES; i++) {
    words[i] = a[i];
    words[LANES + i] = b[i];
    words[2 * LANES + i] = c[i];
    words[3 * LANES + i] = d[i];
  }
  r->block++;
}

ZS_CLONES static void uniforms_of(const uint32_t words[ZS_BLOCK], double out[ZS_BLOCK / 2]) {
  for (int i = 0; i < ZS_BLOCK / 2; i++) {
    const double high = (double)(int32_t)(words[i] >> 5), low = (double)(int32_t)(words[ZS_BLOCK / 2 + i] >> 6);
    out[i] = (high * 67108864.0 + low + 1.0) * 0x1p-53;
  }
}

// Pairs of words to pairs of normals; 32 bits of the first word's logarithm suffice for |z| up to 6.6.
ZS_CLONES static void normals_of(const uint32_t words[ZS_BLOCK], double out[ZS_BLOCK]) {
  for (int i = 0; i < ZS_BLOCK / 2; i++) {
    const double u = ((double)(int32_t)(words[i] >> 1) * 2.0 + (double)(int32_t)(words[i] & 1) + 0.5) * 0x1p-32;
    const double v = (double)(int32_t)(words[ZS_BLOCK / 2 + i] >> 1) * 0x1p-31;
    const double radius = root(-2.0 * log_of(u));
    double c, s;
    circle(v, &c, &s);
    out[i] = radius * c;
    out[ZS_BLOCK / 2 + i] = radius * s;
  }
}

void zs_uniforms(zs_random *r, size_t n, double *out) {
  uint32_t words[ZS_BLOCK];
  double block[ZS_BLOCK / 2];
  for (size_t done = 0; done < n; done += ZS_BLOCK / 2) {
    zs_words(r, words);
    uniforms_of(words, block);
    const size_t count = n - done < ZS_BLOCK / 2 ? n - done : ZS_BLOCK / 2;
    memcpy(out + done, block, count * sizeof *out);
  }
}

void zs_normals(zs_random *r, size_t n, double *out) {
  uint32_t words[ZS_BLOCK];
  double block[ZS_BLOCK];
  for (size_t done = 0; done < n; done += ZS_BLOCK) {
    zs_words(r, words);
    if (n - done >= ZS_BLOCK) {
      normals_of(words, out + done);
    } else {
      normals_of(words, block);
      memcpy(out + done, block, (n - done) * sizeof *out);
    }
  }
}
