/* clock.h: the daemon's only clock: what time it is, an alarm, and word of steps. */
#ifndef SIGD_CLOCK_H
#define SIGD_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

uint64_t clock_real(void);         /* Unix seconds; steps with the system's clock; 0 before 1970 */
uint64_t clock_boot_ms(void);      /* milliseconds since boot, suspend included; never steps */
uint64_t clock_monotonic_us(void); /* microseconds, as systemd counts them; stands still in suspend */

uint64_t clock_us(void); /* microseconds; for durations, never steps */
/* Both at one moment, however long the process was kept from running in between. */
struct clock_now {
    uint64_t real, boot_ms;
};
struct clock_now clock_now(void);

/* Does the kernel say that something disciplines its clock (NTP, PTP, ...)? */
bool clock_synchronised(void);

/* One descriptor of the process, the same at each call: readable when the alarm is due or the wall clock was set, until
 * clock_turn(). For poll and epoll. -1: errno tells. */
int clock_open(void);

/* The one alarm: at this boot time, which may have passed; UINT64_MAX: none. Unlike poll's timeout it counts while the
 * machine sleeps. Cheap when it is what it was. */
void clock_alarm(uint64_t boot_ms);

/* After the descriptor was readable; an alarm that was due is gone, a next one is to be asked for. true: the wall clock
 * was set since the last turn (by somebody; it need not have moved far). */
bool clock_turn(void);

#define CLOCK_RFC3339_SIZE 21
/* "2026-11-23T02:21:21Z" */
void clock_rfc3339(char out[static CLOCK_RFC3339_SIZE], uint64_t unix_seconds);

#endif
