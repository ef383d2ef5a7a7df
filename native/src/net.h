// An open net: the arrays of a TnNet in the layouts that the code paths read.
#ifndef TAGGER_NATIVE_NET_H
#define TAGGER_NATIVE_NET_H
#include "tagger_native.h"
#include <stddef.h>

#define MAX_WORDS 15    // lengths of known words, from two characters on
#define MAX_SOURCES (3 + 2 * MAX_WORDS) // of vectors, at most 2^(32 - ROW_BITS)
#define MAX_LAYERS 16   //
#define MAX_POS 128     //
#define MAX_TIME 4096   // code points of a row
#define FORBIDDEN -1e4f // the score of what must not be
#define ROW_BITS 20     // of a slot of a hash table
#ifndef LARGE_PAGE
#define LARGE_PAGE (1 << 21) // bytes
#define BLOCK (1 << 24)      // of the memory of a net, which takes up what it uses of it
#endif

enum { OUTSIDE, BEGIN, MIDDLE, END, SINGLE, N_LETTERS }; // the order of tags, and of blocks of tags with a POS
enum { FREE, JOIN, CUT };
enum { NO_SYMBOL = -2, ANY_POS };

// A vector of integers with a scale, side by side as both are read together.
typedef struct {
  float scale;
  int32_t words[]; // of 4 integers: byte b of word i of n is integer b * n + i
} Scaled;

// Vectors [n_rows, size] that are a part of the input of the first layer, from input `first` on: floats, or integers
// `stride` bytes apart. `usual` is vector 0 as floats. Of the first vectors there are products with the weights of each
// direction [n_products][n_columns].
typedef struct {
  const float *floats;
  char *scaled;
  size_t stride;
  const float *usual;
  float *products[2];
  int n_rows, size, first, n_products, n_words;
} Source;

static inline Scaled *scaled_at(const Source *source, int64_t number) {
  return (Scaled *)(source->scaled + (size_t)number * source->stride);
}

// A hash table with linear probing: a slot is key << ROW_BITS | number, or EMPTY; the key is left * n_chars + right.
// Its first place are the highest bits of the key times HASH. At most half of the slots are taken.
typedef struct {
  const uint64_t *slots;
  uint64_t last; // slot
  int shift;
} Pairs;

#define HASH 0x9E3779B97F4A7C15u // 2^64 by the golden ratio (Knuth)
#define EMPTY UINT64_MAX

typedef struct {
  Pairs pairs;
  const int32_t *kinds;
} Words;

// Per direction and group of units: biases and then a row of weights for each input and each hidden value, of the first
// layer for hidden values alone. Gates are multiplied by what makes a power of 2 of each exponential.
typedef struct {
  int n_inputs, n_units, n_directions; // n_units: filled up to whole groups
  const float *packed[2];
} Layer;

typedef struct Path Path;

struct Net {
  const Path *path;
  const int32_t *pages, *cells, *source, *before, *after, *change;
  int32_t space;
  uint64_t n_chars;
  // Characters, bigrams to the left and to the right, words that begin and end; and then one that is not counted, of
  // standards: each of its vectors has the vectors 0 of all others added, and its products begin with the biases.
  Source sources[MAX_SOURCES + 1];
  int n_sources, has_bigrams;
  Pairs bigram_pairs;
  Words words[MAX_WORDS];
  int n_words, input_size;
  const float *projection[2]; // of the first layer: weights in chunks of columns [input_size][chunk]
  int n_columns;              // 4 for each unit, filled up to whole vectors
  const float *recurrent[2];  // of a single layer: weights of hidden values in chunks [n_recurrent][chunk]
  int n_recurrent;           // hidden values, filled up to an even number
  Layer layers[MAX_LAYERS];
  int n_layers, n_scores, n_pos, outside, factored;
  const float *output; // per group of scores: biases, then a row of weights for each input
  const int16_t *forbidden[2];
  int n_forbidden[2];
  const int32_t *symbols;
  int n_symbols;
  const float *boundary, *inside, *start, *end;
  const float *biases[2], *zeros; // [n_columns]
  void **blocks; // all memory of the net
  int n_blocks;
  char *free; // of the last block
  size_t n_free;
};

// A code path: the same source compiled for some instructions.
struct Path {
  const char *name;
  int group; // weights that are read together, 4 for each unit
  int lanes; // values of a vector
  int chunk; // columns of the first layer that are computed together
  // Computes the products that are kept, of a net that is complete but for these; false if there is no memory.
  int (*tabulate)(const Net *net);
  // Tags or scores of rows that were checked; false if there is no memory.
  int (*run)(const Net *net, const TnRows *rows, int16_t *tags, float *scores);
};

// A block of memory at a multiple of 64 bytes, or null. A large one is filled up to whole large pages, and lies on them
// where the system has them: tables are read here and there, and each small page costs a look-up of its own.
void *aligned_block(size_t *bytes);
// What is wrong with a specification, or null.
const char *check_net(const TnNet *spec);
const char *check_rows(const Net *net, const TnRows *rows);
// Fill an empty net; false if there is no memory.
int fill_net(Net *net, const TnNet *spec);

#endif
