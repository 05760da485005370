// One pass over the bytes of a line: the end of the line first, then field after field up to the last that is wanted,
// then the number of the others.
#include "table.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "text.h"

void zs_table_free(zs_table *table) {
  free(table->latest);
  table->latest = NULL;
  table->latest_room = 0;
}

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

// ---------------------------------------------------------------- fields

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

// ---------------------------------------------------------------- rows

int zs_table_note(zs_table *table, const zs_row *row) {
  if (row->track >= table->latest_room) {
    const size_t room = (size_t)row->track * 2 + 256;
    double *latest = realloc(table->latest, room * sizeof *latest);
    if (!latest) return 0;
    for (size_t i = table->latest_room; i < room; i++) latest[i] = NAN;
    table->latest = latest;
    table->latest_room = room;
  }
  const double step = fabs(row->time - table->latest[row->track]);
  if (step > 0) {
    if (table->least_step == 0 || step < table->least_step) {
      // Steps that are much smaller start a new sum; rounded times differ a little.
      if (step < table->least_step * 0.67 || table->least_step == 0) {
        table->step_sum = 0;
        table->step_count = 0;
      }
      table->least_step = step;
    }
    if (step < table->least_step * 1.5) {
      table->step_sum += step;
      table->step_count++;
    }
  }
  table->latest[row->track] = row->time;
  if (row->time != floor(row->time)) table->has_fractions = 1;
  const double z = row->position[2];
  if (table->rows == 0) {
    table->least_z = INFINITY;
    table->most_z = -INFINITY;
  }
  if (z < table->least_z) table->least_z = z;
  if (z > table->most_z) table->most_z = z;
  table->rows++;
  return 1;
}

// The number of a track's name; quotes inside it are undoubled.
static int64_t track_number(zs_table *table, const field *f) {
  const size_t length = (size_t)(f->end - f->start);
  if (!f->is_quoted || !memchr(f->start, '"', length)) return zs_names_number(table->names, f->start, length);
  char *text = malloc(length);
  if (!text) return -1;
  size_t used = 0;
  for (const char *p = f->start; p < f->end; p++) {
    text[used++] = *p;
    if (*p == '"') p++;
  }
  const int64_t found = zs_names_number(table->names, text, used);
  free(text);
  return found;
}

static int stop(zs_table *table, int problem, int32_t column, const char *place) {
  table->problem = problem;
  table->column = column;
  table->place = place;
  return -1;
}

// One line: 1 for a row, 0 for a line without one, -1 for a problem.
static int line(zs_table *table, const char *place, const char *end, zs_row *row) {
  const char *const start = place;
  row->time = 0;
  row->position[0] = row->position[1] = row->position[2] = NAN;
  int has_track = 0, is_unassigned = 0;
  field track = {0};
  int32_t column = 0;
  for (; column <= table->last; column++) {
    if (table->delimiter == ' ' ? place >= end : place > end) {
      return stop(table, ZS_FIELDS, column, start);
    }
    const int role = table->roles[column];
    if (role == ZS_NONE && *place != '"' && table->delimiter != ' ') {
      place = find(place, end, table->delimiter) + 1;
      continue;
    }
    const char *const begin = place;
    field f = {begin, begin, 0};
    double value;
    int problem;
    const int is_plain = role >= ZS_TIME && plain_number(&place, end, table->delimiter, &value);
    if (!is_plain && !take(&place, end, table->delimiter, &f)) return stop(table, ZS_QUOTE, column, begin);
    switch (role) {
    case ZS_NONE: break;
    case ZS_TRACK:
      track = f;
      has_track = 1;
      is_unassigned = is_missing(f.start, f.end) || (table->skips_negative && f.start < f.end && *f.start == '-');
      break;
    default:
      if (!is_plain && (problem = number(&f, &value)) != ZS_FINE) return stop(table, problem, column, f.start);
      if (role == ZS_TIME) {
        if (isnan(value)) return stop(table, ZS_NO_TIME, column, f.start);
        if (table->whole_frames && (value != floor(value) || fabs(value) > 9007199254740992.0)) {
          return stop(table, ZS_FRACTION, column, f.start);
        }
        row->time = value;
      } else {
        row->position[role - ZS_X] = value;
      }
    }
  }
  int32_t rest = 0;
  if (table->delimiter == ' ' ? place < end : place <= end) rest = remaining(place, end, table->delimiter);
  if (rest < 0) return stop(table, ZS_QUOTE, column, place);
  if (column + rest != table->columns) return stop(table, ZS_FIELDS, column + rest, start);
  if (is_unassigned) {
    table->unassigned++;
    return 0;
  }
  const int64_t known = has_track ? track_number(table, &track) : zs_names_number(table->names, "1", 1);
  if (known < 0) return stop(table, ZS_MEMORY, 0, start);
  row->track = (uint32_t)known;
  return 1;
}

size_t zs_table_read(
    zs_table *table, const char *begin, const char *end, zs_row *rows, size_t room, const char **rest) {
  size_t count = 0;
  const char *place = begin;
  while (place < end && count < room) {
    const char *feed = memchr(place, '\n', (size_t)(end - place));
    const char *const next = feed ? feed + 1 : end;
    const char *last = feed ? feed : end;
    if (last > place && last[-1] == '\r') last--;
    const char *first = place;
    while (first < last && is_blank(*first)) first++;
    if (table->line >= UINT32_MAX) {
      stop(table, ZS_TOO_MANY, 0, place);
      break;
    }
    if (first < last) {
      zs_row *row = &rows[count];
      row->line = (uint32_t)(table->line + 1);
      const int found = line(table, place, last, row);
      if (found < 0) break;
      if (found > 0) {
        if (!zs_table_note(table, row)) {
          stop(table, ZS_MEMORY, 0, place);
          break;
        }
        count++;
      }
    }
    table->line++;
    place = next;
  }
  *rest = place;
  return count;
}

void zs_rows_order(const zs_row *rows, size_t count, uint32_t *order, uint32_t *scratch) {
  // Least significant digits first; each pass keeps the order of equals. An even number of passes ends in `order`.
  enum { DIGIT = 16, VALUES = 1 << DIGIT };
  size_t *starts = NULL;
  uint32_t *from = order, *to = scratch;
  for (size_t i = 0; i < count; i++) order[i] = (uint32_t)i;
  starts = malloc((VALUES + 1) * sizeof *starts);
  if (!starts) abort(); // half a megabyte
  for (int shift = 0; shift < 32; shift += DIGIT) {
    memset(starts, 0, (VALUES + 1) * sizeof *starts);
    for (size_t i = 0; i < count; i++) starts[((rows[i].track >> shift) & (VALUES - 1)) + 1]++;
    for (size_t v = 0; v < VALUES; v++) starts[v + 1] += starts[v];
    for (size_t i = 0; i < count; i++) to[starts[(rows[from[i]].track >> shift) & (VALUES - 1)]++] = from[i];
    uint32_t *swap = from;
    from = to;
    to = swap;
  }
  free(starts);
}
