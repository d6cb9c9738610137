/* silence.c: fronts that hang or were stopped: killed, so that another takes their place. */
#include "silence.h"

#include "log.h"
#include "master.h"

#include <signal.h>

#define LOOK_MS 2000
#define SILENT_MS 10000 /* a front turns once a second at least */

/* A front that is new, or has turned since the last look, is not silent. */
static bool has_turned(struct fronts_child *front, uint64_t seen_ms)
{
    if (front->seen_pid == front->child.pid && front->seen_ms == seen_ms)
        return false;
    front->seen_pid = front->child.pid;
    front->seen_ms = seen_ms;
    front->silent_ms = 0;
    return true;
}

void silence_due(struct master *m)
{
    uint64_t passed = m->now_ms - m->looked_ms;
    if (m->phase != MASTER_SERVING || passed < LOOK_MS)
        return;
    m->looked_ms = m->now_ms;
    for (unsigned i = 0; i < m->fronts.workers; i++) {
        struct fronts_child *front = &m->fronts.children[i];
        if (!front->child.pid || has_turned(front, board_get(&m->boards.see.fronts[i]->seen_ms)))
            continue;
        if (passed > 2 * LOOK_MS)
            continue; /* the machine slept, or the master was stopped: nobody knows what the front did meanwhile */
        front->silent_ms += passed;
        if (front->silent_ms < SILENT_MS)
            continue;
        log_line(LOG_LEVEL_ERROR, "a front has not turned for 10 s: killed", "front=%u pid=%ld", i,
                 (long)front->child.pid);
        kill(front->child.pid, SIGKILL); /* its end is heard of, and it starts again */
        front->silent_ms = 0;
    }
}

uint64_t silence_next(const struct master *m)
{
    return m->phase == MASTER_SERVING ? m->looked_ms + LOOK_MS : UINT64_MAX;
}
