/* share.h: what each uid has of a front, however many connections it makes: turns of the loop, one connection of each uid a
 * round; and a window of questions that are with the signer. */
#ifndef SIGD_SHARE_H
#define SIGD_SHARE_H

#include "turns.h"

#include <stdint.h>

#define SHARE_WINDOW 256 /* questions with the signer; it keeps busy with half of them */
#define SHARE_CROWDS 64  /* places */

struct conn;
struct front;

/* Lives while there are connections of the uid, or questions that they asked. */
struct share {
    uint32_t uid;
    size_t refs;
    size_t asked;          /* questions with the signer */
    struct turns *turns;   /* the front's */
    struct turns_line due; /* connections that have something to do */
    struct turns askers; /* connections that have something to ask, when others are answered: a single line */
    struct turns_line asking;
    struct share *next, **link; /* with the same place */
};

/* The share of a uid, with a reference that share_drop gives back. NULL: no memory. */
struct share *share_of(struct front *front, uint32_t uid);
void share_drop(struct share *share);

/* May it ask the signer now? If not, share_wait: then it gets a turn when it may. */
bool share_may_ask(const struct conn *conn);
void share_wait(struct conn *conn);

/* A question went to the signer; it is answered, or was not sent. Each question counts as a reference. */
void share_asked(struct share *share);
void share_answered(struct share *share);

/* It has something to do: it gets a turn. */
void share_due(struct conn *conn);

/* It is closed: waits for nothing. */
void share_leave(struct conn *conn);

/* Turns, until nobody has anything to do or others must be heard. At the end of the loop's turn, when all has been read: so
 * the answers go in one burst, and who waits for them is not woken for each. */
void share_run(struct front *front);

#endif
