#include "ctl_client.h"
#include "exits.h"
#include "output.h"
#include "unreachable.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>
#include <usersig.h>

#define PATIENCE_S 60 /* a reload waits for each process; what takes longer hangs */

/* What has come on one stream and not yet been passed on. */
struct stream {
    char *text;
    size_t len;
};

static int dial(const char *path)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    struct timeval patience = { .tv_sec = PATIENCE_S };
    if (strlen(path) >= sizeof address.sun_path)
        return -1;
    memcpy(address.sun_path, path, strlen(path));
    int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return -1;
    if (connect(fd, (const struct sockaddr *)&address, sizeof address) != 0 ||
        setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience) != 0) {
        close(fd);
        return -1;
    }
    return fd;
}

static bool append(struct stream *stream, const char *text, size_t len)
{
    char *longer = realloc(stream->text, stream->len + len + 1);
    if (longer == NULL)
        return false;
    memcpy(longer + stream->len, text, len);
    stream->text = longer;
    stream->len += len;
    longer[stream->len] = '\0';
    return true;
}

static void pass_line(enum ctlframe_stream to, const char *line, size_t len)
{
    if (to == CTLFRAME_ERR) {
        output_note("%.*s", (int)len, line);
    } else {
        output_text(line, len);
        putchar('\n');
    }
}

/* The whole lines; at the end what is left, too. */
static void pass(struct stream *stream, enum ctlframe_stream to, bool end)
{
    char *at = stream->text, *newline;
    if (at == NULL)
        return;
    while ((newline = strchr(at, '\n')) != NULL) {
        pass_line(to, at, (size_t)(newline - at));
        at = newline + 1;
    }
    if (end && *at != '\0')
        pass_line(to, at, strlen(at));
    stream->len = end ? 0 : strlen(at);
    memmove(stream->text, at, stream->len + 1);
}

/* A sigd that refuses a peer closes before it has read; the error comes first, then its words. */
static ssize_t receive(int fd, char *packet, size_t size)
{
    ssize_t got = recv(fd, packet, size, 0);
    while (got < 0 && (errno == EINTR || errno == ECONNRESET)) {
        bool reset = errno == ECONNRESET;
        got = recv(fd, packet, size, 0);
        if (reset && got < 0 && errno == ECONNRESET)
            break;
    }
    return got;
}

static int take_answers(int fd, struct stream streams[2], char **out)
{
    struct ctlframe_reply reply;
    char packet[CTLFRAME_MAX + 1];
    for (;;) {
        ssize_t got = receive(fd, packet, sizeof packet);
        if (got < 0 && errno == EAGAIN)
            return output_fail(EXITS_LATER,
                               "sigd has not answered within %d s; what it was asked may still come about",
                               PATIENCE_S);
        if (got <= 0)
            return output_fail(EXITS_UNREACHABLE,
                               "sigd closed the connection before its answer ended: see its log");
        const char *fault = ctlframe_read_reply(&reply, packet, (size_t)got);
        if (fault != NULL)
            return output_fail(EXITS_PROTOCOL, "sigd sent %s", fault);
        if (reply.type == CTLFRAME_END)
            return (int)reply.status;
        if (!append(&streams[reply.stream], reply.text, reply.len))
            return output_fail(USERSIG_ERR_MEMORY, "out of memory");
        pass(&streams[CTLFRAME_ERR], CTLFRAME_ERR, false);
        if (out == NULL)
            pass(&streams[CTLFRAME_OUT], CTLFRAME_OUT, false);
    }
}

int ctl_client_ask(const char *socket_path, const struct ctlframe_request *request, char **out)
{
    struct unreachable_socket where = { socket_path, SOCK_SEQPACKET, "SIGCTL_SOCKET", "admin_socket" };
    struct stream streams[2] = { { NULL, 0 }, { NULL, 0 } };
    char frame[CTLFRAME_MAX];
    size_t len = ctlframe_write_request(frame, request);
    if (len == 0)
        return output_fail(EXITS_USAGE,
                           "a name is empty, too long, or has bytes that no name in sigd.conf has");
    int fd = dial(socket_path);
    if (fd < 0)
        return unreachable_explain(&where);
    (void)!send(fd, frame, len, MSG_NOSIGNAL); /* a sigd that refuses has said why before */
    int status = take_answers(fd, streams, out);
    pass(&streams[CTLFRAME_ERR], CTLFRAME_ERR, true);
    if (out == NULL)
        pass(&streams[CTLFRAME_OUT], CTLFRAME_OUT, true);
    else
        *out = streams[CTLFRAME_OUT].text;
    close(fd);
    free(streams[CTLFRAME_ERR].text);
    if (out == NULL)
        free(streams[CTLFRAME_OUT].text);
    return status;
}

bool ctl_client_set(char *field, size_t size, const char *name)
{
    return snprintf(field, size, "%s", name) < (int)size;
}
