/* frontrig.c: a front without its loop: its state, its clients' sockets, the master. */
#include "frontrig.h"

#include "ask.h"
#include "conns.h"
#include "listen.h"
#include "log.h"
#include "loop.h"
#include "meter.h"
#include "share.h"

#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#define NOW 1700000000
#define TURNS 400 /* more than any run of 2 KiB needs */

struct frontrig frontrig;

static bool after_lies; /* the model of the run before is not the rig's own */
static uint64_t run;    /* its number: credentials are others each time, so that no input can hold one */

void frontrig_secret(char out[static 32], size_t app, size_t admin, uint32_t kind)
{
    uint64_t number = (run << 8 | app << 4 | admin << 1 | kind) * UINT64_C(0x9E3779B97F4A7C15);
    snprintf(out, 32, "eJw%016llx", (unsigned long long)number);
}

void frontrig_tell(uint16_t op, const void *body)
{
    struct chan_frame frame = { op, body, -1 };
    if (!loop_take_master(&frontrig.front, &frame)) {
        FUZZ_MUST(frontrig.lies);
        frontrig.ended = true;
    }
}

void frontrig_answer(uint16_t op, const void *body)
{
    struct chan_frame frame = { op, body, -1 };
    if (!loop_take_signer(&frontrig.front, &frame)) {
        FUZZ_MUST(frontrig.lies);
        frontrig.ended = true;
    }
}

/* The model that every run begins with. false: it counts already. */
static bool is_changed(const struct cache *cache)
{
    return cache->generation != 1 || cache->n_apps != FRONTRIG_APPS || cache->apps[0].is.frozen ||
           cache->apps[1].is.frozen || cache->apps[1].n_admins != FRONTRIG_ADMINS;
}

static void tell_credential(size_t app, size_t admin, uint32_t kind)
{
    struct proto_credential credential = { .issued_at = NOW - 100,
                                           .expires_at = NOW + 3600,
                                           .renew_at = NOW + 1800,
                                           .app = (uint32_t)app,
                                           .admin = (uint32_t)admin,
                                           .kind = kind,
                                           .key = "2026a" };
    frontrig_secret(credential.usersig, app, admin, kind);
    credential.usersig_len = (uint32_t)strlen(credential.usersig);
    frontrig_tell(PROTO_CREDENTIAL, &credential);
}

static void tell_credentials(void)
{
    for (size_t a = 0; a < FRONTRIG_APPS && !frontrig.ended; a++)
        for (size_t i = 0; i < FRONTRIG_ADMINS; i++)
            for (uint32_t kind = 0; kind < PROTO_KINDS; kind++)
                tell_credential(a, i, kind);
}

void frontrig_model(uint32_t generation, bool withdraw)
{
    static const char *const names[FRONTRIG_APPS] = { "chat", "video" };
    static const char *const admins[FRONTRIG_ADMINS] = { "administrator", "the boss" };
    struct proto_model_commit commit = { frontrig.front.epoch + 1, generation, withdraw };
    frontrig_tell(PROTO_MODEL_BEGIN, &(struct proto_model_begin){ generation });
    for (uint32_t a = 0; a < FRONTRIG_APPS && !frontrig.ended; a++) {
        struct proto_app app = { .sdkappid = 1400000000 + a, .host = "console.tim.qq.com" };
        proto_set(app.name, sizeof app.name, names[a]);
        frontrig_tell(PROTO_APP, &app);
        for (uint32_t i = 0; i < FRONTRIG_ADMINS; i++) {
            struct proto_app_admin admin = { .lifetime = 86400, .min_remaining = 600 };
            proto_set(admin.identifier, sizeof admin.identifier, admins[i]);
            frontrig_tell(PROTO_APP_ADMIN, &admin);
        }
    }
    tell_credentials();
    frontrig.generation = generation;
    frontrig.cut |= withdraw;
    board_set(&frontrig.board.epoch, commit.epoch);
    frontrig_tell(PROTO_MODEL_COMMIT, &commit);
}

void frontrig_current(bool withdraw)
{
    struct proto_current current = { board_get(&frontrig.board.epoch), withdraw, 0 };
    frontrig.cut |= withdraw;
    frontrig_tell(PROTO_CURRENT, &current);
}

/* Once a process: what stays open from run to run. */
static void open_once(void)
{
    static struct board_front own;
    struct front *front = &frontrig.front;
    board_open(&front->boards);
    front->boards.own_front = &own;
    front->boards.master = &frontrig.board;
    front->epoll = epoll_create1(EPOLL_CLOEXEC);
    int nowhere = open("/dev/null", O_RDWR | O_CLOEXEC);
    FUZZ_MUST(front->epoll >= 0 && nowhere >= 0);
    /* nothing is ever flushed: what is queued is taken there */
    chan_open(&front->master, nowhere);
    chan_open(&front->signer, nowhere);
    log_set(LOG_FORMAT_LOGFMT, LOG_LEVEL_ERROR);
}

void frontrig_begin(uint8_t may)
{
    struct front *front = &frontrig.front;
    if (!front->epoll)
        open_once();
    run++;
    front->conns_max = 8;
    front->epoch = 0;
    front->resume = front->draining = false;
    front->now = NOW;
    front->now_ms = 1000000;
    front->next_id = 1;
    memset(&front->told, 0, sizeof front->told);
    memset(&frontrig.board, 0, sizeof frontrig.board);
    memset(frontrig.grants, 0, sizeof frontrig.grants);
    memset(frontrig.open, 0, sizeof frontrig.open);
    frontrig.lies = frontrig.cut = frontrig.ended = false;
    frontrig.n_questions = 0;
    memset(&frontrig.counts, 0, sizeof frontrig.counts);
    for (size_t a = 0; a < FRONTRIG_APPS; a++)
        frontrig.grants[a] = (struct proto_grant){ may >> 4 * a & 15, 1 };
    for (size_t i = 0; i < FRONTRIG_CLIENTS; i++)
        frontrig.clients[i].fd = -1;
    if (is_changed(&front->cache) || after_lies) {
        frontrig_model(1, false);
    } else { /* the model of the run before: nothing but the credentials is new */
        frontrig.generation = 1;
        tell_credentials();
    }
    after_lies = false;
    chan_take_back(&front->master, 0, 0);
}

/* What the clients sent, and took of what the front sent, since the process began; poked: something else has happened. */
static uint64_t sent, taken;
static bool poked;

/* ---- clients --------------------------------------------------------------------------------------- */

void frontrig_connect(size_t client)
{
    int ends[2];
    if (frontrig.clients[client].fd >= 0 || frontrig.front.draining)
        return;
    FUZZ_MUST(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends) == 0);
    frontrig.clients[client].fd = ends[0];
    frontrig.clients[client].reads = true;
    conn_new(&frontrig.front, ends[1], getuid());
}

void frontrig_send(size_t client, const void *bytes, size_t len)
{
    const char *at = bytes;
    frontrig_connect(client);
    while (len && frontrig.clients[client].fd >= 0) {
        ssize_t n = send(frontrig.clients[client].fd, at, len, MSG_NOSIGNAL);
        if (n < 0)
            return; /* it was hung up, or does not take so much now */
        at += n;
        sent += (size_t)n;
        len -= (size_t)n;
    }
}

void frontrig_shut(size_t client)
{
    if (frontrig.clients[client].fd >= 0)
        shutdown(frontrig.clients[client].fd, SHUT_WR);
    poked = true;
    frontrig.cut = true;
}

void frontrig_read_all(void)
{
    for (size_t i = 0; i < FRONTRIG_CLIENTS; i++)
        frontrig.clients[i].reads = true;
    taken = UINT64_MAX; /* of none of them is it known */
    poked = true;
}

/* ---- the loop -------------------------------------------------------------------------------------- */

/* As loop.c's turn does. false: there was nothing to do. */
static bool turn(void)
{
    struct front *front = &frontrig.front;
    struct epoll_event events[8];
    bool resume = front->resume;
    int n = epoll_wait(front->epoll, events, 8, 0);
    for (int i = 0; i < n; i++)
        if (listen_is(events[i].data.ptr))
            listen_accept(front, events[i].data.ptr);
        else
            conn_ready(events[i].data.ptr, events[i].events);
    if (resume)
        conns_resume(front);
    share_run(front);
    conn_sweep(front);
    meter_turn(front);
    chan_take_back(&front->master, 0, 0);
    return n > 0 || resume || front->turns.next;
}

/* Is there perhaps something to do? Saves most of the turns in which there is not. */
static bool is_pending(void)
{
    const struct front *front = &frontrig.front;
    bool pending =
        poked || front->resume || front->turns.next || board_get(&front->boards.own_front->bytes_in) != sent;
    poked = false;
    for (const struct conn *conn = front->conns; conn; conn = conn->next)
        pending |= conn->out_deadline != 0;
    return pending;
}

void frontrig_turn(unsigned seconds)
{
    struct front *front = &frontrig.front;
    front->now += seconds;
    front->now_ms += seconds * UINT64_C(1000);
    if (seconds) {
        frontrig.cut = true;
        conns_tick(front);
        conn_sweep(front);
    }
    bool more = true;
    for (int n = 0; more && !frontrig.ended; n++) {
        FUZZ_MUST(n < TURNS); /* the loop must come to rest */
        more = is_pending() && turn();
        if (more || board_get(&front->boards.own_front->bytes_out) == taken)
            continue;
        taken = board_get(&front->boards.own_front->bytes_out);
        for (size_t i = 0; i < FRONTRIG_CLIENTS; i++)
            more |= frontrig_answers_read(i);
    }
}

/* Whoever is waited for speaks at last, and all clients read: what has begun then ends. */
static void settle(void)
{
    const struct front *front = &frontrig.front;
    frontrig_read_all();
    if (front->cache.generation != frontrig.generation)
        frontrig_model(frontrig.generation, false);
    else if (front->epoch != board_get(&frontrig.board.epoch))
        frontrig_current(false);
    frontrig_turn(0);
    frontrig_signer_answer(PROTO_DONE);
}

void frontrig_end(void)
{
    struct front *front = &frontrig.front;
    if (!frontrig.cut && !frontrig.lies)
        settle();
    for (size_t i = 0; i < FRONTRIG_CLIENTS; i++)
        frontrig_answers_check(i);
    sent = board_get(&front->boards.own_front->bytes_in);
    while (front->conns)
        conn_close(front->conns);
    conn_sweep(front);
    FUZZ_MUST(front->n_conns == 0);
    frontrig_signer_take();
    for (size_t i = 0; i < FRONTRIG_HANDLES; i++) /* no caller is forgotten in the signer */
        FUZZ_MUST(!frontrig.open[i] || frontrig.lies);
    for (size_t i = 0; i < FRONTRIG_CLIENTS; i++)
        if (frontrig.clients[i].fd >= 0)
            close(frontrig.clients[i].fd);
    chan_take_back(&front->signer, 0, 0);
    chan_take_back(&front->master, 0, 0);
    ask_free(&front->asks);
    for (size_t i = 0; i < SHARE_CROWDS; i++) /* nor a window that is taken up by whom there is not */
        FUZZ_MUST(!front->shares[i]);
    if (front->next)
        cache_free(front->next);
    free(front->next);
    front->next = NULL;
    after_lies = frontrig.lies;
    listen_close(front);
    buffer_free(&front->body);
}
