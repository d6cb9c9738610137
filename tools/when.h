/* when.h: durations and times, as people write and read them. The only reader of the clock. */
#ifndef TOOLS_WHEN_H
#define TOOLS_WHEN_H

#include <stddef.h>
#include <stdint.h>

#define WHEN_SIZE 48 /* bytes; enough for each text below */

/* Seconds of "90", "90s", "15m", "24h", "30d", "2w". 0; -1: not of this form; 1: too large for 64 bits. */
int when_parse(const char *text, uint64_t *seconds);

/* Digits alone, at most max. 0 or -1. */
int when_number(const char *text, uint64_t max, uint64_t *number);

uint64_t when_now(void);

/* "23 h 59 min": the two largest units. */
void when_span(uint64_t seconds, char out[static WHEN_SIZE]);

/* "2026-01-02 03:04:05 UTC", or "second N" where no calendar reaches. */
void when_time(uint64_t time, char out[static WHEN_SIZE]);

/* "in 3 h", "3 h ago", "now". */
void when_relative(uint64_t time, uint64_t now, char out[static WHEN_SIZE]);

#endif
