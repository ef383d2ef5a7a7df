// Checks of everything that is read at a place which a value names, so that damaged files and wrong rows are errors.
#include "net.h"
#include <math.h>

#define WANT(condition, message)                                                                                       \
  if (!(condition)) return message
#define PASS(call)                                                                                                     \
  do {                                                                                                                 \
    const char *problem = call;                                                                                        \
    if (problem) return problem;                                                                                       \
  } while (0)

enum { MAX_SIZE = 1 << 13, MAX_ROWS = 1 << 24 };

static int within(const int32_t *values, int64_t n, int64_t limit) {
  for (int64_t i = 0; i < n; i++)
    if (values[i] < 0 || values[i] >= limit) return 0;
  return 1;
}

static int finite(const float *values, int64_t n) {
  if (!values) return 0;
  for (int64_t i = 0; i < n; i++)
    if (!isfinite(values[i])) return 0;
  return 1;
}

static const char *check_table(const TnTable *table) {
  WANT(table->n_rows > 0 && table->n_rows <= 1 << ROW_BITS && table->size > 0 && table->size <= MAX_SIZE,
       "a table of vectors of a size that is possible");
  WANT(table->integers ? finite(table->scales, table->n_rows) : finite(table->floats, table->n_rows * table->size),
       "finite vectors");
  return NULL;
}

static const char *check_pairs(const TnPairs *pairs, int64_t n_chars) {
  WANT(pairs->n_pairs >= 0 && pairs->n_pairs < 1 << ROW_BITS && pairs->n_rows > 0 && pairs->n_rows < 1 << ROW_BITS,
       "fewer pairs than a table can number");
  WANT(pairs->n_left > 0 && pairs->n_left <= MAX_ROWS, "numbers of known strings");
  WANT(pairs->lefts && pairs->rights && pairs->numbers && within(pairs->lefts, pairs->n_pairs, pairs->n_left) &&
           within(pairs->rights, pairs->n_pairs, n_chars),
       "pairs that exist");
  WANT(within(pairs->numbers, pairs->n_pairs, pairs->n_rows), "numbers of pairs that exist");
  return NULL;
}

static const char *check_characters(const TnNet *spec) {
  WANT(spec->pages && spec->cells && spec->n_pages * 256 >= 0x110000, "a table of all code points");
  WANT(spec->n_pages <= MAX_ROWS && spec->n_cells > 0 && spec->n_cells <= MAX_ROWS && spec->n_cells % 256 == 0,
       "whole pages");
  WANT(within(spec->pages, spec->n_pages, spec->n_cells / 256), "pages that exist");
  WANT(spec->n_chars > 0 && spec->n_chars < 1 << ROW_BITS, "a number of characters that is possible");
  WANT(within(spec->cells, spec->n_cells, spec->n_chars), "ids of characters that exist");
  WANT(spec->chars.n_rows == spec->n_chars, "a vector for each character");
  WANT(spec->space >= 0 && spec->space < spec->n_chars, "an id of whitespace");
  return check_table(&spec->chars);
}

// A rule may change an id to any that its own part of `change` leads to: all of them must exist.
static const char *check_rules(const TnNet *spec) {
  if (!spec->source) return NULL;
  int64_t most_before = 0, most_after = 0;
  WANT(spec->before && spec->after && spec->change && spec->n_change > 0 && spec->n_change < 1 << 28,
       "whole tables of characters in context");
  WANT(within(spec->source, spec->n_chars, spec->n_change) && within(spec->before, spec->n_chars, spec->n_change) &&
           within(spec->after, spec->n_chars, spec->n_change),
       "places in the table of changes");
  for (int64_t id = 0; id < spec->n_chars; id++) {
    if (spec->before[id] > most_before) most_before = spec->before[id];
    if (spec->after[id] > most_after) most_after = spec->after[id];
  }
  for (int64_t id = 0; id < spec->n_chars; id++) {
    if (!spec->source[id]) continue;
    WANT(spec->source[id] + most_before + most_after < spec->n_change, "changes for all contexts");
    for (int64_t i = spec->source[id]; i <= spec->source[id] + most_before + most_after; i++) {
      int64_t changed = id + spec->change[i];
      WANT(changed >= 0 && changed < spec->n_chars, "changes to characters that exist");
    }
  }
  return NULL;
}

static const char *check_words(const TnNet *spec) {
  int64_t n_left = spec->n_chars;
  WANT(spec->n_words >= 0 && spec->n_words <= MAX_WORDS, "known words of 16 characters at most");
  for (int64_t k = 0; k < spec->n_words; k++) {
    const TnWords *words = &spec->words[k];
    WANT(words->pairs.n_left == n_left, "strings that begin with those one shorter");
    PASS(check_pairs(&words->pairs, spec->n_chars));
    PASS(check_table(&words->begin));
    PASS(check_table(&words->end));
    WANT(words->begin.size == spec->words[0].begin.size && words->end.size == words->begin.size,
         "vectors of words of one size");
    WANT(words->kinds && within(words->kinds, words->pairs.n_rows, words->begin.n_rows) &&
             within(words->kinds, words->pairs.n_rows, words->end.n_rows),
         "kinds of words that have vectors");
    n_left = words->pairs.n_rows;
  }
  return NULL;
}

static const char *check_input(const TnNet *spec) {
  int64_t bigram = spec->bigrams.n_rows ? spec->bigrams.size : 0, word = spec->n_words ? spec->words[0].begin.size : 0;
  int64_t size = spec->chars.size + 2 * bigram + word;
  if (spec->bigrams.n_rows) {
    PASS(check_table(&spec->bigrams));
    PASS(check_pairs(&spec->bigram_pairs, spec->n_chars));
    WANT(spec->bigram_pairs.n_left == spec->n_chars && spec->bigram_pairs.n_rows == spec->bigrams.n_rows,
         "a vector for each bigram");
  }
  if (spec->summed) {
    WANT((!bigram || 2 * bigram == spec->chars.size) && (!word || word == spec->chars.size),
         "vectors of one size to add");
    size = spec->chars.size;
  }
  WANT(spec->n_standards >= 0 && spec->n_standards <= 1 << 10, "a number of standards that is possible");
  WANT(!spec->n_standards || finite(spec->standards, spec->n_standards * size), "finite vectors of standards");
  WANT(spec->n_layers > 0 && spec->n_layers <= MAX_LAYERS, "1 to 16 layers");
  WANT(spec->layers[0].input_size == size, "a first layer that reads the vectors of characters");
  return NULL;
}

static const char *check_layers(const TnNet *spec) {
  int64_t size = spec->layers[0].input_size;
  for (int64_t i = 0; i < spec->n_layers; i++) {
    const TnLayer *layer = &spec->layers[i];
    int64_t n = layer->n_directions;
    WANT(n == 1 || n == 2, "one direction or two");
    WANT(layer->size > 0 && layer->size <= MAX_SIZE && layer->input_size == size && size <= 2 * MAX_SIZE,
         "layers that read the one below");
    WANT(finite(layer->input, n * 4 * layer->size * size) && finite(layer->hidden, n * 4 * layer->size * layer->size) &&
             finite(layer->bias, n * 8 * layer->size),
         "finite weights");
    size = n * layer->size;
  }
  WANT(spec->n_scores > 0 && spec->n_scores <= MAX_SIZE, "a number of scores that is possible");
  WANT(finite(spec->output, size * spec->n_scores) && finite(spec->output_bias, spec->n_scores), "finite weights");
  return NULL;
}

static const char *check_decoder(const TnNet *spec) {
  WANT(spec->allowed && spec->n_pos > 0 && spec->n_pos <= MAX_POS, "1 to 128 parts of speech");
  int64_t n_scores = spec->factored ? N_LETTERS + 2 * spec->n_pos : 1 + 4 * spec->n_pos;
  int64_t n_chain = spec->factored ? 1 : spec->n_pos, n = 2 * n_chain + 1;
  WANT(spec->n_symbols >= 0 && spec->n_symbols <= MAX_POS && within(spec->symbols, spec->n_symbols, spec->n_pos),
       "parts of speech of symbols");
  WANT(spec->n_scores == n_scores, "as many scores as the decoder reads");
  WANT(finite(spec->boundary, n * n) && finite(spec->inside, 4 * n_chain) && finite(spec->start, n) &&
           finite(spec->end, n),
       "finite transitions");
  return NULL;
}

const char *check_net(const TnNet *spec) {
  PASS(check_characters(spec));
  PASS(check_rules(spec));
  PASS(check_words(spec));
  PASS(check_input(spec));
  PASS(check_layers(spec));
  return check_decoder(spec);
}

const char *check_rows(const Net *net, const TnRows *rows) {
  WANT(rows->n_rows >= 0 && rows->n_codes >= 0 && rows->n_places >= 0, "sizes of 0 or more");
  WANT(rows->standard >= 0 && rows->standard < net->sources[net->n_sources].n_rows, "a standard of the model");
  for (int64_t r = 0; r < rows->n_rows; r++) {
    int64_t length = rows->lengths[r];
    WANT(length > 0 && length <= MAX_TIME, "rows of 1 to 4096 code points");
    WANT(rows->starts[r] >= 0 && rows->starts[r] <= rows->n_codes - length, "rows inside of the block");
    WANT(rows->places[r] >= 0 && rows->places[r] <= rows->n_places - length, "answers inside of the block");
  }
  int wrong = 0;
  for (int64_t i = 0; i < rows->n_codes; i++) wrong |= (uint32_t)rows->codes[i] > 0x10FFFF;
  WANT(!wrong, "code points up to 10FFFF");
  if (rows->pos)
    for (int64_t i = 0; i < rows->n_codes; i++) wrong |= rows->pos[i] >= net->n_pos || rows->pos[i] < NO_SYMBOL;
  WANT(!wrong, "parts of speech that the model has");
  return NULL;
}
