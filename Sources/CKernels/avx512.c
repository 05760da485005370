// The template at 16 lanes: 32 registers, reciprocals, reduction and scaling by powers of two as instructions.
#if defined(__x86_64__)
#include <immintrin.h>
#pragma clang attribute push(__attribute__((target("avx512f,avx512dq,avx512bw,avx512vl,avx2,fma"))), apply_to = function)
#define ZK_LANES 16
#include "tables.h"
#include "template/table.h"

ZK_TABLE(zk_avx512, "avx512")
#pragma clang attribute pop
#endif
