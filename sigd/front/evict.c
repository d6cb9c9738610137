/* evict.c: room for others when connections run out: who holds most gives some back. */
#include "evict.h"

#include "conn.h"

#include <string.h>

#define CROWDS 1024    /* users with the same remainder share a place: nobody chooses a uid */
#define VICTIMS_MAX 64 /* at once, since each time all connections are looked at */
#define SHARE 64       /* no more than this part of all, where there are few */

/* Those of a crowd that are to go, the first to expire first. */
struct victims {
    size_t n, most;
    struct conn *conns[VICTIMS_MAX];
};

static uint32_t crowd_of(const struct conn *conn)
{
    return conn->uid % CROWDS;
}

static uint32_t largest(const struct front *front, size_t *size)
{
    static uint32_t counts[CROWDS];
    uint32_t most = 0;
    memset(counts, 0, sizeof counts);
    for (const struct conn *conn = front->conns; conn; conn = conn->next)
        counts[crowd_of(conn)]++;
    for (uint32_t i = 1; i < CROWDS; i++)
        if (counts[i] > counts[most])
            most = i;
    *size = counts[most];
    return most;
}

static bool is_idle(const struct conn *conn)
{
    return conn->state == CONN_IDLE && !conn->out.len;
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

size_t evict_some(struct front *front)
{
    size_t size;
    uint32_t crowd = largest(front, &size);
    struct victims idle = { .most = 1 + front->n_conns / SHARE }, slow;
    if (idle.most > VICTIMS_MAX)
        idle.most = VICTIMS_MAX;
    slow = idle;
    for (struct conn *conn = front->conns; conn; conn = conn->next)
        if (crowd_of(conn) == crowd && (is_idle(conn) || is_slow(conn)))
            consider(is_idle(conn) ? &idle : &slow, conn);
    const struct victims *victims = idle.n || size <= front->n_conns / 2 ? &idle : &slow;
    for (size_t i = 0; i < victims->n; i++)
        conn_close(victims->conns[i]);
    board_add(&front->boards.own_front->conns_evicted, victims->n);
    return victims->n;
}
