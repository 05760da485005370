// The template at 4 lanes: SSE2 on x86-64.
#if !defined(__aarch64__)
#define ZK_LANES 4
#include "tables.h"
#include "template/table.h"

ZK_TABLE(zk_portable, "portable")
#endif
