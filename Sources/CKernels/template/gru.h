// One GRU layer: both products through product(), the cell element by element.
enum { GRU_SAVED = 4 };  // saved for each row: r, z, n and U_n h + b_hn, hidden floats each

static size_t gru_saved_floats(int steps, int batch, int hidden) {
  return (size_t)GRU_SAVED * steps * batch * hidden;
}
// Input products of all steps, recurrent product of one step, a state of zeros, and the state's gradient.
static size_t gru_workspace_floats(int steps, int batch, int hidden, int input) {
  (void)input;
  return (size_t)3 * steps * batch * hidden + (size_t)5 * batch * hidden;
}

static void gru_rows(int rows, int H, const float *x, const float *u, const float *before, ptrdiff_t before_stride,
                     float *h, ptrdiff_t h_stride, float *saved) {
  const vec one = splat(1.0f);
  for (int b = 0; b < rows; b++, x += 3 * H, u += 3 * H)
    for (int k = 0; k < H; k += LANES) {
      const int width = H - k;
      const vec r = sigmoid_scaled((load_up_to(x + k, width) + load_up_to(u + k, width)) * splat(-LOG2E));
      const vec z = sigmoid_scaled((load_up_to(x + H + k, width) + load_up_to(u + H + k, width)) * splat(-LOG2E));
      const vec un = load_up_to(u + 2 * H + k, width);
      const vec n = tanh_scaled((load_up_to(x + 2 * H + k, width) + r * un) * splat(-2.0f * LOG2E));
      const vec old = load_up_to(before + b * before_stride + k, width);
      store_up_to(h + b * h_stride + k, (one - z) * n + z * old, width);
      if (saved) {
        float *s = saved + (size_t)b * GRU_SAVED * H + k;
        store_up_to(s, r, width);
        store_up_to(s + H, z, width);
        store_up_to(s + 2 * H, n, width);
        store_up_to(s + 3 * H, un, width);
      }
    }
}

static void gru(const zk_gru *p) {
  const int B = p->batch, H = p->hidden;
  float *x = p->workspace, *u = x + (size_t)3 * p->steps * B * H, *zero = u + (size_t)3 * B * H;
  zk_product input = {.rows = p->steps * B, .operands = 1, .layout = ZK_PLAIN, .weights = p->input_weights,
                      .weight_rows = p->input, .columns = 3 * H, .bias = p->input_bias, .out = x, .out_stride = 3 * H};
  input.operand[0] = (zk_operand){p->x, p->x_stride, p->input, 0};
  product(&input);
  for (size_t i = 0; i < (size_t)B * H; i++) zero[i] = 0.0f;
  const float *before = p->h0 ? p->h0 : zero;
  ptrdiff_t stride = H;
  zk_product recurrent = {.rows = B, .operands = 1, .layout = ZK_PLAIN, .weights = p->recurrent_weights,
                          .weight_rows = H, .columns = 3 * H, .bias = p->recurrent_bias, .out = u, .out_stride = 3 * H};
  for (int t = 0; t < p->steps; t++) {
    recurrent.operand[0] = (zk_operand){before, stride, H, 0};
    product(&recurrent);
    float *h = p->h + (ptrdiff_t)t * B * p->h_stride;
    gru_rows(B, H, x + (size_t)t * B * 3 * H, u, before, stride, h, p->h_stride,
             p->saved ? p->saved + (size_t)t * B * GRU_SAVED * H : 0);
    before = h;
    stride = p->h_stride;
  }
  if (p->h_last)
    for (int b = 0; b < B; b++)
      for (int k = 0; k < H; k++) p->h_last[(size_t)b * H + k] = before[b * stride + k];
}

static void gru_gradient(const zk_gru_gradient *p) {
  const int B = p->batch, H = p->hidden;
  float *dh = p->workspace;
  for (size_t i = 0; i < (size_t)B * H; i++) dh[i] = p->h_last_gradient ? p->h_last_gradient[i] : 0.0f;
  zk_product back = {.rows = B, .operands = 1, .layout = ZK_PLAIN, .weights = p->transposed, .weight_rows = 3 * H,
                     .columns = H, .out = dh, .out_stride = H, .addend = dh, .addend_stride = H};
  for (int t = p->steps - 1; t >= 0; t--) {
    const float *before = t > 0 ? p->h + (ptrdiff_t)(t - 1) * B * p->h_stride : p->h0;
    const ptrdiff_t stride = t > 0 ? p->h_stride : H;
    float *dx = p->input_pre_gradient + (size_t)t * B * 3 * H, *du = p->recurrent_pre_gradient + (size_t)t * B * 3 * H;
    for (int b = 0; b < B; b++) {
      const float *s = p->saved + ((size_t)t * B + b) * GRU_SAVED * H;
      const float *from = p->h_gradient + ((ptrdiff_t)t * B + b) * p->h_gradient_stride;
      for (int k = 0; k < H; k++) {
        const float r = s[k], z = s[H + k], n = s[2 * H + k], un = s[3 * H + k];
        const float d = dh[(size_t)b * H + k] + from[k];
        const float old = before ? before[b * stride + k] : 0.0f;
        const float dn = d * (1.0f - z) * (1.0f - n * n), dz = d * (old - n) * z * (1.0f - z);
        const float dr = dn * un * r * (1.0f - r);
        const size_t at = (size_t)b * 3 * H + k;
        dx[at] = dr, dx[at + H] = dz, dx[at + 2 * H] = dn;
        du[at] = dr, du[at + H] = dz, du[at + 2 * H] = dn * r;
        dh[(size_t)b * H + k] = d * z;  // the direct way; the product adds the way through the gates
      }
    }
    back.operand[0] = (zk_operand){du, 3 * H, 3 * H, 0};
    product(&back);
  }
  if (p->h0_gradient)
    for (size_t i = 0; i < (size_t)B * H; i++) p->h0_gradient[i] = dh[i];
}
