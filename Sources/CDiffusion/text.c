#define _GNU_SOURCE
#include "text.h"

#include <locale.h>
#include <stdlib.h>

static locale_t plain;

// Before any thread is there.
__attribute__((constructor)) static void make_locale(void) { plain = newlocale(LC_NUMERIC_MASK, "C", (locale_t)0); }

double zs_decimal(const char *text, char **end) { return strtod_l(text, end, plain); }
