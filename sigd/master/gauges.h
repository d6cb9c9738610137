/* gauges.h: what the master's board tells of the config in force. */
#ifndef SIGD_GAUGES_H
#define SIGD_GAUGES_H

#include "board.h"
#include "config.h"

/* Unix second until which open keys of the app follow each other without a gap, from now on. 0: none is open now.
 * BOARD_FOREVER: one of them has no end. */
uint64_t gauges_signs_until(const struct config_app *app, uint64_t now);

/* A config begins to count under its generation. */
void gauges_load(struct board_master *board, const struct config *config, uint64_t generation, uint64_t now);

/* At each turn: keys begin and end, apps are frozen (bit a: app a). */
void gauges_turn(struct board_master *board, const struct config *config, uint64_t frozen, uint64_t now);

#endif
