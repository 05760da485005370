// Kernels of instruction sets that this machine may lack, so that it tests the code that others run.
#pragma once
#include "kernels.h"

// 16 lanes, the instructions written out as plain C.
const zk_kernels *zk_emulated_avx512(void);
// 4 lanes and 32 registers.
const zk_kernels *zk_emulated_neon(void);
