/* clock.h: the daemon's only clock. */
#ifndef SIGD_CLOCK_H
#define SIGD_CLOCK_H

#include <stdint.h>

uint64_t clock_real(void);    /* Unix seconds; steps with the system's clock */
uint64_t clock_boot_ms(void); /* milliseconds since boot, suspend included; never steps */

uint64_t clock_us(void); /* microseconds; for durations, never steps */

#define CLOCK_RFC3339_SIZE 21
/* "2026-11-23T02:21:21Z" */
void clock_rfc3339(char out[static CLOCK_RFC3339_SIZE], uint64_t unix_seconds);

#endif
