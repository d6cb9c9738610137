/* tally.h: what the signer's board tells of its work. */
#ifndef SIGD_TALLY_H
#define SIGD_TALLY_H

#include "board.h"

/* An answer as it leaves, by its op; others than SIGNED, ISSUED and VERDICT are not counted. */
void tally_answer(struct board_signer *board, uint16_t op, const void *body);

/* A packet of so many frames was taken. */
void tally_packet(struct board_signer *board, uint64_t frames);

/* A caller came, or callers went. */
void tally_callers(struct board_signer *board, int64_t more);

#endif
