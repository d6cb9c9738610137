/* tally.c: what the signer's board tells of its work. */
#include "tally.h"

_Static_assert((int)PROTO_STATUSES <= BOARD_STATUSES_MAX, "the board has no room");

void tally_answer(struct board_signer *board, uint16_t op, const void *body)
{
    const struct proto_signed *answer = body;
    const struct proto_issued *issued = body;
    const struct proto_verdict *verdict = body;
    if (op == PROTO_SIGNED || op == PROTO_SIGNED_USERBUF) /* which begins with a proto_signed */
        board_add(&board->asked[BOARD_SIGN][answer->status], 1);
    else if (op == PROTO_ISSUED)
        board_add(&board->asked[BOARD_ISSUE][issued->status], 1);
    else if (op == PROTO_VERDICT)
        board_add(&board->asked[BOARD_VERIFY][verdict->status], 1);
    if (op == PROTO_VERDICT && !verdict->status && verdict->verdict)
        board_add(&board->invalid, 1);
}

void tally_packet(struct board_signer *board, uint64_t frames)
{
    board_add(&board->packets, 1);
    board_add(&board->frames, frames);
    if (frames > board_get(&board->frames_most))
        board_set(&board->frames_most, frames);
}

void tally_callers(struct board_signer *board, int64_t more)
{
    board_add(&board->callers, (uint64_t)more); /* counts modulo 2^64: less is more */
}
