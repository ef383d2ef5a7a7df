// From the arrays of a TnNet to a Net: copies in the layouts that the code paths read.
#include "net.h"
#include <stdlib.h>
#include <string.h>

#define LOG2_E 1.44269504088896341f
enum { GATE_I, GATE_O, GATE_F, GATE_C, N_GATES };

// Zeros for n values of a size that live as long as the net; null if there is no memory.
static void *reserve(Net *net, int64_t n, size_t size) {
  size_t bytes = ((size_t)n * size + 127) / 64 * 64;
  void **blocks = realloc(net->blocks, sizeof(void *) * (size_t)(net->n_blocks + 1));
  if (!blocks) return NULL;
  net->blocks = blocks;
  void *block = aligned_alloc(64, bytes);
  if (block) net->blocks[net->n_blocks++] = memset(block, 0, bytes);
  return block;
}

static const void *copy(Net *net, const void *values, int64_t n, size_t size) {
  void *block = reserve(net, n, size);
  return block && n ? memcpy(block, values, (size_t)n * size) : block;
}

static int copy_table(Net *net, Table *to, const TnTable *from) {
  int64_t stride = (from->size + 7) / 8 * 8;
  size_t size = from->integers ? 1 : sizeof(float);
  char *values = reserve(net, from->n_rows * stride, size);
  if (!values) return 0;
  const char *source = from->integers ? (const char *)from->integers : (const char *)from->floats;
  for (int64_t row = 0; row < from->n_rows; row++)
    memcpy(values + (size_t)(row * stride) * size, source + (size_t)(row * from->size) * size,
           (size_t)from->size * size);
  to->stride = (int)stride;
  if (!from->integers) {
    to->floats = (const float *)values;
    return 1;
  }
  to->integers = (const int8_t *)values;
  to->scales = copy(net, from->scales, from->n_rows, sizeof(float));
  return to->scales != NULL;
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
  if (!net->pages || !net->cells || !copy_table(net, &net->chars, &spec->chars)) return 0;
  if (!spec->source) return 1;
  net->source = copy(net, spec->source, spec->n_chars, sizeof(int32_t));
  net->before = copy(net, spec->before, spec->n_chars, sizeof(int32_t));
  net->after = copy(net, spec->after, spec->n_chars, sizeof(int32_t));
  net->change = copy(net, spec->change, spec->n_change, sizeof(int32_t));
  return net->source && net->before && net->after && net->change;
}

static int copy_input(Net *net, const TnNet *spec) {
  net->summed = spec->summed != 0, net->n_words = (int)spec->n_words;
  net->char_size = (int)spec->chars.size, net->bigram_size = (int)spec->bigrams.size;
  net->input_size = (int)spec->layers[0].input_size;
  if (spec->bigrams.n_rows &&
      !(copy_table(net, &net->bigrams, &spec->bigrams) && copy_pairs(net, &net->bigram_pairs, &spec->bigram_pairs)))
    return 0;
  for (int k = 0; k < net->n_words; k++) {
    const TnWords *from = &spec->words[k];
    Words *to = &net->words[k];
    to->kinds = copy(net, from->kinds, from->pairs.n_rows, sizeof(int32_t));
    if (!to->kinds || !copy_pairs(net, &to->pairs, &from->pairs)) return 0;
    if (!copy_table(net, &to->begin, &from->begin) || !copy_table(net, &to->end, &from->end)) return 0;
  }
  if (!spec->n_standards) return 1;
  TnTable standards = {spec->standards, NULL, NULL, spec->n_standards, net->input_size};
  Table table = {0};
  if (!copy_table(net, &table, &standards)) return 0;
  net->n_standards = spec->n_standards, net->standards = table.floats, net->standard_stride = table.stride;
  return 1;
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
  to->n_inputs = below ? below->n_units * below->n_directions : n_inputs;
  int64_t rows = 1 + to->n_inputs + to->n_units; // of weights for each group of units
  for (int d = 0; d < to->n_directions; d++) {
    float *packed = reserve(net, to->n_units / units * rows * group, sizeof(float));
    if (!packed) return 0;
    to->packed[d] = packed;
    for (int unit = 0; unit < size; unit++)
      for (int gate = 0; gate < N_GATES; gate++) {
        float factor = gate == GATE_C ? 2 * LOG2_E : -LOG2_E;
        float *weights = packed + unit / units * rows * group + unit % units * N_GATES + gate;
        int64_t row = (int64_t)d * N_GATES * size + gate * size + unit; // of the arrays with all directions
        const float *bias = from->bias + (int64_t)d * 2 * N_GATES * size + gate * size + unit;
        weights[0] = factor * (bias[0] + bias[N_GATES * size]);
        for (int k = 0; k < n_inputs; k++)
          weights[(int64_t)(1 + place(below, from_below, k)) * group] = factor * from->input[row * n_inputs + k];
        for (int k = 0; k < size; k++)
          weights[(int64_t)(1 + to->n_inputs + k) * group] = factor * from->hidden[row * size + k];
      }
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
  net->n_pos = (int)spec->n_pos, net->factored = spec->factored != 0;
  if (!copy_characters(net, spec) || !copy_input(net, spec)) return 0;
  for (int i = 0; i < net->n_layers; i++)
    if (!pack_layer(net, spec, i)) return 0;
  return pack_output(net, spec) && copy_decoder(net, spec);
}
