/* config_words.h: the forms that values in sigd.conf have. Text in, value out; no faults, no names looked up. */
#ifndef SIGD_CONFIG_WORDS_H
#define SIGD_CONFIG_WORDS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* False: text is not of the form, and the output is as before. */
bool config_words_number(const char *text, uint64_t max,
                         uint64_t *number);                      /* decimal, no sign, no leading zero */
bool config_words_duration(const char *text, uint64_t *seconds); /* "24h": a number and s, m, h, d or w */
bool config_words_time(const char *text, uint64_t *seconds);     /* "2026-01-01T00:00:00Z", from 1970 on */
bool config_words_mode(const char *text, mode_t *mode);          /* "0660" */
bool config_words_bool(const char *text, bool *value);           /* "true" or "false" */
bool config_words_pattern(const char *text);                     /* 1 to 64 bytes of printable ASCII */

#endif
