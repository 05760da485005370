// The plain twin of every kernel that multiplies, packs or recurs: loops that follow the formulas, in double where
// a sum runs. Slow, complete, and what the other tables are compared with. Functions of single numbers are the
// template's plain loops, with the C library's tanh and exp in place of polynomials.
#include <math.h>

#define ZK_LANES 4
#include "tables.h"
#include "template/declaration.h"
#include "template/vector.h"

static float sigmoid(float x) { return (float)(1.0 / (1.0 + exp(-(double)x))); }

// ---------------------------------------------------------------- products

static size_t packed_floats(zk_layout layout, int rows, int columns) {
  (void)layout;
  return (size_t)rows * columns;
}
static void pack(zk_layout layout, int rows, int columns, const float *matrix, float *packed) {
  (void)layout;
  for (size_t i = 0; i < (size_t)rows * columns; i++) packed[i] = matrix[i];
}
static size_t packed_bias_floats(zk_layout layout, int columns) { return packed_floats(layout, 1, columns); }
static void pack_bias(zk_layout layout, int columns, const float *bias, float *packed) {
  pack(layout, 1, columns, bias, packed);
}

static double pre_activation(const zk_product *p, int r, int n) {
  double sum = p->bias ? p->bias[n] : 0.0;
  if (p->addend) sum += p->addend[r * p->addend_stride + n];
  for (int s = 0; s < p->operands; s++) {
    const zk_operand *o = &p->operand[s];
    for (int k = 0; k < o->columns; k++)
      sum += (double)o->data[r * o->stride + k] * p->weights[(size_t)(o->weight_row + k) * p->columns + n];
  }
  return sum;
}

static float activated_number(zk_activation kind, double x) {
  switch (kind) {
    case ZK_TANH: return (float)tanh(x);
    case ZK_SIGMOID: return (float)(1.0 / (1.0 + exp(-x)));
    case ZK_RELU: return x < 0.0 ? 0.0f : (float)x;
    default: return (float)x;
  }
}

static void product(const zk_product *p) {
  const int results = p->layout == ZK_GATED ? p->columns / 2 : p->columns;
  for (int r = 0; r < p->rows; r++)
    for (int n = 0; n < results; n++) {
      float value;
      if (p->layout == ZK_GATED) {
        const double t = tanh(pre_activation(p, r, n)), s = 1.0 / (1.0 + exp(-pre_activation(p, r, n + results)));
        value = (float)(t * s);
        if (p->factors) {
          p->factors[r * p->factors_stride + n] = (float)(s * (1.0 - t * t));
          p->factors[r * p->factors_stride + results + n] = (float)(t * s * (1.0 - s));
        }
      } else {
        value = activated_number(p->activation, pre_activation(p, r, n));
      }
      if (p->out) p->out[r * p->out_stride + n] = value;
      if (p->total_out)
        p->total_out[r * p->total_out_stride + n] =
            (p->total_in ? p->total_in[r * p->total_in_stride + n] : 0.0f) + value;
    }
}

static void outer(const zk_outer *p) {
  for (int k = 0; k < p->left_columns; k++)
    for (int n = 0; n < p->right_columns; n++) {
      double sum = 0.0;
      for (int r = 0; r < p->rows; r++)
        sum += (double)p->left[r * p->left_stride + k] * p->right[r * p->right_stride + n];
      p->gradient[k * p->gradient_stride + n] += (float)sum;
    }
}

// ---------------------------------------------------------------- LSTM

enum { SAVED = 6 };  // of each row and unit: i, f, g, o, c, tanh c

static size_t lstm_saved_floats(int steps, int batch, int hidden) { return (size_t)SAVED * steps * batch * hidden; }
static size_t lstm_workspace_floats(int steps, int batch, int hidden, int input) {
  (void)steps, (void)input;
  return (size_t)2 * batch * hidden;
}

static void lstm(const zk_lstm *p) {
  const int B = p->batch, H = p->hidden;
  float *c = p->workspace;
  for (int i = 0; i < B * H && p->begin == 0; i++) c[i] = p->c0 ? p->c0[i] : 0.0f;
  for (int index = p->begin; index < p->end; index++) {
    const int t = p->reverse ? p->steps - 1 - index : index, before = p->reverse ? t + 1 : t - 1;
    for (int b = 0; b < B; b++)
      for (int u = 0; u < H; u++) {
        float gate[4];
        for (int block = 0; block < 4; block++) {
          const int n = block * H + u;
          double sum = p->bias[n];
          for (int k = 0; k < p->input; k++)
            sum += (double)p->x[((ptrdiff_t)t * B + b) * p->x_stride + k] * p->weights[(size_t)k * 4 * H + n];
          for (int k = 0; k < H; k++) {
            const float h = index > 0 ? p->h[((ptrdiff_t)before * B + b) * p->h_stride + k]
                            : p->h0   ? p->h0[b * H + k]
                                      : 0.0f;
            sum += (double)h * p->weights[(size_t)(p->input + k) * 4 * H + n];
          }
          gate[block] = block == 2 ? (float)tanh(sum) : sigmoid((float)sum);
        }
        c[b * H + u] = gate[1] * c[b * H + u] + gate[0] * gate[2];
        const float t_c = (float)tanh(c[b * H + u]);
        p->h[((ptrdiff_t)t * B + b) * p->h_stride + u] = gate[3] * t_c;
        if (p->saved) {
          float *s = p->saved + (((size_t)t * B + b) * H + u) * SAVED;
          for (int block = 0; block < 4; block++) s[block] = gate[block];
          s[4] = c[b * H + u];
          s[5] = t_c;
        }
        if (p->c_last) p->c_last[b * H + u] = c[b * H + u];
        if (p->h_last) p->h_last[b * H + u] = gate[3] * t_c;
      }
  }
}

static void lstm_gradient(const zk_lstm_gradient *p) {
  const int B = p->batch, H = p->hidden;
  float *dc = p->workspace, *dh = dc + B * H;
  for (int i = 0; i < B * H && p->end == p->steps; i++) {
    dc[i] = p->c_last_gradient ? p->c_last_gradient[i] : 0.0f;
    dh[i] = p->h_last_gradient ? p->h_last_gradient[i] : 0.0f;
  }
  const int first = p->reverse ? p->steps - p->end : p->begin;
  for (int index = p->end - 1; index >= p->begin; index--) {
    const int t = p->reverse ? p->steps - 1 - index : index, before = p->reverse ? t + 1 : t - 1;
    for (int b = 0; b < B; b++) {
      float *pre = p->pre_gradient + ((size_t)(t - first) * B + b) * 4 * H;
      for (int u = 0; u < H; u++) {
        const float *s = p->saved + (((size_t)t * B + b) * H + u) * SAVED;
        const float i = s[0], f = s[1], g = s[2], o = s[3], tc = s[5];
        const float old = index > 0 ? p->saved[(((size_t)before * B + b) * H + u) * SAVED + 4]
                          : p->c0   ? p->c0[b * H + u]
                                    : 0.0f;
        const float d = dh[b * H + u] + p->h_gradient[((ptrdiff_t)t * B + b) * p->h_gradient_stride + u];
        const float cell = dc[b * H + u] + d * o * (1.0f - tc * tc);
        pre[u] = cell * g * i * (1.0f - i);
        pre[H + u] = cell * old * f * (1.0f - f);
        pre[2 * H + u] = cell * i * (1.0f - g * g);
        pre[3 * H + u] = d * tc * o * (1.0f - o);
        dc[b * H + u] = cell * f;
      }
      for (int u = 0; u < H; u++) {
        double sum = 0.0;
        for (int n = 0; n < 4 * H; n++) sum += (double)pre[n] * p->transposed[(size_t)n * H + u];
        dh[b * H + u] = (float)sum;
      }
    }
  }
  for (int i = 0; i < B * H && p->begin == 0; i++) {
    if (p->h0_gradient) p->h0_gradient[i] = dh[i];
    if (p->c0_gradient) p->c0_gradient[i] = dc[i];
  }
}

// ---------------------------------------------------------------- GRU

enum { GRU_SAVED = 4 };  // of each row and unit: r, z, n, U_n h + b_hn

static size_t gru_saved_floats(int steps, int batch, int hidden) {
  return (size_t)GRU_SAVED * steps * batch * hidden;
}
static size_t gru_workspace_floats(int steps, int batch, int hidden, int input) {
  (void)steps, (void)input;
  return (size_t)2 * batch * hidden;
}

static void gru(const zk_gru *p) {
  const int B = p->batch, H = p->hidden;
  for (int t = 0; t < p->steps; t++)
    for (int b = 0; b < B; b++)
      for (int u = 0; u < H; u++) {
        double x[3], h[3];
        for (int block = 0; block < 3; block++) {
          const int n = block * H + u;
          x[block] = p->input_bias[n];
          h[block] = p->recurrent_bias[n];
          for (int k = 0; k < p->input; k++)
            x[block] += (double)p->x[((ptrdiff_t)t * B + b) * p->x_stride + k] * p->input_weights[(size_t)k * 3 * H + n];
          for (int k = 0; k < H; k++) {
            const float old = t > 0 ? p->h[((ptrdiff_t)(t - 1) * B + b) * p->h_stride + k] : p->h0 ? p->h0[b * H + k] : 0.0f;
            h[block] += (double)old * p->recurrent_weights[(size_t)k * 3 * H + n];
          }
        }
        const float old = t > 0 ? p->h[((ptrdiff_t)(t - 1) * B + b) * p->h_stride + u] : p->h0 ? p->h0[b * H + u] : 0.0f;
        const float r = sigmoid((float)(x[0] + h[0])), z = sigmoid((float)(x[1] + h[1]));
        const float n = (float)tanh(x[2] + r * h[2]), result = (1.0f - z) * n + z * old;
        p->h[((ptrdiff_t)t * B + b) * p->h_stride + u] = result;
        if (p->h_last) p->h_last[b * H + u] = result;
        if (p->saved) {
          float *s = p->saved + (((size_t)t * B + b) * H + u) * GRU_SAVED;
          s[0] = r, s[1] = z, s[2] = n, s[3] = (float)h[2];
        }
      }
}

static void gru_gradient(const zk_gru_gradient *p) {
  const int B = p->batch, H = p->hidden;
  float *dh = p->workspace;
  for (int i = 0; i < B * H; i++) dh[i] = p->h_last_gradient ? p->h_last_gradient[i] : 0.0f;
  for (int t = p->steps - 1; t >= 0; t--)
    for (int b = 0; b < B; b++) {
      float *dx = p->input_pre_gradient + ((size_t)t * B + b) * 3 * H;
      float *du = p->recurrent_pre_gradient + ((size_t)t * B + b) * 3 * H;
      for (int u = 0; u < H; u++) {
        const float *s = p->saved + (((size_t)t * B + b) * H + u) * GRU_SAVED;
        const float old = t > 0 ? p->h[((ptrdiff_t)(t - 1) * B + b) * p->h_stride + u] : p->h0 ? p->h0[b * H + u] : 0.0f;
        const float d = dh[b * H + u] + p->h_gradient[((ptrdiff_t)t * B + b) * p->h_gradient_stride + u];
        const float n = d * (1.0f - s[1]) * (1.0f - s[2] * s[2]);
        dx[u] = du[u] = n * s[3] * s[0] * (1.0f - s[0]);
        dx[H + u] = du[H + u] = d * (old - s[2]) * s[1] * (1.0f - s[1]);
        dx[2 * H + u] = n;
        du[2 * H + u] = n * s[0];
        dh[b * H + u] = d * s[1];
      }
      for (int u = 0; u < H; u++) {
        double sum = 0.0;
        for (int n = 0; n < 3 * H; n++) sum += (double)du[n] * p->transposed[(size_t)n * H + u];
        dh[b * H + u] += (float)sum;
      }
    }
  for (int i = 0; i < B * H; i++)
    if (p->h0_gradient) p->h0_gradient[i] = dh[i];
}

// ---------------------------------------------------------------- element by element

static vec activated(zk_activation kind, vec x) {
  for (int i = 0; i < LANES; i++) x[i] = activated_number(kind, x[i]);
  return x;
}
#include "template/elementwise.h"
#include "template/optimiser.h"

ZK_TABLE(zk_reference, "reference")
