// What the first layer makes of its input: the vector of a character is a sum, or a row, of vectors out of tables, so
// its products with the weights are a sum of products of each. Those of frequent vectors are kept during a call, and
// those of the vectors 0, which stand for what is unknown, begin all sums: other vectors are computed less these.
#ifndef TAGGER_NATIVE_PROJECT_H
#define TAGGER_NATIVE_PROJECT_H
#include "group.h"

#define STEPS 4                     // that are computed together, of one direction
#define KEPT_BYTES (1 << 18)        // of products of a source and direction, and not much more than twice that
#define CHUNK (MAX_VECTORS * LANES) // columns with sums in registers at once, for GROUP vectors

// Products that are kept: slot i has those of vector numbers[i], and was last read in the batch of that number.
typedef struct {
  int32_t *numbers, *batches;
  float *products; // [n_slots][n_columns]
  int last;        // slot
} Kept;

// Vectors of one source whose products are to be computed.
typedef struct {
  int32_t numbers[STEPS * MAX_ROWS];
  float *products[STEPS * MAX_ROWS];
  int n;
} Missing;

typedef struct Projection {
  Kept kept[2][MAX_SOURCES]; // by direction
  Missing missing[MAX_SOURCES];
  const float *parts[STEPS * MAX_ROWS][MAX_SOURCES]; // what to add up for each character
  int n_parts[STEPS * MAX_ROWS];
  float *base[2];     // biases, and products of the standard's vector and of the vectors 0 [n_columns]
  float *spare;       // for products whose slot is being read [STEPS * MAX_ROWS * n_sources][n_columns]
  int n_spare, batch; //
  float *vector;      // [input_size]
  float *vectors;     // [input_size][GROUP]
  float *sums_of_row; // [n_columns], and zeros for LANES units
  float *cells;       // [n_units + LANES]
  float *hidden;      // [n_units + LANES]
  float *rows;        // [LANES][n_columns]
  Floats *sums;       // [STEPS][n_columns][n_vectors]
} Projection;

// A vector of a source less its vector 0, to[k * GROUP]; `vector` has room for it.
INLINE void read_vector(const Source *source, int32_t number, float *restrict vector, float *restrict to) {
  int size = source->size;
  if (source->integers) {
    const int8_t *from = source->integers + (size_t)number * (size_t)size;
    float scale = source->scales[number];
    for (int k = 0; k < size; k++) vector[k] = (float)from[k] * scale - source->usual[k];
  } else {
    const float *from = source->floats + (size_t)number * (size_t)size;
    for (int k = 0; k < size; k++) vector[k] = from[k] - source->usual[k];
  }
  for (int k = 0; k < size; k++) to[k * GROUP] = vector[k];
}

// Products of n vectors [size][GROUP], from row `first` of the weights on, to n places.
static void multiply(const Net *net, int direction, int first, int size, const float *vectors, float **to, int n) {
  for (int chunk = 0; chunk < net->n_columns / CHUNK; chunk++) {
    Floats sums[GROUP][MAX_VECTORS];
    UNROLL for (int i = 0; i < GROUP; i++) { UNROLL for (int v = 0; v < MAX_VECTORS; v++) sums[i][v] = all(0); }
    size_t row = (size_t)chunk * (size_t)net->input_size + (size_t)first;
    add_products(sums, vectors, (const Floats *)(net->projection[direction] + row * CHUNK), size, MAX_VECTORS);
    for (int i = 0; i < n; i++)
      for (int v = 0; v < MAX_VECTORS; v++) ((Floats *)(to[i] + chunk * CHUNK))[v] = sums[i][v];
  }
}

static void multiply_missing(const Net *net, Projection *p, int direction, int number) {
  const Source *source = &net->sources[number];
  Missing *missing = &p->missing[number];
  for (int first = 0; first < missing->n; first += GROUP) {
    int n = missing->n - first < GROUP ? missing->n - first : GROUP;
    for (int i = 0; i < n; i++) read_vector(source, missing->numbers[first + i], p->vector, p->vectors + i);
    multiply(net, direction, source->first, source->size, p->vectors, missing->products + first, n);
  }
  missing->n = 0;
}

// Where the products of a vector are, or will be after `multiply_missing`.
INLINE const float *find_products(const Net *net, Projection *p, int direction, int source, int32_t number) {
  Kept *kept = &p->kept[direction][source];
  int slot = number & kept->last;
  float *products = kept->products + (size_t)slot * (size_t)net->n_columns;
  if (kept->numbers[slot] == number) {
    kept->batches[slot] = p->batch;
    return products;
  }
  if (kept->batches[slot] == p->batch) { // read by another character: these products are not kept
    products = p->spare + (size_t)p->n_spare++ * (size_t)net->n_columns;
  } else {
    kept->numbers[slot] = number, kept->batches[slot] = p->batch;
  }
  const Source *from = &net->sources[source];
  __builtin_prefetch(from->integers ? (const void *)(from->integers + (size_t)number * (size_t)from->size)
                                    : from->floats + (size_t)number * (size_t)from->size);
  if (from->scales) __builtin_prefetch(from->scales + number);
  Missing *missing = &p->missing[source];
  missing->numbers[missing->n] = number, missing->products[missing->n++] = products;
  return products;
}

// What to add up for character t of a row.
INLINE void find_parts(const Group *g, Projection *p, int direction, int row, int t, int place) {
  const Net *net = g->net;
  int n = 0, sources[MAX_SOURCES + 1];
  int32_t numbers[MAX_SOURCES + 1];
  for (int s = 0; t < g->lengths[row] && s < net->n_sources; s++) {
    sources[n] = s, numbers[n] = g->looked[row].numbers[s][t];
    n += numbers[n] != 0;
  }
  p->n_parts[place] = n;
  for (int i = 0; i < n; i++) {
    const float *products = find_products(net, p, direction, sources[i], numbers[i]);
    __builtin_prefetch(products), __builtin_prefetch(products + 16), __builtin_prefetch(products + 32);
    p->parts[place][i] = products;
  }
}

INLINE void add_parts(const float *base, const float *const *parts, int n_parts, int n_columns, float *to) {
  for (int column = 0; column < n_columns; column += CHUNK) {
    Floats sums[MAX_VECTORS];
    UNROLL for (int v = 0; v < MAX_VECTORS; v++) sums[v] = ((const Floats *)(base + column))[v];
    for (int i = 0; i < n_parts; i++) {
      UNROLL for (int v = 0; v < MAX_VECTORS; v++) sums[v] += ((const Floats *)(parts[i] + column))[v];
    }
    UNROLL for (int v = 0; v < MAX_VECTORS; v++)((Floats *)(to + column))[v] = sums[v];
  }
}

// Rows [LANES][n_columns] to columns [n_columns][n_vectors], each a vector.
INLINE void transpose(const float *rows, int n_columns, Floats *columns, int n_vectors) {
  for (int column = 0; column < n_columns; column += LANES) {
    Floats from[LANES], to[LANES];
    UNROLL_ALL for (int i = 0; i < LANES; i++) from[i] = *(const Floats *)(rows + i * n_columns + column);
    UNROLL for (int stage = 1; stage < LANES; stage *= 2) {
      UNROLL_ALL for (int i = 0; i < LANES / 2; i++) {
        to[2 * i] = FIRST_HALVES(from[i], from[i + LANES / 2]);
        to[2 * i + 1] = SECOND_HALVES(from[i], from[i + LANES / 2]);
      }
      UNROLL_ALL for (int i = 0; i < LANES; i++) from[i] = to[i];
    }
    UNROLL_ALL for (int i = 0; i < LANES; i++) columns[(column + i) * n_vectors] = from[i];
  }
}

// The sums of the first layer for n steps from `step` on, in p->sums.
static void project(const Group *g, int direction, int step, int n) {
  const Net *net = g->net;
  Projection *p = g->projection;
  p->batch++, p->n_spare = 0;
  for (int i = 0; i < n; i++)
    for (int row = 0; row < g->n_rows; row++)
      find_parts(g, p, direction, row, time_of(g, direction, step + i), i * MAX_ROWS + row);
  for (int s = 0; s < net->n_sources; s++) multiply_missing(net, p, direction, s);
  for (int i = 0; i < n; i++)
    for (int v = 0; v < g->n_vectors; v++) {
      for (int lane = 0; lane < LANES && v * LANES + lane < g->n_rows; lane++) {
        int place = i * MAX_ROWS + v * LANES + lane;
        float *to = p->rows + lane * net->n_columns;
        add_parts(p->base[direction], p->parts[place], p->n_parts[place], net->n_columns, to);
      }
      Floats *sums = p->sums + (size_t)i * (size_t)(net->n_columns * g->n_vectors) + v;
      transpose(p->rows, net->n_columns, sums, g->n_vectors);
    }
}

// Before the rows of a call: nothing is kept, and the sums begin with the biases.
static void begin_projection(const Net *net, Projection *p, int standard) {
  float *none = p->vectors;
  p->batch = 0;
  for (int s = 0; s < net->n_sources; s++) p->missing[s].n = 0;
  memset(p->sums_of_row, 0, sizeof(float) * (size_t)(net->n_columns + 4 * LANES));
  memset(p->rows, 0, sizeof(float) * (size_t)(LANES * net->n_columns)); // of lanes without a row
  memset(none, 0, sizeof(float) * (size_t)(net->input_size * GROUP));
  for (int k = 0; net->standards && k < net->input_size; k++)
    none[k * GROUP] = net->standards[standard * net->input_size + k];
  for (int s = 0; s < net->n_sources; s++)
    for (int k = 0; k < net->sources[s].size; k++)
      none[(net->sources[s].first + k) * GROUP] += net->sources[s].usual[k];
  for (int d = 0; d < net->layers[0].n_directions; d++) {
    multiply(net, d, 0, net->input_size, none, &p->base[d], 1);
    for (int i = 0; i < net->n_columns; i++) p->base[d][i] += net->biases[d][i];
    for (int s = 0; s < net->n_sources; s++) {
      size_t n = (size_t)p->kept[d][s].last + 1;
      memset(p->kept[d][s].numbers, 0xFF, sizeof(int32_t) * n);
      memset(p->kept[d][s].batches, 0xFF, sizeof(int32_t) * n);
    }
  }
}

#endif
