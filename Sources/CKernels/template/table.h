// The whole table of one instruction set: include after defining what vector.h asks for.
#include "vector.h"
#include "product.h"
#include "outer.h"
#include "lstm.h"
#include "gru.h"
#include "elementwise.h"
#include "optimiser.h"
#include "declaration.h"
