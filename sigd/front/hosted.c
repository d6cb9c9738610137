/* hosted.c: reads usersigs that somebody else signed, for the master, who parses none. */
#include "hosted.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* All of fd; its length, SIZE_MAX where it holds more, or cannot be read. */
static size_t read_all(int fd, char *text, size_t size)
{
    size_t len = 0;
    while (len < size) {
        ssize_t got = pread(fd, text + len, size - len, (off_t)len);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return SIZE_MAX;
        if (got == 0)
            return len;
        len += (size_t)got;
    }
    return SIZE_MAX;
}

static const char *read_usersig(int fd, struct proto_hosted_read *answer)
{
    struct usersig_ticket ticket;
    char text[sizeof answer->usersig + 1]; /* with a newline at its end */
    size_t len = read_all(fd, text, sizeof text);
    if (len != SIZE_MAX && len && text[len - 1] == '\n')
        len--;
    if (len == SIZE_MAX || len >= sizeof answer->usersig)
        return "the file cannot be read, or holds more than one usersig of 511 bytes";
    if (usersig_decode(&ticket, text, len) != USERSIG_OK)
        return "the file holds no usersig: put one there, alone, as the console or its owner gave it";
    const struct usersig_claims *claims = &ticket.claims;
    answer->issued_at = claims->issued_at;
    answer->lifetime = claims->lifetime;
    answer->sdkappid = claims->sdkappid;
    answer->userbuf_len = (uint32_t)claims->userbuf_len;
    answer->usersig_len = (uint32_t)len;
    memcpy(answer->usersig, text, len);
    for (size_t i = 0; i < claims->identifier_len; i++)
        answer->identifier[i] = claims->identifier[i] ? claims->identifier[i] : 1;
    return NULL;
}

bool hosted_read(struct front *front, const struct proto_hosted *hosted, int fd)
{
    struct proto_hosted_read answer = {
        .app = hosted->app, .admin = hosted->admin, .kind = hosted->kind, .generation = hosted->generation
    };
    const char *why = read_usersig(fd, &answer);
    answer.failed = why != NULL;
    if (why)
        proto_set(answer.why, sizeof answer.why, why);
    return chan_send(&front->master, PROTO_HOSTED_READ, &answer, -1);
}
