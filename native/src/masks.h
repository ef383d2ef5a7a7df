// What a character may not be: by its kind, and by what is known of it. Blocks of columns have the order of letters.
#ifndef TAGGER_NATIVE_MASKS_H
#define TAGGER_NATIVE_MASKS_H
#include "group.h"

// Of a character in its lane: score i is at[i * width]. Blocks of letters have n columns, but the first has one.
typedef struct {
  float *at;
  int width, n;
} Column;

INLINE void forbid_letter(Column c, int letter) {
  int first = letter ? 1 + (letter - 1) * c.n : 0;
  for (int i = first; i < (letter ? first + c.n : 1); i++) c.at[i * c.width] = FORBIDDEN;
}

INLINE Column column_of(const Group *g, int row, int t) {
  const Net *net = g->net;
  float *first = (float *)at_time(g, g->scores, net->n_scores, t);
  return (Column){first + row, LANES * g->n_vectors, net->factored ? 1 : net->n_pos};
}

// As the net's own graph does.
static void mask_kinds(const Group *g) {
  const Net *net = g->net;
  for (int row = 0; row < g->n_rows; row++)
    for (int t = 0; t < g->lengths[row]; t++) {
      int kind = g->looked[row].ids[t] == net->space;
      Column c = column_of(g, row, t);
      for (int i = 0; i < net->n_forbidden[kind]; i++) c.at[net->forbidden[kind][i] * c.width] = FORBIDDEN;
    }
}

static void mask_edge(const Group *g, int row, int t, int edge) {
  Column here = column_of(g, row, t), before = column_of(g, row, t - 1);
  if (edge == JOIN) {
    if (!g->net->outside) forbid_letter(here, OUTSIDE);
    forbid_letter(here, BEGIN), forbid_letter(here, SINGLE);
    forbid_letter(before, END), forbid_letter(before, SINGLE);
  } else if (edge == CUT) {
    forbid_letter(here, MIDDLE), forbid_letter(here, END);
    forbid_letter(before, BEGIN), forbid_letter(before, MIDDLE);
  }
}

static void allow_space(Column c) {
  for (int i = 0; i < c.n; i++) c.at[(1 + (MIDDLE - 1) * c.n + i) * c.width] = 0;
}

static void forbid_symbols(const Group *g, Column c) {
  const Net *net = g->net;
  for (int first = net->factored ? N_LETTERS : 1; first < net->n_scores; first += net->n_pos)
    for (int i = 0; i < net->n_symbols; i++) c.at[(first + net->symbols[i]) * c.width] = FORBIDDEN;
}

static void keep_pos(const Group *g, Column c, int pos) {
  const Net *net = g->net;
  for (int i = net->factored ? N_LETTERS : 1, of = 0; i < net->n_scores; i++, of = of + 1 < net->n_pos ? of + 1 : 0)
    if (of != pos) c.at[i * c.width] = FORBIDDEN;
}

// As tagger.tagging.constraints does, in its order: joins, cuts, whitespace in words, parts of speech.
static void mask_known(const Group *g) {
  const TnRows *rows = g->rows;
  for (int row = 0; row < g->n_rows; row++) {
    int64_t start = g->starts[row];
    int n = g->lengths[row];
    for (int edge = JOIN; rows->edges && edge <= CUT; edge++)
      for (int t = 1; t < n; t++)
        if (rows->edges[start + t] == edge) mask_edge(g, row, t, edge);
    for (int t = 0; rows->spaces && t < n; t++)
      if (rows->spaces[start + t]) allow_space(column_of(g, row, t));
    for (int t = 0; rows->pos && t < n; t++) {
      int pos = rows->pos[start + t];
      if (pos == ANY_POS) continue;
      Column c = column_of(g, row, t);
      if (g->net->outside) forbid_letter(c, OUTSIDE);
      if (pos == NO_SYMBOL) forbid_symbols(g, c);
      else keep_pos(g, c, pos);
    }
  }
}

#endif
