// From the arrays of a TnNet to a Net: copies in the layouts that the code paths read.
#include "net.h"
#include <stdlib.h>
#include <string.h>

#define MORE 16 // values that vectors may be read beyond their end
#define LOG2_E 1.44269504088896341f
#define PRODUCTS (1 << 20) // bytes of the products of a source and direction, at most
enum { GATE_I, GATE_O, GATE_F, GATE_C, N_GATES };

// Zeros for n values of a size that live as long as the net; null if there is no memory.
static void *reserve(Net *net, int64_t n, size_t size) {
  size_t bytes = ((size_t)n * size + 127) / 64 * 64;
  if (bytes > net->n_free) {
    size_t of_block = bytes > BLOCK ? bytes : BLOCK;
    void **blocks = realloc(net->blocks, sizeof(void *) * (size_t)(net->n_blocks + 1));
    if (!blocks) return NULL;
    net->blocks = blocks;
    char *block = aligned_block(&of_block);
    if (!block) return NULL;
    net->blocks[net->n_blocks++] = net->free = block, net->n_free = of_block;
  }
  char *place = net->free;
  net->free += bytes, net->n_free -= bytes;
  return memset(place, 0, bytes);
}

static const void *copy(Net *net, const void *values, int64_t n, size_t size) {
  void *block = reserve(net, n, size);
  return block && n ? memcpy(block, values, (size_t)n * size) : block;
}

// A further source of vectors, from input `first` on.
static int add_source(Net *net, const TnTable *from, int first) {
  Source *to = &net->sources[net->n_sources++];
  int64_t n = from->n_rows * from->size;
  float *usual = reserve(net, from->size + MORE, sizeof(float));
  if (!usual) return 0;
  for (int64_t k = 0; k < from->size; k++)
    usual[k] = from->integers ? (float)from->integers[k] * from->scales[0] : from->floats[k];
  to->usual = usual, to->n_rows = (int)from->n_rows, to->size = (int)from->size, to->first = first;
  if (!from->integers) return (to->floats = copy(net, from->floats, n, sizeof(float))) != NULL;
  to->n_words = (to->size + 3) / 4;
  to->stride = (sizeof(Scaled) + 4 * (size_t)to->n_words + 31) / 32 * 32; // so that few lie in two lines of the cache
  to->scaled = reserve(net, from->n_rows, to->stride);
  for (int64_t row = 0; to->scaled && row < from->n_rows; row++) {
    Scaled *scaled = scaled_at(to, row);
    scaled->scale = from->scales[row];
    for (int k = 0; k < to->size; k++) {
      uint32_t byte = (uint8_t)from->integers[row * to->size + k];
      scaled->words[k % to->n_words] |= (int32_t)(byte << 8 * (k / to->n_words));
    }
  }
  return to->scaled != NULL;
}

static int copy_pairs(Net *net, Pairs *to, const TnPairs *from) {
  int bits = 4;
  while (1 << bits < 2 * from->n_pairs) bits++;
  uint64_t *slots = reserve(net, 1 << bits, sizeof(uint64_t));
  if (!slots) return 0;
  memset(slots, 0xFF, sizeof(uint64_t) << bits);
  *to = (Pairs){slots, ((uint64_t)1 << bits) - 1, 64 - bits};
  for (int64_t i = 0; i < from->n_pairs; i++) {
    uint64_t key = (uint64_t)from->lefts[i] * net->n_chars + (uint64_t)from->rights[i], slot = key * HASH >> to->shift;
    while (slots[slot] != EMPTY) slot = (slot + 1) & to->last;
    slots[slot] = key << ROW_BITS | (uint64_t)from->numbers[i];
  }
  return 1;
}

static int copy_characters(Net *net, const TnNet *spec) {
  net->pages = copy(net, spec->pages, spec->n_pages, sizeof(int32_t));
  net->cells = copy(net, spec->cells, spec->n_cells, sizeof(int32_t));
  net->n_chars = (uint64_t)spec->n_chars, net->space = (int32_t)spec->space;
  if (!net->pages || !net->cells) return 0;
  if (!spec->source) return 1;
  net->source = copy(net, spec->source, spec->n_chars, sizeof(int32_t));
  net->before = copy(net, spec->before, spec->n_chars, sizeof(int32_t));
  net->after = copy(net, spec->after, spec->n_chars, sizeof(int32_t));
  net->change = copy(net, spec->change, spec->n_change, sizeof(int32_t));
  return net->source && net->before && net->after && net->change;
}

// The vectors of standards, or zeros for none, to each of which all vectors 0 are added.
static int add_standards(Net *net, const TnNet *spec) {
  int n = spec->n_standards ? (int)spec->n_standards : 1, size = net->input_size;
  float *vectors = reserve(net, (int64_t)n * size, sizeof(float));
  const float *zeros = reserve(net, size + MORE, sizeof(float));
  if (!vectors || !zeros) return 0;
  net->sources[net->n_sources] = (Source){.floats = vectors, .usual = zeros, .n_rows = n, .size = size};
  for (int standard = 0; standard < n; standard++, vectors += size) {
    if (spec->n_standards) memcpy(vectors, spec->standards + (int64_t)standard * size, sizeof(float) * (size_t)size);
    for (int s = 0; s < net->n_sources; s++)
      for (int k = 0; k < net->sources[s].size; k++) vectors[net->sources[s].first + k] += net->sources[s].usual[k];
  }
  return 1;
}

static int copy_input(Net *net, const TnNet *spec) {
  int chars = (int)spec->chars.size, bigrams = spec->bigrams.n_rows ? (int)spec->bigrams.size : 0;
  net->input_size = (int)spec->layers[0].input_size, net->has_bigrams = bigrams > 0;
  if (!add_source(net, &spec->chars, 0)) return 0;
  if (bigrams) {
    if (!add_source(net, &spec->bigrams, spec->summed ? 0 : chars)) return 0;
    Source *left = &net->sources[net->n_sources - 1], *right = &net->sources[net->n_sources++];
    *right = *left, right->first = left->first + bigrams;
  }
  if (bigrams && !copy_pairs(net, &net->bigram_pairs, &spec->bigram_pairs)) return 0;
  net->n_words = (int)spec->n_words;
  for (int k = 0; k < net->n_words; k++) {
    const TnWords *from = &spec->words[k];
    Words *to = &net->words[k];
    int first = spec->summed ? 0 : chars + 2 * bigrams;
    to->kinds = copy(net, from->kinds, from->pairs.n_rows, sizeof(int32_t));
    if (!to->kinds || !copy_pairs(net, &to->pairs, &from->pairs)) return 0;
    if (!add_source(net, &from->begin, first) || !add_source(net, &from->end, first)) return 0;
  }
  return add_standards(net, spec);
}

// What weights and biases of a gate are multiplied by, so that powers of 2 take the place of exponentials.
static float factor_of(int gate) { return gate == GATE_C ? 2 * LOG2_E : -LOG2_E; }

// The sum of both biases of a gate of a unit, of the arrays with all directions.
static float bias_of(const TnLayer *layer, int direction, int gate, int unit) {
  const float *bias = layer->bias + (2 * direction * N_GATES + gate) * layer->size + unit;
  return factor_of(gate) * (bias[0] + bias[N_GATES * layer->size]);
}

// Where value `column` of the layer below lies among its values, each direction filled up to whole groups of units.
static int place(const Layer *below, const TnLayer *spec, int column) {
  if (!below) return column;
  int size = (int)spec->size;
  return column / size * below->n_units + column % size;
}

static int pack_layer(Net *net, const TnNet *spec, int number) {
  const TnLayer *from = &spec->layers[number], *from_below = number ? from - 1 : NULL;
  Layer *to = &net->layers[number], *below = number ? to - 1 : NULL;
  int group = net->path->group, units = group / N_GATES, size = (int)from->size, n_inputs = (int)from->input_size;
  to->n_units = (size + units - 1) / units * units, to->n_directions = (int)from->n_directions;
  to->n_inputs = below ? below->n_units * below->n_directions : 0;
  int64_t rows = 1 + to->n_inputs + to->n_units; // of weights for each group of units
  for (int d = 0; d < to->n_directions; d++) {
    float *packed = reserve(net, to->n_units / units * rows * group, sizeof(float));
    if (!packed) return 0;
    to->packed[d] = packed;
    for (int unit = 0; unit < size; unit++)
      for (int gate = 0; gate < N_GATES; gate++) {
        float factor = factor_of(gate);
        float *weights = packed + unit / units * rows * group + unit % units * N_GATES + gate;
        int64_t row = (int64_t)d * N_GATES * size + gate * size + unit; // of the arrays with all directions
        weights[0] = bias_of(from, d, gate, unit);
        for (int k = 0; below && k < n_inputs; k++)
          weights[(int64_t)(1 + place(below, from_below, k)) * group] = factor * from->input[row * n_inputs + k];
        for (int k = 0; k < size; k++)
          weights[(int64_t)(1 + to->n_inputs + k) * group] = factor * from->hidden[row * size + k];
      }
  }
  return 1;
}

// The weights [4 * size, n] of one direction of the first layer, in chunks of columns [n_rows][chunk]. The last chunk
// may have fewer columns.
static const float *pack_columns(Net *net, const float *weights, int size, int n, int n_rows) {
  int chunk = net->path->chunk;
  float *packed = reserve(net, (int64_t)net->n_columns * n_rows, sizeof(float));
  for (int column = 0; packed && column < N_GATES * size; column++) {
    int gate = column % N_GATES;
    const float *from = weights + (int64_t)(gate * size + column / N_GATES) * n;
    int first = column / chunk * chunk, width = net->n_columns - first < chunk ? net->n_columns - first : chunk;
    float *to = packed + (int64_t)first * n_rows + column % chunk;
    for (int k = 0; k < n; k++) to[(int64_t)k * width] = factor_of(gate) * from[k];
  }
  return packed;
}

// Room for the products of the first vectors of a source, in so many bytes at most.
static int reserve_products(Net *net, Source *source, int direction, int64_t bytes) {
  int64_t n = bytes / ((int64_t)sizeof(float) * net->n_columns);
  source->n_products = n < source->n_rows ? (int)n : source->n_rows;
  source->products[direction] = reserve(net, (int64_t)source->n_products * net->n_columns, sizeof(float));
  return source->products[direction] != NULL;
}

// The weights of the first layer, for products with vectors out of tables; if it is the only one, those of its hidden
// values as well.
static int pack_projection(Net *net, const TnNet *spec) {
  const TnLayer *from = &spec->layers[0];
  int lanes = net->path->lanes, size = (int)from->size;
  net->n_columns = (N_GATES * net->layers[0].n_units + lanes - 1) / lanes * lanes;
  net->n_recurrent = (size + 1) / 2 * 2;
  net->zeros = reserve(net, net->n_columns, sizeof(float));
  if (!net->zeros) return 0;
  for (int d = 0; d < net->layers[0].n_directions; d++) {
    for (int s = 0; s <= net->n_sources; s++)
      if (!reserve_products(net, &net->sources[s], d, s < net->n_sources ? PRODUCTS : INT64_MAX)) return 0;
    float *biases = reserve(net, net->n_columns, sizeof(float));
    if (!biases) return 0;
    for (int column = 0; column < N_GATES * size; column++)
      biases[column] = bias_of(from, d, column % N_GATES, column / N_GATES);
    net->biases[d] = biases;
    int64_t row = (int64_t)d * N_GATES * size; // of the arrays with all directions
    net->projection[d] = pack_columns(net, from->input + row * net->input_size, size, net->input_size, net->input_size);
    if (!net->projection[d]) return 0;
    if (net->n_layers > 1) continue;
    net->recurrent[d] = pack_columns(net, from->hidden + row * size, size, size, net->n_recurrent);
    if (!net->recurrent[d]) return 0;
  }
  return 1;
}

static int pack_output(Net *net, const TnNet *spec) {
  const TnLayer *from_below = &spec->layers[spec->n_layers - 1];
  const Layer *below = &net->layers[net->n_layers - 1];
  int group = net->path->group, n = (int)(from_below->n_directions * from_below->size);
  int64_t rows = 1 + below->n_units * below->n_directions;
  float *packed = reserve(net, (net->n_scores + group - 1) / group * rows * group, sizeof(float));
  if (!packed) return 0;
  net->output = packed;
  for (int score = 0; score < net->n_scores; score++) {
    float *weights = packed + score / group * rows * group + score % group;
    weights[0] = spec->output_bias[score];
    for (int k = 0; k < n; k++)
      weights[(int64_t)(1 + place(below, from_below, k)) * group] = spec->output[(int64_t)k * net->n_scores + score];
  }
  return 1;
}

static int copy_decoder(Net *net, const TnNet *spec) {
  int64_t n_chain = spec->factored ? 1 : spec->n_pos, n = 2 * n_chain + 1;
  net->boundary = copy(net, spec->boundary, n * n, sizeof(float));
  net->inside = copy(net, spec->inside, 4 * n_chain, sizeof(float));
  net->start = copy(net, spec->start, n, sizeof(float));
  net->end = copy(net, spec->end, n, sizeof(float));
  net->symbols = copy(net, spec->symbols, spec->n_symbols, sizeof(int32_t)), net->n_symbols = (int)spec->n_symbols;
  for (int kind = 0; kind < 2; kind++) {
    int16_t *columns = reserve(net, net->n_scores, sizeof(int16_t));
    if (!columns) return 0;
    for (int i = 0; i < net->n_scores; i++)
      if (!spec->allowed[kind * net->n_scores + i]) columns[net->n_forbidden[kind]++] = (int16_t)i;
    net->forbidden[kind] = columns;
  }
  return net->symbols && net->boundary && net->inside && net->start && net->end;
}

int fill_net(Net *net, const TnNet *spec) {
  net->n_layers = (int)spec->n_layers, net->n_scores = (int)spec->n_scores;
  net->n_pos = (int)spec->n_pos, net->outside = spec->outside != 0, net->factored = spec->factored != 0;
  if (!copy_characters(net, spec) || !copy_input(net, spec)) return 0;
  for (int i = 0; i < net->n_layers; i++)
    if (!pack_layer(net, spec, i)) return 0;
  if (!pack_projection(net, spec) || !pack_output(net, spec) || !copy_decoder(net, spec)) return 0;
  return net->path->tabulate(net);
}
