// Decimal numbers, rounded as strtod rounds them (to the nearest, ties to even), several times faster.
//
// Digits are gathered in 64 bits and scaled by a power of ten that is exact in a double or as a 128-bit integer;
// whatever does not fit (20 significant digits and more, exponents beyond 27, hexadecimal, nan, inf) goes to strtod.
#define _GNU_SOURCE
#include "text.h"

#include <locale.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

typedef unsigned __int128 wide;

enum { MOST_DIGITS = 19, MOST_POWER = 27 };

static locale_t plain;

// Before any thread is there.
__attribute__((constructor)) static void make_locale(void) { plain = newlocale(LC_NUMERIC_MASK, "C", (locale_t)0); }

static const double tens[23] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,  1e10, 1e11,
                                1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};

// 5^0 ... 5^27; the last is below 2^63.
static const uint64_t fives[MOST_POWER + 1] = {1ull,
                                               5ull,
                                               25ull,
                                               125ull,
                                               625ull,
                                               3125ull,
                                               15625ull,
                                               78125ull,
                                               390625ull,
                                               1953125ull,
                                               9765625ull,
                                               48828125ull,
                                               244140625ull,
                                               1220703125ull,
                                               6103515625ull,
                                               30517578125ull,
                                               152587890625ull,
                                               762939453125ull,
                                               3814697265625ull,
                                               19073486328125ull,
                                               95367431640625ull,
                                               476837158203125ull,
                                               2384185791015625ull,
                                               11920928955078125ull,
                                               59604644775390625ull,
                                               298023223876953125ull,
                                               1490116119384765625ull,
                                               7450580596923828125ull};

static int bits(uint64_t value) { return value ? 64 - __builtin_clzll(value) : 0; }

// value * 2^power as a double; `more` says that the true value is above by less than one unit of its last bit. All
// results here are normal numbers.
static double rounded(uint64_t value, int power, int more) {
  const int excess = bits(value) - 53;
  if (excess > 0) {
    const uint64_t half = (uint64_t)1 << (excess - 1), below = value & (2 * half - 1);
    value >>= excess;
    if (below > half || (below == half && (more || (value & 1)))) value++;
    power += excess;
  }
  const uint64_t scale = (uint64_t)(1023 + power) << 52;
  double factor;
  memcpy(&factor, &scale, sizeof factor);
  return (double)value * factor;
}

// number / divisor, which is known to be below 2^64.
static uint64_t quotient_of(wide number, uint64_t divisor, uint64_t *rest) {
#if defined(__x86_64__)
  // The compiler would call a general division of 128 by 128 bits, which takes as long as all the rest.
  uint64_t quotient;
  __asm__("divq %4" : "=a"(quotient), "=d"(*rest) : "a"((uint64_t)number), "d"((uint64_t)(number >> 64)), "r"(divisor));
  return quotient;
#else
  *rest = (uint64_t)(number % divisor);
  return (uint64_t)(number / divisor);
#endif
}

// Eight characters as a number; 0 where one is no digit. Digits are joined in pairs, fours and eights.
static int eight_digits(const char *text, uint64_t *value) {
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
  uint64_t v;
  memcpy(&v, text, 8);
  if (((v & 0xF0F0F0F0F0F0F0F0) | (((v + 0x0606060606060606) & 0xF0F0F0F0F0F0F0F0) >> 4)) != 0x3333333333333333) return 0;
  v = (v & 0x0F0F0F0F0F0F0F0F) * 2561 >> 8;
  v = (v & 0x00FF00FF00FF00FF) * 6553601 >> 16;
  *value = (v & 0x0000FFFF0000FFFF) * 42949672960001 >> 32;
  return 1;
#else
  (void)text, (void)value;
  return 0;
#endif
}

// digits * 10^power, power within -27 ... 27.
static double scaled(uint64_t digits, int power) {
  if (digits <= (uint64_t)1 << 53 && power >= -22 && power <= 22) {
    return power < 0 ? (double)digits / tens[-power] : (double)digits * tens[power];
  }
  if (power >= 0) {
    const wide product = (wide)digits * fives[power];
    const int shift = bits((uint64_t)(product >> 64));
    const uint64_t top = (uint64_t)(product >> shift);
    return rounded(top, power + shift, shift > 0 && (product & (((wide)1 << shift) - 1)) != 0);
  }
  // A quotient of 56 bits or more, so that the rest only breaks ties.
  const uint64_t divisor = fives[-power];
  int shift = 57 + bits(divisor) - bits(digits);
  if (shift < 0) shift = 0;
  uint64_t rest;
  const uint64_t quotient = quotient_of((wide)digits << shift, divisor, &rest);
  return rounded(quotient, power - shift, rest != 0);
}

static int is_digit(char c) { return (unsigned char)(c - '0') < 10; }

double zs_decimal(const char *text, char **end) { return zs_decimal_within(text, text, end); }

double zs_decimal_within(const char *text, const char *limit, char **end) {
  const char *p = text;
  const int negative = *p == '-';
  if (negative || *p == '+') p++;
  const char *const start = p;
  while (*p == '0') p++;
  uint64_t digits = 0;
  const char *first = p;
  while (is_digit(*p)) digits = digits * 10 + (uint64_t)(*p++ - '0');
  long significant = p - first, seen = p - start, power = 0;
  if (*p == '.') {
    const char *const point = ++p;
    if (significant == 0) {
      while (*p == '0') p++;
    }
    first = p;
    uint64_t eight;
    while (limit - p >= 8 && eight_digits(p, &eight)) {
      digits = digits * 100000000 + eight;
      p += 8;
    }
    while (is_digit(*p)) digits = digits * 10 + (uint64_t)(*p++ - '0');
    significant += p - first;
    seen += p - point;
    power = point - p;
  }
  if (seen == 0 || significant > MOST_DIGITS || *p == 'x' || *p == 'X') return strtod_l(text, end, plain);
  if (*p == 'e' || *p == 'E') {
    const char *q = p + 1;
    const int down = *q == '-';
    if (down || *q == '+') q++;
    int exponent = 0;
    if (!is_digit(*q)) return strtod_l(text, end, plain);
    for (; is_digit(*q); q++) exponent = exponent < 9999 ? exponent * 10 + (*q - '0') : exponent;
    power += down ? -exponent : exponent;
    p = q;
  }
  double value;
  if (digits == 0) {
    value = 0;
  } else if (power < -MOST_POWER || power > MOST_POWER) {
    return strtod_l(text, end, plain);
  } else {
    value = scaled(digits, (int)power);
  }
  *end = (char *)p;
  return negative ? -value : value;
}
