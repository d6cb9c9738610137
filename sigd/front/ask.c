/* ask.c: questions to the signer that wait for an answer. */
#include "ask.h"

#include <stdlib.h>

/* An id is a place and how often that was taken before: an answer that comes twice does not meet the next question. */
#define PLACE_BITS 24
#define PLACES_MAX ((1u << PLACE_BITS) - 1)

static struct ask *at(const struct ask_table *table, uint32_t id)
{
    return &table->asks[id & PLACES_MAX];
}

uint32_t ask_new(struct ask_table *table, struct conn *conn, struct share *share, uint16_t answer,
                 ask_done *done)
{
    size_t id = table->hint;
    while (id < table->n && table->asks[id].used)
        id++;
    if (id == table->n) {
        size_t n = table->n ? table->n * 2 : 64;
        struct ask *asks = n < PLACES_MAX ? reallocarray(table->asks, n, sizeof *asks) : NULL;
        if (!asks)
            return UINT32_MAX;
        for (size_t i = table->n; i < n; i++)
            asks[i] = (struct ask){ 0 };
        table->asks = asks;
        table->n = n;
    }
    uint8_t serial = (uint8_t)(table->asks[id].serial + 1);
    table->asks[id] = (struct ask){
        .used = true, .serial = serial, .conn = conn, .share = share, .answer = answer, .done = done
    };
    if (share)
        share_asked(share);
    table->hint = id + 1;
    table->n_used++;
    return (uint32_t)serial << PLACE_BITS | (uint32_t)id;
}

void ask_cancel(struct ask_table *table, uint32_t id)
{
    size_t place = id & PLACES_MAX;
    at(table, id)->used = false;
    table->n_used--;
    if (place < table->hint)
        table->hint = place;
    if (at(table, id)->share)
        share_answered(at(table, id)->share);
}

void ask_abandon(struct ask_table *table, uint32_t id)
{
    at(table, id)->conn = NULL;
}

bool ask_answer(struct ask_table *table, uint32_t id, uint16_t op, const void *body, bool *orphan)
{
    if ((id & PLACES_MAX) >= table->n)
        return false;
    struct ask ask = *at(table, id);
    if (!ask.used || ask.serial != id >> PLACE_BITS || ask.answer != op)
        return false;
    ask_cancel(table, id);
    *orphan = !ask.conn;
    if (ask.conn)
        ask.done(ask.conn, op, body);
    return true;
}

void ask_free(struct ask_table *table)
{
    for (uint32_t id = 0; table->n_used; id++)
        if (table->asks[id].used)
            ask_cancel(table, id);
    free(table->asks);
    *table = (struct ask_table){ 0 };
}
