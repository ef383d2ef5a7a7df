// From what is looked up for rows to scores.
#ifndef TAGGER_NATIVE_FORWARD_H
#define TAGGER_NATIVE_FORWARD_H
#include "few.h"

INLINE void run_net(Group *g, const int n_vectors) {
  const Net *net = g->net;
  for (int i = 0; i < net->n_layers; i++) {
    if (is_few(g)) run_rows(g);
    else if (i) run_layer(g, &net->layers[i], 0, n_vectors);
    else run_layer(g, &net->layers[i], 1, n_vectors);
    Floats *read = g->from;
    g->from = g->to, g->to = read;
  }
  run_output(g, n_outputs(&net->layers[net->n_layers - 1]), n_vectors);
}

__attribute__((noinline)) static void run_net_1(Group *g) { run_net(g, 1); }
__attribute__((noinline)) static void run_net_2(Group *g) { run_net(g, 2); }
__attribute__((noinline)) static void run_net_3(Group *g) { run_net(g, 3); }

// Scores of the group, from what is looked up for its rows.
static void compute_scores(Group *g) {
  static void (*const by_vectors[MAX_VECTORS])(Group *) = {run_net_1, run_net_2, run_net_3};
  by_vectors[g->n_vectors - 1](g);
}

#endif
