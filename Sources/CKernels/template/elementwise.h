// Functions of single numbers and of single rows. Plain loops where the compiler makes vectors of them.

static void activate(zk_activation kind, size_t n, const float *x, float *y) {
  for (size_t i = 0; i < n; i += LANES) {
    const int width = n - i < LANES ? (int)(n - i) : LANES;
    store_up_to(y + i, activated(kind, load_up_to(x + i, width)), width);
  }
}

static void activate_gradient(zk_activation kind, size_t n, const float *y, const float *dy, float *dx,
                              int accumulate) {
  for (size_t i = 0; i < n; i++) {
    const float slope = kind == ZK_TANH ? 1.0f - y[i] * y[i]
                        : kind == ZK_SIGMOID ? y[i] * (1.0f - y[i])
                        : kind == ZK_RELU ? (y[i] > 0.0f ? 1.0f : 0.0f)
                                          : 1.0f;
    dx[i] = (accumulate ? dx[i] : 0.0f) + slope * dy[i];
  }
}

static void add(size_t n, const float *a, const float *b, float *out) {
  for (size_t i = 0; i < n; i++) out[i] = a[i] + b[i];
}
static void multiply(size_t n, const float *a, const float *b, float *out, int accumulate) {
  if (accumulate) for (size_t i = 0; i < n; i++) out[i] += a[i] * b[i];
  else for (size_t i = 0; i < n; i++) out[i] = a[i] * b[i];
}
static void scale(size_t n, float factor, const float *x, float *out, int accumulate) {
  if (accumulate) for (size_t i = 0; i < n; i++) out[i] += factor * x[i];
  else for (size_t i = 0; i < n; i++) out[i] = factor * x[i];
}

static void gated_gradient(int rows, int channels, const float *dz, ptrdiff_t dz_stride, const float *factors,
                           ptrdiff_t factors_stride, float *pre, ptrdiff_t pre_stride) {
  for (int r = 0; r < rows; r++, dz += dz_stride, factors += factors_stride, pre += pre_stride)
    for (int c = 0; c < channels; c += LANES) {
      const int width = channels - c;
      const vec d = load_up_to(dz + c, width);
      store_up_to(pre + c, d * load_up_to(factors + c, width), width);
      store_up_to(pre + channels + c, d * load_up_to(factors + channels + c, width), width);
    }
}

// ---------------------------------------------------------------- sums over rows

enum { SUM_ROWS = 16, SUM_COLUMNS = 4 * LANES };

// Up to SUM_COLUMNS columns; the sums of SUM_ROWS rows stay in registers.
ZK_INLINE void columns_summed(const int whole, int rows, int n, const float *x, ptrdiff_t stride, float *sums) {
  double total[SUM_COLUMNS] = {0};
  float part[SUM_COLUMNS];
  for (int r0 = 0; r0 < rows; r0 += SUM_ROWS) {
    const int end = rows - r0 < SUM_ROWS ? rows : r0 + SUM_ROWS;
    vec sum[4] = {0};
    for (int r = r0; r < end; r++)
      ZK_UNROLL for (int v = 0; v < 4; v++)
        sum[v] += whole ? load(x + r * stride + v * LANES) : load_up_to(x + r * stride + v * LANES, n - v * LANES);
    ZK_UNROLL for (int v = 0; v < 4; v++) store(part + v * LANES, sum[v]);
    for (int c = 0; c < SUM_COLUMNS; c++) total[c] += (double)part[c];
  }
  for (int c = 0; c < n; c++) sums[c] += (float)total[c];
}

static void column_sums(int rows, int channels, const float *x, ptrdiff_t stride, float *sums) {
  int c = 0;
  for (; c + SUM_COLUMNS <= channels; c += SUM_COLUMNS) columns_summed(1, rows, SUM_COLUMNS, x + c, stride, sums + c);
  if (c < channels) columns_summed(0, rows, channels - c, x + c, stride, sums + c);
}

// A number for each channel, each bit of which depends on all of the key; 0 where it is below the threshold.
static void dropout(int channels, uint64_t key, uint32_t threshold, float factor, const float *x, float *y,
                    int accumulate) {
  const uint32_t low = (uint32_t)key, high = (uint32_t)(key >> 32);
  for (int c = 0; c < channels; c++) {
    uint32_t h = low + (uint32_t)c * 0x9E3779B9u;
    h = (h ^ h >> 16) * 0x7FEB352Du + high;
    h = (h ^ h >> 15) * 0x846CA68Bu;
    h ^= h >> 16;
    const float kept = h < threshold ? 0.0f : factor * x[c];
    y[c] = accumulate ? y[c] + kept : kept;
  }
}

// In double throughout: the variance is a difference of these sums, and a channel may be nearly constant.
static void column_moments(int rows, int channels, const float *x, ptrdiff_t stride, double *sum,
                           double *sum_of_squares) {
  for (int r = 0; r < rows; r++, x += stride)
    for (int c = 0; c < channels; c++) {
      const double v = x[c];
      sum[c] += v;
      sum_of_squares[c] += v * v;
    }
}
static void column_products(int rows, int channels, const float *a, ptrdiff_t a_stride, const float *b,
                            ptrdiff_t b_stride, double *sum_a, double *sum_ab) {
  for (int r = 0; r < rows; r++, a += a_stride, b += b_stride)
    for (int c = 0; c < channels; c++) {
      const double v = a[c];
      sum_a[c] += v;
      sum_ab[c] += v * (double)b[c];
    }
}

// ---------------------------------------------------------------- normalisation

static void scale_shift(int rows, int channels, const float *x, ptrdiff_t x_stride, const float *scale_by,
                        const float *shift, float *y, ptrdiff_t y_stride) {
  for (int r = 0; r < rows; r++, x += x_stride, y += y_stride)
    for (int c = 0; c < channels; c++) y[c] = scale_by[c] * x[c] + shift[c];
}

static void normalise_gradient(int rows, int channels, const float *x, ptrdiff_t x_stride, const float *dy,
                               ptrdiff_t dy_stride, const float *scale_by, const float *dy_mean, const float *slope,
                               const float *x_mean, float *dx, ptrdiff_t dx_stride, int accumulate) {
  for (int r = 0; r < rows; r++, x += x_stride, dy += dy_stride, dx += dx_stride)
    for (int c = 0; c < channels; c++) {
      const float d = scale_by[c] * (dy[c] - dy_mean[c] - slope[c] * (x[c] - x_mean[c]));
      dx[c] = accumulate ? dx[c] + d : d;
    }
}

static void layer_norm(int rows, int channels, const float *x, ptrdiff_t x_stride, const float *weight,
                       const float *bias, float epsilon, float *y, ptrdiff_t y_stride, float *mean, float *inverse) {
  for (int r = 0; r < rows; r++, x += x_stride, y += y_stride) {
    double sum = 0, squares = 0;
    for (int c = 0; c < channels; c++) sum += x[c];
    const double m = sum / channels;
    for (int c = 0; c < channels; c++) squares += (x[c] - m) * (x[c] - m);
    const double i = 1.0 / __builtin_sqrt(squares / channels + (double)epsilon);
    for (int c = 0; c < channels; c++) y[c] = (float)((x[c] - m) * i) * weight[c] + bias[c];
    if (mean) mean[r] = (float)m;
    if (inverse) inverse[r] = (float)i;
  }
}

static void layer_norm_gradient(int rows, int channels, const float *x, ptrdiff_t x_stride, const float *dy,
                                ptrdiff_t dy_stride, const float *weight, const float *mean, const float *inverse,
                                float *dx, ptrdiff_t dx_stride, int accumulate, float *weight_gradient,
                                float *bias_gradient) {
  for (int r = 0; r < rows; r++, x += x_stride, dy += dy_stride, dx += dx_stride) {
    double sum = 0, product_sum = 0;
    for (int c = 0; c < channels; c++) {
      const float normal = (x[c] - mean[r]) * inverse[r];
      const double d = (double)dy[c] * weight[c];
      sum += d;
      product_sum += d * normal;
      weight_gradient[c] += dy[c] * normal;
      bias_gradient[c] += dy[c];
    }
    for (int c = 0; c < channels; c++) {
      const float normal = (x[c] - mean[r]) * inverse[r];
      const float d = inverse[r] * (float)((double)dy[c] * weight[c] - sum / channels - normal * product_sum / channels);
      dx[c] = accumulate ? dx[c] + d : d;
    }
  }
}

// ---------------------------------------------------------------- softmax

static void softmax(int rows, int channels, const float *x, ptrdiff_t x_stride, float *y, ptrdiff_t y_stride) {
  for (int r = 0; r < rows; r++, x += x_stride, y += y_stride) {
    float largest = x[0];
    for (int c = 1; c < channels; c++) largest = x[c] > largest ? x[c] : largest;
    double sum = 0;
    for (int c = 0; c < channels; c += LANES) {
      const int width = channels - c < LANES ? channels - c : LANES;
      vec a = (load_up_to(x + c, width) - splat(largest)) * splat(LOG2E), e;
      exp2n(1, &a, &e);
      store_up_to(y + c, e, width);
      for (int i = 0; i < width; i++) sum += y[c + i];
    }
    const float inverse = (float)(1.0 / sum);
    for (int c = 0; c < channels; c++) y[c] *= inverse;
  }
}

static void softmax_gradient(int rows, int channels, const float *y, ptrdiff_t y_stride, const float *dy,
                             ptrdiff_t dy_stride, float *dx, ptrdiff_t dx_stride, int accumulate) {
  for (int r = 0; r < rows; r++, y += y_stride, dy += dy_stride, dx += dx_stride) {
    double sum = 0;
    for (int c = 0; c < channels; c++) sum += (double)y[c] * dy[c];
    for (int c = 0; c < channels; c++) {
      const float d = y[c] * (dy[c] - (float)sum);
      dx[c] = accumulate ? dx[c] + d : d;
    }
  }
}

// ---------------------------------------------------------------- order of rows

static void gather(int steps, int batch, int channels, const float *trajectories, ptrdiff_t trajectory_stride,
                   float *rows, ptrdiff_t row_stride) {
  for (int b = 0; b < batch; b++)
    for (int t = 0; t < steps; t++) {
      const float *from = trajectories + b * trajectory_stride + (ptrdiff_t)t * channels;
      float *to = rows + ((ptrdiff_t)t * batch + b) * row_stride;
      for (int c = 0; c < channels; c++) to[c] = from[c];
    }
}
static void scatter(int steps, int batch, int channels, const float *rows, ptrdiff_t row_stride, float *trajectories,
                    ptrdiff_t trajectory_stride, int accumulate) {
  for (int b = 0; b < batch; b++)
    for (int t = 0; t < steps; t++) {
      const float *from = rows + ((ptrdiff_t)t * batch + b) * row_stride;
      float *to = trajectories + b * trajectory_stride + (ptrdiff_t)t * channels;
      for (int c = 0; c < channels; c++) to[c] = accumulate ? to[c] + from[c] : from[c];
    }
}
