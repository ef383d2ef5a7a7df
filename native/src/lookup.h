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

// Lists the vectors of n characters, in the order of the net's sources.
static void list_items(const Net *net, Looked *looked, int64_t time, int n) {
  const int32_t *numbers[MAX_SOURCES], **to = numbers;
  *to++ = looked->ids;
  if (net->has_bigrams) *to++ = looked->bigrams, *to++ = looked->bigrams + 1;
  for (int k = 0; k < net->n_words; k++) *to++ = looked->begins + k * time, *to++ = looked->ends + k * time;
  for (int t = 0; t < n; t++) {
    uint32_t *items = looked->items + t * (net->n_sources + 1);
    for (int s = 0; s < net->n_sources; s++) {
      *items = (uint32_t)s << ROW_BITS | (uint32_t)numbers[s][t];
      items += numbers[s][t] != 0;
    }
    *items = 0;
  }
}

static void look_up_row(Group *g, int row) {
  const Net *net = g->net;
  Looked *to = &g->looked[row];
  int n = g->lengths[row];
  int32_t *numbers = g->numbers, *found = g->numbers + g->time + MAX_WORDS + 2;
  read_ids(net, g->rows->codes + g->starts[row], n, numbers, to->ids);
  memset(to->ids + n, 0, sizeof(int32_t) * MAX_WORDS); // padding
  if (net->has_bigrams) {
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
  list_items(net, to, g->time, n);
}

static void look_up_rows(Group *g) {
  for (int row = 0; row < g->n_rows; row++) look_up_row(g, row);
}

#endif
