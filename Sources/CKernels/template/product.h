// Rows times a packed matrix, with an epilogue.
//
// A panel is 4 vectors of columns, whatever one activation needs: {filter, filter, gate, gate}, {i, f, g, o}, or 4
// plain vectors; the last panel of a plain matrix may be 2 vectors. Packed: [panel][part][k][vectors of the part], so
// that the product loop reads weights as one stream. With 32 registers a part is the panel, and a tile is 6 rows x 4
// vectors (24 accumulators, 4 weights, 1 broadcast) or 8 x 2; with 16 registers a part is 2 vectors and a tile 6 x 2.
// A table of reduced precision packs the weights a second time, as pairs of bfloat16 along k, and rounds the rows of a
// tile to such pairs where an operand is wide: half the multiply-adds, sums in float. Narrow operands (a trajectory's own
// displacements, whose small steps lie below bfloat16's resolution) stay float, as do few rows of a recurrent layer.
// Accumulators pass to the epilogue through a scratch tile in L1, so that one copy of the element-wise code serves all
// heights; the store ports are idle during products.
#if LANES == 16 || defined(__aarch64__)
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

// ---------------------------------------------------------------- tiles

// acc[r][0..V-1] += sum over k of a[r stride + k step] w[k][0..V-1], k ascending: the order of additions, and so the
// bits of a row, do not depend on R or on the neighbours of the row. R and V are constants wherever it is inlined.
ZK_INLINE void accumulate(const int R, const int V, vec (*acc)[4], const float *a, const long stride, const long step,
                          const float *w, const long w_step, const long K) {
  _Pragma("clang loop unroll_count(4)")
  for (long k = 0; k < K; k++) {
    vec b[4];
    ZK_UNROLL for (int v = 0; v < V; v++) b[v] = load(w + k * w_step + v * LANES);
    ZK_UNROLL for (int r = 0; r < R; r++) {
      const vec x = splat(a[r * stride + k * step]);
      ZK_UNROLL for (int v = 0; v < V; v++) acc[r][v] = muladd(x, b[v], acc[r][v]);
    }
  }
}

#if ZK_BFLOAT16
enum { MOST_PAIRS = 256, LEAST_COLUMNS = 16 };

ZK_INLINE int is_rounded(const zk_operand *o) {
  return o->columns >= LEAST_COLUMNS && o->columns <= 2 * MOST_PAIRS && !((o->columns | o->weight_row) & 1);
}

// acc[r][v] += sum over pairs of k, from the rows of one operand.
ZK_INLINE void accumulate_pairs(const int R, const int V, vec (*acc)[4], const float *a, const long stride,
                                const uint32_t *w, const long columns) {
  uint32_t rounded[TALL][MOST_PAIRS] __attribute__((aligned(64)));
  ZK_UNROLL for (int r = 0; r < R; r++)
    for (long k = 0; k < columns; k += LANES)
      *(__m256bh *)(rounded[r] + k / 2) =
          _mm512_cvtneps_pbh((__m512)load_up_to(a + r * stride + k, (int)(columns - k)));
  _Pragma("clang loop unroll_count(4)")
  for (long k = 0; k < columns / 2; k++) {
    __m512bh b[4];
    ZK_UNROLL for (int v = 0; v < V; v++) b[v] = (__m512bh)_mm512_loadu_si512(w + (k * V + v) * LANES);
    ZK_UNROLL for (int r = 0; r < R; r++) {
      const __m512bh x = (__m512bh)_mm512_set1_epi32((int)rounded[r][k]);
      ZK_UNROLL for (int v = 0; v < V; v++) acc[r][v] = (vec)_mm512_dpbf16_ps((__m512)acc[r][v], b[v], x);
    }
  }
}
#endif

// Runs CALL with the constant R = n: a specialised copy for each height.
#define CASE(n, CALL) \
  case n: {           \
    enum { R = n };   \
    CALL;             \
  } break;
#define ROW_CASES(n, CALL) \
  switch (n) { CASE(6, CALL) CASE(5, CALL) CASE(4, CALL) CASE(3, CALL) CASE(2, CALL) default: { enum { R = 1 }; CALL; } }
#if LANES == 16
#define TALL_CASES(n, CALL)                                                                                        \
  switch (n) {                                                                                                     \
    CASE(12, CALL) CASE(11, CALL) CASE(10, CALL) CASE(9, CALL) CASE(8, CALL) CASE(7, CALL) CASE(6, CALL)           \
    CASE(5, CALL) CASE(4, CALL) CASE(3, CALL) CASE(2, CALL) default: { enum { R = 1 }; CALL; }                     \
  }
#else
#define TALL_CASES(n, CALL) ROW_CASES(n, CALL)
#endif

// Splits n rows into nearly equal tiles: 20 rows become 5+5+5+5, not 6+6+6+2, since 4 to 6 rows all reach the peak.
#define FOR_TILES(t, height, most, n)                                                       \
  for (int t = 0, tiles_ = divide_up(n, most), i_ = 0, height;                              \
       i_ < tiles_ && ((height = ((n) - t + tiles_ - i_ - 1) / (tiles_ - i_)), 1);          \
       t += height, i_++)

// One part of a panel: out points at its columns in the scratch tile (rows `pitch` apart).
ZK_INLINE void product_part(const int R, const int V, const zk_product *p, ptrdiff_t row, packed_part part,
                            const float *bias, float *out, int pitch) {
  vec acc[TALL][4];
  ZK_UNROLL for (int r = 0; r < R; r++)
    ZK_UNROLL for (int v = 0; v < V; v++) acc[r][v] = bias ? load(bias + v * LANES) : splat(0.0f);
  for (int s = 0; s < p->operands; s++) {
    const zk_operand *o = &p->operand[s];
#if ZK_BFLOAT16
    if (is_rounded(o)) {
      accumulate_pairs(R, V, acc, o->data + row * o->stride, o->stride,
                       part.pairs + (size_t)(o->weight_row / 2) * V * LANES, o->columns);
      continue;
    }
#endif
    accumulate(R, V, acc, o->data + row * o->stride, o->stride, 1, part.floats + (size_t)o->weight_row * V * LANES,
               V * LANES, o->columns);
  }
  ZK_UNROLL for (int r = 0; r < R; r++)
    ZK_UNROLL for (int v = 0; v < V; v++) store(out + r * pitch + v * LANES, acc[r][v]);
}
static __attribute__((noinline)) void product_wide(const zk_product *p, int n, ptrdiff_t row, packed_part part,
                                                   const float *bias, float *out, int pitch) {
  ROW_CASES(n, product_part(R, PART, p, row, part, bias, out, pitch))
}
static __attribute__((noinline)) void product_narrow(const zk_product *p, int n, ptrdiff_t row, packed_part part,
                                                     const float *bias, float *out, int pitch) {
  TALL_CASES(n, product_part(R, 2, p, row, part, bias, out, pitch))
}

// ---------------------------------------------------------------- epilogues

ZK_INLINE vec activated(zk_activation kind, vec x) {
  switch (kind) {
    case ZK_TANH: return tanh_scaled(x * splat(-2.0f * LOG2E));
    case ZK_SIGMOID: return sigmoid_scaled(x * splat(-LOG2E));
    case ZK_RELU: return (vec)((ivec)x & ~(ivec)(x < splat(0.0f)));
    default: return x;
  }
}

// Result columns `column` and on, up to `width` of them, of one row from the scratch tile.
ZK_INLINE void finish_vector(const zk_product *p, ptrdiff_t row, int column, int width, vec v) {
  if (p->out) store_up_to(p->out + row * p->out_stride + column, v, width);
  if (p->total_out) {
    if (p->total_in) v += load_up_to(p->total_in + row * p->total_in_stride + column, width);
    store_up_to(p->total_out + row * p->total_out_stride + column, v, width);
  }
}

static void finish_plain(const zk_product *p, int n, ptrdiff_t row, int column, int vectors, const float *tile) {
  for (int r = 0; r < n; r++)
    for (int v = 0; v < vectors; v++) {
      const int at = column + v * LANES, width = p->columns - at;
      if (width <= 0) break;
      vec x = load(tile + (r * vectors + v) * LANES);
      if (p->addend) x += load_up_to(p->addend + (row + r) * p->addend_stride + at, width);
      finish_vector(p, row + r, at, width, p->activation == ZK_IDENTITY ? x : activated(p->activation, x));
    }
}

// N pairs of filter and gate: tanh(f) sigmoid(g) = (1 - A) / ((1 + A)(1 + B)), two exponentials and one quotient.
ZK_INLINE void gate_pairs(const int rows, const zk_product *p, ptrdiff_t row, int unit, const float *tile) {
  const int channels = p->columns / 2;
  const vec one = splat(1.0f);
  vec a[8], e[8];
  ZK_UNROLL for (int i = 0; i < 2 * rows; i++) {
    a[i] = at_most(load(tile + (i / 2) * WIDE * LANES + (i % 2) * LANES), LIMIT);
    a[2 * rows + i] = at_most(load(tile + (i / 2) * WIDE * LANES + (2 + i % 2) * LANES), LIMIT);
  }
  exp2n(4 * rows, a, e);
  ZK_UNROLL for (int i = 0; i < 2 * rows; i++) {
    const int at = unit + (i % 2) * LANES, width = channels - at;
    if (width <= 0) continue;
    const ptrdiff_t r = row + i / 2;
    const vec b1 = one + e[2 * rows + i];
    if (p->factors) {
      const vec a1 = one + e[i], inverse = quotient(one, a1 * b1);
      const vec s = a1 * inverse, t = (one - e[i]) * b1 * inverse, z = t * s;
      store_up_to(p->factors + r * p->factors_stride + at, s - t * z, width);
      store_up_to(p->factors + r * p->factors_stride + channels + at, z - z * s, width);
      finish_vector(p, r, at, width, z);
    } else {
      finish_vector(p, r, at, width, quotient(one - e[i], muladd(e[i], b1, b1)));
    }
  }
}

static void finish_gated(const zk_product *p, int n, ptrdiff_t row, int unit, const float *tile) {
  int r = 0;
  for (; r + 2 <= n; r += 2) gate_pairs(2, p, row + r, unit, tile + r * WIDE * LANES);
  if (r < n) gate_pairs(1, p, row + r, unit, tile + r * WIDE * LANES);
}

// Panel by panel, so that a panel's weights stay in L1 while all rows pass.
static void product(const zk_product *p) {
  float tile[TILE * LANES] __attribute__((aligned(64)));
  const panels shape = panels_of(p->layout, p->columns);
  const float *bias = p->bias;
  const int vectors = vectors_of(shape);
  for (int q = 0; q < shape.full; q++) {
    FOR_TILES(t, height, ROWS, p->rows) {
      for (int v = 0; v < WIDE; v += PART)
        product_wide(p, height, t, part_at(p->weights, p->weight_rows, vectors, q * WIDE + v),
                     bias ? bias + v * LANES : 0, tile + v * LANES, WIDE * LANES);
      if (p->layout == ZK_GATED) finish_gated(p, height, t, q * shape.units, tile);
      else finish_plain(p, height, t, q * shape.units, WIDE, tile);
    }
    if (bias) bias += WIDE * LANES;
  }
  if (shape.narrow)
    FOR_TILES(t, height, TALL, p->rows) {
      product_narrow(p, height, t, part_at(p->weights, p->weight_rows, vectors, shape.full * WIDE), bias, tile, 2 * LANES);
      finish_plain(p, height, t, shape.full * shape.units, 2, tile);
    }
}
