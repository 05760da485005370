// One LSTM layer in one direction.
//
// A panel is {i, f, g, o} of LANES units, so that the cell update finds all it needs in one tile. From 5 trajectories
// on, a step multiplies [x, h] by a panel while the panel is in L1. Up to 4 trajectories the step would be bound by
// reading weights: there the input's product is taken for all steps at once, and the recurrent weights are all that a
// step reads; a single row then advances two panels together, which hides the latency of its few accumulators. Both
// ways add in the same order (bias, x, h), so they give the same bits.
enum { FEW = 4, SAVED = 6 };  // saved for each step, panel and trajectory: i, f, g, o, c, tanh c

ZK_INLINE int units_panels(int hidden) { return divide_up(hidden, LANES); }

static size_t lstm_saved_floats(int steps, int batch, int hidden) {
  return (size_t)steps * batch * units_panels(hidden) * SAVED * LANES;
}
// Cells of all panels; then the pre-activations of the input for few trajectories, or the state's gradient.
static size_t lstm_workspace_floats(int steps, int batch, int hidden, int input) {
  (void)input;
  const size_t cells = (size_t)units_panels(hidden) * batch * LANES;
  const size_t few = batch <= FEW ? (size_t)steps * batch * units_panels(hidden) * WIDE * LANES : 0;
  const size_t gradient = (size_t)batch * hidden + LANES;
  return cells + (few > gradient ? few : gradient);
}

typedef struct {
  float *c;      // the panel's cells, LANES a trajectory
  float *h;      // where the panel's units go, rows h_stride apart
  ptrdiff_t h_stride;
  int width;     // units of the panel that exist
  float *saved;  // or NULL
} cell_place;

// Cell update of rows of a panel from its tile of scaled pre-activations. With A = 2^a of each gate:
// c' = c/(1+F) + (1-G)/((1+G)(1+I)) = (c (1+G)(1+I) + (1-G)(1+F)) / ((1+F)(1+G)(1+I)), one quotient.
ZK_INLINE void cell_rows(const int rows, const int is_saved, const float *tile, int row, const cell_place *p) {
  const vec one = splat(1.0f);
  vec a[8], e[8], c[2], o1[2];
  ZK_UNROLL for (int i = 0; i < 4 * rows; i++) a[i] = at_most(load(tile + i * LANES), LIMIT);
  exp2n(4 * rows, a, e);
  ZK_UNROLL for (int r = 0; r < rows; r++) {
    const vec i1 = one + e[4 * r], f1 = one + e[4 * r + 1], g = e[4 * r + 2];
    o1[r] = one + e[4 * r + 3];
    const vec before = load(p->c + (row + r) * LANES);
    if (is_saved) {
      float *s = p->saved + (size_t)(row + r) * SAVED * LANES;
      const vec first = quotient(one, i1 * f1), g1 = one + g, second = quotient(one, g1 * o1[r]);
      const vec iv = f1 * first, fv = i1 * first, gv = (one - g) * o1[r] * second, ov = g1 * second;
      c[r] = muladd(fv, before, iv * gv);
      store(s, iv);
      store(s + LANES, fv);
      store(s + 2 * LANES, gv);
      store(s + 3 * LANES, ov);
      store(s + 4 * LANES, c[r]);
    } else {
      const vec gi = muladd(g, i1, i1);
      c[r] = quotient(muladd(before, gi, (one - g) * f1), gi * f1);
    }
    store(p->c + (row + r) * LANES, c[r]);
    a[r] = at_most(c[r] * splat(-2.0f * LOG2E), LIMIT);
  }
  exp2n(rows, a, e);
  ZK_UNROLL for (int r = 0; r < rows; r++) {
    vec h;
    if (is_saved) {
      float *s = p->saved + (size_t)(row + r) * SAVED * LANES;
      const vec t = quotient(one - e[r], one + e[r]);
      store(s + 5 * LANES, t);
      h = t * load(s + 3 * LANES);
    } else {
      h = quotient(one - e[r], muladd(e[r], o1[r], o1[r]));
    }
    store_up_to(p->h + (row + r) * p->h_stride, h, p->width);
  }
}
ZK_INLINE void cell_panel(const int is_saved, int n, const float *tile, int row, const cell_place place) {
  int r = 0;
  for (; r + 2 <= n; r += 2) cell_rows(2, is_saved, tile + r * WIDE * LANES, row + r, &place);
  if (r < n) cell_rows(1, is_saved, tile + r * WIDE * LANES, row + r, &place);
}
static __attribute__((noinline)) void cells(int n, const float *tile, int row, const cell_place *p) {
  if (p->saved) cell_panel(1, n, tile, row, *p);
  else cell_panel(0, n, tile, row, *p);
}

ZK_INLINE int step_at(int index, int steps, int reverse) { return reverse ? steps - 1 - index : index; }

static cell_place place_of(const zk_lstm *p, float *c, int t, int q) {
  const int many = units_panels(p->hidden);
  return (cell_place){
      .c = c + (size_t)q * p->batch * LANES,
      .h = p->h + (ptrdiff_t)t * p->batch * p->h_stride + q * LANES,
      .h_stride = p->h_stride,
      .width = p->hidden - q * LANES,
      .saved = p->saved ? p->saved + ((size_t)t * many + q) * p->batch * SAVED * LANES : 0,
  };
}

// The state before step t: rows of h, of h0, or nothing.
static const float *state_before(const zk_lstm *p, int index, ptrdiff_t *stride) {
  if (index == 0) {
    *stride = p->hidden;
    return p->h0;
  }
  *stride = p->h_stride;
  return p->h + (ptrdiff_t)step_at(index - 1, p->steps, p->reverse) * p->batch * p->h_stride;
}

static void lstm_many(const zk_lstm *p, float *c) {
  float tile[TILE * LANES] __attribute__((aligned(64)));
  const int K = p->input + p->hidden, many = units_panels(p->hidden);
  for (int index = p->begin; index < p->end; index++) {
    const int t = step_at(index, p->steps, p->reverse);
    zk_product product = {.operands = 1, .weight_rows = K};
    product.operand[0] = (zk_operand){p->x + (ptrdiff_t)t * p->batch * p->x_stride, p->x_stride, p->input, 0};
    ptrdiff_t stride;
    const float *before = state_before(p, index, &stride);
    if (before) product.operand[product.operands++] = (zk_operand){before, stride, p->hidden, p->input};
    for (int q = 0; q < many; q++) {
      const cell_place place = place_of(p, c, t, q);
      const float *bias = p->bias + q * WIDE * LANES;
      FOR_TILES(b, height, ROWS, p->batch) {
        for (int v = 0; v < WIDE; v += PART)
          product_wide(&product, height, b, part_at(p->weights, K, many * WIDE, q * WIDE + v), bias + v * LANES,
                       tile + v * LANES, WIDE * LANES);
        cells(height, tile, b, &place);
      }
    }
  }
}

// R rows of P panels: starts from the input's pre-activations and adds the recurrent product.
ZK_INLINE void recur(const int R, const int P, const float *pre, size_t pre_step, const float *h, ptrdiff_t h_stride,
                     long hidden, const float *w, size_t w_step, size_t part_step, float *tile) {
  vec acc[2][FEW][WIDE];
  ZK_UNROLL for (int q = 0; q < P; q++)
    ZK_UNROLL for (int r = 0; r < R; r++)
      ZK_UNROLL for (int v = 0; v < WIDE; v++) acc[q][r][v] = load(pre + q * pre_step + (r * WIDE + v) * LANES);
  if (h) {
    _Pragma("clang loop unroll_count(2)")
    for (long k = 0; k < hidden; k++)
      ZK_UNROLL for (int q = 0; q < P; q++)
        ZK_UNROLL for (int v = 0; v < WIDE; v++) {
          const vec b = load(w + q * w_step + (v / PART) * part_step + (k * PART + v % PART) * LANES);
          ZK_UNROLL for (int r = 0; r < R; r++) acc[q][r][v] = muladd(splat(h[r * h_stride + k]), b, acc[q][r][v]);
        }
  }
  ZK_UNROLL for (int q = 0; q < P; q++)
    ZK_UNROLL for (int r = 0; r < R; r++)
      ZK_UNROLL for (int v = 0; v < WIDE; v++) store(tile + ((q * R + r) * WIDE + v) * LANES, acc[q][r][v]);
}
static __attribute__((noinline)) void recur_rows(int n, const float *pre, const float *h, ptrdiff_t h_stride,
                                                 long hidden, const float *w, size_t part_step, float *tile) {
  switch (n) {
    CASE(4, recur(R, 1, pre, 0, h, h_stride, hidden, w, 0, part_step, tile))
    CASE(3, recur(R, 1, pre, 0, h, h_stride, hidden, w, 0, part_step, tile))
    CASE(2, recur(R, 1, pre, 0, h, h_stride, hidden, w, 0, part_step, tile))
    default: recur(1, 1, pre, 0, h, h_stride, hidden, w, 0, part_step, tile);
  }
}
static __attribute__((noinline)) void recur_pair(const float *pre, size_t pre_step, const float *h, long hidden,
                                                 const float *w, size_t w_step, size_t part_step, float *tile) {
  recur(1, 2, pre, pre_step, h, 0, hidden, w, w_step, part_step, tile);
}

static void lstm_few(const zk_lstm *p, float *c, float *pre) {
  float tile[TILE * LANES] __attribute__((aligned(64)));
  const int K = p->input + p->hidden, many = units_panels(p->hidden), rows = (p->end - p->begin) * p->batch;
  const int first = p->reverse ? p->steps - p->end : p->begin;
  const size_t pre_step = (size_t)rows * WIDE * LANES, w_step = (size_t)WIDE * K * LANES;
  const size_t part_step = (size_t)PART * K * LANES, recurrent = (size_t)p->input * PART * LANES;
  zk_product product = {.operands = 1, .weight_rows = K};
  product.operand[0] = (zk_operand){p->x + (ptrdiff_t)first * p->batch * p->x_stride, p->x_stride, p->input, 0};
  for (int q = 0; q < many; q++)
    FOR_TILES(t, height, ROWS, rows)
      for (int v = 0; v < WIDE; v += PART)
        product_wide(&product, height, t, part_at(p->weights, K, many * WIDE, q * WIDE + v),
                     p->bias + (q * WIDE + v) * LANES, pre + q * pre_step + ((size_t)t * WIDE + v) * LANES,
                     WIDE * LANES);
  for (int index = p->begin; index < p->end; index++) {
    const int t = step_at(index, p->steps, p->reverse);
    ptrdiff_t stride;
    const float *before = state_before(p, index, &stride);
    const float *from = pre + (size_t)(t - first) * p->batch * WIDE * LANES;
    // Panels in turn from the other end, so that what was used last is used first: half still lies in L1.
    for (int i = 0; i < many; i++) {
      if (p->batch == 1 && i + 1 < many) {
        const int q = index & 1 ? many - 2 - i : i;
        recur_pair(from + q * pre_step, pre_step, before, p->hidden, p->weights + q * w_step + recurrent, w_step,
                   part_step, tile);
        for (int j = 0; j < 2; j++) {
          const cell_place place = place_of(p, c, t, q + j);
          cells(1, tile + j * WIDE * LANES, 0, &place);
        }
        i++;
      } else {
        const int q = index & 1 ? many - 1 - i : i;
        const cell_place place = place_of(p, c, t, q);
        recur_rows(p->batch, from + q * pre_step, before, stride, p->hidden, p->weights + q * w_step + recurrent,
                   part_step, tile);
        cells(p->batch, tile, 0, &place);
      }
    }
  }
}

static void lstm(const zk_lstm *p) {
  const int many = units_panels(p->hidden);
  const size_t cell_floats = (size_t)many * p->batch * LANES;
  float *c = p->workspace;
  for (int q = 0; q < many && p->begin == 0; q++)
    for (int b = 0; b < p->batch; b++)
      store(c + ((size_t)q * p->batch + b) * LANES,
            p->c0 ? load_up_to(p->c0 + (size_t)b * p->hidden + q * LANES, p->hidden - q * LANES) : splat(0.0f));
  if (p->batch <= FEW) lstm_few(p, c, p->workspace + cell_floats);
  else lstm_many(p, c);
  for (int b = 0; b < p->batch && p->end == p->steps; b++)
    for (int u = 0; u < p->hidden; u++) {
      if (p->c_last) p->c_last[(size_t)b * p->hidden + u] = c[((size_t)(u / LANES) * p->batch + b) * LANES + u % LANES];
      if (p->h_last) {
        const int t = step_at(p->steps - 1, p->steps, p->reverse);
        p->h_last[(size_t)b * p->hidden + u] = p->h[((ptrdiff_t)t * p->batch + b) * p->h_stride + u];
      }
    }
}
