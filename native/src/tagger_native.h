// What the library offers: a net is opened from arrays, and rows of code points become tags or scores.
//
// All functions may be called from several threads at once. An open net never changes.
#ifndef TAGGER_NATIVE_H
#define TAGGER_NATIVE_H
#include <stdint.h>

#define TN_ABI 3 // changes with any structure or function below
#define TN_EXPORT __attribute__((visibility("default")))

// Vectors [n_rows, size] as floats, or as integers with a scale for each row.
typedef struct {
  const float *floats;
  const int8_t *integers;
  const float *scales;
  int64_t n_rows, size;
} TnTable;

// Numbers, below n_rows, of pairs of a number below n_left and the id of a character. All other pairs have the number
// 0.
typedef struct {
  const int32_t *lefts, *rights, *numbers;
  int64_t n_pairs, n_left, n_rows;
} TnPairs;

// Known strings of one length: pairs of the number of all but the last character and the id of the last one. The kind
// of each number chooses a vector for the first character of the string and one for the last.
typedef struct {
  TnPairs pairs;
  const int32_t *kinds; // [pairs.n_rows]
  TnTable begin, end;
} TnWords;

// An LSTM as ONNX has it: input [n_directions, 4 * size, input_size], hidden [n_directions, 4 * size, size] and bias
// [n_directions, 8 * size], with the gates in the order i, o, f, c. The second direction reads from the end.
typedef struct {
  const float *input, *hidden, *bias;
  int64_t n_directions, input_size, size;
} TnLayer;

// The arrays of a model file; they are copied. What a net does not have is null, with a size of 0.
typedef struct {
  // The id of a code point is cells[pages[code / 256] * 256 + code % 256].
  const int32_t *pages, *cells;
  int64_t n_pages, n_cells, n_chars, space;
  // An id whose source is above 0 changes by change[source[id] + before[id on its left] + after[id on its right]].
  const int32_t *source, *before, *after, *change;
  int64_t n_change;
  TnTable chars, bigrams;
  TnPairs bigram_pairs;
  const TnWords *words; // of two characters, of three, and so on
  int64_t n_words;
  // Vectors lie side by side: chars, bigrams left and right, words. Or chars, both bigrams, and words are added up.
  int64_t summed;
  const float *standards; // a vector that is added to all others, [n_standards, input_size]
  int64_t n_standards;
  const TnLayer *layers;
  int64_t n_layers;
  const float *output, *output_bias; // [input_size, n_scores], [n_scores]
  const uint8_t *allowed;            // which scores other characters (row 0) and whitespace (row 1) keep, [2, n_scores]
  int64_t n_scores, n_pos;
  int64_t outside; // whether any character may lie outside of all words, because these are entities
  const int32_t *symbols; // the parts of speech of symbols and punctuation
  int64_t n_symbols;
  int64_t factored;                             // whether POS are chosen after words; else the chain is over joint tags
  const float *boundary, *inside, *start, *end; // the chain's transitions, as tagger.decoding.transitions has them
} TnNet;

// Row r is codes[starts[r] : starts[r] + lengths[r]]; its answer begins at places[r]. What is known of the code points:
// edges before them (1: none may be, 2: one must be), pos (-1: any, -2: none of symbols, or in an entity of any type),
// spaces (may lie inside a word); null: nothing.
typedef struct {
  const int32_t *codes;
  const int8_t *edges;
  const int16_t *pos;
  const uint8_t *spaces;
  int64_t n_codes;
  const int64_t *starts, *lengths, *places;
  int64_t n_rows, n_places, standard;
} TnRows;

// Words of code points, in order, with a text for each kind of words: text k is bytes[firsts[k] : firsts[k + 1]].
typedef struct {
  const int32_t *codes;
  const uint8_t *left_out; // which code points are not written; null: none
  int64_t n_codes;
  const int64_t *starts, *ends, *kinds; // [n_words]
  int64_t n_words;
  const uint8_t *bytes;
  const int64_t *firsts; // [n_kinds + 1]
  int64_t n_bytes, n_kinds;
  const int64_t *from, *to; // the offsets that an object has [n_words]
} TnWritten;

typedef struct Net Net;

TN_EXPORT int64_t tn_abi(void);
// The names of the code paths that this CPU runs, the fastest first; null after the last one.
TN_EXPORT const char *tn_path(int64_t number);
// A net for a code path, or null with a message in `error` of `size` bytes. tn_close frees it.
TN_EXPORT Net *tn_open(const TnNet *spec, int64_t path, char *error, int64_t size);
TN_EXPORT void tn_close(Net *net);
// Tags [n_places] of rows. Returns null, or a message.
TN_EXPORT const char *tn_tags(const Net *net, const TnRows *rows, int16_t *tags);
// Scores [n_places, n_scores] of rows, of which those that a character may not have are -1e4. Returns null, or a
// message.
TN_EXPORT const char *tn_scores(const Net *net, const TnRows *rows, float *scores);
// Writes all code points in UTF-8, and after each word the text of its kind. Returns how many bytes it wrote, or -1 for
// words that are out of order, lone surrogates, and what is longer than `size`.
TN_EXPORT int64_t tn_write_lines(const TnWritten *words, uint8_t *bytes, int64_t size);
// Writes for each word {"form": "…, the text of its kind, and its offsets: from, "end": to}, with a comma after it; places
// [n_words] are where they begin. Returns the same as tn_write_lines.
TN_EXPORT int64_t tn_write_objects(const TnWritten *words, uint8_t *bytes, int64_t size, int64_t *places);

#endif
