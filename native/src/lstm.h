// Layers of LSTM cells, and the linear layer that makes scores: sums of products in registers, a group of weights for
// up to MAX_VECTORS vectors of rows. n_vectors is a constant wherever these are inlined, so that loops unroll.
#ifndef TAGGER_NATIVE_LSTM_H
#define TAGGER_NATIVE_LSTM_H
#include "project.h"

// A cell from the sums of its gates i, o, f, c, in exponents of 2: sigmoid(x) is 1 / (1 + 2^i), tanh(x) is
// (2^c - 1) / (2^c + 1). Both terms of the new cell have one denominator. `kept` are the lanes whose rows have begun.
INLINE void step_cell(const Floats gates[4], Floats *cell, Floats *hidden, Ints kept) {
  const Floats most = all(28), least = all(-28);
  Floats i = 1 + exp2_of(smaller(gates[0], most)), o = 1 + exp2_of(smaller(gates[1], most));
  Floats f = 1 + exp2_of(smaller(gates[2], most)), c = exp2_of(larger(smaller(gates[3], most), least));
  Floats of_input = i * (1 + c);
  Floats new_cell = (*cell * of_input + (c - 1) * f) / (of_input * f);
  Floats e = exp2_of(larger(smaller(new_cell * 2.88539008f, most), least));
  *cell = (Floats)((Ints)new_cell & kept);
  *hidden = (Floats)((Ints)((e - 1) / (o * (1 + e))) & kept);
}

// One step of all units: values [n_inputs] and the hidden values before, [n_units], to the new ones. Sums begin with
// those that are given [4 * n_units][n_vectors], or else with the biases.
INLINE void step_layer(const Layer *layer, int direction, const Floats *given, const Floats *values,
                       const Floats *before, Floats *cells, Floats *after, const Ints *kept, const int n_vectors) {
  const float *weights = layer->packed[direction];
  for (int unit = 0; unit < layer->n_units; unit += UNITS) {
    Floats sums[GROUP][MAX_VECTORS];
    UNROLL for (int i = 0; i < GROUP; i++) {
      UNROLL for (int v = 0; v < n_vectors; v++) sums[i][v] =
          given ? given[(4 * unit + i) * n_vectors + v] : all(weights[i]);
    }
    weights = add_products(sums, weights + GROUP, values, layer->n_inputs, n_vectors);
    weights = add_products(sums, weights, before, layer->n_units, n_vectors);
    UNROLL for (int u = 0; u < UNITS; u++) {
      UNROLL for (int v = 0; v < n_vectors; v++) {
        const Floats gates[4] = {sums[4 * u][v], sums[4 * u + 1][v], sums[4 * u + 2][v], sums[4 * u + 3][v]};
        int place = (unit + u) * n_vectors + v;
        step_cell(gates, &cells[place], &after[place], kept[v]);
      }
    }
  }
}

// From g->from to g->to. Backwards a row begins at its end; forwards what follows its end is never read.
INLINE void run_layer(const Group *g, const Layer *layer, const int is_first, const int n_vectors) {
  int n_units = layer->n_units, n = n_outputs(layer);
  Floats *cells = g->states, *zeros = g->states + n_units * n_vectors;
  for (int direction = 0; direction < layer->n_directions; direction++) {
    memset(cells, 0, sizeof(Floats) * (size_t)(2 * n_units * n_vectors));
    const Floats *before = zeros;
    for (int step = 0; step < g->time; step++) {
      int t = time_of(g, direction, step), number = step % STEPS, left = g->time - step;
      if (is_first && !number) project(g, direction, step, left < STEPS ? left : STEPS);
      Ints kept[MAX_VECTORS];
      for (int lane = 0; lane < LANES * n_vectors; lane++)
        ((int32_t *)kept)[lane] = -(!direction || (lane < g->n_rows && t < g->lengths[lane]));
      Floats *after = at_time(g, g->to, n, t) + direction * n_units * n_vectors;
      const Floats *given = is_first ? g->projection->sums + number * g->net->n_columns * n_vectors : NULL;
      const Floats *values = at_time(g, g->from, layer->n_inputs, t);
      step_layer(layer, direction, given, values, before, cells, after, kept, n_vectors);
      before = after;
    }
  }
}

// Scores [time][n_scores] of the values [time][n] in g->from.
INLINE void run_output(const Group *g, int n, const int n_vectors) {
  for (int t = 0; t < g->time; t++) {
    const float *weights = g->net->output;
    const Floats *values = at_time(g, g->from, n, t);
    Floats *to = at_time(g, g->scores, g->net->n_scores, t);
    for (int first = 0; first < g->net->n_scores; first += GROUP) {
      Floats sums[GROUP][MAX_VECTORS];
      UNROLL for (int i = 0; i < GROUP; i++) {
        UNROLL for (int v = 0; v < n_vectors; v++) sums[i][v] = all(weights[i]);
      }
      weights = add_products(sums, weights + GROUP, values, n, n_vectors);
      int left = g->net->n_scores - first;
      UNROLL for (int i = 0; i < GROUP; i++) {
        UNROLL for (int v = 0; v < n_vectors; v++) {
          if (i < left) to[(first + i) * n_vectors + v] = sums[i][v];
        }
      }
    }
  }
}

#endif
