// One code path, compiled once for each kind of CPU: PATH is its name, LANES the floats of a vector register, UNITS how
// many units of a layer have their sums in registers at once.
#include "forward.h"
#include "joint.h"
#include "letters.h"
#include "lookup.h"
#include "masks.h"
#include <stdlib.h>

// Parts of one piece of memory, each at a multiple of 64 bytes. Without memory it adds up sizes.
typedef struct {
  char *memory;
  size_t used;
} Arena;

static void *part(Arena *arena, int64_t n, size_t size) {
  void *place = arena->memory ? arena->memory + arena->used : NULL;
  arena->used += ((size_t)n * size + 63) / 64 * 64;
  return place;
}

static Projection *lay_out_projection(const Net *net, Arena *arena, int64_t n) {
  Projection none, *placed = part(arena, 1, sizeof(Projection)), *p = placed ? placed : &none;
  for (int s = 0; s <= net->n_sources; s++) {
    p->missing[s].n = 0;
    p->missing[s].vectors = part(arena, (PLACES + GROUP) * padded_size(&net->sources[s]), sizeof(float));
  }
  p->tile = part(arena, (PLACES + 1) * CHUNK, sizeof(float));
  p->sums_of_row = part(arena, net->n_columns + 4 * LANES, sizeof(float));
  p->cells = part(arena, net->layers[0].n_units + LANES, sizeof(float));
  p->hidden = part(arena, net->layers[0].n_units + LANES, sizeof(float));
  p->rows = part(arena, (int64_t)PLACES * net->n_columns, sizeof(float));
  p->sums = part(arena, (int64_t)STEPS * net->n_columns * n, sizeof(Floats));
  return placed;
}

static int tabulate(const Net *net) {
  Arena arena = {NULL, 0};
  lay_out_projection(net, &arena, 1);
  arena = (Arena){aligned_block(&arena.used), 0};
  if (!arena.memory) return 0;
  Projection *p = lay_out_projection(net, &arena, 1);
  for (int d = 0; d < net->layers[0].n_directions; d++)
    for (int s = 0; s <= net->n_sources; s++) tabulate_source(net, p, d, s);
  free(arena.memory);
  return 1;
}

// The memory of groups with up to `time` code points a row and n vectors of rows.
static void lay_out(Group *g, Arena *arena, int64_t time, int64_t n) {
  const Net *net = g->net;
  int64_t most = 0, most_units = 0, n_pos = net->n_pos;
  for (int i = 0; i < net->n_layers; i++) {
    const Layer *layer = &net->layers[i];
    if (n_outputs(layer) > most) most = n_outputs(layer);
    if (layer->n_units > most_units) most_units = layer->n_units;
  }
  g->numbers = part(arena, 2 * (time + MAX_WORDS + 2), sizeof(int32_t));
  g->from = part(arena, time * most * n, sizeof(Floats));
  g->to = part(arena, time * most * n, sizeof(Floats));
  g->projection = lay_out_projection(net, arena, n);
  g->states = part(arena, 2 * most_units * n, sizeof(Floats));
  g->scores = part(arena, time * net->n_scores * n, sizeof(Floats));
  g->origins = part(arena, net->factored ? time * N_LETTERS * MAX_ROWS : 0, 1);
  g->closing = part(arena, net->factored ? 0 : time * (2 * n_pos + 1) * n, sizeof(Floats));
  g->open = part(arena, net->factored ? 0 : time * 2 * n_pos * n, sizeof(Floats));
  for (int row = 0; row < LANES * n; row++) {
    Looked *looked = &g->looked[row];
    looked->ids = part(arena, time + MAX_WORDS, sizeof(int32_t));
    looked->bigrams = part(arena, time + 1, sizeof(int32_t));
    looked->begins = part(arena, net->n_words * time, sizeof(int32_t));
    looked->ends = part(arena, net->n_words * time, sizeof(int32_t));
    looked->items = part(arena, time * (net->n_sources + 1), sizeof(uint32_t));
  }
}

// The numbers of rows, the longest first, and those of one length in their order; null if there is no memory.
static int64_t *sort_rows(const TnRows *rows) {
  int64_t *order = malloc(sizeof(int64_t) * (size_t)(rows->n_rows + MAX_TIME + 2)), *first = order + rows->n_rows;
  if (!order) return NULL;
  memset(first, 0, sizeof(int64_t) * (MAX_TIME + 2)); // how many rows are longer
  for (int64_t r = 0; r < rows->n_rows; r++) first[MAX_TIME - rows->lengths[r] + 1]++;
  for (int i = 1; i <= MAX_TIME; i++) first[i] += first[i - 1];
  for (int64_t r = 0; r < rows->n_rows; r++) order[first[MAX_TIME - rows->lengths[r]]++] = r;
  return order;
}

static void write_scores(const Group *g, float *scores) {
  int n = g->net->n_scores, width = LANES * g->n_vectors;
  for (int row = 0; row < g->n_rows; row++)
    for (int t = 0; t < g->lengths[row]; t++) {
      const float *from = (const float *)at_time(g, g->scores, n, t) + row;
      float *to = scores + (g->places[row] + t) * n;
      for (int i = 0; i < n; i++) to[i] = from[i * width];
    }
}

static void run_group(Group *g, int16_t *tags, float *scores) {
  Floats *from = g->from, *to = g->to;
  look_up_rows(g);
  compute_scores(g);
  g->from = from, g->to = to;
  mask_kinds(g);
  if (scores) {
    write_scores(g, scores);
    return;
  }
  mask_known(g);
  if (g->net->factored) decode_letters(g, tags);
  else decode_joint(g, tags);
}

static int run(const Net *net, const TnRows *rows, int16_t *tags, float *scores) {
  int64_t *order = sort_rows(rows);
  if (!order) return 0;
  int64_t most_vectors = (rows->n_rows + LANES - 1) / LANES;
  int n_vectors = most_vectors < MAX_VECTORS ? (int)most_vectors : MAX_VECTORS;
  Group *g = aligned_alloc(64, (sizeof(Group) + 63) / 64 * 64);
  Arena arena = {NULL, 0};
  if (g) {
    *g = (Group){.net = net, .rows = rows};
    lay_out(g, &arena, rows->lengths[order[0]], n_vectors);
    arena = (Arena){aligned_block(&arena.used), 0};
    if (arena.memory) lay_out(g, &arena, rows->lengths[order[0]], n_vectors);
  }
  for (int64_t first = 0; arena.memory && first < rows->n_rows; first += g->n_rows) {
    int64_t left = rows->n_rows - first;
    g->n_rows = left < LANES * n_vectors ? (int)left : LANES * n_vectors;
    g->n_vectors = (g->n_rows + LANES - 1) / LANES;
    g->time = (int)rows->lengths[order[first]];
    for (int i = 0; i < g->n_rows; i++) {
      int64_t row = order[first + i];
      g->starts[i] = rows->starts[row], g->places[i] = rows->places[row], g->lengths[i] = (int)rows->lengths[row];
    }
    run_group(g, tags, scores);
  }
  int done = arena.memory != NULL;
  free(arena.memory);
  free(g);
  free(order);
  return done;
}

#define NAME_OF(path) #path
#define NAMED(path) NAME_OF(path)
#define JOINED(a, b) a##b
#define SYMBOL(path) JOINED(path_, path)
extern const Path SYMBOL(PATH);
const Path SYMBOL(PATH) = {NAMED(PATH), GROUP, LANES, CHUNK, tabulate, run};
