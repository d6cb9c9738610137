/* ask.c: questions to the signer that wait for an answer. */
#include "ask.h"

#include <stdlib.h>

uint32_t ask_new(struct ask_table *table, struct conn *conn, struct share *share, uint16_t answer,
                 ask_done *done)
{
    size_t id = table->hint;
    while (id < table->n && table->asks[id].used)
        id++;
    if (id == table->n) {
        size_t n = table->n ? table->n * 2 : 64;
        struct ask *asks = reallocarray(table->asks, n, sizeof *asks);
        if (!asks)
            return UINT32_MAX;
        for (size_t i = table->n; i < n; i++)
            asks[i] = (struct ask){ 0 };
        table->asks = asks;
        table->n = n;
    }
    table->asks[id] =
        (struct ask){ .used = true, .conn = conn, .share = share, .answer = answer, .done = done };
    if (share)
        share_asked(share);
    table->hint = id + 1;
    table->n_used++;
    return (uint32_t)id;
}

void ask_cancel(struct ask_table *table, uint32_t id)
{
    table->asks[id].used = false;
    table->n_used--;
    if (id < table->hint)
        table->hint = id;
    if (table->asks[id].share)
        share_answered(table->asks[id].share);
}

void ask_abandon(struct ask_table *table, uint32_t id)
{
    table->asks[id].conn = NULL;
}

bool ask_answer(struct ask_table *table, uint32_t id, uint16_t op, const void *body, bool *orphan)
{
    if (id >= table->n || !table->asks[id].used || table->asks[id].answer != op)
        return false;
    struct ask ask = table->asks[id];
    ask_cancel(table, id);
    *orphan = !ask.conn;
    if (ask.conn)
        ask.done(ask.conn, op, body);
    return true;
}

void ask_free(struct ask_table *table)
{
    free(table->asks);
    *table = (struct ask_table){ 0 };
}
