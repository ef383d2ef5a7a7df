// Rows that go through the net together, a lane each, and the memory that they need.
#ifndef TAGGER_NATIVE_GROUP_H
#define TAGGER_NATIVE_GROUP_H
#include "lanes.h"

// What is looked up for a row: ids of characters [time + MAX_WORDS], numbers of bigrams [time + 1], and the kinds of
// the words that begin and end at each character [n_words][time]. All these choose vectors: source << ROW_BITS | number
// of those that are not 0 come one after the other for each character, and then 0, [time][n_sources + 1].
typedef struct {
  int32_t *ids, *bigrams, *begins, *ends;
  uint32_t *items;
} Looked;

struct Projection;

// Values lie as [time][value][n_vectors] of LANES rows; those of lane r are r floats further on.
typedef struct {
  const Net *net;
  const TnRows *rows;
  int n_rows, n_vectors, time; // time: of the first row, which is the longest
  int64_t starts[MAX_ROWS], places[MAX_ROWS];
  int lengths[MAX_ROWS];
  Looked looked[MAX_ROWS];
  int32_t *numbers;  // [2][time + MAX_WORDS], of strings that are looked up
  Floats *from, *to; // of a layer, for all times: the ones that it reads, and those that it writes
  Floats *states;    // [n_units], twice: cells, and zeros
  Floats *scores;
  struct Projection *projection;
  uint8_t *origins;       // of letters: where the best path to each comes from, [time][5][MAX_ROWS]
  Floats *closing, *open; // of joint tags: the best sums, [time][2 * n_pos + 1] and [time][2][n_pos]
} Group;

INLINE Floats *at_time(const Group *g, Floats *values, int n, int time) {
  return values + (size_t)time * (size_t)n * (size_t)g->n_vectors;
}

// The time of a step: the second direction begins at the end.
INLINE int time_of(const Group *g, int direction, int step) { return direction ? g->time - 1 - step : step; }

INLINE int time_in_row(const Group *g, int row, int direction, int step) {
  return direction ? g->lengths[row] - 1 - step : step;
}

INLINE const uint32_t *items_at(const Group *g, int row, int time) {
  return g->looked[row].items + (size_t)time * (size_t)(g->net->n_sources + 1);
}

INLINE int n_outputs(const Layer *layer) { return layer->n_units * layer->n_directions; }

#endif
