/* ledger.c: an audit log in a memory file, and a check of its chain. */
#include "ledger.h"

#include <check.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

struct audit ledger = AUDIT_CLOSED;
int ledger_file;
uint64_t ledger_now, ledger_ms;

int ledger_memory(void)
{
    int fd = memfd_create("audit", MFD_CLOEXEC);
    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(fcntl(fd, F_SETFL, O_APPEND), 0);
    return fd;
}

void ledger_open(int fd, uint32_t sync)
{
    ck_assert(audit_open(&ledger, fcntl(fd, F_DUPFD_CLOEXEC, 0), sync, ledger_now, ledger_ms));
}

void ledger_start(void)
{
    ledger = (struct audit)AUDIT_CLOSED;
    ledger_now = LEDGER_NOW;
    ledger_ms = 1000000;
    ledger_file = ledger_memory();
    ledger_open(ledger_file, PROTO_SYNC_NONE);
}

void ledger_stop(void)
{
    audit_close(&ledger, ledger_now, ledger_ms);
    close(ledger_file);
}

void ledger_kill(void)
{
    audit_pending_clear(&ledger.pending);
    audit_file_close(&ledger.file); /* which writes nothing */
    audit_reserve_close(&ledger.reserve);
    ledger = (struct audit)AUDIT_CLOSED;
}

void ledger_add(const char *identifier, unsigned class)
{
    struct audit_what what = { .event = "sign",
                               .identifier = identifier,
                               .identifier_len = strlen(identifier),
                               .class = class };
    audit_add(&ledger, &(struct audit_who){ 1000, 42, "main" }, &what, ledger_now);
}

enum audit_written ledger_flush(void)
{
    return audit_flush(&ledger, ledger_now, ledger_ms);
}

const char *ledger_text(int fd, size_t *len)
{
    static char text[16 << 20];
    ssize_t n = pread(fd, text, sizeof text - 1, 0);
    ck_assert_int_ge(n, 0);
    ck_assert_int_lt(n, sizeof text - 1);
    text[n] = '\0';
    *len = (size_t)n;
    return text;
}

json_t *ledger_lines(int torn)
{
    json_t *lines = json_array();
    size_t len;
    const char *text = ledger_text(ledger_file, &len), *end = text + len;
    ck_assert_msg(len == 0 || torn || end[-1] == '\n', "the last line does not end");
    while (text < end) {
        json_error_t error;
        const char *stop = memchr(text, '\n', (size_t)(end - text));
        size_t n = (size_t)((stop ? stop : end) - text);
        json_t *object = json_loadb(text, n, JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, &error);
        ck_assert_msg(object != NULL || torn-- > 0, "not JSON: %s: %.*s", error.text, (int)n, text);
        if (object && strcmp(json_string_value(json_object_get(object, "event")), "open") != 0)
            json_array_append_new(lines, object);
        else
            json_decref(object);
        text += n + 1;
    }
    return lines;
}

const char *ledger_string(const json_t *lines, size_t line, const char *name)
{
    const char *value = json_string_value(json_object_get(json_array_get(lines, line), name));
    return value ? value : "(none)";
}

/* ---- the check ------------------------------------------------------------------------------------- */

#define HEX 65
struct walk {
    char above[HEX], whole[HEX]; /* hashes of the line above and of the last whole line */
    json_int_t seq;
    bool damaged; /* lines that are none since the last whole one */
    unsigned gaps;
};

static void hash(char hex[HEX], const char *line, size_t len)
{
    unsigned char made[32];
    crypto_generichash(made, sizeof made, (const unsigned char *)line, len, NULL, 0);
    sodium_bin2hex(hex, HEX, made, sizeof made);
}

static bool is(const json_t *object, const char *name, const char *value)
{
    const char *got = json_string_value(json_object_get(object, name));
    return got && strcmp(got, value) == 0;
}

/* A line with its newline. */
static const char *step(struct walk *walk, const char *line, size_t len)
{
    json_t *object = json_loadb(line, len, JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, NULL);
    const char *fault = NULL;
    if (!json_string_value(json_object_get(object, "prev"))) {
        walk->damaged = true;
        hash(walk->above, line, len);
        json_decref(object);
        return NULL;
    }
    bool gap = is(object, "event", "gap");
    walk->gaps += gap;
    if (!is(object, "prev", walk->above))
        fault = "prev is not the hash of the line above";
    else if (gap && !is(object, "after", walk->whole))
        fault = "after is not the hash of the last whole line";
    else if (walk->damaged && !gap)
        fault = "a damaged line that no gap record tells of";
    else if (json_integer_value(json_object_get(object, "seq")) != walk->seq + 1)
        fault = "seq does not count";
    walk->seq = json_integer_value(json_object_get(object, "seq"));
    walk->damaged = false;
    hash(walk->above, line, len);
    memcpy(walk->whole, walk->above, HEX);
    json_decref(object);
    return fault;
}

const char *ledger_check(const int *fds, size_t n, unsigned *gaps)
{
    struct walk walk = { 0 };
    memset(walk.above, '0', HEX - 1);
    memcpy(walk.whole, walk.above, HEX);
    for (size_t i = 0; i < n; i++) {
        size_t len;
        const char *text = ledger_text(fds[i], &len), *end = text + len, *stop;
        for (; (stop = memchr(text, '\n', (size_t)(end - text))); text = stop + 1) {
            const char *fault = step(&walk, text, (size_t)(stop + 1 - text));
            if (fault)
                return fault;
        }
        if (walk.damaged)
            return "a damaged line at the end";
        if (text < end)
            return "the last line does not end";
    }
    if (gaps)
        *gaps = walk.gaps;
    return NULL;
}
