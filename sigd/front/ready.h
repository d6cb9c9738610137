/* ready.h: can sigd renew and sign? From what the boards and the cache tell. */
#ifndef SIGD_READY_H
#define SIGD_READY_H

#include "front.h"

struct ready {
    bool signer_silent;       /* no turn of the signer for some seconds */
    bool clock_suspect;       /* it refuses to sign */
    bool audit_full;          /* ordinary signing has stopped */
    unsigned apps_keyless;    /* that have keys, none of which signs now */
    unsigned apps_frozen;     /* by the operator: nobody is owed readiness of these */
    unsigned credentials_low; /* administrators' below min_remaining, or missing */
};

struct ready ready_look(const struct front *front);
bool ready_is(const struct ready *ready);

/* Seconds until a credential falls below min_remaining; below 0: it has, or there is none. */
int64_t ready_margin(const struct cache_admin *admin, uint32_t kind, uint64_t now);

/* Seconds since a process's last turn, by its board's seen_ms. */
uint64_t ready_silence(const struct front *front, uint64_t seen_ms);

#endif
