// The tables that select.c chooses from.
#pragma once
#include "kernels.h"

extern const zk_kernels zk_reference;
#if defined(__aarch64__)
extern const zk_kernels zk_neon;
#else
extern const zk_kernels zk_portable;
#endif
#if defined(__x86_64__)
extern const zk_kernels zk_avx2, zk_avx512, zk_avx512_bf16;
#endif
