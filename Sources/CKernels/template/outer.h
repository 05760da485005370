// Products over rows (time and batch): gradients of weights.
//
// The product's tile with the roles exchanged: 6 rows of the gradient (columns of the left factor) x 4 vectors of its
// columns (x 2, four times beside each other, with 16 registers), k runs over rows. Rows are taken in blocks whose right
// factor fills three quarters of an L1 of 32 KB; columns that fill no vector are copied into a padded block first.
enum { OUTER_VECTORS = PART > 2 ? PART : 8, OUTER_ROWS = 96 };

ZK_INLINE void outer_tile(const int R, const int V, long rows, const float *left, ptrdiff_t left_stride,
                          const float *right, ptrdiff_t right_stride, float *gradient, ptrdiff_t gradient_stride,
                          int width) {
  vec acc[TALL][4];
  if (V > 1) width = V * LANES;  // only a single vector may lack columns
  ZK_UNROLL for (int r = 0; r < R; r++)
    ZK_UNROLL for (int v = 0; v < V; v++)
      acc[r][v] = load_up_to(gradient + r * gradient_stride + v * LANES, width - v * LANES);
  accumulate(R, V, acc, left, 1, left_stride, right, right_stride, rows);
  ZK_UNROLL for (int r = 0; r < R; r++)
    ZK_UNROLL for (int v = 0; v < V; v++)
      store_up_to(gradient + r * gradient_stride + v * LANES, acc[r][v], width - v * LANES);
}

#define OUTER_ARGUMENTS                                                                                     \
  int n, long rows, const float *left, ptrdiff_t left_stride, const float *right, ptrdiff_t right_stride,   \
      float *gradient, ptrdiff_t gradient_stride, int width
#define OUTER_CALL(V) outer_tile(R, V, rows, left, left_stride, right, right_stride, gradient, gradient_stride, width)
static __attribute__((noinline)) void outer_wide(OUTER_ARGUMENTS) { ROW_CASES(n, OUTER_CALL(PART)) }
static __attribute__((noinline)) void outer_pair(OUTER_ARGUMENTS) { TALL_CASES(n, OUTER_CALL(2)) }
static __attribute__((noinline)) void outer_single(OUTER_ARGUMENTS) { TALL_CASES(n, OUTER_CALL(1)) }

// One block of rows and up to OUTER_VECTORS vectors of columns.
static void outer_block(const zk_outer *p, int row, int rows, int column, int vectors, const float *right,
                        ptrdiff_t right_stride, int width) {
  const float *left = p->left + row * p->left_stride;
  float *gradient = p->gradient + column;
#define OUTER(FUNCTION, v)                                                                                       \
  FUNCTION(height, rows, left + k, p->left_stride, right + (v) * LANES, right_stride,                            \
           gradient + k * p->gradient_stride + (v) * LANES, p->gradient_stride, width - (v) * LANES)
  if (vectors == PART && PART > 2)
    FOR_TILES(k, height, ROWS, p->left_columns) OUTER(outer_wide, 0);
  else if (vectors > 1)
    FOR_TILES(k, height, TALL, p->left_columns)
      for (int v = 0; v < vectors; v += 2) OUTER(outer_pair, v);
  else
    FOR_TILES(k, height, TALL, p->left_columns) OUTER(outer_single, 0);
#undef OUTER
}

static void outer(const zk_outer *p) {
  float padded[OUTER_ROWS * LANES] __attribute__((aligned(64)));
  for (int row = 0; row < p->rows; row += OUTER_ROWS) {
    const int rows = p->rows - row < OUTER_ROWS ? p->rows - row : OUTER_ROWS;
    const float *right = p->right + row * p->right_stride;
    int column = 0;
    while (p->right_columns - column >= LANES) {
      const int whole = (p->right_columns - column) / LANES;
      const int vectors = whole >= OUTER_VECTORS ? OUTER_VECTORS : whole >= 2 ? whole & ~1 : 1;
      outer_block(p, row, rows, column, vectors, right + column, p->right_stride, vectors * LANES);
      column += vectors * LANES;
    }
    const int rest = p->right_columns - column;
    if (rest > 0) {
      for (int r = 0; r < rows; r++) store(padded + r * LANES, load_some(right + r * p->right_stride + column, rest));
      outer_block(p, row, rows, column, 1, padded, LANES, rest);
    }
  }
}
