// Few rows of a net of one layer, one after the other: the units, and not rows, are in the lanes of vectors.
#ifndef TAGGER_NATIVE_FEW_H
#define TAGGER_NATIVE_FEW_H
#include "lstm.h"

#define MOST_FEW 6 // rows, with which this is faster than a row in each lane

INLINE int is_few(const Group *g) { return g->net->n_layers == 1 && g->rows->n_rows <= MOST_FEW; }

// Adds products of n hidden values to the sums of a chunk. Even and odd values have sums of their own, so that more of
// them are computed at once.
INLINE void add_to_chunk(const Floats *weights, const float *hidden, int n, Floats *sums, const int n_vectors) {
  Floats even[MAX_VECTORS], odd[MAX_VECTORS];
  UNROLL for (int v = 0; v < n_vectors; v++) even[v] = sums[v], odd[v] = all(0);
  for (int k = 0; k < n; k += 2, weights += 2 * n_vectors) {
    UNROLL for (int v = 0; v < n_vectors; v++) {
      even[v] += hidden[k] * weights[v];
      odd[v] += hidden[k + 1] * weights[n_vectors + v];
    }
  }
  UNROLL for (int v = 0; v < n_vectors; v++) sums[v] = even[v] + odd[v];
}

// sums [n_columns] += weights of hidden values times these.
INLINE void add_hidden(const Net *net, int direction, const float *hidden, float *sums) {
  int n = net->n_recurrent;
  for (int column = 0; column < net->n_columns; column += CHUNK) {
    int left = net->n_columns - column;
    const Floats *weights = (const Floats *)(net->recurrent[direction] + (size_t)column * (size_t)n);
    if (left >= CHUNK) add_to_chunk(weights, hidden, n, (Floats *)(sums + column), MAX_VECTORS);
    else if (left == 2 * LANES) add_to_chunk(weights, hidden, n, (Floats *)(sums + column), 2);
    else add_to_chunk(weights, hidden, n, (Floats *)(sums + column), 1);
  }
}

// Cells and hidden values of all units from the sums of their gates, which are side by side for each unit.
INLINE void step_units(const float *sums, int n_units, float *cells, float *hidden) {
  for (int unit = 0; unit < n_units; unit += LANES) {
    Floats gates[4];
    UNROLL for (int gate = 0; gate < 4; gate++) {
      UNROLL_ALL for (int lane = 0; lane < LANES; lane++) gates[gate][lane] = sums[4 * (unit + lane) + gate];
    }
    step_cell(gates, (Floats *)(cells + unit), (Floats *)(hidden + unit), ~(Ints){});
  }
}

// One direction of a row, to g->to.
static void run_direction(const Group *g, int row, int direction) {
  const Net *net = g->net;
  Projection *p = g->projection;
  int n_units = net->layers[0].n_units, n = n_outputs(&net->layers[0]), width = LANES * g->n_vectors;
  int length = g->lengths[row];
  memset(p->sums_of_row + net->n_columns, 0, sizeof(float) * 4 * LANES);
  memset(p->cells, 0, sizeof(float) * (size_t)(n_units + LANES));
  memset(p->hidden, 0, sizeof(float) * (size_t)(n_units + LANES));
  for (int first = 0; first < length; first += PLACES) {
    int n_steps = length - first < PLACES ? length - first : PLACES;
    project_row(g, direction, row, first, n_steps);
    for (int i = 0; i < n_steps; i++) {
      memcpy(p->sums_of_row, p->rows + (size_t)i * (size_t)net->n_columns, sizeof(float) * (size_t)net->n_columns);
      add_hidden(net, direction, p->hidden, p->sums_of_row);
      step_units(p->sums_of_row, n_units, p->cells, p->hidden);
      int t = time_in_row(g, row, direction, first + i);
      float *to = (float *)at_time(g, g->to, n, t) + direction * n_units * width + row;
      for (int unit = 0; unit < n_units; unit++) to[unit * width] = p->hidden[unit];
    }
  }
}

static void run_rows(const Group *g) {
  const Layer *layer = &g->net->layers[0];
  memset(g->to, 0, sizeof(Floats) * (size_t)(g->time * n_outputs(layer) * g->n_vectors)); // lanes without a row
  for (int row = 0; row < g->n_rows; row++)
    for (int direction = 0; direction < layer->n_directions; direction++) run_direction(g, row, direction);
}

#endif
