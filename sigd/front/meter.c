/* meter.c: what becomes of each request, on the board and in the log. */
#include "meter.h"

#include "clock.h"
#include "log.h"
#include "routes.h"

#include <stdio.h>
#include <string.h>
#include <sys/random.h>

#define LINES_PER_SECOND 10 /* about refused requests; more of them are counted */

const uint32_t meter_bounds[] = { 50,    100,   250,   500,    1000,   2500,   5000,
                                  10000, 25000, 50000, 100000, 250000, 1000000 };
const size_t meter_n_bounds = sizeof meter_bounds / sizeof meter_bounds[0];

_Static_assert(sizeof meter_bounds / sizeof meter_bounds[0] < BOARD_BUCKETS_MAX, "the board has no room");
_Static_assert(PROBLEM_LAST <= BOARD_VERDICTS_MAX, "the board has no room");

bool meter_open(struct front *front)
{
    return getrandom(&front->next_id, sizeof front->next_id, 0) == sizeof front->next_id;
}

static uint64_t next_id(struct front *front)
{
    if (!++front->next_id) /* that means none */
        ++front->next_id;
    return front->next_id;
}

static void write_id(uint64_t id, char out[static METER_ID_SIZE - 1])
{
    static const char digits[] = "0123456789abcdef";
    for (int i = 0; i < METER_ID_SIZE - 1; i++)
        out[i] = digits[id >> (60 - 4 * i) & 15];
}

void meter_begin(struct conn *conn)
{
    conn->id = next_id(conn->front);
    conn->began_us = conn->front->now_us;
}

void meter_id(struct conn *conn, char out[static METER_ID_SIZE])
{
    if (!conn->id)
        meter_begin(conn);
    write_id(conn->id, out);
    out[METER_ID_SIZE - 1] = '\0';
}

void meter_new_id(struct front *front, char out[static METER_ID_SIZE - 1])
{
    write_id(next_id(front), out);
}

size_t meter_row(const struct route *route)
{
    size_t number = routes_number(route);
    return number < BOARD_ROUTES_MAX ? number : 0;
}

/* n answers, each of which took us. */
static void observe(struct board_front *board, size_t row, uint64_t us, size_t n)
{
    size_t bucket = 0;
    while (bucket < meter_n_bounds && us > meter_bounds[bucket])
        bucket++;
    board_add(&board->latency[row][bucket], n);
    board_add(&board->latency_us[row], us * n);
}

/* Is there room for another line about a refusal in this second? */
static bool may_tell(struct front *front)
{
    struct meter_told *told = &front->told;
    if (told->second != front->now) {
        told->second = front->now;
        told->lines = 0;
    }
    if (told->lines < LINES_PER_SECOND) {
        told->lines++;
        return true;
    }
    told->left_out++;
    board_add(&front->boards.own_front->log_lines_left_out, 1);
    return false;
}

static void tell(struct conn *conn, const struct problem_row *row, uint64_t us)
{
    char id[METER_ID_SIZE], more[64];
    struct meter_told *told = &conn->front->told;
    /* a caller's own mistake is its own matter: what is told is what sigd.conf or sigd's state refuses */
    bool refused =
        row && (row->status >= 500 || row->status == 403 || row->status == 421 || row->status == 429);
    enum log_level level = refused ? LOG_LEVEL_INFO : LOG_LEVEL_DEBUG;
    if (!log_wants(level) || (!log_wants(LOG_LEVEL_DEBUG) && !may_tell(conn->front)))
        return;
    meter_id(conn, id);
    more[0] = '\0';
    if (conn->known) /* under which the signer knows the caller, until the connection ends */
        snprintf(more, sizeof more, " handle=%u", conn->handle);
    if (told->left_out)
        snprintf(more + strlen(more), sizeof more - strlen(more), " left_out=%u", told->left_out);
    told->left_out = 0;
    log_line(level, refused ? "refused a request" : "request",
             "id=%s route=%s status=%d problem=%s us=%llu%s", id,
             conn->call.route ? conn->call.route->path : "none", row ? row->status : 200,
             row ? row->name : "none", (unsigned long long)us, more);
}

void meter_end(struct conn *conn, enum problem problem)
{
    struct board_front *board = conn->front->boards.own_front;
    size_t row = meter_row(conn->call.route);
    uint64_t us = conn->began_us ? clock_us() - conn->began_us : 0;
    board_add(&board->requests[row][problem], 1);
    observe(board, row, us, 1);
    tell(conn, problem == PROBLEM_NONE ? NULL : problem_row(problem), us);
    conn->id = 0;
    conn->began_us = 0;
}

void meter_again(struct front *front, const struct route *route, size_t n)
{
    struct board_front *board = front->boards.own_front;
    size_t row = meter_row(route);
    board_add(&board->requests[row][PROBLEM_NONE], n);
    observe(board, row, front->at_us - front->now_us, n);
}

void meter_model(struct front *front)
{
    struct board_front *board = front->boards.own_front;
    if (!front->epoch) /* the first one */
        board_set(&board->started_at, clock_real());
    board_set(&board->generation, front->cache.generation);
}

void meter_turn(struct front *front)
{
    struct board_front *board = front->boards.own_front;
    board_set(&board->conns_open, front->n_conns);
    board_set(&board->asks_waiting, front->asks.n_used);
    board_set(&board->seen_ms, front->now_ms);
}
