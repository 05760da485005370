// Names the functions of one instruction set in a table.
#pragma once

#define ZK_TABLE(symbol, title)                                                                               \
  const zk_kernels symbol = {                                                                                 \
      .name = title, .lanes = LANES, .packed_floats = packed_floats, .pack = pack,                            \
      .packed_bias_floats = packed_bias_floats, .pack_bias = pack_bias, .product = product, .outer = outer,   \
      .lstm_saved_floats = lstm_saved_floats, .lstm_workspace_floats = lstm_workspace_floats, .lstm = lstm,   \
      .lstm_gradient = lstm_gradient, .gru_saved_floats = gru_saved_floats,                                   \
      .gru_workspace_floats = gru_workspace_floats, .gru = gru, .gru_gradient = gru_gradient,                 \
      .activate = activate, .activate_gradient = activate_gradient, .add = add, .multiply = multiply,         \
      .scale = scale, .gated_gradient = gated_gradient, .dropout = dropout, .column_sums = column_sums,       \
      .column_moments = column_moments, .column_products = column_products, .scale_shift = scale_shift,       \
      .normalise_gradient = normalise_gradient, .layer_norm = layer_norm,                                     \
      .layer_norm_gradient = layer_norm_gradient, .softmax = softmax, .softmax_gradient = softmax_gradient,   \
      .gather = gather, .scatter = scatter, .adam = adam, .sgd = sgd, .average = average,                     \
      .sum_of_squares = sum_of_squares, .fma_loop = fma_loop, .fma_vectors_per_iteration = 24,                \
  };
