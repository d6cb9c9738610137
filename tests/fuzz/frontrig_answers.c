/* frontrig_answers.c: what the clients of the rig got: whole answers, JSON where it says so, and no credential that the
 * caller may not read. */
#include "frontrig.h"

#include <jansson.h>
#include <sys/socket.h>

static struct {
    size_t len;
    char bytes[FRONTRIG_OUT + 1];
} got[FRONTRIG_CLIENTS];

bool frontrig_answers_read(size_t client)
{
    int fd = frontrig.clients[client].fd;
    if (fd < 0 || !frontrig.clients[client].reads)
        return false;
    ssize_t n = recv(fd, got[client].bytes + got[client].len, FRONTRIG_OUT - got[client].len, 0);
    if (n <= 0)
        return false;
    got[client].len += (size_t)n;
    if (got[client].len == FRONTRIG_OUT) { /* enough: the rest is not looked at */
        frontrig.clients[client].reads = false;
        frontrig.cut = true;
    }
    return true;
}

/* ---- one answer ------------------------------------------------------------------------------------ */

struct text {
    const char *at, *end;
};

/* A line without its end; false: it is not whole. */
static bool next_line(struct text *rest, struct text *line)
{
    const char *stop = memmem(rest->at, (size_t)(rest->end - rest->at), "\r\n", 2);
    if (!stop)
        return false;
    *line = (struct text){ rest->at, stop };
    rest->at = stop + 2;
    return true;
}

static bool begins(const struct text *text, const char *with)
{
    size_t len = strlen(with);
    return (size_t)(text->end - text->at) >= len && memcmp(text->at, with, len) == 0;
}

static bool holds(const struct text *text, const char *what)
{
    return memmem(text->at, (size_t)(text->end - text->at), what, strlen(what)) != NULL;
}

struct head {
    int status;
    long length; /* -1: none */
    bool chunked, json, lines, no_store, closes;
};

static bool read_head(struct text *rest, struct head *head)
{
    struct text line;
    *head = (struct head){ .length = -1 };
    if (!next_line(rest, &line))
        return false;
    FUZZ_MUST(begins(&line, "HTTP/1.1 ") && line.end - line.at > 13 && line.at[12] == ' ');
    head->status = atoi(line.at + 9);
    FUZZ_MUST(head->status >= 100 && head->status <= 599);
    for (;;) {
        if (!next_line(rest, &line))
            return false;
        if (line.at == line.end)
            return true;
        FUZZ_MUST(memchr(line.at, ':', (size_t)(line.end - line.at)) != NULL);
        if (begins(&line, "Content-Length: "))
            head->length = strtol(line.at + 16, NULL, 10);
        head->chunked |= begins(&line, "Transfer-Encoding: chunked");
        head->json |= begins(&line, "Content-Type: application/json") ||
                      begins(&line, "Content-Type: application/problem+json");
        head->lines |= begins(&line, "Content-Type: application/x-ndjson");
        head->no_store |= begins(&line, "Cache-Control: no-store");
        head->closes |= begins(&line, "Connection: close");
    }
}

static struct {
    size_t used, n; /* n: blocks in use */
    _Alignas(16) char bytes[1 << 20];
} room; /* of jansson */

static void *room_take(size_t size)
{
    char *at = room.bytes + room.used;
    if (size > sizeof room.bytes - room.used)
        return malloc(size);
    room.used += (size + 15) & ~(size_t)15;
    room.n++;
    return at;
}

static void room_give(void *block)
{
    uintptr_t at = (uintptr_t)block, first = (uintptr_t)room.bytes;
    if (at < first || at >= first + sizeof room.bytes)
        free(block);
    else
        room.n--;
}

void frontrig_json_begin(void)
{
    json_set_alloc_funcs(room_take, room_give);
}

void frontrig_json_end(void)
{
    FUZZ_MUST(room.n == 0);
    room.used = 0;
    json_set_alloc_funcs(malloc, free);
}

static void check_json(struct text body)
{
    json_error_t error;
    frontrig_json_begin();
    json_t *value = json_loadb(body.at, (size_t)(body.end - body.at), JSON_REJECT_DUPLICATES, &error);
    /* a null character is right, but nothing for jansson's strings */
    FUZZ_MUST(json_is_object(value) || (!value && json_error_code(&error) == json_error_null_character));
    json_decref(value);
    frontrig_json_end();
}

static void check_lines(struct text body)
{
    while (body.at < body.end) {
        const char *stop = memchr(body.at, '\n', (size_t)(body.end - body.at));
        FUZZ_MUST(stop != NULL);
        check_json((struct text){ body.at, stop });
        body.at = stop + 1;
    }
}

/* The chunks' contents, in their place. false: they are not all there. */
static bool unchunk(struct text *rest, struct text *body)
{
    char *out = (char *)(uintptr_t)rest->at;
    struct text line;
    *body = (struct text){ out, out };
    for (;;) {
        if (!next_line(rest, &line))
            return false;
        char *stop;
        unsigned long n = strtoul(line.at, &stop, 16);
        FUZZ_MUST(stop == line.end && stop > line.at);
        if ((unsigned long)(rest->end - rest->at) < n + 2)
            return false;
        FUZZ_MUST(memcmp(rest->at + n, "\r\n", 2) == 0);
        memmove(out, rest->at, n);
        out += n;
        body->end = out;
        rest->at += n + 2;
        if (!n)
            return true;
    }
}

static struct {
    int status;
    struct text body;
} last; /* answer that was looked at */

int frontrig_answers_last(const char **body, size_t *len)
{
    *body = last.body.at;
    *len = (size_t)(last.body.end - last.body.at);
    return last.status;
}

/* false: it is not whole. */
static bool take_answer(struct text *rest)
{
    struct head head;
    struct text body;
    if (!read_head(rest, &head))
        return false;
    if (head.status == 100) {
        FUZZ_MUST(head.length < 0 && !head.chunked);
        return true;
    }
    if (head.chunked) {
        FUZZ_MUST(head.length < 0);
        if (!unchunk(rest, &body))
            return false;
    } else if (head.length < 0) { /* to HTTP/1.0: it ends with the connection */
        FUZZ_MUST(head.closes && head.lines);
        body = *rest;
        rest->at = rest->end;
        if (frontrig.cut)
            return true;
    } else {
        /* HEAD is answered without its body */
        size_t left = (size_t)(rest->end - rest->at), n = left && *rest->at != 'H' ? (size_t)head.length : 0;
        if (n > left)
            return false;
        body = (struct text){ rest->at, rest->at + n };
        rest->at += n;
    }
    last.status = head.status;
    last.body = body;
    if (holds(&body, "\"usersig\":\""))
        FUZZ_MUST(head.status == 200 && head.no_store);
    if (head.json && body.at < body.end && !frontrig.lies)
        check_json(body);
    if (head.lines && !frontrig.lies)
        check_lines(body);
    return true;
}

static void check_secrets(const struct text *all)
{
    char secret[32];
    for (size_t app = 0; app < FRONTRIG_APPS; app++)
        for (size_t admin = 0; admin < FRONTRIG_ADMINS; admin++)
            for (uint32_t kind = 0; kind < PROTO_KINDS; kind++) {
                uint32_t may = kind == PROTO_KIND_URL ? SIGD_MAY_URL : SIGD_MAY_ADMIN;
                frontrig_secret(secret, app, admin, kind);
                if (!(frontrig.grants[app].may & may) || !(frontrig.grants[app].admins & 1u << admin))
                    FUZZ_MUST(!holds(all, secret));
            }
}

void frontrig_answers_check(size_t client)
{
    struct text rest = { got[client].bytes, got[client].bytes + got[client].len };
    got[client].len = 0;
    last.status = 0;
    if (!frontrig.lies && rest.at < rest.end)
        check_secrets(&rest);
    while (rest.at < rest.end)
        if (!take_answer(&rest)) {
            FUZZ_MUST(frontrig.cut || frontrig.lies);
            return;
        }
}
