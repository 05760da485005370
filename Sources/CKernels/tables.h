// The tables that select.c chooses from.
#pragma once
#include "kernels.h"

extern const zk_kernels zk_reference, zk_portable;
#if defined(__x86_64__)
extern const zk_kernels zk_avx2, zk_avx512;
#endif
