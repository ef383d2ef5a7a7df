// The best letters O B M E S of each row by Viterbi's algorithm, then the best part of speech of each word: the decoder
// of the factored head (tagger.decoding.segmentation and factored, which the order of sums and of ties follows).
#ifndef TAGGER_NATIVE_LETTERS_H
#define TAGGER_NATIVE_LETTERS_H
#include "group.h"

typedef struct {
  Floats of[N_LETTERS];
} Sums;

INLINE void store_origins(uint8_t *to, Ints origins) { *(Bytes *)to = __builtin_convertvector(origins, Bytes); }

// The best of three sums and which it is; on a tie the first.
INLINE Floats best_of_closing(const Sums *before, const float *boundary, int starting, uint8_t *origins) {
  Floats outside = before->of[OUTSIDE] + boundary[starting], end = before->of[END] + boundary[3 + starting];
  Floats single = before->of[SINGLE] + boundary[6 + starting];
  Ints later = end > outside;
  Floats best = choose(later, end, outside);
  Ints latest = single > best;
  store_origins(origins, (latest & SINGLE) | (~latest & later & END));
  return choose(latest, single, best);
}

INLINE Floats best_of_open(const Sums *before, float from_begin, float from_middle, uint8_t *origins) {
  Floats begin = before->of[BEGIN] + from_begin, middle = before->of[MIDDLE] + from_middle;
  Ints is_middle = middle > begin;
  store_origins(origins, (is_middle & MIDDLE) | (~is_middle & BEGIN));
  return choose(is_middle, middle, begin);
}

// Fills g->origins for a vector of rows, and writes the best letter of each row's last character.
static void follow_letters(const Group *g, int v, uint8_t *last) {
  const Net *net = g->net;
  const float *boundary = net->boundary, *inside = net->inside; // inside: B to M, B to E, M to M, M to E
  Sums sums = {0};
  for (int t = 0; t < g->time; t++) {
    const Floats *scores = at_time(g, g->scores, net->n_scores, t) + v;
    uint8_t *origins = g->origins + (size_t)t * N_LETTERS * MAX_ROWS + v * LANES;
    Sums best;
    if (t) {
      best.of[OUTSIDE] = best_of_closing(&sums, boundary, 0, origins + OUTSIDE * MAX_ROWS);
      best.of[BEGIN] = best_of_closing(&sums, boundary, 1, origins + BEGIN * MAX_ROWS);
      best.of[SINGLE] = best_of_closing(&sums, boundary, 2, origins + SINGLE * MAX_ROWS);
      best.of[MIDDLE] = best_of_open(&sums, inside[0], inside[2], origins + MIDDLE * MAX_ROWS);
      best.of[END] = best_of_open(&sums, inside[1], inside[3], origins + END * MAX_ROWS);
    } else {
      best.of[OUTSIDE] = all(net->start[0]), best.of[BEGIN] = all(net->start[1]), best.of[SINGLE] = all(net->start[2]);
      best.of[MIDDLE] = best.of[END] = all(-1e30f);
    }
    for (int letter = 0; letter < N_LETTERS; letter++)
      sums.of[letter] = best.of[letter] + scores[letter * g->n_vectors];
    Floats outside = sums.of[OUTSIDE] + net->end[0], end = sums.of[END] + net->end[1];
    Floats single = sums.of[SINGLE] + net->end[2];
    for (int lane = 0; lane < LANES && v * LANES + lane < g->n_rows; lane++) {
      if (g->lengths[v * LANES + lane] != t + 1) continue;
      int is_end = end[lane] > outside[lane];
      float other = is_end ? end[lane] : outside[lane];
      last[v * LANES + lane] = single[lane] > other ? SINGLE : is_end ? END : OUTSIDE;
    }
  }
}

// The part of speech that the first and the last character of a word say.
static int best_pos(const Group *g, int row, int first, int last) {
  int n_pos = g->net->n_pos, width = LANES * g->n_vectors, best = 0;
  const float *scores = (const float *)g->scores + row;
  const float *of_first = scores + ((size_t)first * (size_t)g->net->n_scores + N_LETTERS) * (size_t)width;
  const float *of_last = scores + ((size_t)last * (size_t)g->net->n_scores + N_LETTERS + (size_t)n_pos) * (size_t)width;
  float most = of_first[0] + of_last[0];
  for (int i = 1; i < n_pos; i++) {
    float sum = of_first[i * width] + of_last[i * width];
    if (sum > most) most = sum, best = i;
  }
  return best;
}

static void decode_letters(const Group *g, int16_t *tags) {
  uint8_t last[MAX_ROWS];
  int n_pos = g->net->n_pos;
  for (int v = 0; v < g->n_vectors; v++) follow_letters(g, v, last);
  for (int row = 0; row < g->n_rows; row++) {
    int16_t *to = tags + g->places[row];
    int n = g->lengths[row], letter = last[row], begin = 0;
    for (int t = n - 1; t >= 0; t--) {
      to[t] = (int16_t)letter;
      letter = g->origins[((size_t)t * N_LETTERS + (size_t)letter) * MAX_ROWS + (size_t)row];
    }
    for (int t = 0; t < n; t++) {
      if (to[t] == BEGIN || to[t] == SINGLE) begin = t;
      if (to[t] != END && to[t] != SINGLE) continue;
      int pos = best_pos(g, row, begin, t);
      for (int i = begin; i <= t; i++) to[i] = (int16_t)(1 + (to[i] - 1) * n_pos + pos);
    }
  }
}

#endif
