// The AVX-512 kernels with the instructions as plain C, so that machines without them test the code that others run.
#pragma once
#include "kernels.h"

const zk_kernels *zk_emulated_avx512(void);
