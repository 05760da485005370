// libhdf5's macros that Swift does not import, as functions, and the innermost record of its error stack.
#pragma once
#include <hdf5.h>
#include <stdio.h>
#include <string.h>

static inline hid_t zoo_h5_native_float(void) { return H5T_NATIVE_FLOAT; }
static inline hid_t zoo_h5_native_double(void) { return H5T_NATIVE_DOUBLE; }
static inline hid_t zoo_h5_native_int8(void) { return H5T_NATIVE_INT8; }
static inline hid_t zoo_h5_native_uint8(void) { return H5T_NATIVE_UINT8; }
static inline hid_t zoo_h5_native_int32(void) { return H5T_NATIVE_INT32; }
static inline hid_t zoo_h5_native_int64(void) { return H5T_NATIVE_INT64; }
static inline hid_t zoo_h5_native_uint64(void) { return H5T_NATIVE_UINT64; }
static inline hid_t zoo_h5_ieee_f32(void) { return H5T_IEEE_F32LE; }
static inline hid_t zoo_h5_ieee_f64(void) { return H5T_IEEE_F64LE; }
static inline hid_t zoo_h5_std_i8(void) { return H5T_STD_I8LE; }
static inline hid_t zoo_h5_std_u8(void) { return H5T_STD_U8LE; }
static inline hid_t zoo_h5_std_i32(void) { return H5T_STD_I32LE; }
static inline hid_t zoo_h5_std_i64(void) { return H5T_STD_I64LE; }
static inline hid_t zoo_h5_std_u64(void) { return H5T_STD_U64LE; }
static inline hid_t zoo_h5_c_string(void) { return H5T_C_S1; }
static inline size_t zoo_h5_variable(void) { return H5T_VARIABLE; }

static inline hid_t zoo_h5_file_access(void) { return H5P_FILE_ACCESS; }
static inline hid_t zoo_h5_file_create(void) { return H5P_FILE_CREATE; }
static inline hid_t zoo_h5_dataset_create(void) { return H5P_DATASET_CREATE; }
static inline hid_t zoo_h5_group_create(void) { return H5P_GROUP_CREATE; }
static inline unsigned zoo_h5_read_only(void) { return H5F_ACC_RDONLY; }
static inline unsigned zoo_h5_read_write(void) { return H5F_ACC_RDWR; }
static inline unsigned zoo_h5_exclusive(void) { return H5F_ACC_EXCL; }
static inline hsize_t zoo_h5_unlimited(void) { return H5S_UNLIMITED; }

// IEEE half precision, which libhdf5 1.10 has no name for: fields first, then size, then bias.
static inline hid_t zoo_h5_ieee_f16(void) {
  hid_t type = H5Tcopy(H5T_IEEE_F32LE);
  if (type < 0) return type;
  if (H5Tset_fields(type, 15, 10, 5, 0, 10) < 0 || H5Tset_size(type, 2) < 0 || H5Tset_ebias(type, 15) < 0) {
    H5Tclose(type);
    return -1;
  }
  return type;
}

// Error stack and automatic printing belong to a thread, so every call of the wrapper silences its own. Cleaning up at
// the process's exit is left out: 1.10 crashes in it where a file could not be closed because the disk was full.
static inline void zoo_h5_silence(void) {
  H5dont_atexit();
  H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
}

// Takes file locks out of an access list, where the version knows how to. Files are written under other names and renamed,
// so locks protect nothing; a child process inherits them and holds them for as long as it lives, and network file
// systems often have none.
static inline herr_t zoo_h5_forgo_locks(hid_t access) {
#if H5_VERSION_GE(1, 10, 7) && !(H5_VERS_MAJOR == 1 && H5_VERS_MINOR == 12 && H5_VERS_RELEASE == 0)
  return H5Pset_file_locking(access, 0, 1);
#else
  (void)access;
  return 0;
#endif
}

typedef struct {
  char text[512];
  int filled;
} zoo_h5_reason;

static inline herr_t zoo_h5_take_first(unsigned n, const H5E_error2_t *record, void *reason) {
  zoo_h5_reason *r = (zoo_h5_reason *)reason;
  if (n == 0 && !r->filled) {
    snprintf(r->text, sizeof r->text, "%s: %s", record->func_name ? record->func_name : "libhdf5",
             record->desc ? record->desc : "no reason given");
    r->filled = 1;
  }
  return 0;
}
static inline void zoo_h5_innermost(zoo_h5_reason *reason) {
  memset(reason, 0, sizeof *reason);
  H5Ewalk2(H5E_DEFAULT, H5E_WALK_UPWARD, zoo_h5_take_first, reason);
  H5Eclear2(H5E_DEFAULT);
}
