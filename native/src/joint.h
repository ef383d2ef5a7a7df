// The best joint tags of each row by Viterbi's algorithm (tagger.decoding.viterbi, which the order of sums and of ties
// follows): best sums forwards for all lanes, and backwards, row by row, where the best one came from.
#ifndef TAGGER_NATIVE_JOINT_H
#define TAGGER_NATIVE_JOINT_H
#include "group.h"

enum { BEGIN_MIDDLE, BEGIN_END, MIDDLE_MIDDLE, MIDDLE_END };

// The best sums before some starting tags from `first` on, at most 8 of them, over all n closing tags before.
INLINE void best_starts(const Floats *closing, const float *boundary, int n, int first, int n_vectors, Floats *starts,
                        const int n_starts) {
  Floats best[8];
  UNROLL for (int j = 0; j < n_starts; j++) best[j] = closing[0] + boundary[first + j];
  for (int i = 1; i < n; i++)
    UNROLL for (int j = 0; j < n_starts; j++) best[j] =
        larger(closing[i * n_vectors] + boundary[i * n + first + j], best[j]);
  UNROLL for (int j = 0; j < n_starts; j++) starts[first + j] = best[j];
}

static void start_words(const Group *g, int t, int v, Floats *starts) {
  const Net *net = g->net;
  int n = 2 * net->n_pos + 1, j = 0;
  if (!t) {
    for (; j < n; j++) starts[j] = all(net->start[j]);
    return;
  }
  const Floats *closing = at_time(g, g->closing, n, t - 1) + v;
  for (; j + 8 <= n; j += 8) best_starts(closing, net->boundary, n, j, g->n_vectors, starts, 8);
  for (; j < n; j++) best_starts(closing, net->boundary, n, j, g->n_vectors, starts, 1);
}

// Best sums of M and E, which only B and M of the same part of speech lead to.
static void continue_words(const Group *g, int t, int v, const Floats *scores) {
  const Net *net = g->net;
  int n_pos = net->n_pos, n = g->n_vectors;
  const float *inside = net->inside;
  Floats *open = at_time(g, g->open, 2 * n_pos, t) + v, *closing = at_time(g, g->closing, 2 * n_pos + 1, t) + v;
  const Floats *before = t ? at_time(g, g->open, 2 * n_pos, t - 1) + v : NULL;
  for (int p = 0; p < n_pos; p++) {
    Floats middle = all(-1e30f), end = middle;
    if (t) {
      Floats begun = before[p * n], going = before[(n_pos + p) * n];
      middle = larger(begun + inside[BEGIN_MIDDLE * n_pos + p], going + inside[MIDDLE_MIDDLE * n_pos + p]) +
               scores[(1 + n_pos + p) * n];
      end = larger(begun + inside[BEGIN_END * n_pos + p], going + inside[MIDDLE_END * n_pos + p]) +
            scores[(1 + 2 * n_pos + p) * n];
    }
    open[(n_pos + p) * n] = middle, closing[(1 + p) * n] = end;
  }
}

static void follow_joint(const Group *g, int v) {
  int n_pos = g->net->n_pos, n = g->n_vectors;
  for (int t = 0; t < g->time; t++) {
    const Floats *scores = at_time(g, g->scores, g->net->n_scores, t) + v;
    Floats *open = at_time(g, g->open, 2 * n_pos, t) + v, *closing = at_time(g, g->closing, 2 * n_pos + 1, t) + v;
    Floats starts[2 * MAX_POS + 1];
    start_words(g, t, v, starts);
    continue_words(g, t, v, scores);
    closing[0] = starts[0] + scores[0];
    for (int p = 0; p < n_pos; p++) {
      open[p * n] = starts[1 + p] + scores[(1 + p) * n];
      closing[(1 + n_pos + p) * n] = starts[1 + n_pos + p] + scores[(1 + 3 * n_pos + p) * n];
    }
  }
}

// The closing tag from which the best path comes, given what each adds: score j is added[j * stride].
static int best_closing(const Group *g, int row, int t, const float *added, int stride) {
  int n = 2 * g->net->n_pos + 1, width = LANES * g->n_vectors, best = 0;
  const float *sums = (const float *)at_time(g, g->closing, n, t) + row;
  float most = sums[0] + added[0];
  for (int i = 1; i < n; i++) {
    float sum = sums[i * width] + added[i * stride];
    if (sum > most) most = sum, best = i;
  }
  return best ? 2 * g->net->n_pos + best : OUTSIDE; // E and S are the last tags
}

// The tag before `tag` at time t.
static int tag_before(const Group *g, int row, int t, int tag) {
  const Net *net = g->net;
  int n_pos = net->n_pos, n = 2 * n_pos + 1, width = LANES * g->n_vectors;
  int letter = tag ? 1 + (tag - 1) / n_pos : OUTSIDE, pos = tag ? (tag - 1) % n_pos : 0;
  if (letter != MIDDLE && letter != END) {
    int column = letter == OUTSIDE ? 0 : 1 + pos + (letter == SINGLE ? n_pos : 0);
    return best_closing(g, row, t - 1, net->boundary + column, n);
  }
  const float *open = (const float *)at_time(g, g->open, 2 * n_pos, t - 1) + row;
  const float *from_begin = net->inside + (letter == END ? BEGIN_END : BEGIN_MIDDLE) * n_pos;
  const float *from_middle = net->inside + (letter == END ? MIDDLE_END : MIDDLE_MIDDLE) * n_pos;
  int is_middle = open[(n_pos + pos) * width] + from_middle[pos] > open[pos * width] + from_begin[pos];
  return 1 + (is_middle ? n_pos : 0) + pos;
}

static void decode_joint(const Group *g, int16_t *tags) {
  for (int v = 0; v < g->n_vectors; v++) follow_joint(g, v);
  for (int row = 0; row < g->n_rows; row++) {
    int t = g->lengths[row] - 1, tag = best_closing(g, row, t, g->net->end, 1);
    for (; t > 0; t--) {
      tags[g->places[row] + t] = (int16_t)tag;
      tag = tag_before(g, row, t, tag);
    }
    tags[g->places[row]] = (int16_t)tag;
  }
}

#endif
