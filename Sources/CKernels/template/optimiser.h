// Updates of all parameters in one sweep, and the loop that measures the peak of multiply-adds.

static void adam(size_t n, float *w, const float *g, float *m, float *v, float gradient_scale, float beta1, float beta2,
                 float step, float inverse_root, float epsilon, float decay) {
  const float keep = 1.0f - decay;
  for (size_t i = 0; i < n; i++) {
    const float slope = gradient_scale * g[i];
    m[i] = beta1 * m[i] + (1.0f - beta1) * slope;
    v[i] = beta2 * v[i] + (1.0f - beta2) * slope * slope;
    w[i] = keep * w[i] - step * m[i] / (__builtin_sqrtf(v[i]) * inverse_root + epsilon);
  }
}

static void sgd(size_t n, float *w, const float *g, float *velocity, float gradient_scale, float momentum, float rate,
                float decay) {
  for (size_t i = 0; i < n; i++) {
    float slope = gradient_scale * g[i];
    if (momentum != 0.0f) slope = velocity[i] = momentum * velocity[i] + slope;
    w[i] = (1.0f - decay) * w[i] - rate * slope;
  }
}

static void average(size_t n, float share, const float *x, float *mean) {
  for (size_t i = 0; i < n; i++) mean[i] += share * (x[i] - mean[i]);
}

static double sum_of_squares(size_t n, const float *x) {
  double total = 0;
  for (size_t i = 0; i < n; i += 16) {
    float part = 0;
    for (size_t j = i; j < n && j < i + 16; j++) part += x[j] * x[j];
    total += part;
  }
  return total;
}

// 24 chains with 32 registers, 12 with 16: more chains than latency times ports, so that only the ports limit.
enum { CHAINS = LANES == 16 ? 24 : 12 };
static float fma_loop(long iterations) {
  vec acc[CHAINS];
  ZK_UNROLL for (int i = 0; i < CHAINS; i++) acc[i] = splat((float)i);
  const vec x = splat(0.999f), y = splat(0.001f);
  for (long k = 0; k < iterations; k++)
    ZK_UNROLL for (int j = 0; j < 24 / CHAINS; j++)
      ZK_UNROLL for (int i = 0; i < CHAINS; i++) acc[i] = muladd(acc[i], x, y);
  vec sum = acc[0];
  ZK_UNROLL for (int i = 1; i < CHAINS; i++) sum += acc[i];
  float total = 0;
  for (int i = 0; i < LANES; i++) total += sum[i];
  return total;
}
