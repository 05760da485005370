// The template at 4 lanes with the tiles of 32 registers, as Sources/CKernels/neon.c has it where it can't run.
#define ZK_LANES 4
#define ZK_REGISTERS 32
#include "../../Sources/CKernels/tables.h"
#include "../../Sources/CKernels/template/table.h"

#include "emulated_kernels.h"

static ZK_TABLE(table, "neon, emulated")

const zk_kernels *zk_emulated_neon(void) { return &table; }
