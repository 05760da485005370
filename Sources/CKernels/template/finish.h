// What becomes of a tile of sums: activations, sums with other rows, and where they go.
//
// What the loops need is copied into a local first: a vector's store may alias anything, so that whatever lies behind a
// pointer would be read again after each. `whole` is a constant: all columns exist.

typedef struct {
  int width;  // columns that exist, from the first one on
  const float *addend, *total_in;
  float *out, *total_out, *filter_factors, *gate_factors;
  ptrdiff_t addend_stride, total_in_stride, out_stride, total_out_stride, factors_stride;
} result_rows;

// Results of rows `row` and on, columns `column` and on of `columns`.
ZK_INLINE result_rows results_at(const zk_product *p, ptrdiff_t row, int column, int columns) {
  float *factors = p->factors ? p->factors + row * p->factors_stride + column : 0;
  return (result_rows){
      .width = columns - column,
      .addend = p->addend ? p->addend + row * p->addend_stride + column : 0,
      .addend_stride = p->addend_stride,
      .total_in = p->total_in ? p->total_in + row * p->total_in_stride + column : 0,
      .total_in_stride = p->total_in_stride,
      .out = p->out ? p->out + row * p->out_stride + column : 0,
      .out_stride = p->out_stride,
      .total_out = p->total_out ? p->total_out + row * p->total_out_stride + column : 0,
      .total_out_stride = p->total_out_stride,
      .filter_factors = factors,
      .gate_factors = factors ? factors + columns : 0,
      .factors_stride = p->factors_stride,
  };
}

ZK_INLINE vec activated(zk_activation kind, vec x) {
  switch (kind) {
    case ZK_TANH: return tanh_scaled(x * splat(-2.0f * LOG2E));
    case ZK_SIGMOID: return sigmoid_scaled(x * splat(-LOG2E));
    case ZK_RELU: return (vec)((ivec)x & ~(ivec)(x < splat(0.0f)));
    default: return x;
  }
}

ZK_INLINE void finish_vector(const result_rows *to, int r, int at, int width, vec x) {
  if (to->out) store_up_to(to->out + r * to->out_stride + at, x, width);
  if (to->total_out) {
    if (to->total_in) x += load_up_to(to->total_in + r * to->total_in_stride + at, width);
    store_up_to(to->total_out + r * to->total_out_stride + at, x, width);
  }
}

ZK_INLINE void plain_rows(const int whole, const zk_activation activation, const int vectors, const result_rows to,
                          int n, const float *tile) {
  for (int r = 0; r < n; r++)
    ZK_UNROLL for (int v = 0; v < vectors; v++) {
      const int at = v * LANES, width = whole ? LANES : to.width - at;
      if (width <= 0) continue;
      vec x = load(tile + (r * vectors + v) * LANES);
      if (to.addend) x += load_up_to(to.addend + r * to.addend_stride + at, width);
      finish_vector(&to, r, at, width, activated(activation, x));
    }
}

static void finish_plain(const zk_product *p, int n, ptrdiff_t row, int column, int vectors, const float *tile) {
  const result_rows to = results_at(p, row, column, p->columns);
  const int is_plain = p->activation == ZK_IDENTITY && to.width >= vectors * LANES;
  if (is_plain && vectors == WIDE) plain_rows(1, ZK_IDENTITY, WIDE, to, n, tile);
  else if (is_plain) plain_rows(1, ZK_IDENTITY, 2, to, n, tile);
  else if (vectors == WIDE) plain_rows(0, p->activation, WIDE, to, n, tile);
  else plain_rows(0, p->activation, 2, to, n, tile);
}

// Pairs of filter and gate: tanh(f) sigmoid(g) = (1 - A) / ((1 + A)(1 + B)), two exponentials and one quotient.
ZK_INLINE void gate_pairs(const int whole, const int rows, const result_rows *to, int row, const float *tile) {
  const vec one = splat(1.0f);
  vec a[8], e[8];
  ZK_UNROLL for (int i = 0; i < 2 * rows; i++) {
    a[i] = at_most(load(tile + (i / 2) * WIDE * LANES + (i % 2) * LANES), LIMIT);
    a[2 * rows + i] = at_most(load(tile + (i / 2) * WIDE * LANES + (2 + i % 2) * LANES), LIMIT);
  }
  exp2n(4 * rows, a, e);
  ZK_UNROLL for (int i = 0; i < 2 * rows; i++) {
    const int r = row + i / 2, at = (i % 2) * LANES, width = whole ? LANES : to->width - at;
    if (width <= 0) continue;
    const vec b1 = one + e[2 * rows + i];
    if (to->filter_factors) {
      const vec a1 = one + e[i], inverse = quotient(one, a1 * b1);
      const vec s = a1 * inverse, t = (one - e[i]) * b1 * inverse, z = t * s;
      store_up_to(to->filter_factors + r * to->factors_stride + at, s - t * z, width);
      store_up_to(to->gate_factors + r * to->factors_stride + at, z - z * s, width);
      finish_vector(to, r, at, width, z);
    } else {
      finish_vector(to, r, at, width, quotient(one - e[i], muladd(e[i], b1, b1)));
    }
  }
}

ZK_INLINE void gate_rows(const int whole, const result_rows to, int n, const float *tile) {
  int r = 0;
  for (; r + 2 <= n; r += 2) gate_pairs(whole, 2, &to, r, tile + r * WIDE * LANES);
  if (r < n) gate_pairs(whole, 1, &to, r, tile + r * WIDE * LANES);
}

static void finish_gated(const zk_product *p, int n, ptrdiff_t row, int unit, const float *tile) {
  const result_rows to = results_at(p, row, unit, p->columns / 2);
  if (to.width >= 2 * LANES) gate_rows(1, to, n, tile);
  else gate_rows(0, to, n, tile);
}
