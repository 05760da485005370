// Fields of a line of text: where one ends, and which number it holds. Static, so that each is inlined where a line is
// read: a table of 10 million rows passes through here.
#pragma once
#include <ctype.h>
#include <math.h>
#include <stdint.h>
#include <string.h>
#include <strings.h>

#include "table.h"
#include "text.h"

static int is_blank(char c) { return c == ' ' || c == '\t'; }

// The first `c` from p on, else `end`; eight bytes at a time, since fields are short.
static const char *find(const char *p, const char *end, char c) {
  const uint64_t ones = 0x0101010101010101, all = ones * (unsigned char)c;
  for (; p < end; p += 8) {
    uint64_t word;
    memcpy(&word, p, 8);
    word ^= all;
    const uint64_t zeros = (word - ones) & ~word & 0x8080808080808080;
    if (zeros) {
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
      p += __builtin_ctzll(zeros) / 8;
#else
      while (*p != c) p++;
#endif
      return p < end ? p : end;
    }
  }
  return end;
}

// A field without blanks and quotes around it.
typedef struct {
  const char *start, *end;
  int is_quoted; // quotes inside are still doubled
} field;

// Takes the next field; `*place` goes behind its delimiter. Returns 0 for a quote that is not closed.
static int take(const char **place, const char *end, char delimiter, field *found) {
  const char *p = *place;
  const int by_blanks = delimiter == ' ';
  while (p < end && is_blank(*p) && *p != delimiter) p++;
  if (by_blanks) {
    while (p < end && is_blank(*p)) p++;
  }
  found->is_quoted = p < end && *p == '"';
  if (found->is_quoted) {
    found->start = ++p;
    while (1) {
      p = memchr(p, '"', (size_t)(end - p));
      if (!p) return 0;
      if (p + 1 < end && p[1] == '"') {
        p += 2;
      } else {
        break;
      }
    }
    found->end = p++;
    while (p < end && is_blank(*p) && *p != delimiter && !by_blanks) p++;
    // Text behind the closing quote belongs to no field.
    if (p < end && !(by_blanks ? is_blank(*p) : *p == delimiter)) return 0;
  } else {
    found->start = p;
    if (by_blanks) {
      while (p < end && !is_blank(*p)) p++;
    } else {
      p = find(p, end, delimiter);
    }
    const char *last = p;
    while (last > found->start && is_blank(last[-1])) last--;
    found->end = last;
  }
  if (by_blanks) {
    while (p < end && is_blank(*p)) p++;
    *place = p;
  } else {
    *place = p < end ? p + 1 : end + 1; // behind the end: no field is left
  }
  return 1;
}

// Fields from `place` to the end of the line; -1 for a quote that is not closed.
static int32_t remaining(const char *place, const char *end, char delimiter) {
  int32_t count = 0;
  if (delimiter != ' ' && place <= end && !memchr(place, '"', (size_t)(end - place))) {
    for (const char *p = place; p <= end; p = find(p, end, delimiter) + 1) count++;
    return count;
  }
  field ignored;
  while (delimiter == ' ' ? place < end : place <= end) {
    if (!take(&place, end, delimiter, &ignored)) return -1;
    count++;
  }
  return count;
}

static int is_word(const char *start, size_t length, const char *word) {
  return strlen(word) == length && strncasecmp(start, word, length) == 0;
}

// How programs write that there is no value: nothing, nan, None, NA, or the letter o with a stroke in some charset.
static int is_missing(const char *start, const char *end) {
  const size_t length = (size_t)(end - start);
  if (length == 0) return 1;
  static const char *const words[] = {"nan",  "-nan", "+nan", "none", "null", "na",        "n/a",       "<na>",
                                      "inf", "-inf", "+inf", "?",    "-",    "infinity", "-infinity", "\xC3\xB8",
                                      "\xF8", "\x9B", "\xBF"};
  if (length > 9) return 0;
  for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
    if (is_word(start, length, words[i])) return 1;
  }
  return 0;
}

// The usual field, a plain number in front of a delimiter or the end, in one go. Returns 0 for all others.
static int plain_number(const char **place, const char *end, char delimiter, double *value) {
  const char *const p = *place;
  if (p >= end || !((unsigned char)(*p - '0') < 10 || (*p == '-' && (unsigned char)(p[1] - '0') < 10))) return 0;
  char *after;
  *value = zs_decimal_within(p, end + ZS_PADDING, &after);
  if (after < end ? *after != delimiter || delimiter == ' ' : after > end) return 0;
  const char *const digits = p + (*p == '-');
  if (!isfinite(*value) || (digits[0] == '0' && (digits[1] | 32) == 'x')) return 0;
  *place = after + 1;
  return 1;
}

// A number that fills its field; not a number where the value is missing.
static int number(const field *f, double *value) {
  const char *p = f->start;
  const char c = *p;
  if (f->start < f->end && (isdigit((unsigned char)c) || c == '-' || c == '+' || c == '.')) {
    char *after;
    const double found = zs_decimal_within(p, f->end, &after);
    if (after == f->end && after > p) {
      const char *digits = c == '-' || c == '+' ? p + 1 : p;
      if (digits[0] == '0' && digits + 1 < f->end && (digits[1] | 32) == 'x') return ZS_NUMBER;
      *value = isfinite(found) ? found : NAN;
      return ZS_FINE;
    }
    // 12,5: digits on both sides of a comma, at most one sign in front.
    if (after > p && after < f->end && *after == ',' && after + 1 < f->end && isdigit((unsigned char)after[1])) {
      return ZS_COMMA;
    }
  }
  if (!is_missing(f->start, f->end)) return ZS_NUMBER;
  *value = NAN;
  return ZS_FINE;
}
