/* load.c: load in a closed loop, the same client for sigd, redis and memcached: each connection sends so many requests
 * at once, and sends again when all of them are answered. Prints one JSON line; 1 when any answer was wrong. */
#include "tally.h"
#include "wire.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define EVENTS_MAX 1024
#define ASKS_MAX 16
#define IN_SIZE (256 * 1024)
#define WARM_SHARE 5 /* of the time, a fifth before it counts */

struct conn {
    int fd;
    size_t ask;               /* that is being asked */
    size_t due;               /* answers that are to come */
    uint64_t number, sent_ns; /* of the first of those; when all were sent */
    uint64_t answered;        /* since it was connected */
    struct wire_state state;  /* of the next answer */
    char *rest, *out;         /* what came of an answer; what has not been taken of the requests */
    size_t rest_len, out_len, out_at, out_size;
};

static struct {
    const char *socket, *pids;
    enum wire_protocol protocol;
    size_t conns, depth, n_asks, length;
    uint64_t requests, per_conn, lines; /* requests: to send, 0: for `seconds` */
    double seconds;
    struct wire_ask asks[ASKS_MAX];
} load = { .pids = "", .conns = 1, .depth = 1, .seconds = 1 };

static struct tally tally;
static int epoll = -1;
static uint64_t sent;
static size_t busy; /* connections that wait for answers */
static bool stopping, counting;
static char in[IN_SIZE];

static _Noreturn void fail(const char *what, const char *why)
{
    fprintf(stderr, "load: %s: %s: %s\n", load.socket, what, why);
    exit(1);
}

static void send_out(struct conn *conn)
{
    while (conn->out_at < conn->out_len) {
        ssize_t n = send(conn->fd, conn->out + conn->out_at, conn->out_len - conn->out_at, MSG_NOSIGNAL);
        if (n < 0 && errno == EAGAIN)
            break;
        if (n < 0)
            fail("send", strerror(errno));
        conn->out_at += (size_t)n;
    }
    bool blocked = conn->out_at < conn->out_len;
    static bool any_blocked; /* the usual request is taken at once: then epoll need not be asked */
    if (blocked || any_blocked) {
        struct epoll_event event = { .events = EPOLLIN | EPOLLET | (blocked ? EPOLLOUT : 0),
                                     .data.ptr = conn };
        epoll_ctl(epoll, EPOLL_CTL_MOD, conn->fd, &event);
        any_blocked = true;
    }
}

/* Sends a volley, unless the end has come. */
static void ask(struct conn *conn, uint64_t now)
{
    if (stopping || (load.requests && sent >= load.requests))
        return;
    const struct wire_ask *question = &load.asks[conn->ask];
    size_t want = question->len * load.depth;
    if (want > conn->out_size) {
        conn->out = realloc(conn->out, want);
        if (!conn->out)
            fail("memory", strerror(errno));
        conn->out_size = want;
    }
    for (size_t i = 0; i < load.depth; i++)
        wire_write(question, sent + i, conn->out + i * question->len);
    conn->number = sent;
    conn->sent_ns = now;
    conn->due = load.depth;
    conn->out_at = 0;
    conn->out_len = want;
    sent += load.depth;
    busy++;
    send_out(conn);
}

static void connect_to(struct conn *conn)
{
    struct sockaddr_un to = { .sun_family = AF_UNIX };
    struct epoll_event event = { .events = EPOLLIN | EPOLLET, .data.ptr = conn };
    snprintf(to.sun_path, sizeof to.sun_path, "%s", load.socket);
    conn->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (conn->fd < 0 || connect(conn->fd, (struct sockaddr *)&to, sizeof to) != 0 ||
        fcntl(conn->fd, F_SETFL, O_NONBLOCK) != 0 || epoll_ctl(epoll, EPOLL_CTL_ADD, conn->fd, &event) != 0)
        fail("connect", strerror(errno));
    conn->answered = 0;
}

/* All of a volley has been answered: the next. */
static void go_on(struct conn *conn, uint64_t now)
{
    busy--;
    conn->ask = conn->ask + 1 < load.n_asks ? conn->ask + 1 : 0;
    if (load.per_conn && conn->answered >= load.per_conn) {
        close(conn->fd);
        connect_to(conn);
    }
    ask(conn, now);
}

/* Takes the answers among the bytes; what is left of them waits for more. */
static void take(struct conn *conn, size_t len, uint64_t now)
{
    size_t at = 0;
    while (at < len) {
        const struct wire_ask *question = &load.asks[conn->ask];
        bool whole;
        if (!conn->due)
            fail("answer", "more than was asked for");
        long n = wire_answer(load.protocol, question, conn->number + load.depth - conn->due, &conn->state,
                             in + at, len - at, &whole);
        if (n < 0) {
            int shown = len - at < 60 ? (int)(len - at) : 60;
            fprintf(stderr, "load: to %.60s\nload: came %.*s\n", question->bytes, shown, in + at);
            fail("answer", conn->state.problem);
        }
        if (n == 0)
            break;
        at += (size_t)n;
        if (!whole)
            continue;
        conn->state = (struct wire_state){ 0 };
        conn->due--;
        conn->answered++;
        if (counting)
            tally_answer(&tally, now - conn->sent_ns, question->lines ? question->lines : 1);
    }
    conn->rest_len = len - at;
    if (conn->rest_len) {
        conn->rest = realloc(conn->rest, IN_SIZE);
        if (!conn->rest || conn->rest_len == IN_SIZE)
            fail("answer", "too long");
        memcpy(conn->rest, in + at, conn->rest_len);
    } else if (!conn->due)
        go_on(conn, now);
}

static void receive(struct conn *conn, uint64_t now)
{
    size_t room, n;
    do { /* epoll tells once */
        if (conn->rest_len)
            memcpy(in, conn->rest, conn->rest_len);
        room = IN_SIZE - conn->rest_len;
        ssize_t got = recv(conn->fd, in + conn->rest_len, room, 0);
        if (got == 0 || (got < 0 && errno != EAGAIN))
            fail("receive", got == 0 ? "closed" : strerror(errno));
        n = got > 0 ? (size_t)got : 0;
        if (n)
            take(conn, conn->rest_len + n, now);
    } while (n == room);
}

static void turn(uint64_t until)
{
    struct epoll_event events[EVENTS_MAX];
    int n = epoll_wait(epoll, events, EVENTS_MAX, 10000);
    if (n == 0)
        fail("answer", "none for 10 s");
    for (int i = 0; i < n; i++) {
        struct conn *conn = events[i].data.ptr;
        uint64_t now = tally_now_ns();
        stopping = !load.requests && now >= until;
        if (events[i].events & EPOLLOUT)
            send_out(conn);
        if (events[i].events & ~(uint32_t)EPOLLOUT)
            receive(conn, now);
    }
}

static void run(void)
{
    struct conn *conns = calloc(load.conns, sizeof *conns);
    epoll = epoll_create1(EPOLL_CLOEXEC);
    if (!conns || epoll < 0)
        fail("start", strerror(errno));
    for (size_t i = 0; i < load.conns; i++) {
        conns[i].ask = i % load.n_asks;
        connect_to(&conns[i]);
    }
    uint64_t start = tally_now_ns(), whole = (uint64_t)(load.seconds * 1e9);
    uint64_t warm = load.requests ? start : start + whole / WARM_SHARE, end = start + whole;
    for (size_t i = 0; i < load.conns; i++)
        ask(&conns[i], tally_now_ns());
    while (busy) {
        if (!counting && tally_now_ns() >= warm) {
            tally_begin(&tally, load.pids);
            counting = true;
        }
        turn(end);
        if (stopping && counting) { /* what is still to come is answered, but not counted */
            tally_end(&tally, load.pids);
            counting = false;
            warm = UINT64_MAX;
        }
    }
    if (load.requests)
        tally_end(&tally, load.pids);
    tally.sent = sent * (load.lines ? load.lines : 1);
    tally_tell(&tally);
}

static bool read_arguments(int argc, char **argv)
{
    for (int option; (option = getopt(argc, argv, "s:p:c:d:t:n:k:l:L:P:")) != -1;)
        switch (option) {
        case 's': load.socket = optarg; break;
        case 'p':
            load.protocol = *optarg == 'r' ? WIRE_RESP : *optarg == 'm' ? WIRE_MEMCACHED : WIRE_HTTP;
            break;
        case 'c': load.conns = strtoul(optarg, NULL, 10); break;
        case 'd': load.depth = strtoul(optarg, NULL, 10); break;
        case 't': load.seconds = strtod(optarg, NULL); break;
        case 'n': load.requests = strtoull(optarg, NULL, 10); break;
        case 'k': load.per_conn = strtoull(optarg, NULL, 10); break;
        case 'l': load.length = strtoul(optarg, NULL, 10); break;
        case 'L': load.lines = strtoull(optarg, NULL, 10); break;
        case 'P': load.pids = optarg; break;
        default: return false;
        }
    for (; optind < argc && load.n_asks < ASKS_MAX; optind++) {
        struct wire_ask *question = &load.asks[load.n_asks++];
        if (!wire_read(question, argv[optind])) {
            fprintf(stderr, "load: %s: cannot be read\n", argv[optind]);
            return false;
        }
        question->length = load.length;
        question->lines = load.lines;
    }
    return load.socket && load.n_asks && optind == argc && load.conns && load.depth && load.seconds > 0;
}

int main(int argc, char **argv)
{
    if (!read_arguments(argc, argv)) {
        fprintf(
            stderr,
            "usage: load -s SOCKET [-p http|resp|memcached] [-c CONNECTIONS] [-d DEPTH] [-t SECONDS | -n REQUESTS]\n"
            "       [-k REQUESTS-A-CONNECTION] [-l LENGTH] [-L LINES] [-P SERVERS-PIDS] [STATUS:]FILE...\n");
        return 64;
    }
    run();
    return 0;
}
