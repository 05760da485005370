// The template at 4 lanes with the tiles of 32 registers: 64-bit Arm, where NEON is the baseline. Includes freestanding
// headers only, so that it can be compiled for such a machine on any other.
#if defined(__aarch64__)
#define ZK_LANES 4
#include "tables.h"
#include "template/table.h"

ZK_TABLE(zk_neon, "neon")
#endif
