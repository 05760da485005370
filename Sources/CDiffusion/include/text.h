// Numbers in text files.
#pragma once

// As strtod, but with a point as decimal separator whatever locale the program has chosen.
double zs_decimal(const char *text, char **end);

// The same, faster where bytes up to `limit` may be looked at whatever they are.
double zs_decimal_within(const char *text, const char *limit, char **end);
