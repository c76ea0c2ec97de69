// Looks at sixteen bytes at once, which Swift cannot make into a number: its masks are no bits.

#pragma once

typedef signed char bytes16 __attribute__((vector_size(16)));
typedef _Bool flags16 __attribute__((ext_vector_type(16)));

/// The sixteen bytes from `start` on, which may stand anywhere.
static inline __attribute__((always_inline)) bytes16 bytes16_at(const void *start) {
  bytes16 bytes;
  __builtin_memcpy(&bytes, start, sizeof bytes);
  return bytes;
}

/// A bit for each byte that is marked, the lowest for the first.
static inline __attribute__((always_inline)) unsigned marks_of(bytes16 marked) {
  flags16 flags = __builtin_convertvector(marked, flags16);
  unsigned short bits;
  __builtin_memcpy(&bits, &flags, sizeof bits);
  return bits;
}

/// How many of the sixteen bytes from `start` on stand before the first one that is more than a letter in a
/// JSON string: a quote, a backslash, a control character, a byte beyond ASCII. 16: there is none.
static inline __attribute__((always_inline)) long plain_text_length(const void *start) {
  bytes16 bytes = bytes16_at(start);
  // Bytes beyond ASCII are negative.
  unsigned marks = marks_of((bytes == '"') | (bytes == '\\') | (bytes < 0x20));
  return __builtin_ctz(marks | 0x10000u);
}

/// Whether 32 bytes are the same in two places.
static inline __attribute__((always_inline)) _Bool is_same_32(const void *left, const void *right) {
  const char *l = left, *r = right;
  return marks_of((bytes16_at(l) != bytes16_at(r)) | (bytes16_at(l + 16) != bytes16_at(r + 16))) == 0;
}

/// Whether sixteen bytes are the same in two places.
static inline __attribute__((always_inline)) _Bool is_same_16(const void *left, const void *right) {
  return marks_of(bytes16_at(left) != bytes16_at(right)) == 0;
}

/// A bit for each of sixteen places, the lowest for the first: whether `first` stands there among the bytes from `start`
/// on, and `last` in the same place among those from `end` on.
static inline __attribute__((always_inline)) unsigned places_of_pair(
    const void *start, unsigned char first, const void *end, unsigned char last) {
  return marks_of((bytes16_at(start) == (signed char)first) & (bytes16_at(end) == (signed char)last));
}

/// Asks for the memory at an address before it is needed; there need not be any.
static inline __attribute__((always_inline)) void look_ahead(const void *address) {
  __builtin_prefetch(address);
}
