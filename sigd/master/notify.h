/* notify.h: tells systemd how sigd is (NOTIFY_SOCKET), and that it is alive (WATCHDOG_USEC). Datagrams; without those
 * variables in the environment nothing happens. */
#ifndef SIGD_NOTIFY_H
#define SIGD_NOTIFY_H

#include <stdbool.h>
#include <stdint.h>

/* Reads and unsets the environment variables. Returns NULL, or why they are of no use: sigd starts none the less. */
const char *notify_open(void);

/* Is the manager spoken to by an abstract name? */
bool notify_is_abstract(void);

void notify_ready(void);     /* also the end of a reload */
void notify_reloading(void); /* with the time that Type=notify-reload wants */
void notify_stopping(void);

/* One line for `systemctl status`. */
void notify_status(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Says WATCHDOG=1 where that is due, and when it is due next: boot ms; UINT64_MAX: nobody watches. */
uint64_t notify_watchdog(uint64_t now_ms);

#endif
