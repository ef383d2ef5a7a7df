// Code points of a row to what chooses its vectors: ids, numbers of bigrams, kinds of known words.
#ifndef TAGGER_NATIVE_LOOKUP_H
#define TAGGER_NATIVE_LOOKUP_H
#include "group.h"

// The numbers of n pairs, 0 for those that are unknown. Slots are fetched some pairs ahead, as they lie anywhere.
static void find_pairs(const Pairs *pairs, uint64_t n_chars, const int32_t *left, const int32_t *right, int n,
                       int32_t *numbers) {
  enum { AHEAD = 16 };
  uint64_t keys[AHEAD];
  for (int t = 0; t < n + AHEAD; t++) {
    if (t >= AHEAD) {
      uint64_t key = keys[t % AHEAD], slot = key * HASH >> pairs->shift, found = pairs->slots[slot];
      while (found >> ROW_BITS != key && found != EMPTY) {
        slot = (slot + 1) & pairs->last;
        found = pairs->slots[slot];
      }
      numbers[t - AHEAD] = found == EMPTY ? 0 : (int32_t)(found & ((1 << ROW_BITS) - 1));
    }
    if (t >= n) continue;
    keys[t % AHEAD] = (uint64_t)left[t] * n_chars + (uint64_t)right[t];
    __builtin_prefetch(pairs->slots + (keys[t % AHEAD] * HASH >> pairs->shift));
  }
}

// `given` are the ids of the row before, with padding on both sides: changes do not see each other.
static void read_ids(const Net *net, const int32_t *codes, int n, int32_t *given, int32_t *ids) {
  given[0] = given[n + 1] = 0;
  for (int t = 0; t < n; t++) {
    uint32_t code = (uint32_t)codes[t];
    ids[t] = given[t + 1] = net->cells[net->pages[code >> 8] * 256 + (int32_t)(code & 255)];
  }
  if (!net->source) return;
  for (int t = 0; t < n; t++) {
    int32_t source = net->source[ids[t]];
    if (source) ids[t] += net->change[source + net->before[given[t]] + net->after[given[t + 2]]];
  }
}

static void look_up_row(const Group *g, int row) {
  const Net *net = g->net;
  const Looked *to = &g->looked[row];
  int n = g->lengths[row];
  int32_t *numbers = g->numbers, *found = g->numbers + g->time + MAX_WORDS + 2;
  read_ids(net, g->rows->codes + g->starts[row], n, numbers, to->ids);
  memset(to->ids + n, 0, sizeof(int32_t) * MAX_WORDS); // padding
  if (net->bigrams.stride) {
    numbers[0] = 0;
    memcpy(numbers + 1, to->ids, sizeof(int32_t) * (size_t)n);
    find_pairs(&net->bigram_pairs, net->n_chars, numbers, to->ids, n + 1, to->bigrams);
  }
  memcpy(numbers, to->ids, sizeof(int32_t) * (size_t)n);
  for (int k = 0; k < net->n_words; k++) {
    const int32_t *kinds = net->words[k].kinds;
    int32_t *begins = to->begins + k * g->time, *ends = to->ends + k * g->time, length = k + 2;
    find_pairs(&net->words[k].pairs, net->n_chars, numbers, to->ids + length - 1, n, found);
    memcpy(numbers, found, sizeof(int32_t) * (size_t)n);
    for (int t = 0; t < n; t++) begins[t] = kinds[numbers[t]];
    for (int t = 0; t < n; t++) ends[t] = t >= length - 1 ? begins[t - length + 1] : 0;
  }
}

typedef float Floats8 __attribute__((vector_size(32), aligned(4), may_alias));
typedef int8_t Bytes8 __attribute__((vector_size(8), aligned(1), may_alias));

INLINE void add_vector(const Table *table, int32_t row, float *to) {
  size_t first = (size_t)row * (size_t)table->stride;
  if (table->integers) {
    float scale = table->scales[row];
    for (int k = 0; k < table->stride; k += 8)
      *(Floats8 *)(to + k) += __builtin_convertvector(*(const Bytes8 *)(table->integers + first + k), Floats8) * scale;
  } else {
    for (int k = 0; k < table->stride; k += 8) *(Floats8 *)(to + k) += *(const Floats8 *)(table->floats + first + k);
  }
}

// The vector of character t. Vectors end with zeros, so that whole strides are added.
static void read_vector(const Group *g, int row, int t, float *vector) {
  const Net *net = g->net;
  const Looked *looked = &g->looked[row];
  size_t filled = (size_t)net->input_size + 8;
  memset(vector, 0, sizeof(float) * filled);
  if (net->standards) {
    const Table standards = {net->standards, NULL, NULL, net->standard_stride};
    add_vector(&standards, (int32_t)g->rows->standard, vector);
  }
  float *to = vector;
  add_vector(&net->chars, looked->ids[t], to);
  if (net->bigrams.stride) {
    to += net->summed ? 0 : net->char_size;
    add_vector(&net->bigrams, looked->bigrams[t], to);
    to += net->summed ? 0 : net->bigram_size;
    add_vector(&net->bigrams, looked->bigrams[t + 1], to);
    to += net->summed ? 0 : net->bigram_size;
  } else {
    to += net->summed ? 0 : net->char_size;
  }
  for (int k = 0; k < net->n_words; k++) {
    add_vector(&net->words[k].begin, looked->begins[k * g->time + t], to);
    add_vector(&net->words[k].end, looked->ends[k * g->time + t], to);
  }
}

// The vectors of all characters of the group, [time][input_size]; 0 after a row's end.
static void read_vectors(const Group *g, Floats *values) {
  int n = g->net->input_size, width = LANES * g->n_vectors;
  for (int row = 0; row < g->n_rows; row++) look_up_row(g, row);
  for (int t = 0; t < g->time; t++) {
    float *to = (float *)at_time(g, values, n, t);
    memset(to, 0, sizeof(float) * (size_t)(n * width));
    for (int row = 0; row < g->n_rows && t < g->lengths[row]; row++) {
      read_vector(g, row, t, g->vector);
      for (int k = 0; k < n; k++) to[k * width + row] = g->vector[k];
    }
  }
}

#endif
