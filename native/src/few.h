// Few rows of a net of one layer, one after the other: the units, and not rows, are in the lanes of vectors.
#ifndef TAGGER_NATIVE_FEW_H
#define TAGGER_NATIVE_FEW_H
#include "lstm.h"

#define MOST_FEW 6 // rows, with which this is faster than a row in each lane

INLINE int is_few(const Group *g) { return g->net->n_layers == 1 && g->rows->n_rows <= MOST_FEW; }

// sums [n_columns] += weights of hidden values times these. Even and odd values have sums of their own, so that more of
// them are computed at once.
INLINE void add_hidden(const Net *net, int direction, const float *hidden, float *sums) {
  const Floats *weights = (const Floats *)net->recurrent[direction];
  for (int column = 0; column < net->n_columns; column += CHUNK) {
    Floats even[MAX_VECTORS], odd[MAX_VECTORS];
    UNROLL for (int v = 0; v < MAX_VECTORS; v++) even[v] = ((Floats *)(sums + column))[v], odd[v] = all(0);
    for (int k = 0; k < net->n_recurrent; k += 2, weights += 2 * MAX_VECTORS) {
      UNROLL for (int v = 0; v < MAX_VECTORS; v++) {
        even[v] += hidden[k] * weights[v];
        odd[v] += hidden[k + 1] * weights[MAX_VECTORS + v];
      }
    }
    UNROLL for (int v = 0; v < MAX_VECTORS; v++)((Floats *)(sums + column))[v] = even[v] + odd[v];
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
  memset(p->cells, 0, sizeof(float) * (size_t)(n_units + LANES));
  memset(p->hidden, 0, sizeof(float) * (size_t)(n_units + LANES));
  for (int first = 0; first < length; first += STEPS * MAX_ROWS) {
    int n_steps = length - first < STEPS * MAX_ROWS ? length - first : STEPS * MAX_ROWS;
    p->batch++, p->n_spare = 0;
    for (int i = 0; i < n_steps; i++)
      find_parts(g, p, direction, row, direction ? length - 1 - first - i : first + i, i);
    for (int s = 0; s < net->n_sources; s++) multiply_missing(net, p, direction, s);
    for (int i = 0; i < n_steps; i++) {
      add_parts(p->base[direction], p->parts[i], p->n_parts[i], net->n_columns, p->sums_of_row);
      add_hidden(net, direction, p->hidden, p->sums_of_row);
      step_units(p->sums_of_row, n_units, p->cells, p->hidden);
      int t = direction ? length - 1 - first - i : first + i;
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
