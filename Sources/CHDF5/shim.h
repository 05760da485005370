// libhdf5's macros that Swift does not import, as functions.
#pragma once
#include <hdf5.h>

static inline hid_t zoo_h5_native_float(void) { return H5T_NATIVE_FLOAT; }
