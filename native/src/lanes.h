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
#define ALONE __attribute__((noinline)) // what needs all registers
#define UNROLL _Pragma("GCC unroll 8")
#define UNROLL_ALL _Pragma("GCC unroll 16")

typedef float Floats __attribute__((vector_size(LANES * 4), may_alias));
typedef int32_t Ints __attribute__((vector_size(LANES * 4), may_alias));
typedef uint8_t Bytes __attribute__((vector_size(LANES), may_alias));
typedef float UnalignedFloats __attribute__((vector_size(LANES * 4), may_alias, aligned(4)));
typedef int32_t UnalignedInts __attribute__((vector_size(LANES * 4), may_alias, aligned(4)));

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

// sums [GROUP][n_vectors] += weights [n][GROUP] times values [n][n_vectors]; returns the weights after these.
INLINE const float *add_products(Floats (*sums)[MAX_VECTORS], const float *weights, const Floats *values, int n,
                                 const int n_vectors) {
  for (int k = 0; k < n; k++, weights += GROUP, values += n_vectors) {
    UNROLL for (int i = 0; i < GROUP; i++) {
      UNROLL for (int v = 0; v < n_vectors; v++) sums[i][v] += weights[i] * values[v];
    }
  }
  return weights;
}

// The first, and the second, halves of two vectors, value by value in turns.
#if LANES == 16
#define FIRST_HALVES(a, b) __builtin_shufflevector(a, b, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23)
#define SECOND_HALVES(a, b) __builtin_shufflevector(a, b, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31)
#elif LANES == 8
#define FIRST_HALVES(a, b) __builtin_shufflevector(a, b, 0, 8, 1, 9, 2, 10, 3, 11)
#define SECOND_HALVES(a, b) __builtin_shufflevector(a, b, 4, 12, 5, 13, 6, 14, 7, 15)
#else
#define FIRST_HALVES(a, b) __builtin_shufflevector(a, b, 0, 4, 1, 5)
#define SECOND_HALVES(a, b) __builtin_shufflevector(a, b, 2, 6, 3, 7)
#endif

#endif
