// Which tables there are, and which of them this processor runs.
#include "tables.h"

static const zk_kernels *const tables[] = {
    &zk_reference,
#if defined(__aarch64__)
    &zk_neon,
#else
    &zk_portable,
#endif
#if defined(__x86_64__)
    &zk_avx2,
    &zk_avx512,
#endif
};

const zk_kernels *const *zk_tables(int *count) {
  *count = (int)(sizeof tables / sizeof *tables);
  return tables;
}

const zk_kernels *zk_bfloat16(void) {
#if defined(__x86_64__)
  if (zk_supported(&zk_avx512) && __builtin_cpu_supports("avx512bf16")) return &zk_avx512_bf16;
#endif
  return 0;
}

int zk_supported(const zk_kernels *table) {
#if defined(__x86_64__)
  if (table == &zk_avx2) return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
  if (table == &zk_avx512)
    return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
           __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("fma");
#endif
  return table != 0;
}

#if defined(__x86_64__)
uint32_t zk_flush_denormals(void) {
  const uint32_t before = __builtin_ia32_stmxcsr();
  __builtin_ia32_ldmxcsr(before | 0x8040);  // flush to zero, denormals are zero
  return before;
}
void zk_restore_denormals(uint32_t state) { __builtin_ia32_ldmxcsr(state); }
#elif defined(__aarch64__)
uint32_t zk_flush_denormals(void) {
  uint64_t before;
  __asm__ volatile("mrs %0, fpcr" : "=r"(before));
  __asm__ volatile("msr fpcr, %0" : : "r"(before | (1u << 24)));
  return (uint32_t)before;
}
void zk_restore_denormals(uint32_t state) { __asm__ volatile("msr fpcr, %0" : : "r"((uint64_t)state)); }
#else
uint32_t zk_flush_denormals(void) { return 0; }
void zk_restore_denormals(uint32_t state) { (void)state; }
#endif
