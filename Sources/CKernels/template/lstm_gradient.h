// An LSTM layer backwards in time: the gradient of its pre-activations, from what the way there saved.

// Gradients of the pre-activations of one step in one panel; dc carries the cell's gradient from step to step. `whole`
// is a constant: 8 lanes behind a mask are stored slower than one by one on some processors.
ZK_INLINE void gate_gradients(const int whole, int batch, int hidden, int width, const float *saved,
                              const float *c_before, ptrdiff_t c_stride, int c_width, const float *dy,
                              ptrdiff_t dy_stride, const float *dh, float *dc, float *pre) {
  const vec one = splat(1.0f);
  if (whole) width = c_width = LANES;
  for (int b = 0; b < batch; b++, saved += SAVED * LANES, dc += LANES, pre += 4 * hidden, dy += dy_stride, dh += hidden) {
    const vec i = load(saved), f = load(saved + LANES), g = load(saved + 2 * LANES), o = load(saved + 3 * LANES);
    const vec t = load(saved + 5 * LANES);
    const vec before = !c_before ? splat(0.0f) : load_up_to(c_before + b * c_stride, c_width);
    const vec slope = load_up_to(dy, width) + load_up_to(dh, width);
    const vec cell = muladd(slope * o, one - t * t, load(dc)), di = cell * i, df = cell * f;
    store_up_to(pre, di * g * (one - i), width);
    store_up_to(pre + hidden, df * before * (one - f), width);
    store_up_to(pre + 2 * hidden, di * (one - g * g), width);
    store_up_to(pre + 3 * hidden, slope * t * o * (one - o), width);
    store(dc, df);
  }
}

static void lstm_gradient(const zk_lstm_gradient *p) {
  const int many = units_panels(p->hidden), B = p->batch, H = p->hidden;
  float *dc = p->workspace, *dh = dc + (size_t)many * B * LANES;
  if (p->end == p->steps) {
    for (int q = 0; q < many; q++)
      for (int b = 0; b < B; b++)
        store(dc + ((size_t)q * B + b) * LANES,
              p->c_last_gradient ? load_up_to(p->c_last_gradient + (size_t)b * H + q * LANES, H - q * LANES)
                                 : splat(0.0f));
    for (size_t i = 0; i < (size_t)B * H; i++) dh[i] = p->h_last_gradient ? p->h_last_gradient[i] : 0.0f;
  }
  zk_product back = {.rows = B, .operands = 1, .layout = ZK_PLAIN, .weights = p->transposed, .weight_rows = 4 * H,
                     .columns = H, .out = dh, .out_stride = H};
  const int first = p->reverse ? p->steps - p->end : p->begin;
  for (int index = p->end - 1; index >= p->begin; index--) {
    const int t = step_at(index, p->steps, p->reverse);
    const int before = index > 0 ? step_at(index - 1, p->steps, p->reverse) : t;
    float *pre = p->pre_gradient + (size_t)(t - first) * B * 4 * H;
    const float *from = p->h_gradient + (ptrdiff_t)t * B * p->h_gradient_stride;
    for (int q = 0; q < many; q++) {
      const int width = H - q * LANES;
      const float *saved = p->saved + ((size_t)t * many + q) * B * SAVED * LANES;
      // The cell before the step: what the step before saved, or c0, or zeros.
      const float *c_before = p->saved + (((size_t)before * many + q) * B * SAVED + 4) * LANES;
      ptrdiff_t c_stride = SAVED * LANES;
      int c_width = LANES;
      if (index == 0) c_before = p->c0 ? p->c0 + q * LANES : 0, c_stride = H, c_width = width;
#define GATE_GRADIENTS(WHOLE)                                                                              \
  gate_gradients(WHOLE, B, H, width, saved, c_before, c_stride, c_width, from + q * LANES,                 \
                 p->h_gradient_stride, dh + q * LANES, dc + (size_t)q * B * LANES, pre + q * LANES)
      if (width >= LANES) GATE_GRADIENTS(1);
      else GATE_GRADIENTS(0);
#undef GATE_GRADIENTS
    }
    if (index > 0 || p->h0_gradient) {
      back.operand[0] = (zk_operand){pre, 4 * H, 4 * H, 0};
      product(&back);
    }
  }
  for (int b = 0; b < B && p->begin == 0; b++)
    for (int u = 0; u < H; u++) {
      if (p->h0_gradient) p->h0_gradient[(size_t)b * H + u] = dh[(size_t)b * H + u];
      if (p->c0_gradient) p->c0_gradient[(size_t)b * H + u] = dc[((size_t)(u / LANES) * B + b) * LANES + u % LANES];
    }
}
