// Panels: how the columns of a weight matrix lie in memory for the products.
//
// A panel is 4 vectors of columns, whatever one activation needs: {filter, filter, gate, gate}, {i, f, g, o}, or 4
// plain vectors; the last panel of a plain matrix may be 2 vectors. Packed: [panel][part][k][vectors of the part], so
// that the product loop reads weights as one stream. With 32 registers a part is the panel, with 16 registers 2 vectors.
// A table of reduced precision packs the weights a second time, as pairs of bfloat16 along k.
#ifndef ZK_REGISTERS
#if LANES == 16 || defined(__aarch64__)
#define ZK_REGISTERS 32
#else
#define ZK_REGISTERS 16
#endif
#endif
#if ZK_REGISTERS == 32
enum { PART = 4, TALL = 8 };
#else
enum { PART = 2, TALL = 6 };
#endif
enum { WIDE = 4, ROWS = 6, TILE = TALL * 2 > ROWS * 4 ? TALL * 2 : ROWS * 4 };

typedef struct {
  int full, narrow;  // panels of 4 vectors, and of 2 (0 or 1)
  int units;         // columns of the result that a full panel makes
} panels;

ZK_INLINE int divide_up(int a, int b) { return (a + b - 1) / b; }

ZK_INLINE panels panels_of(zk_layout layout, int columns) {
  panels p = {0, 0, WIDE * LANES};
  if (layout == ZK_GATED) {
    p.units = 2 * LANES;
    p.full = divide_up(columns / 2, p.units);
  } else if (layout == ZK_LSTM) {
    p.units = LANES;
    p.full = divide_up(columns / 4, p.units);
  } else {
    p.full = columns / p.units;
    const int rest = columns - p.full * p.units;
    if (rest > 2 * LANES) p.full++;
    else if (rest > 0) p.narrow = 1;
  }
  return p;
}

// The natural column of lane `lane` in vector v of panel q, or -1 for padding.
static int natural_column(zk_layout layout, int columns, int q, int v, int lane) {
  int block = 0, unit, size = columns;
  if (layout == ZK_GATED) {
    size = columns / 2;
    block = v / 2;
    unit = q * 2 * LANES + (v % 2) * LANES + lane;
  } else if (layout == ZK_LSTM) {
    size = columns / 4;
    block = v;
    unit = q * LANES + lane;
  } else {
    unit = (q * WIDE + v) * LANES + lane;
  }
  return unit < size ? block * size + unit : -1;
}

// What the activations want in front: tanh takes -2 log2(e) x, sigmoid takes -log2(e) x.
static float column_factor(zk_layout layout, int v) {
  if (layout == ZK_PLAIN) return 1.0f;
  const int is_tanh = layout == ZK_GATED ? v < 2 : v == 2;
  return is_tanh ? -2.0f * LOG2E : -LOG2E;
}

ZK_INLINE int vectors_of(panels p) { return p.full * WIDE + p.narrow * 2; }

static size_t packed_floats(zk_layout layout, int rows, int columns) {
  const int vectors = vectors_of(panels_of(layout, columns));
  return (size_t)(rows + (ZK_BFLOAT16 ? divide_up(rows, 2) : 0)) * LANES * vectors;
}
static size_t packed_bias_floats(zk_layout layout, int columns) {
  return (size_t)LANES * vectors_of(panels_of(layout, columns));
}

// Weights of one part of a panel: floats, and pairs of bfloat16 where the table has them.
typedef struct {
  const float *floats;
  const uint32_t *pairs;
} packed_part;

// The part that begins with vector v of all packed vectors.
ZK_INLINE packed_part part_at(const float *weights, int rows, int vectors, int v) {
  return (packed_part){
      weights + (size_t)v * rows * LANES,
      ZK_BFLOAT16 ? (const uint32_t *)(weights + (size_t)vectors * rows * LANES) + (size_t)v * divide_up(rows, 2) * LANES
                  : 0};
}

#if ZK_BFLOAT16
ZK_INLINE uint32_t bfloat16_of(float x) {
  union {
    float f;
    uint32_t bits;
  } u = {x};
  if (x != x) return 0x7FC0;
  return (u.bits + 0x7FFF + (u.bits >> 16 & 1)) >> 16;  // to the nearest, ties to even
}

// From packed floats: part by part, two rows beside each other in each lane.
static void pack_pairs(panels p, int rows, const float *floats, uint32_t *pairs) {
  for (int q = 0; q < p.full + p.narrow; q++) {
    const int vectors = q < p.full ? WIDE : 2, width = (PART < vectors ? PART : vectors) * LANES;
    for (int part = 0; part < vectors * LANES / width; part++, floats += (size_t)rows * width)
      for (int k = 0; k < rows; k += 2)
        for (int n = 0; n < width; n++) {
          const uint32_t low = bfloat16_of(floats[(size_t)k * width + n]);
          *pairs++ = low | (k + 1 < rows ? bfloat16_of(floats[(size_t)(k + 1) * width + n]) << 16 : 0);
        }
  }
}
#endif

static void pack(zk_layout layout, int rows, int columns, const float *matrix, float *packed) {
  const panels p = panels_of(layout, columns);
  for (int q = 0; q < p.full + p.narrow; q++) {
    const int vectors = q < p.full ? WIDE : 2;
    for (int v = 0; v < vectors; v++) {
      const int part = v / PART, width = PART < vectors ? PART : vectors;
      float *to = packed + part * rows * width * LANES + (v % width) * LANES;
      const float factor = column_factor(layout, v);
      for (int lane = 0; lane < LANES; lane++) {
        const int column = natural_column(layout, columns, q, v, lane);
        for (int k = 0; k < rows; k++)
          to[k * width * LANES + lane] = column < 0 ? 0.0f : factor * matrix[(size_t)k * columns + column];
      }
    }
    packed += (size_t)vectors * rows * LANES;
  }
#if ZK_BFLOAT16
  pack_pairs(p, rows, packed - (size_t)vectors_of(p) * rows * LANES, (uint32_t *)packed);
#endif
}

static void pack_bias(zk_layout layout, int columns, const float *bias, float *packed) {
  const panels p = panels_of(layout, columns);
  for (int q = 0; q < p.full + p.narrow; q++)
    for (int v = 0; v < (q < p.full ? WIDE : 2); v++)
      for (int lane = 0; lane < LANES; lane++) {
        const int column = natural_column(layout, columns, q, v, lane);
        *packed++ = column < 0 ? 0.0f : column_factor(layout, v) * bias[column];
      }
}
