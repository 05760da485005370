// Numbers in text files.
#pragma once

// As strtod, but with a point as decimal separator whatever locale the program has chosen.
double zs_decimal(const char *text, char **end);
