// Rows of a table of tracked spots: one line a spot, fields between delimiters, columns in any order.
#pragma once
#include <stddef.h>
#include <stdint.h>

// ---------------------------------------------------------------- names of tracks

// Numbers 0, 1, 2, ... for texts, in the order in which they are met.
typedef struct zs_names zs_names;

// NULL where memory is short.
zs_names *zs_names_make(void);
void zs_names_free(zs_names *names);
// The number of a text; -1 where memory is short.
int64_t zs_names_number(zs_names *names, const char *text, size_t length);
// How many there are.
size_t zs_names_count(const zs_names *names);
// The text of a number.
const char *zs_names_text(const zs_names *names, size_t number, size_t *length);

// ---------------------------------------------------------------- rows

// One spot. A coordinate that is missing is not a number.
typedef struct {
  uint32_t track; // number of its name
  uint32_t line;  // where it stands in the file, from 1
  double time;    // frame number or time, as in the file
  double position[3];
} zs_row;

enum zs_role { ZS_NONE, ZS_TRACK, ZS_TIME, ZS_X, ZS_Y, ZS_Z };

enum zs_problem {
  ZS_FINE,
  ZS_NUMBER,       // text where a number should be
  ZS_COMMA,        // a decimal comma
  ZS_NO_TIME,      // a spot without a frame or time
  ZS_FRACTION,     // a frame number that is not whole
  ZS_FIELDS,       // more or fewer fields than the header
  ZS_QUOTE,        // a quote that is not closed
  ZS_MEMORY,
  ZS_TOO_MANY      // more lines or tracks than 32 bits count
};

// What is known of all rows so far. Memory belongs to the caller, who sets it to zeros and then the first part.
typedef struct {
  // Given.
  zs_names *names;
  char delimiter;         // ' ' stands for runs of blanks and tabs
  char whole_frames;      // times must be whole numbers
  char skips_negative;    // a negative number as track means that the spot belongs to none
  const uint8_t *roles;   // zs_role of each column
  int32_t columns;        // fields of each line
  int32_t last;           // the last column with a role
  // Found.
  uint64_t line;          // lines read so far
  uint64_t rows;          // spots with a track
  uint64_t unassigned;    // spots without a track
  double least_step;      // smallest step of time within a track, 0 before there is one
  double step_sum;        // of steps that are about as small
  uint64_t step_count;
  double least_z, most_z; // of spots with a track; least above most before there is one
  int32_t has_fractions;  // whether a time is no whole number
  double *latest;         // time of each track's latest spot; free it with zs_table_free
  size_t latest_room;
  // Where the reading stopped.
  int32_t problem;        // zs_problem
  int32_t column;         // from 0; for ZS_FIELDS the number of fields found
  const char *place;      // start of the field
} zs_table;

void zs_table_free(zs_table *table);

// Bytes that must be readable behind the last line.
enum { ZS_PADDING = 8 };

// Reads whole lines from begin to end, which lies behind a line feed or in front of a zero byte.
// Stops at the end, when `room` rows are written, or at a problem; `rest` is then the first line that was not read.
// Returns the number of rows written.
size_t zs_table_read(zs_table *table, const char *begin, const char *end, zs_row *rows, size_t room, const char **rest);

// Notes a row that another parser made, as zs_table_read does: line, steps and z. Returns 0 where memory is short.
int zs_table_note(zs_table *table, const zs_row *row);

// The order of rows by track, rows of one track as they come. `order` and `scratch` have room for `count`.
void zs_rows_order(const zs_row *rows, size_t count, uint32_t *order, uint32_t *scratch);
