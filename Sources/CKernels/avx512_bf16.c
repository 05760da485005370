// The AVX-512 template with products of bfloat16, for inference where reduced precision was asked for.
#if defined(__x86_64__)
#include <immintrin.h>
#pragma clang attribute push(__attribute__((target("avx512f,avx512dq,avx512bw,avx512vl,avx512bf16,avx2,fma"))), \
                             apply_to = function)
#define ZK_LANES 16
#define ZK_BFLOAT16 1
#include "tables.h"
#include "template/table.h"

ZK_TABLE(zk_avx512_bf16, "avx512_bf16")
#pragma clang attribute pop
#endif
