/* gauges.c: what the master's board tells of the config in force. */
#include "gauges.h"

/* The latest end of the keys that are open at a second; not later than it: none is. */
static uint64_t latest_end(const struct config_app *app, uint64_t at)
{
    uint64_t latest = 0;
    for (size_t i = 0; i < app->n_keys; i++) {
        const struct config_key *key = &app->keys[i];
        uint64_t end = key->not_after ? key->not_after : BOARD_FOREVER;
        if (!key->revoked && key->not_before <= at && at < end && end > latest)
            latest = end;
    }
    return latest;
}

uint64_t gauges_signs_until(const struct config_app *app, uint64_t now)
{
    uint64_t until = latest_end(app, now);
    if (until == 0)
        return 0;
    for (size_t i = 0; i < app->n_keys && until != BOARD_FOREVER; i++) {
        uint64_t next = latest_end(app, until);
        if (next == 0)
            break;
        until = next;
    }
    return until;
}

static void set_keys(struct board_master *board, const struct config *config, uint64_t now)
{
    for (size_t a = 0; a < config->n_apps; a++) {
        board_set(&board->apps[a].signs_until, gauges_signs_until(&config->apps[a], now));
        board_set(&board->apps[a].hosted, config->apps[a].n_keys == 0);
    }
}

void gauges_load(struct board_master *board, const struct config *config, uint64_t generation, uint64_t now)
{
    set_keys(board, config, now);
    board_set(&board->loaded_at, now);
    board_set(&board->generation, generation);
}

void gauges_turn(struct board_master *board, const struct config *config, uint64_t frozen, uint64_t now)
{
    set_keys(board, config, now);
    for (size_t a = 0; a < config->n_apps; a++)
        board_set(&board->apps[a].frozen, frozen >> a & 1);
}
