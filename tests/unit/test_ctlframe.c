/* test_ctlframe.c: the frames between sigctl and sigd: what is written is read, and nothing else is. */
#include "unit.h"

#include "ctlframe.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct row {
    const char *name;
    struct ctlframe_request request;
    bool good;
} rows[] = {
    { "status", { .type = CTLFRAME_STATUS }, true },
    { "reload", { .type = CTLFRAME_RELOAD }, true },
    { "reload, two accepted", { .type = CTLFRAME_RELOAD, .reload = { 1, 2, { "chat", "A.b-c_9" } } }, true },
    { "reload, too many",
      { .type = CTLFRAME_RELOAD, .reload = { 0, CTLFRAME_ACCEPT_MAX + 1, { "chat" } } },
      false },
    { "reload, more than it holds",
      { .type = CTLFRAME_RELOAD, .reload = { 0, UINT32_MAX, { "chat" } } },
      false },
    { "reload, an empty name", { .type = CTLFRAME_RELOAD, .reload = { 0, 2, { "chat" } } }, false },
    { "reload, dry twice", { .type = CTLFRAME_RELOAD, .reload = { .dry_run = 2 } }, false },
    { "reload, a name with a space", { .type = CTLFRAME_RELOAD, .reload = { 0, 1, { "a b" } } }, false },
    { "flush", { .type = CTLFRAME_FLUSH, .flush = { "chat", "administrator" } }, true },
    { "flush, spaces in the administrator",
      { .type = CTLFRAME_FLUSH, .flush = { "chat", "the boss" } },
      true },
    { "flush, no app", { .type = CTLFRAME_FLUSH, .flush = { "", "administrator" } }, false },
    { "flush, no administrator", { .type = CTLFRAME_FLUSH, .flush = { "chat", "" } }, false },
    { "flush, a newline", { .type = CTLFRAME_FLUSH, .flush = { "chat", "a\nb" } }, false },
    { "flush, beyond ASCII", { .type = CTLFRAME_FLUSH, .flush = { "chat", "\xc3\xa4" } }, false },
    { "flush, a name that is not ended",
      { .type = CTLFRAME_FLUSH, .flush = { "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "x" } },
      false },
    { "flush, a name of 32",
      { .type = CTLFRAME_FLUSH, .flush = { "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "x" } },
      true },
    { "flush, a name of 33",
      { .type = CTLFRAME_FLUSH, .flush = { "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "x" } },
      false },
    { "flush, an administrator of 33",
      { .type = CTLFRAME_FLUSH, .flush = { "chat", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" } },
      false },
    { "freeze all", { .type = CTLFRAME_FREEZE }, true },
    { "thaw one", { .type = CTLFRAME_FREEZE, .freeze = { 1, "chat" } }, true },
    { "freeze, a third way", { .type = CTLFRAME_FREEZE, .freeze = { 2, "chat" } }, false },
    { "freeze, a path", { .type = CTLFRAME_FREEZE, .freeze = { 0, "../chat" } }, false },
    { "clock", { .type = CTLFRAME_CLOCK }, true },
    { "clock accept", { .type = CTLFRAME_CLOCK, .clock = { 1 } }, true },
    { "clock, a third way", { .type = CTLFRAME_CLOCK, .clock = { 2 } }, false },
    { "log level", { .type = CTLFRAME_LOG_LEVEL, .log_level = { "debug" } }, true },
    { "log level, none", { .type = CTLFRAME_LOG_LEVEL }, false },
    { "log level, capitals", { .type = CTLFRAME_LOG_LEVEL, .log_level = { "Debug" } }, false },
    { "log level, not ended",
      { .type = CTLFRAME_LOG_LEVEL, .log_level = { { 'w', 'a', 'r', 'n', 'i', 'n', 'g', 's' } } },
      false },
    { "no such request", { .type = CTLFRAME_REQUESTS_END }, false },
    { "an answer", { .type = CTLFRAME_END }, false },
};

/* A frame as the writer would write it if it did not check. */
static size_t raw(char *out, const struct ctlframe_request *request, size_t len)
{
    uint16_t head[2] = { CTLFRAME_NUMBER, (uint16_t)request->type };
    uint32_t body = (uint32_t)len;
    memcpy(out, head, 4);
    memcpy(out + 4, &body, 4);
    memcpy(out + 8, &request->reload, len);
    return 8 + len;
}

static size_t body_len(enum ctlframe_type type)
{
    switch (type) {
    case CTLFRAME_RELOAD: return sizeof(struct ctlframe_reload);
    case CTLFRAME_FLUSH: return sizeof(struct ctlframe_flush);
    case CTLFRAME_FREEZE: return sizeof(struct ctlframe_freeze);
    case CTLFRAME_CLOCK: return sizeof(struct ctlframe_clock);
    case CTLFRAME_LOG_LEVEL: return sizeof(struct ctlframe_log_level);
    default: return 0;
    }
}

START_TEST(each)
{
    const struct row *row = &rows[_i];
    struct ctlframe_request read;
    char frame[CTLFRAME_MAX], direct[CTLFRAME_MAX];
    size_t len = ctlframe_write_request(frame, &row->request);
    size_t direct_len = raw(direct, &row->request, body_len(row->request.type));
    const char *fault = ctlframe_read_request(&read, direct, direct_len);
    ck_assert_msg((fault == NULL) == row->good, "%s: read says: %s", row->name, fault ? fault : "good");
    if (!row->good) {
        ck_assert_msg(len == 0, "%s: was written", row->name);
        return;
    }
    ck_assert_msg(len == direct_len && memcmp(frame, direct, len) == 0, "%s: written otherwise", row->name);
    ck_assert_msg(read.type == row->request.type && memcmp(&read.reload, &row->request.reload, len - 8) == 0,
                  "%s: read otherwise", row->name);
    for (size_t cut = 0; cut < len; cut++)
        ck_assert_msg(ctlframe_read_request(&read, frame, cut) != NULL, "%s: cut at %zu is read", row->name,
                      cut);
    ck_assert_msg(ctlframe_read_request(&read, frame, len + 1) != NULL, "%s: a byte too many is read",
                  row->name);
}
END_TEST

START_TEST(other_version)
{
    struct ctlframe_request request = { .type = CTLFRAME_STATUS };
    char frame[CTLFRAME_MAX];
    size_t len = ctlframe_write_request(frame, &request);
    frame[0] ^= 2;
    const char *fault = ctlframe_read_request(&request, frame, len);
    ck_assert_ptr_nonnull(fault);
    ck_assert_msg(strstr(fault, "version") != NULL, "%s", fault);
}
END_TEST

START_TEST(answers)
{
    struct ctlframe_reply reply;
    char frame[CTLFRAME_MAX], text[CTLFRAME_TEXT_MAX + 1];
    memset(text, 'x', sizeof text);
    ck_assert_uint_eq(ctlframe_write_text(frame, CTLFRAME_OUT, text, sizeof text), 0);
    size_t len = ctlframe_write_text(frame, CTLFRAME_ERR, text, CTLFRAME_TEXT_MAX);
    ck_assert_ptr_null(ctlframe_read_reply(&reply, frame, len));
    ck_assert(reply.type == CTLFRAME_TEXT && reply.stream == CTLFRAME_ERR && reply.len == CTLFRAME_TEXT_MAX);
    ck_assert_uint_eq(strlen(reply.text), CTLFRAME_TEXT_MAX);
    for (size_t cut = 0; cut < len; cut++)
        ck_assert_ptr_nonnull(ctlframe_read_reply(&reply, frame, cut));

    frame[8 + 8 + 5] = '\0'; /* inside of the text */
    ck_assert_ptr_nonnull(ctlframe_read_reply(&reply, frame, len));
    ctlframe_write_text(frame, CTLFRAME_OUT, "abc", 3);
    frame[8] = 2; /* a third stream */
    ck_assert_ptr_nonnull(ctlframe_read_reply(&reply, frame, len));
    ctlframe_write_text(frame, CTLFRAME_OUT, "abc", 3);
    uint32_t longer = CTLFRAME_TEXT_MAX + 1;
    memcpy(frame + 12, &longer, 4);
    ck_assert_ptr_nonnull(ctlframe_read_reply(&reply, frame, len));

    len = ctlframe_write_end(frame, 125);
    ck_assert_ptr_null(ctlframe_read_reply(&reply, frame, len));
    ck_assert(reply.type == CTLFRAME_END && reply.status == 125);
    len = ctlframe_write_end(frame, 126);
    ck_assert_ptr_nonnull(ctlframe_read_reply(&reply, frame, len));
    struct ctlframe_request request = { .type = CTLFRAME_STATUS };
    len = ctlframe_write_request(frame, &request);
    ck_assert_ptr_nonnull(ctlframe_read_reply(&reply, frame, len));
}
END_TEST

/* Frames with bytes changed at random: whatever is read would be written so again. */
START_TEST(changed)
{
    unit_seed();
    for (int round = 0; round < 100000; round++) {
        const struct row *row = &rows[unit_below(sizeof rows / sizeof rows[0])];
        struct ctlframe_request read;
        struct ctlframe_reply reply;
        char frame[CTLFRAME_MAX], again[CTLFRAME_MAX];
        size_t len = raw(frame, &row->request, body_len(row->request.type));
        for (uint64_t n = unit_below(4); n > 0; n--)
            frame[unit_below(len)] = (char)unit_random();
        char *exact = malloc(len); /* so that a sanitizer sees a byte too far */
        ck_assert_ptr_nonnull(exact);
        memcpy(exact, frame, len);
        if (ctlframe_read_request(&read, exact, len) == NULL)
            ck_assert(ctlframe_write_request(again, &read) == len && memcmp(again, frame, len) == 0);
        (void)ctlframe_read_reply(&reply, exact, len);
        free(exact);
    }
}
END_TEST

static void fill(TCase *tests)
{
    tcase_add_loop_test(tests, each, 0, UNIT_ROWS(rows));
    tcase_add_test(tests, other_version);
    tcase_add_test(tests, answers);
    tcase_add_test(tests, changed);
}

int main(void)
{
    return unit_run("ctlframe", fill);
}
