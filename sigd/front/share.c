/* share.c: what each uid has of a front. */
#include "share.h"

#include "clock.h"
#include "conn.h"

#include <stdlib.h>

#define TURN_US 1000 /* then the signer, the master and new events are heard */

struct share *share_of(struct front *front, uint32_t uid)
{
    struct share **place = &front->shares[uid % SHARE_CROWDS], *share = *place;
    while (share && share->uid != uid)
        share = share->next;
    if (!share) {
        share = calloc(1, sizeof *share);
        if (!share)
            return NULL;
        share->uid = uid;
        share->turns = &front->turns;
        share->next = *place;
        share->link = place;
        if (share->next)
            share->next->link = &share->next;
        *place = share;
    }
    share->refs++;
    return share;
}

void share_drop(struct share *share)
{
    if (--share->refs)
        return;
    *share->link = share->next;
    if (share->next)
        share->next->link = share->link;
    free(share);
}

bool share_may_ask(const struct conn *conn)
{
    const struct share *share = conn->share;
    if (conn->turn_came)
        return share->asked < 2 * SHARE_WINDOW; /* several may have had their turn for the same room */
    return share->asked < SHARE_WINDOW && !share->askers.next;
}

void share_wait(struct conn *conn)
{
    if (!conn->asks.line)
        turns_add(&conn->share->askers, &conn->share->asking, &conn->asks);
}

/* Who waits to ask has something to do, one for each that was answered or did not ask after all. */
static void go_on(struct share *share)
{
    struct turns_item *item = share->asked <= SHARE_WINDOW / 2 ? turns_take(&share->askers) : NULL;
    if (!item)
        return;
    struct conn *conn = (struct conn *)((char *)item - offsetof(struct conn, asks));
    conn->turn_came = true;
    share_due(conn);
}

void share_asked(struct share *share)
{
    share->asked++;
    share->refs++;
}

void share_answered(struct share *share)
{
    share->asked--;
    go_on(share);
    share_drop(share);
}

void share_due(struct conn *conn)
{
    if (conn->share && !conn->due.line)
        turns_add(conn->share->turns, &conn->share->due, &conn->due);
}

void share_leave(struct conn *conn)
{
    struct share *share = conn->share;
    turns_leave(share->turns, &conn->due);
    turns_leave(&share->askers, &conn->asks);
    conn->share = NULL;
    go_on(share); /* it may have had its turn */
    share_drop(share);
}

void share_run(struct front *front)
{
    uint64_t end = front->now_us + TURN_US;
    front->at_us = front->now_us;
    while (front->turns.next) {
        struct conn *conn = (struct conn *)((char *)turns_take(&front->turns) - offsetof(struct conn, due));
        conn_turn(conn);
        conn->turn_came = false;
        if (conn->share)
            go_on(conn->share);
        if (!front->turns.next)
            break;
        front->at_us = clock_us();
        if (front->at_us >= end)
            break;
    }
}
