/* ask.h: questions to the signer that wait for an answer. A question's id stays taken until its answer has come, so
 * that a late answer can never meet another connection. */
#ifndef SIGD_ASK_H
#define SIGD_ASK_H

#include "chan.h"
#include "share.h"

#define ASK_QUEUE_MAX (1024 * 1024) /* bytes that may wait for a signer who does not read, beside questions */

struct conn;

/* Called with the answer's body (of the op's type). Not called when the connection went before. */
typedef void ask_done(struct conn *conn, uint16_t op, const void *body);

struct ask {
    bool used;
    uint8_t serial;      /* of the question, at this place */
    struct conn *conn;   /* NULL: it has gone; the answer is dropped */
    struct share *share; /* in whose window it counts; NULL: in none */
    uint16_t answer;     /* the op that must come */
    ask_done *done;
};

struct ask_table {
    struct ask *asks;
    size_t n, n_used, hint; /* hint: no free place below it */
};

/* Takes an id for a question of conn, which counts in a share's window (NULL: in none). UINT32_MAX: no memory. */
uint32_t ask_new(struct ask_table *table, struct conn *conn, struct share *share, uint16_t answer,
                 ask_done *done);
void ask_cancel(struct ask_table *table, uint32_t id);  /* the question was not sent */
void ask_abandon(struct ask_table *table, uint32_t id); /* its connection does not wait any more */

/* Gives an answer to who waits. *orphan: nobody did. false: no such question, or not its answer. */
bool ask_answer(struct ask_table *table, uint32_t id, uint16_t op, const void *body, bool *orphan);

/* Those that wait get no answer, and no longer count in their share's window. */
void ask_free(struct ask_table *table);

#endif
