// Words as text: code points in UTF-8 with something after each word, and words as objects of JSON.
#include "tagger_native.h"
#include <stddef.h>
#include <string.h>

typedef struct {
  uint8_t *at, *end;
} Output;

static int write_bytes(Output *to, const uint8_t *bytes, int64_t n) {
  if (to->end - to->at < n) return 0;
  memcpy(to->at, bytes, (size_t)n);
  to->at += n;
  return 1;
}

// False for what is no character, as a lone surrogate.
static int write_character(Output *to, uint32_t code) {
  if (to->end - to->at < 4 || code > 0x10FFFF || (code >= 0xD800 && code < 0xE000)) return 0;
  uint8_t *at = to->at;
  if (code < 0x80) {
    *at++ = (uint8_t)code;
  } else if (code < 0x800) {
    *at++ = (uint8_t)(0xC0 | code >> 6), *at++ = (uint8_t)(0x80 | (code & 63));
  } else {
    if (code < 0x10000) *at++ = (uint8_t)(0xE0 | code >> 12);
    else *at++ = (uint8_t)(0xF0 | code >> 18), *at++ = (uint8_t)(0x80 | (code >> 12 & 63));
    *at++ = (uint8_t)(0x80 | (code >> 6 & 63)), *at++ = (uint8_t)(0x80 | (code & 63));
  }
  to->at = at;
  return 1;
}

// As Python's json.encoder.encode_basestring does.
static int write_escaped(Output *to, uint32_t code) {
  static const char hex[] = "0123456789abcdef", escapes[] = "\"\"\\\\\nn\rr\tt\ff\bb";
  if (code >= 32 && code != '"' && code != '\\') return write_character(to, code);
  for (const char *escape = escapes; *escape; escape += 2)
    if (code == (uint8_t)escape[0]) return write_bytes(to, (const uint8_t[]){'\\', (uint8_t)escape[1]}, 2);
  const uint8_t bytes[] = {'\\', 'u', '0', '0', (uint8_t)hex[code >> 4], (uint8_t)hex[code & 15]};
  return write_bytes(to, bytes, sizeof bytes);
}

static int write_number(Output *to, int64_t number) {
  uint8_t digits[20], *first = digits + sizeof digits;
  for (; number >= 10; number /= 10) *--first = (uint8_t)('0' + number % 10);
  *--first = (uint8_t)('0' + number);
  return write_bytes(to, first, digits + sizeof digits - first);
}

static int write_string(Output *to, const char *string) {
  return write_bytes(to, (const uint8_t *)string, (int64_t)strlen(string));
}

static int are_words(const TnWritten *words) {
  int64_t before = 0;
  for (int64_t i = 0; i < words->n_words; i++) {
    if (words->starts[i] < before || words->ends[i] < words->starts[i] || words->ends[i] > words->n_codes) return 0;
    if (words->kinds[i] < 0 || words->kinds[i] >= words->n_kinds) return 0;
    before = words->ends[i];
  }
  for (int64_t i = 0; i < words->n_kinds; i++)
    if (words->firsts[i] < 0 || words->firsts[i + 1] < words->firsts[i]) return 0;
  return words->firsts[words->n_kinds] <= words->n_bytes;
}

static int write_kind(Output *to, const TnWritten *words, int64_t kind) {
  return write_bytes(to, words->bytes + words->firsts[kind], words->firsts[kind + 1] - words->firsts[kind]);
}

int64_t tn_write_lines(const TnWritten *words, uint8_t *bytes, int64_t size) {
  Output to = {bytes, bytes + size};
  if (!are_words(words)) return -1;
  for (int64_t word = 0, i = 0; word <= words->n_words; word++) {
    for (int64_t end = word < words->n_words ? words->ends[word] : words->n_codes; i < end; i++)
      if (!(words->left_out && words->left_out[i]) && !write_character(&to, (uint32_t)words->codes[i])) return -1;
    if (word < words->n_words && !write_kind(&to, words, words->kinds[word])) return -1;
  }
  return to.at - bytes;
}

int64_t tn_write_objects(const TnWritten *words, uint8_t *bytes, int64_t size, int64_t *places) {
  Output to = {bytes, bytes + size};
  if (!are_words(words)) return -1;
  for (int64_t word = 0; word < words->n_words; word++) {
    places[word] = to.at - bytes;
    if (words->from[word] < 0 || words->to[word] < 0) return -1;
    if (!write_string(&to, "{\"form\": \"")) return -1;
    for (int64_t i = words->starts[word]; i < words->ends[word]; i++)
      if (!write_escaped(&to, (uint32_t)words->codes[i])) return -1;
    if (!write_kind(&to, words, words->kinds[word]) || !write_number(&to, words->from[word]) ||
        !write_string(&to, ", \"end\": ") || !write_number(&to, words->to[word]) || !write_string(&to, "}, "))
      return -1;
  }
  return to.at - bytes;
}
