// The template at 8 lanes with fused multiply-add.
#if defined(__x86_64__)
#include <immintrin.h>
#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)
#define ZK_LANES 8
#include "tables.h"
#include "template/table.h"

ZK_TABLE(zk_avx2, "avx2")
#pragma clang attribute pop
#endif
