// The arithmetic of LayerGraph: one table of functions per instruction set.
//
// Matrices are rows of consecutive floats; rows lie `stride` floats apart. A group of B trajectories of T steps is a
// matrix of T*B rows, row t*B + b (time first, trajectories beside each other), so that a tap of a convolution is a
// shift by whole rows, padding is a range of rows, and one step of a recurrent layer is a block of B rows.
//
// Laws of every table: a row's result does not depend on the other rows, on their number or on their order (sums run
// over k in ascending order whatever the tile); nothing is allocated, locked or remembered between calls; NaN comes
// out as NaN and infinities give the limits; buffers need 4-byte alignment only (64 bytes is faster); no function
// reads or writes outside the rows and columns it was given.
#pragma once
#include <stddef.h>
#include <stdint.h>

// ---------------------------------------------------------------- products

enum { ZK_MAX_OPERANDS = 8 };

// How the columns of a weight matrix belong together, which decides the order in which they are packed.
typedef enum {
  ZK_PLAIN,  // N independent columns
  ZK_GATED,  // N = 2C: filter columns 0..<C, gate columns C..<2C; result tanh(filter) * sigmoid(gate), C columns
  ZK_LSTM    // N = 4H: blocks input, forget, candidate, output of H columns each
} zk_layout;

typedef enum { ZK_IDENTITY, ZK_TANH, ZK_SIGMOID, ZK_RELU } zk_activation;

// A left factor: `columns` floats of each row, multiplied by rows weight_row ..< weight_row + columns of the weights.
typedef struct {
  const float *data;
  ptrdiff_t stride;
  int columns;
  int weight_row;
} zk_operand;

// pre[r, n] = bias[n] + addend[r, n] + sum over operands s, k: operand_s[r, k] * weights[weight_row_s + k, n]
// ZK_PLAIN: out = activation(pre). ZK_GATED: out = tanh(pre filter) * sigmoid(pre gate).
// Then, where total_out is given: total_out = (total_in or 0) + out.
typedef struct {
  int rows;
  int operands;
  zk_operand operand[ZK_MAX_OPERANDS];
  zk_layout layout;      // ZK_PLAIN or ZK_GATED
  const float *weights;  // from pack()
  int weight_rows;       // K as packed
  int columns;           // N as packed
  const float *bias;     // from pack_bias(), or NULL for zeros
  const float *addend;   // ZK_PLAIN only: rows x N, or NULL; may be out itself, which accumulates
  ptrdiff_t addend_stride;
  zk_activation activation;  // ZK_PLAIN only
  float *out;                // rows x N (ZK_PLAIN) or rows x N/2 (ZK_GATED); NULL if only total_out is wanted
  ptrdiff_t out_stride;
  float *factors;  // ZK_GATED, or NULL: rows x N, s(1-t^2) in columns 0..<C and t s (1-s) in C..<2C: with t = tanh,
  ptrdiff_t factors_stride;  // s = sigmoid, the derivatives of the result by the filter's and the gate's pre-activation
  const float *total_in;     // rows x (columns of out), or NULL
  ptrdiff_t total_in_stride;
  float *total_out;  // rows x (columns of out), or NULL; may be total_in itself
  ptrdiff_t total_out_stride;
} zk_product;

// gradient[k, n] += sum over rows r of left[r, k] * right[r, n]; rows x K, rows x N, K x N (stride gradient_stride).
typedef struct {
  int rows;
  const float *left;
  ptrdiff_t left_stride;
  int left_columns;
  const float *right;
  ptrdiff_t right_stride;
  int right_columns;
  float *gradient;
  ptrdiff_t gradient_stride;
} zk_outer;

// ---------------------------------------------------------------- recurrent layers

// One direction of one LSTM layer over a group. c' = f c + i g, h' = o tanh(c'); blocks i, f, g, o. At once or in runs
// of steps that follow each other: a run that does not begin with the first step goes on from the last one's h and from
// the cells that it left in the workspace.
typedef struct {
  int steps, batch, hidden, input;  // T, B, H and the input's columns
  int reverse;                      // not 0: from the last step to the first
  int begin, end;                   // 0 and steps for all at once
  const float *x;                   // T*B rows x input
  ptrdiff_t x_stride;
  const float *weights;  // packed ZK_LSTM, K = input + H: rows of W_ih^T, then rows of W_hh^T
  const float *bias;     // packed ZK_LSTM: the sum of both biases
  const float *h0, *c0;  // B x H contiguous, or NULL for zeros
  float *h;              // T*B rows x H: the output
  ptrdiff_t h_stride;
  float *h_last, *c_last;  // where end is steps: B x H contiguous, or NULL
  float *saved;            // lstm_saved_floats(), for lstm_gradient; NULL in inference
  float *workspace;        // lstm_workspace_floats() of end - begin steps, left alone between runs
} zk_lstm;

// The way back, from the last step to the first, at once or in runs of steps that follow each other: run [begin, end)
// in the order in which lstm() went, where a run that does not end with the last step goes on from what the run behind
// it left in the workspace. In short runs what is made of `pre_gradient` afterwards is still near.
typedef struct {
  int steps, batch, hidden;
  int reverse;
  int begin, end;             // 0 and steps for all at once
  const float *saved;         // as lstm() left it
  const float *c0;            // as in the forward pass
  const float *transposed;    // packed ZK_PLAIN, K = 4H (blocks i, f, g, o), N = H: W_hh as PyTorch stores it
  const float *h_gradient;    // T*B rows x H: gradient of the output
  ptrdiff_t h_gradient_stride;
  const float *h_last_gradient, *c_last_gradient;  // B x H or NULL
  float *pre_gradient;  // out: (end-begin)*B rows x 4H contiguous, the run's steps in the order of time, blocks
                        // i, f, g, o: gradient of the pre-activations
  float *h0_gradient, *c0_gradient;  // out, where begin is 0: B x H or NULL
  float *workspace;                  // lstm_workspace_floats(), left alone between runs
} zk_lstm_gradient;

// One GRU layer, forwards in time. Blocks reset, update, new: n = tanh(W_n x + b_in + r (U_n h + b_hn)),
// h' = (1 - z) n + z h.
typedef struct {
  int steps, batch, hidden, input;
  const float *x;
  ptrdiff_t x_stride;
  const float *input_weights;      // packed ZK_PLAIN, K = input, N = 3H
  const float *recurrent_weights;  // packed ZK_PLAIN, K = H, N = 3H
  const float *input_bias, *recurrent_bias;  // packed ZK_PLAIN, N = 3H
  const float *h0;
  float *h;
  ptrdiff_t h_stride;
  float *h_last;
  float *saved;      // gru_saved_floats() or NULL
  float *workspace;  // gru_workspace_floats()
} zk_gru;

typedef struct {
  int steps, batch, hidden;
  const float *saved;
  const float *h;  // the forward pass's output
  ptrdiff_t h_stride;
  const float *h0;
  const float *transposed;  // packed ZK_PLAIN, K = 3H, N = H: U as PyTorch stores it
  const float *h_gradient;
  ptrdiff_t h_gradient_stride;
  const float *h_last_gradient;
  float *input_pre_gradient;      // out: T*B rows x 3H contiguous: gradient of W x + b_i
  float *recurrent_pre_gradient;  // out: T*B rows x 3H contiguous: gradient of U h + b_h
  float *h0_gradient;
  float *workspace;
} zk_gru_gradient;

// ---------------------------------------------------------------- the table

#if defined(__swift__) || defined(__clang__)
#define ZK_SENDABLE __attribute__((swift_attr("@Sendable")))
#else
#define ZK_SENDABLE
#endif

typedef struct ZK_SENDABLE {
  const char *name;  // "reference", "portable" or "neon", "avx2", "avx512", "avx512_bf16"
  int lanes;         // floats in a vector

  // Packing. matrix: K x N row-major, columns in natural order. Factors that the activations want (-log2 e) are
  // multiplied in for ZK_GATED and ZK_LSTM. Sizes are in floats; packed memory should be 64-byte aligned.
  size_t (*packed_floats)(zk_layout layout, int rows, int columns);
  void (*pack)(zk_layout layout, int rows, int columns, const float *matrix, float *packed);
  size_t (*packed_bias_floats)(zk_layout layout, int columns);
  void (*pack_bias)(zk_layout layout, int columns, const float *bias, float *packed);

  void (*product)(const zk_product *p);
  void (*outer)(const zk_outer *p);

  size_t (*lstm_saved_floats)(int steps, int batch, int hidden);
  size_t (*lstm_workspace_floats)(int steps, int batch, int hidden, int input);
  void (*lstm)(const zk_lstm *p);
  void (*lstm_gradient)(const zk_lstm_gradient *p);
  size_t (*gru_saved_floats)(int steps, int batch, int hidden);
  size_t (*gru_workspace_floats)(int steps, int batch, int hidden, int input);
  void (*gru)(const zk_gru *p);
  void (*gru_gradient)(const zk_gru_gradient *p);

  // Element by element. n floats each; gradients are stored (accumulate 0) or added (accumulate 1).
  void (*activate)(zk_activation kind, size_t n, const float *x, float *y);
  void (*activate_gradient)(zk_activation kind, size_t n, const float *y, const float *dy, float *dx, int accumulate);
  void (*add)(size_t n, const float *a, const float *b, float *out);                 // a + b
  void (*multiply)(size_t n, const float *a, const float *b, float *out, int accumulate);  // a * b
  void (*scale)(size_t n, float factor, const float *x, float *out, int accumulate);       // factor * x
  // pre[r, 0..<2C] = factors[r, 0..<2C] * (dz[r, 0..<C] twice)
  void (*gated_gradient)(int rows, int channels, const float *dz, ptrdiff_t dz_stride, const float *factors,
                         ptrdiff_t factors_stride, float *pre, ptrdiff_t pre_stride);

  // One row: factor * x, or 0 with a probability of threshold / 2^32, drawn from the key and the channel alone.
  void (*dropout)(int channels, uint64_t key, uint32_t threshold, float factor, const float *x, float *y,
                  int accumulate);

  // Rows x channels, rows ascending. column_sums runs in float over 16 rows, then in double; the others in double.
  void (*column_sums)(int rows, int channels, const float *x, ptrdiff_t stride, float *sums);  // added to sums
  void (*column_moments)(int rows, int channels, const float *x, ptrdiff_t stride, double *sum,
                         double *sum_of_squares);  // both added to
  void (*column_products)(int rows, int channels, const float *a, ptrdiff_t a_stride, const float *b,
                          ptrdiff_t b_stride, double *sum_a, double *sum_ab);  // both added to
  void (*scale_shift)(int rows, int channels, const float *x, ptrdiff_t x_stride, const float *scale,
                      const float *shift, float *y, ptrdiff_t y_stride);  // y = scale[c] x + shift[c]
  // dx = scale[c] (dy - dy_mean[c] - slope[c] (x - x_mean[c])): batch normalisation's input gradient
  void (*normalise_gradient)(int rows, int channels, const float *x, ptrdiff_t x_stride, const float *dy,
                             ptrdiff_t dy_stride, const float *scale, const float *dy_mean, const float *slope,
                             const float *x_mean, float *dx, ptrdiff_t dx_stride, int accumulate);
  // Layer normalisation over the channels of each row. inverse: rows floats, 1/sqrt(variance + epsilon), may be NULL.
  void (*layer_norm)(int rows, int channels, const float *x, ptrdiff_t x_stride, const float *weight,
                     const float *bias, float epsilon, float *y, ptrdiff_t y_stride, float *mean, float *inverse);
  void (*layer_norm_gradient)(int rows, int channels, const float *x, ptrdiff_t x_stride, const float *dy,
                              ptrdiff_t dy_stride, const float *weight, const float *mean, const float *inverse,
                              float *dx, ptrdiff_t dx_stride, int accumulate, float *weight_gradient,
                              float *bias_gradient);  // weight and bias gradients are added to
  void (*softmax)(int rows, int channels, const float *x, ptrdiff_t x_stride, float *y, ptrdiff_t y_stride);
  void (*softmax_gradient)(int rows, int channels, const float *y, ptrdiff_t y_stride, const float *dy,
                           ptrdiff_t dy_stride, float *dx, ptrdiff_t dx_stride, int accumulate);

  // Copies between [trajectory][step][channel] (one trajectory `trajectory_stride` floats after the other) and the rows
  // of a group, row t*batch + b.
  void (*gather)(int steps, int batch, int channels, const float *trajectories, ptrdiff_t trajectory_stride,
                 float *rows, ptrdiff_t row_stride);
  void (*scatter)(int steps, int batch, int channels, const float *rows, ptrdiff_t row_stride, float *trajectories,
                  ptrdiff_t trajectory_stride, int accumulate);

  // Optimisers. Adam as PyTorch defines it: w *= 1 - decay; m = b1 m + (1-b1) g; v = b2 v + (1-b2) g^2;
  // w -= step * m / (sqrt(v) * inverse_root + epsilon), step = rate/(1 - b1^t), inverse_root = 1/sqrt(1 - b2^t).
  void (*adam)(size_t n, float *w, const float *g, float *m, float *v, float gradient_scale, float beta1, float beta2,
               float step, float inverse_root, float epsilon, float decay);
  // velocity = momentum * velocity + g; w = (1 - decay) w - rate * velocity. momentum 0 leaves velocity unused.
  void (*sgd)(size_t n, float *w, const float *g, float *velocity, float gradient_scale, float momentum, float rate,
              float decay);
  void (*average)(size_t n, float share, const float *x, float *mean);  // mean += share (x - mean)
  double (*sum_of_squares)(size_t n, const float *x);                   // float over 16 values, then double

  // `iterations` times 24 independent multiply-adds on full vectors; returns something that depends on them all.
  float (*fma_loop)(long iterations);
  int fma_vectors_per_iteration;
} zk_kernels;

// The tables that were compiled in, worst first; *count of them. `zk_supported` says whether this processor runs one.
const zk_kernels *const *zk_tables(int *count);
int zk_supported(const zk_kernels *table);
// The table whose wide products round their factors to bfloat16 (8 significant bits) and sum in float, for inference
// alone and never by default; NULL where this processor has no such instruction.
const zk_kernels *zk_bfloat16(void);

// Flushes denormal numbers to zero on this thread (gradients of long trajectories decay below 1e-38, and arithmetic
// on denormals is 10 to 100 times slower); returns what zk_restore_denormals wants back.
uint32_t zk_flush_denormals(void);
void zk_restore_denormals(uint32_t state);
