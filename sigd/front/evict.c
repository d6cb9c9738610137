/* evict.c: room for others when connections run out: who holds most gives some back. */
#include "evict.h"

#include "conn.h"
#include "quota.h"

#define VICTIMS_MAX 64 /* at once, since each time all connections are looked at */
#define PART 64        /* no more than this part of all, where there are few */

/* Those of a user that are to go, the first to expire first. */
struct victims {
    size_t n, most;
    struct conn *conns[VICTIMS_MAX];
};

/* It has not asked, or has been answered. What has been read of it in this turn is answered at its end. */
static bool is_idle(const struct conn *conn)
{
    return conn->state == CONN_IDLE && !conn->out.len && !conn->in.len;
}

/* It waits for its client. */
static bool is_slow(const struct conn *conn)
{
    return conn->out_deadline || conn->state == CONN_HEAD || conn->state == CONN_BODY ||
           conn->state == CONN_LINGER;
}

static void consider(struct victims *victims, struct conn *conn)
{
    size_t at = victims->n;
    if (at == victims->most && (!at || conn->deadline > victims->conns[at - 1]->deadline))
        return;
    at -= at == victims->most;
    for (; at && victims->conns[at - 1]->deadline > conn->deadline; at--)
        victims->conns[at] = victims->conns[at - 1];
    victims->conns[at] = conn;
    victims->n += victims->n < victims->most;
}

size_t evict_of(struct front *front, uint32_t uid)
{
    struct victims idle = { .most = 1 + front->n_conns / PART }, slow;
    if (idle.most > VICTIMS_MAX)
        idle.most = VICTIMS_MAX;
    slow = idle;
    for (struct conn *conn = front->conns; conn; conn = conn->next)
        if (conn->uid % QUOTA_PLACES == uid % QUOTA_PLACES && (is_idle(conn) || is_slow(conn)))
            consider(is_idle(conn) ? &idle : &slow, conn);
    const struct victims *victims = idle.n || quota_conns(uid) <= front->n_conns / 2 ? &idle : &slow;
    for (size_t i = 0; i < victims->n; i++)
        conn_close(victims->conns[i]);
    board_add(&front->boards.own_front->conns_evicted, victims->n);
    return victims->n;
}

size_t evict_some(struct front *front)
{
    return evict_of(front, quota_largest());
}
