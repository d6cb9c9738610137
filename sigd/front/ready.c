/* ready.c: can sigd renew and sign? */
#include "ready.h"

#define SILENT_SECONDS 3 /* the signer turns once a second */

int64_t ready_margin(const struct cache_admin *admin, uint32_t kind, uint64_t now)
{
    const struct proto_credential *credential = &admin->credentials[kind];
    uint64_t least = kind == PROTO_KIND_ADMIN ? admin->is.min_remaining : 0;
    if (!credential->usersig_len)
        return -1 - (int64_t)least;
    return (int64_t)(credential->expires_at - least) - (int64_t)now;
}

uint64_t ready_silence(const struct front *front, uint64_t seen_ms)
{
    return front->now_ms > seen_ms ? (front->now_ms - seen_ms) / 1000 : 0;
}

struct ready ready_look(const struct front *front)
{
    const struct boards *boards = &front->boards;
    uint64_t audit = board_get(&boards->signer->audit_state);
    struct ready ready = {
        .signer_silent = ready_silence(front, board_get(&boards->signer->seen_ms)) > SILENT_SECONDS,
        .clock_suspect = board_get(&boards->signer->clock_verdict) == BOARD_CLOCK_SUSPECT,
        .audit_full = audit == BOARD_AUDIT_RESERVE || audit == BOARD_AUDIT_BROKEN,
    };
    for (size_t a = 0; a < front->cache.n_apps; a++) {
        const struct cache_app *app = &front->cache.apps[a];
        const struct board_app *on_board = &boards->master->apps[a];
        if (board_get(&on_board->frozen)) {
            ready.apps_frozen++;
            continue;
        }
        ready.apps_keyless +=
            !board_get(&on_board->hosted) && board_get(&on_board->signs_until) <= front->now;
        for (size_t i = 0; i < app->n_admins; i++)
            ready.credentials_low += ready_margin(&app->admins[i], PROTO_KIND_ADMIN, front->now) < 0;
    }
    return ready;
}

bool ready_is(const struct ready *ready)
{
    return !ready->signer_silent && !ready->clock_suspect && !ready->audit_full && !ready->apps_keyless &&
           !ready->credentials_low;
}
