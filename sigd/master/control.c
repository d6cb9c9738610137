/* control.c: the admin socket. */
#include "control.h"

#include "ctlaccept.h"
#include "ctlqueue.h"
#include "log.h"
#include "sockets.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define IDLE_MS 30000      /* a peer that neither asks nor reads */
#define STATUS_PROTOCOL 76 /* sigctl's exit status, as in sysexits.h */

struct peer {
    control_peer id; /* 0: no such peer */
    struct ctlpeer who;
    int fd;
    bool asked;       /* a request of it is being answered */
    bool closing;     /* closed when all is written */
    uint64_t idle_ms; /* boot ms, when it is closed */
    struct ctlqueue out;
};

struct control {
    struct config_socket place;
    struct control_handler handler;
    int lock, listener;
    struct ctlaccept accept;
    bool inherited;
    control_peer last;
    uint64_t now_ms;
    struct peer peers[CONTROL_PEERS];
};

struct control *control_lock(const struct config_socket *place, struct inherited *inherited, char *why,
                             size_t why_size)
{
    struct control *control = calloc(1, sizeof *control);
    if (control == NULL) {
        snprintf(why, why_size, "%s: out of memory", place->path);
        return NULL;
    }
    *control = (struct control){ .place = *place, .lock = -1, .accept = { .spare = { -1 } } };
    spare_keep(&control->accept.spare, STDERR_FILENO);
    bool good =
        inherited_take(inherited, &control->listener, "admin", place->path, SOCK_SEQPACKET, why, why_size);
    control->inherited = control->listener >= 0;
    if (good && !control->inherited)
        control->lock = sockets_lock_path(place->path, why, why_size);
    if (!good || (control->lock < 0 && !control->inherited)) {
        free(control);
        return NULL;
    }
    return control;
}

bool control_listen(struct control *control, const struct control_handler *handler, char *why,
                    size_t why_size)
{
    control->handler = *handler;
    if (!control->inherited)
        control->listener = sockets_bind(&control->place, SOCK_SEQPACKET, why, why_size);
    return control->listener >= 0;
}

void control_regroup(struct control *control, const struct config_socket *place)
{
    if (control == NULL || strcmp(control->place.path, place->path) != 0)
        return;
    control->place = *place;
    if (!control->inherited && !sockets_set_access(place))
        log_line(LOG_LEVEL_ERROR, "a socket kept its old mode and group", "path=%s error=\"%s\"", place->path,
                 strerror(errno));
}

static struct peer *find(struct control *control, control_peer id)
{
    for (size_t i = 0; i < CONTROL_PEERS; i++)
        if (id != 0 && control->peers[i].id == id)
            return &control->peers[i];
    return NULL;
}

static void drop(struct peer *peer)
{
    close(peer->fd);
    ctlqueue_clear(&peer->out);
    *peer = (struct peer){ 0 };
}

/* Sends what waits, as far as the kernel takes it. May drop the peer. */
static void send_out(struct control *control, struct peer *peer)
{
    bool moved;
    if (!ctlqueue_send(&peer->out, peer->fd, &moved)) {
        drop(peer);
        return;
    }
    if (moved)
        peer->idle_ms = control->now_ms + IDLE_MS;
    if (peer->closing && !ctlqueue_waits(&peer->out))
        drop(peer);
}

/* A peer for whom there is no room is dropped: false. */
static bool append(struct peer *peer, const char *frame, size_t len)
{
    if (ctlqueue_add(&peer->out, frame, len))
        return true;
    log_line(LOG_LEVEL_WARN, "an answer on the admin socket is too long: the peer is cut off", "bytes=%zu",
             peer->out.len);
    drop(peer);
    return false;
}

void control_write(struct control *control, control_peer id, enum ctlframe_stream stream, const char *text,
                   size_t len)
{
    struct peer *peer = find(control, id);
    char frame[CTLFRAME_MAX];
    if (peer != NULL && !ctlqueue_waits(&peer->out))
        peer->idle_ms = control->now_ms + IDLE_MS; /* from now on it has something to read */
    while (peer != NULL && peer->asked && len > 0) {
        size_t part = len < CTLFRAME_TEXT_MAX ? len : CTLFRAME_TEXT_MAX;
        if (!append(peer, frame, ctlframe_write_text(frame, stream, text, part)))
            return;
        text += part;
        len -= part;
    }
}

void control_text(struct control *control, control_peer id, enum ctlframe_stream stream, const char *format,
                  ...)
{
    char text[4 * CTLFRAME_TEXT_MAX + 2];
    va_list arguments;
    va_start(arguments, format);
    int n = vsnprintf(text, sizeof text - 1, format, arguments);
    va_end(arguments);
    if (n < 0)
        return;
    size_t len = strlen(text);
    text[len++] = '\n';
    control_write(control, id, stream, text, len);
}

void control_end(struct control *control, control_peer id, uint32_t status)
{
    struct peer *peer = find(control, id);
    char frame[CTLFRAME_MAX];
    if (peer == NULL || !peer->asked || !append(peer, frame, ctlframe_write_end(frame, status)))
        return;
    peer->asked = false;
    peer->idle_ms = control->now_ms + IDLE_MS;
    send_out(control, peer);
}

bool control_waits(struct control *control, control_peer id)
{
    const struct peer *peer = control != NULL ? find(control, id) : NULL;
    return peer != NULL && peer->asked;
}

bool control_who(struct control *control, control_peer id, struct ctlpeer *who)
{
    const struct peer *peer = find(control, id);
    if (peer != NULL)
        *who = peer->who;
    return peer != NULL;
}

static void accept_one(struct control *control)
{
    struct ctlpeer who;
    struct peer *place = NULL;
    int fd = ctlaccept_one(&control->accept, control->listener, control->place.gid, &who, control->now_ms);
    if (fd < 0)
        return;
    for (size_t i = 0; i < CONTROL_PEERS && place == NULL; i++)
        if (control->peers[i].id == 0)
            place = &control->peers[i];
    if (place == NULL) {
        ctlaccept_no_room(fd, &who, CONTROL_PEERS);
    } else {
        *place = (struct peer){
            .id = ++control->last, .who = who, .fd = fd, .idle_ms = control->now_ms + IDLE_MS
        };
    }
}

/* A frame that makes no sense: an answer, and nothing further is read. */
static void bad_frame(struct control *control, struct peer *peer, const char *fault)
{
    control_peer id = peer->id;
    log_line(LOG_LEVEL_WARN, "a bad frame on the admin socket", "fault=\"%s\"", fault);
    peer->asked = peer->closing = true;
    control_text(control, id, CTLFRAME_ERR, "sigd was sent %s", fault);
    control_end(control, id, STATUS_PROTOCOL);
}

static void read_one(struct control *control, struct peer *peer)
{
    struct ctlframe_request request;
    /* a longer one shows by its length; descriptors with it are closed by the kernel */
    char packet[CTLFRAME_MAX + 1];
    ssize_t got = recv(peer->fd, packet, sizeof packet, MSG_DONTWAIT);
    if (got < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (got <= 0) {
        drop(peer);
        return;
    }
    const char *fault = ctlframe_read_request(&request, packet, (size_t)got);
    if (fault != NULL) {
        bad_frame(control, peer, fault);
        return;
    }
    peer->asked = true;
    control->handler.request(control->handler.context, peer->id, &request);
}

size_t control_polls(const struct control *control, struct pollfd *polls, size_t size)
{
    size_t n = 0;
    if (control == NULL || control->listener < 0 || size < CONTROL_POLLS)
        return 0;
    polls[n++] =
        (struct pollfd){ .fd = control->accept.paused_ms ? -1 : control->listener, .events = POLLIN };
    for (size_t i = 0; i < CONTROL_PEERS; i++) {
        const struct peer *peer = &control->peers[i];
        bool writes = ctlqueue_waits(&peer->out), reads = !peer->asked && !peer->closing;
        short events = writes ? POLLOUT : reads ? POLLIN : 0; /* who does not read asks no more */
        polls[n++] = (struct pollfd){ .fd = peer->id != 0 ? peer->fd : -1, .events = events };
    }
    return n;
}

void control_handle(struct control *control, const struct pollfd *polls, size_t n, uint64_t now_ms)
{
    if (control == NULL || n < CONTROL_POLLS)
        return;
    control->now_ms = now_ms;
    if (now_ms >= control->accept.paused_ms)
        control->accept.paused_ms = 0;
    for (size_t i = 0; i < CONTROL_PEERS; i++) {
        struct peer *peer = &control->peers[i];
        short events = polls[i + 1].revents;
        if (peer->id == 0)
            continue;
        if (events & (POLLERR | POLLHUP | POLLNVAL) && !(events & POLLIN)) {
            drop(peer); /* gone, perhaps before its answer */
            continue;
        }
        if (events & POLLIN && !peer->asked && !peer->closing && !ctlqueue_waits(&peer->out))
            read_one(control, peer);
        if (peer->id != 0 && ctlqueue_waits(&peer->out))
            send_out(control, peer);
        if (peer->id != 0 && (!peer->asked || ctlqueue_waits(&peer->out)) && now_ms >= peer->idle_ms)
            drop(peer);
    }
    if (polls[0].revents & POLLIN)
        accept_one(control);
}

uint64_t control_next(const struct control *control)
{
    uint64_t next = control != NULL && control->accept.paused_ms ? control->accept.paused_ms : UINT64_MAX;
    for (size_t i = 0; control != NULL && i < CONTROL_PEERS; i++) {
        const struct peer *peer = &control->peers[i];
        if (peer->id != 0 && (!peer->asked || ctlqueue_waits(&peer->out)) && peer->idle_ms < next)
            next = peer->idle_ms;
    }
    return next;
}

void control_close(struct control *control)
{
    if (control == NULL)
        return;
    for (size_t i = 0; i < CONTROL_PEERS; i++)
        if (control->peers[i].id != 0) {
            send_out(control, &control->peers[i]);
            if (control->peers[i].id != 0)
                drop(&control->peers[i]);
        }
    if (control->listener >= 0) {
        if (!control->inherited)
            unlink(control->place.path);
        close(control->listener);
    }
    free(control);
}
