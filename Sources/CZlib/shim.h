#include <zlib.h>


// The macro is not seen from Swift. Negative window bits: no header around the deflated bytes, as in zip files.
static inline int zz_inflate_start(z_stream *stream) { return inflateInit2(stream, -15); }
