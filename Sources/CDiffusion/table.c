// One pass over the bytes of a line: the end of the line first, then field after field up to the last that is wanted,
// then the number of the others.
#include "table.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "fields.h"

void zs_table_free(zs_table *table) {
  free(table->latest);
  table->latest = NULL;
  table->latest_room = 0;
}

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
