// The template at 16 lanes without a processor that has them: the same tiles, panels and edges as Sources/CKernels/avx512.c.
#pragma clang diagnostic ignored "-Wpsabi"  // every function that takes a vector is inlined
#include "emulation.h"
#define ZK_LANES 16
#include "../../Sources/CKernels/tables.h"
#include "../../Sources/CKernels/template/table.h"

#include "emulated_kernels.h"

static ZK_TABLE(table, "avx512, emulated")

const zk_kernels *zk_emulated_avx512(void) { return &table; }
