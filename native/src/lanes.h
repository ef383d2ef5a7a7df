// Vectors of LANES values by the vector extensions of GCC and Clang: a lane is a row, LANES * n_vectors rows go
// together.
#ifndef TAGGER_NATIVE_LANES_H
#define TAGGER_NATIVE_LANES_H
#include "net.h"
#include <string.h>

#define MAX_VECTORS 3 // with UNITS * 4 * MAX_VECTORS sums, what registers hold
#define GROUP (4 * UNITS)
#define MAX_ROWS (LANES * MAX_VECTORS)
#define INLINE static inline __attribute__((always_inline))
#define UNROLL _Pragma("GCC unroll 8")

typedef float Floats __attribute__((vector_size(LANES * 4), may_alias));
typedef int32_t Ints __attribute__((vector_size(LANES * 4), may_alias));
typedef uint8_t Bytes __attribute__((vector_size(LANES), may_alias));

INLINE Floats all(float value) { return value - (Floats){}; }
INLINE Floats choose(Ints mask, Floats yes, Floats no) { return (Floats)(((Ints)yes & mask) | ((Ints)no & ~mask)); }
INLINE Floats larger(Floats a, Floats b) { return choose(a > b, a, b); }
INLINE Floats smaller(Floats a, Floats b) { return choose(a < b, a, b); }

// 2^x for |x| up to 100, with a relative error of 2e-7: x is rounded by adding 1.5 * 2^23, a minimax polynomial
// gives 2^remainder, and the integer is added to the exponent.
INLINE Floats exp2_of(Floats x) {
  const float shift = 12582912.0f;
  Floats shifted = x + shift;
  Floats r = x - (shifted - shift);
  Floats p = all(0.00132764719f) * r + 0.00967554133f;
  p = p * r + 0.0555071327f, p = p * r + 0.240221197f, p = p * r + 0.693146967f, p = p * r + 1.00000007f;
  return (Floats)((Ints)p + ((Ints)shifted << 23));
}

#endif
