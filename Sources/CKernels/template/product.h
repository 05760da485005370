// Rows times a packed matrix, with an epilogue.
//
// With 32 registers a tile is 6 rows x 4 vectors (24 accumulators, 4 weights, 1 broadcast) or 8 x 2; with 16 registers
// 6 x 2. A table of reduced precision rounds the rows of a tile to pairs of bfloat16 where an operand is wide: half the
// multiply-adds, sums in float. Narrow operands (a trajectory's own displacements, whose small steps lie below
// bfloat16's resolution) stay float, as do few rows of a recurrent layer.
// Accumulators pass to the epilogue through a scratch tile in L1, so that one copy of the element-wise code serves all
// heights; the store ports are idle during products.

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
#if ZK_REGISTERS == 32
#define TALL_CASES(n, CALL) \
  switch (n) { CASE(8, CALL) CASE(7, CALL) default: ROW_CASES(n, CALL) }
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
