// What the first layer makes of its input: the vector of a character is a sum, or a row, of vectors out of tables, so
// its products with the weights are a sum of products of each. Those of the first vectors of each table, which are the
// frequent ones, were computed when the net was opened; others are computed here. Those of the vectors 0, which stand
// for what is unknown, begin all sums: all other vectors are taken less these.
#ifndef TAGGER_NATIVE_PROJECT_H
#define TAGGER_NATIVE_PROJECT_H
#include "group.h"

#define STEPS 2                     // that are computed together, of one direction
#define PLACES (STEPS * MAX_ROWS)   // of characters that are computed together
#define CHUNK (MAX_VECTORS * LANES) // columns with sums in registers at once, for GROUP vectors

// Vectors of one source that are to be multiplied, and the places of their characters.
typedef struct {
  int32_t numbers[PLACES + GROUP];
  int places[PLACES + GROUP];
  float *vectors; // [PLACES + GROUP][padded size]
  int n;
} Missing;

typedef struct Projection {
  Missing missing[MAX_SOURCES + 1];
  const float *parts[PLACES][MAX_SOURCES]; // products to add up for each character
  int n_parts[PLACES];
  float *tile;        // sums of a chunk's columns [PLACES + 1][CHUNK], of which the last row is of nobody
  float *rows;        // sums of all columns [PLACES][n_columns], when rows go one after the other
  float *sums_of_row; // [n_columns], and zeros for LANES units
  float *cells;       // [n_units + LANES]
  float *hidden;      // [n_units + LANES]
  Floats *sums;       // [STEPS][n_columns][n_vectors]
} Projection;

INLINE int padded_size(const Source *source) { return (source->size + 2 * LANES) / LANES * LANES + LANES; }

// A vector of a source less its vector 0. Whole registers are written, in order, so that what follows is overwritten.
INLINE void read_vector(const Source *source, int32_t number, float *vector) {
  const UnalignedFloats *usual = (const UnalignedFloats *)source->usual;
  if (!source->scaled) {
    const float *from = source->floats + (size_t)number * (size_t)source->size;
    for (int k = 0; k < source->size; k++) vector[k] = from[k] - source->usual[k];
    return;
  }
  const Scaled *scaled = scaled_at(source, number);
  int n = source->n_words;
  UNROLL for (int byte = 0; byte < 4; byte++)
    for (int word = 0; word < n; word += LANES) {
      int k = byte * n + word;
      Ints integers = *(const UnalignedInts *)(scaled->words + word) << (24 - 8 * byte) >> 24;
      Floats values = __builtin_convertvector(integers, Floats) * scaled->scale;
      *(UnalignedFloats *)(vector + k) = values - *(const UnalignedFloats *)((const float *)usual + k);
    }
}

// Adds products of GROUP vectors with the weights of a chunk to rows of the tile.
INLINE void multiply(const float *vectors, int stride, int depth, const Floats *weights, float *tile, const int *places,
                     const int n_vectors) {
  const float *values[GROUP];
  Floats sums[GROUP][MAX_VECTORS];
  UNROLL for (int i = 0; i < GROUP; i++) {
    values[i] = vectors + i * stride;
    UNROLL for (int v = 0; v < n_vectors; v++) sums[i][v] = ((const Floats *)(tile + places[i] * CHUNK))[v];
  }
  for (int k = 0; k < depth; k++, weights += n_vectors) {
    UNROLL for (int i = 0; i < GROUP; i++) {
      UNROLL for (int v = 0; v < n_vectors; v++) sums[i][v] += values[i][k] * weights[v];
    }
  }
  UNROLL for (int i = 0; i < GROUP; i++) {
    UNROLL for (int v = 0; v < n_vectors; v++)((Floats *)(tile + places[i] * CHUNK))[v] = sums[i][v];
  }
}

// Reads the missing vectors of a source, and fills up the last group.
INLINE void read_missing(const Source *source, Missing *missing) {
  int n = missing->n, size = padded_size(source);
  for (; n % GROUP; n++) missing->numbers[n] = 0, missing->places[n] = PLACES;
  for (int i = 0; i < n; i++) read_vector(source, missing->numbers[i], missing->vectors + i * size);
}

// Adds the products of the missing vectors of a source to the tile of a chunk.
INLINE void add_missing(const Net *net, int direction, const Source *source, const Missing *missing, int column,
                        float *tile, const int n_vectors) {
  const float *weights = net->projection[direction] + (size_t)column * (size_t)net->input_size;
  const Floats *first = (const Floats *)weights + source->first * n_vectors;
  int size = padded_size(source);
  for (int i = 0; i < missing->n; i += GROUP)
    multiply(missing->vectors + i * size, size, source->size, first, tile, missing->places + i, n_vectors);
}

// The tile of the columns from `column` on, of n characters whose parts were found.
INLINE void fill_tile(const Net *net, Projection *p, int direction, const float *base, int column, int n,
                      const int n_vectors) {
  for (int place = 0; place < n; place++) {
    Floats sums[MAX_VECTORS];
    UNROLL for (int v = 0; v < n_vectors; v++) sums[v] = ((const Floats *)(base + column))[v];
    for (int i = 0; i < p->n_parts[place]; i++) {
      const float *part = p->parts[place][i] + column;
      UNROLL for (int v = 0; v < n_vectors; v++) {
        __builtin_prefetch(part + CHUNK + v * LANES);
        sums[v] += ((const Floats *)part)[v];
      }
    }
    UNROLL for (int v = 0; v < n_vectors; v++)((Floats *)(p->tile + place * CHUNK))[v] = sums[v];
  }
  for (int s = 0; s <= net->n_sources; s++) // the last one are standards, when a net is opened
    add_missing(net, direction, &net->sources[s], &p->missing[s], column, p->tile, n_vectors);
}

// The same for a chunk of any width, which is returned.
static ALONE int fill_chunk(const Net *net, Projection *p, int direction, const float *base, int column, int n) {
  int left = net->n_columns - column;
  if (left >= CHUNK) fill_tile(net, p, direction, base, column, n, MAX_VECTORS);
  else if (left == 2 * LANES) fill_tile(net, p, direction, base, column, n, 2);
  else fill_tile(net, p, direction, base, column, n, 1);
  return left < CHUNK ? left : CHUNK;
}

// What to add up for a character: products that are known, and vectors that will be multiplied.
INLINE void find_parts(const Net *net, Projection *p, int direction, const uint32_t *items, int place) {
  int n = 0;
  for (; *items; items++) {
    int s = (int)(*items >> ROW_BITS), number = (int)(*items & ((1 << ROW_BITS) - 1));
    const Source *source = &net->sources[s];
    if (number < source->n_products) {
      const float *products = source->products[direction] + (size_t)number * (size_t)net->n_columns;
      __builtin_prefetch(products), __builtin_prefetch(products + 16), __builtin_prefetch(products + 32);
      p->parts[place][n++] = products;
      continue;
    }
    if (source->scaled) __builtin_prefetch(scaled_at(source, number));
    else __builtin_prefetch(source->floats + (size_t)number * (size_t)source->size);
    Missing *missing = &p->missing[s];
    missing->numbers[missing->n] = number, missing->places[missing->n++] = place;
  }
  p->n_parts[place] = n;
}

INLINE void read_all_missing(const Net *net, Projection *p) {
  for (int s = 0; s < net->n_sources; s++) read_missing(&net->sources[s], &p->missing[s]);
}

INLINE void forget_missing(const Net *net, Projection *p) {
  for (int s = 0; s < net->n_sources; s++) p->missing[s].n = 0;
}

// Rows [LANES] of the tile to columns [width][n_vectors], each a vector.
INLINE void transpose(const float *rows, int width, Floats *columns, int n_vectors) {
  for (int column = 0; column < width; column += LANES) {
    Floats from[LANES], to[LANES];
    UNROLL_ALL for (int i = 0; i < LANES; i++) from[i] = *(const Floats *)(rows + i * CHUNK + column);
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

INLINE const float *base_of(const Group *g, int direction) {
  return g->net->sources[g->net->n_sources].products[direction] + g->rows->standard * g->net->n_columns;
}

// The sums of the first layer for n steps from `step` on, in p->sums.
static ALONE void project(const Group *g, int direction, int step, int n) {
  static const uint32_t nothing[1];
  const Net *net = g->net;
  Projection *p = g->projection;
  int n_vectors = g->n_vectors, n_lanes = LANES * n_vectors;
  for (int i = 0; i < n; i++) {
    int t = time_of(g, direction, step + i);
    for (int row = 0; row < n_lanes; row++) {
      int is_inside = row < g->n_rows && t < g->lengths[row];
      find_parts(net, p, direction, is_inside ? items_at(g, row, t) : nothing, i * n_lanes + row);
    }
  }
  read_all_missing(net, p);
  for (int column = 0, width; column < net->n_columns; column += width) {
    width = fill_chunk(net, p, direction, base_of(g, direction), column, n * n_lanes);
    for (int i = 0; i < n; i++)
      for (int v = 0; v < n_vectors; v++) {
        Floats *to = p->sums + (size_t)(i * net->n_columns + column) * (size_t)n_vectors + v;
        transpose(p->tile + (i * n_lanes + v * LANES) * CHUNK, width, to, n_vectors);
      }
  }
  forget_missing(net, p);
}

// The sums of n characters of a row from `step` on, in p->rows.
static ALONE void project_row(const Group *g, int direction, int row, int step, int n) {
  const Net *net = g->net;
  Projection *p = g->projection;
  for (int i = 0; i < n; i++) {
    int t = time_in_row(g, row, direction, step + i);
    find_parts(net, p, direction, items_at(g, row, t), i);
  }
  read_all_missing(net, p);
  for (int column = 0, width; column < net->n_columns; column += width) {
    width = fill_chunk(net, p, direction, base_of(g, direction), column, n);
    for (int i = 0; i < n; i++)
      memcpy(p->rows + i * net->n_columns + column, p->tile + i * CHUNK, sizeof(float) * (size_t)width);
  }
  forget_missing(net, p);
}

// Products of the first vectors of a source, when a net is opened; those of standards begin with the biases.
static void tabulate_source(const Net *net, Projection *p, int direction, int s) {
  const Source *source = &net->sources[s];
  Missing *missing = &p->missing[s];
  for (int first = 0; first < source->n_products; first += PLACES) {
    int n = source->n_products - first < PLACES ? source->n_products - first : PLACES;
    for (int i = 0; i < n; i++) missing->numbers[i] = first + i, missing->places[i] = i, p->n_parts[i] = 0;
    missing->n = n;
    read_missing(source, missing);
    const float *base = s == net->n_sources ? net->biases[direction] : net->zeros;
    float *to = source->products[direction] + (size_t)first * (size_t)net->n_columns;
    for (int column = 0, width; column < net->n_columns; column += width) {
      width = fill_chunk(net, p, direction, base, column, n);
      for (int i = 0; i < n; i++)
        memcpy(to + i * net->n_columns + column, p->tile + i * CHUNK, sizeof(float) * (size_t)width);
    }
    missing->n = 0;
  }
}

#endif
