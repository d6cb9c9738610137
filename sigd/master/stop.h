/* stop.h: how the daemon ends: by a signal, because the signer did, because something failed. */
#ifndef SIGD_STOP_H
#define SIGD_STOP_H

/* exit statuses, as in sysexits.h */
#define STOP_SYSTEM 71
#define STOP_CONFIG 78

struct master;

/* The loop ends with this turn. */
void stop_now(struct master *master, int status);
void stop_failed(struct master *master, const char *msg); /* errno says more */
void stop_for_signer(struct master *master, int wait_status);

/* A stop is asked for: a reload that is under way may end first; then no new connections, and those that are there get
 * their time. To be called again until the phase is MASTER_DRAINING. */
void stop_drain(struct master *master);

/* The signer ends by itself once it has written what the audit log must hold. */
void stop_signer(struct master *master);

#endif
