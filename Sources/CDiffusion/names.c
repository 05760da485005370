// Open addressing over an arena of bytes; a slot keeps 32 bits of the hash, so that few texts are compared.
#include "table.h"

#include <stdlib.h>
#include <string.h>

struct zs_names {
  char *bytes;      // all texts, one after the other
  size_t used, room;
  size_t *ends;     // where each text ends
  size_t count, ends_room;
  uint64_t *slots;  // hash << 32 | number + 1; 0 is free
  size_t mask;
  size_t latest;    // rows of one track often follow each other
};

zs_names *zs_names_make(void) {
  zs_names *names = calloc(1, sizeof *names);
  if (!names) return NULL;
  names->mask = 1023;
  names->slots = calloc(names->mask + 1, sizeof *names->slots);
  if (!names->slots) {
    free(names);
    return NULL;
  }
  return names;
}

void zs_names_free(zs_names *names) {
  if (!names) return;
  free(names->bytes);
  free(names->ends);
  free(names->slots);
  free(names);
}

size_t zs_names_count(const zs_names *names) { return names->count; }

const char *zs_names_text(const zs_names *names, size_t number, size_t *length) {
  const size_t start = number ? names->ends[number - 1] : 0;
  *length = names->ends[number] - start;
  return names->bytes + start;
}

static uint32_t hash(const char *text, size_t length) {
  uint64_t h = length * 0x9E3779B97F4A7C15ull;
  for (; length >= 8; text += 8, length -= 8) {
    uint64_t word;
    memcpy(&word, text, 8);
    h = (h ^ word) * 0xD6E8FEB86659FD93ull;
    h ^= h >> 32;
  }
  uint64_t word = 0;
  memcpy(&word, text, length);
  h = (h ^ word) * 0xD6E8FEB86659FD93ull;
  return (uint32_t)(h >> 32);
}

static int is_text(const zs_names *names, size_t number, const char *text, size_t length) {
  size_t found;
  const char *known = zs_names_text(names, number, &found);
  return found == length && memcmp(known, text, length) == 0;
}

static int grow_slots(zs_names *names) {
  const size_t mask = names->mask * 2 + 1;
  uint64_t *slots = calloc(mask + 1, sizeof *slots);
  if (!slots) return 0;
  for (size_t old = 0; old <= names->mask; old++) {
    if (!names->slots[old]) continue;
    size_t slot = (names->slots[old] >> 32) & mask;
    while (slots[slot]) slot = (slot + 1) & mask;
    slots[slot] = names->slots[old];
  }
  free(names->slots);
  names->slots = slots;
  names->mask = mask;
  return 1;
}

static int add(zs_names *names, const char *text, size_t length) {
  if (names->used + length > names->room) {
    const size_t room = (names->used + length) * 2 + 1024;
    char *bytes = realloc(names->bytes, room);
    if (!bytes) return 0;
    names->bytes = bytes;
    names->room = room;
  }
  if (names->count == names->ends_room) {
    const size_t room = names->ends_room * 2 + 256;
    size_t *ends = realloc(names->ends, room * sizeof *ends);
    if (!ends) return 0;
    names->ends = ends;
    names->ends_room = room;
  }
  memcpy(names->bytes + names->used, text, length);
  names->used += length;
  names->ends[names->count++] = names->used;
  return 1;
}

int64_t zs_names_number(zs_names *names, const char *text, size_t length) {
  if (names->count) {
    if (is_text(names, names->latest, text, length)) return (int64_t)names->latest;
    // Frame after frame tracks come in much the same order: no look into the table, which no cache holds.
    size_t next = names->latest + 1;
    if (next == names->count) next = 0;
    if (is_text(names, next, text, length)) {
      names->latest = next;
      return (int64_t)next;
    }
  }
  const uint32_t h = hash(text, length);
  size_t slot = h & names->mask;
  for (; names->slots[slot]; slot = (slot + 1) & names->mask) {
    const size_t number = (uint32_t)names->slots[slot] - 1;
    if ((uint32_t)(names->slots[slot] >> 32) == h && is_text(names, number, text, length)) {
      names->latest = number;
      return (int64_t)number;
    }
  }
  // A slot keeps 32 bits of the number.
  if (names->count >= UINT32_MAX - 1 || !add(names, text, length)) return -1;
  names->latest = names->count - 1;
  names->slots[slot] = (uint64_t)h << 32 | names->count;
  if (names->count * 2 > names->mask && !grow_slots(names)) return -1;
  return (int64_t)names->latest;
}
