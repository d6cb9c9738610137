/* test_audit_chain.c: the chain through the audit log: over restarts, damage of every kind, torn lines, other files; and
 * when it is synced and told. */
#include "ledger.h"
#include "unit.h"

#include "../../sigd/signer/audit_tail.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

static unsigned syncs;
static int sync_error;

/* Stands before libc's. */
int fdatasync(int fd)
{
    (void)fd;
    syncs++;
    errno = sync_error;
    return sync_error ? -1 : 0;
}

static void good(int fd, unsigned gaps)
{
    unsigned found;
    size_t len;
    const char *fault = ledger_check(&fd, 1, &found);
    ck_assert_msg(fault == NULL && found == gaps, "expected %u gaps, got %u; %s; the log:\n%s", gaps, found,
                  fault ? fault : "", ledger_text(fd, &len));
}

static void add_many(int n)
{
    char name[16];
    for (int i = 0; i < n; i++) {
        snprintf(name, sizeof name, "u%d", i);
        ledger_add(name, 0);
        ck_assert(i % 3 || ledger_flush() == AUDIT_WRITTEN_ALL);
    }
    ck_assert_int_eq(ledger_flush(), AUDIT_WRITTEN_ALL);
}

/* A line as docs/AUDIT.md writes it, and the hash that b2sum -l 256 tells of it. */
START_TEST(by_hand)
{
    struct audit_chain chain = { 0 };
    char line[256], hex[AUDIT_CHAIN_HEX];
    const char body[] = "{\"time\":\"2026-11-23T02:13:20Z\",\"event\":\"open\"";
    size_t len = audit_chain_close(&chain, line, body, sizeof body - 1);
    line[len] = '\0';
    ck_assert_str_eq(line, "{\"time\":\"2026-11-23T02:13:20Z\",\"event\":\"open\",\"seq\":1,\"prev\":\""
                           "0000000000000000000000000000000000000000000000000000000000000000\"}\n");
    audit_chain_hex(hex, chain.head);
    ck_assert_str_eq(hex, "72fca0f77fc8d39a3c2526e37189dd4dc0389ae732f323d865833cde9b92cd0a");
    len = audit_chain_close(&chain, line, body, sizeof body - 1);
    line[len] = '\0';
    ck_assert_str_eq(line, "{\"time\":\"2026-11-23T02:13:20Z\",\"event\":\"open\",\"seq\":2,\"prev\":\""
                           "72fca0f77fc8d39a3c2526e37189dd4dc0389ae732f323d865833cde9b92cd0a\"}\n");
}
END_TEST

#define HASH "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define LINE(time, rest) "{\"time\":\"" time "\",\"event\":\"x\"" rest
#define END(seq) ",\"seq\":" seq ",\"prev\":\"" HASH "\"}"
#define THEN "2026-11-23T02:13:20Z"
static const struct {
    const char *line;
    bool good;
    uint64_t seq, time;
} scans[] = {
    { LINE(THEN, END("1")), true, 1, LEDGER_NOW },
    { LINE(THEN, END("1")) "\n", true, 1, LEDGER_NOW },
    { LINE(THEN, ",\"uid\":7" END("9999999999999999999")), true, 9999999999999999999u, LEDGER_NOW },
    { LINE("-", END("3")), true, 3, 0 },
    { LINE("9999-12-31T23:59:59Z", END("3")), true, 3, 253402300799 },
    { LINE("1970-01-01T00:00:00Z", END("3")), true, 3, 0 },
    { "", false, 0, 0 },
    { "\n", false, 0, 0 },
    { "{}", false, 0, 0 },
    { LINE(THEN, END("")), false, 0, 0 },
    { LINE(THEN, END("x")), false, 0, 0 },
    { LINE(THEN, END("-1")), false, 0, 0 },
    { LINE(THEN, END("99999999999999999999")), false, 0, 0 },
    { LINE("2026-11-23 02:13:20Z", END("1")), false, 0, 0 },
    { LINE("2026-11-23T02:13:2Z", END("1")), false, 0, 0 },
    { LINE("", END("1")), false, 0, 0 },
    { LINE(THEN, "\x80" END("1")), false, 0, 0 },
    { LINE(THEN, "\t" END("1")), false, 0, 0 },
    { LINE(THEN, "\n" END("1")), false, 0, 0 },
    { LINE(THEN, END("1")) " ", false, 0, 0 },
    { LINE(THEN, END("1")) "\n\n", false, 0, 0 },
    { " " LINE(THEN, END("1")), false, 0, 0 },
    { END("1"), false, 0, 0 },
    { LINE(THEN, ",\"seq\":1,\"prev\":\"" HASH "0\"}"), false, 0, 0 },
    { LINE(THEN, ",\"seq\":1,\"prev\":\"0123456789ABCDEF0123456789abcdef0123456789abcdef0123456789abcdef\"}"),
      false, 0, 0 },
    { LINE(THEN, ",\"seq\":1,\"prew\":\"" HASH "\"}"), false, 0, 0 },
    { LINE(THEN, ",\"sex\":1,\"prev\":\"" HASH "\"}"), false, 0, 0 },
};

/* In memory of their own length: valgrind and sanitizers see each byte too many. */
START_TEST(scan)
{
    uint64_t seq = 0, time = 0;
    size_t len = strlen(scans[_i].line);
    char *copy = malloc(len ? len : 1);
    memcpy(copy, scans[_i].line, len);
    ck_assert_msg(audit_chain_read(copy, len, &seq, &time) == scans[_i].good, "row %d: %s", _i,
                  scans[_i].line);
    ck_assert_uint_eq(seq, scans[_i].seq); /* of a line that is none of ours nothing is told */
    ck_assert_uint_eq(time, scans[_i].time);
    for (size_t cut = 0; scans[_i].good && cut + 2 < len; cut++) {
        char *part = malloc(cut ? cut : 1);
        memcpy(part, copy, cut);
        ck_assert_msg(!audit_chain_read(part, cut, &seq, &time), "row %d cut at %zu", _i, cut);
        free(part);
    }
    free(copy);
}
END_TEST

/* ---- restarts -------------------------------------------------------------------------------------- */

START_TEST(restarts)
{
    for (int i = 0; i < 5; i++) {
        add_many(7 + i);
        ledger_kill();
        ck_assert_uint_eq(audit_flush(&ledger, ledger_now, ledger_ms), AUDIT_WRITTEN_NOTHING);
        ledger_open(ledger_file, PROTO_SYNC_NONE);
        ck_assert_uint_eq(audit_time(&ledger), ledger_now);
        ledger_now += 60;
    }
    add_many(1);
    good(ledger_file, 0);
}
END_TEST

/* A crash leaves the last line cut at any byte; the next start ends it and tells. */
START_TEST(torn_at_every_byte)
{
    size_t len, start;
    add_many(3);
    const char *text = ledger_text(ledger_file, &len);
    char *whole = malloc(len);
    memcpy(whole, text, len);
    for (start = len - 1; whole[start - 1] != '\n'; start--)
        ;
    for (size_t cut = start; cut <= len; cut++) {
        int fd = ledger_memory();
        ck_assert_int_eq(write(fd, whole, cut), (ssize_t)cut);
        ledger_kill();
        ledger_open(fd, PROTO_SYNC_NONE);
        audit_tick(&ledger, ledger_now, ledger_ms); /* without a line that asks for it */
        good(fd, cut != start && cut != len);
        ledger_add("after", 0);
        ck_assert_int_eq(ledger_flush(), AUDIT_WRITTEN_ALL);
        good(fd, cut != start && cut != len);
        close(fd);
    }
    free(whole);
}
END_TEST

static const struct {
    const char *name, *tail; /* what somebody put behind our lines */
    size_t zeros;            /* and so many of these */
    unsigned gaps;
} damages[] = {
    { "nothing", "", 0, 0 },
    { "an empty line", "\n", 0, 1 },
    { "two empty lines", "\n\n", 0, 1 },
    { "a line of somebody else", "hello\n", 0, 1 },
    { "without its end", "hello", 0, 1 },
    { "lines, then a torn one", "a\nb\nc", 0, 1 },
    { "a line as of before the chain",
      "{\"time\":\"2026-11-23T02:13:20Z\",\"event\":\"sign\",\"verdict\":\"ok\"}\n", 0, 1 },
    { "zeros", "", 100, 1 },
    { "more zeros than are looked at first", "", AUDIT_TAIL_NEAR + 10, 1 },
    { "zeros and a line", "\n", 70000, 1 },
};

START_TEST(damaged)
{
    add_many(5);
    ledger_kill();
    char *zeros = calloc(1, damages[_i].zeros + 1);
    ck_assert_int_ge(write(ledger_file, zeros, damages[_i].zeros), 0);
    ck_assert_int_ge(write(ledger_file, damages[_i].tail, strlen(damages[_i].tail)), 0);
    free(zeros);
    ledger_open(ledger_file, PROTO_SYNC_NONE);
    ck_assert_uint_eq(ledger.file.time, LEDGER_NOW);
    ck_assert_uint_eq(ledger.file.chain.seq, 6);
    add_many(2);
    unsigned gaps;
    const char *fault = ledger_check(&ledger_file, 1, &gaps);
    ck_assert_msg(!fault && gaps == damages[_i].gaps, "%s: expected %u gaps, got %u: %s", damages[_i].name,
                  damages[_i].gaps, gaps, fault ? fault : "");
    if (gaps) {
        json_t *lines = ledger_lines(10);
        size_t i;
        const json_t *line;
        json_array_foreach(lines, i, line)
        {
            const json_t *bytes = json_object_get(line, "bytes");
            size_t tail = strlen(damages[_i].tail);
            bool ends = tail && damages[_i].tail[tail - 1] == '\n';
            if (bytes)
                ck_assert_int_eq(json_integer_value(bytes), (json_int_t)(damages[_i].zeros + tail + !ends));
        }
        json_decref(lines);
    }
}
END_TEST

/* Nothing of the file is ours, or so much of its end that no line of ours is in sight: the chain starts anew. */
START_TEST(foreign)
{
    unsigned gaps;
    char junk[4096];
    memset(junk, 'x', sizeof junk);
    ledger_kill();
    ck_assert_int_eq(ftruncate(ledger_file, 0), 0);
    for (int i = 0; i < (_i ? 30 : 1); i++)
        ck_assert_int_eq(write(ledger_file, junk, sizeof junk), sizeof junk);
    ledger_open(ledger_file, PROTO_SYNC_NONE);
    add_many(2);
    const char *fault = ledger_check(&ledger_file, 1, &gaps);
    ck_assert_msg(!fault && gaps == 1, "%u gaps; %s", gaps, fault ? fault : "");
}
END_TEST

/* A line of 16 MiB and more: its hash is not told, and no memory is spent on it. */
START_TEST(endless)
{
    add_many(1);
    ledger_kill();
    off_t size = lseek(ledger_file, 0, SEEK_END) + AUDIT_TAIL_FAR;
    ck_assert_int_eq(ftruncate(ledger_file, size), 0);
    ledger_open(ledger_file, PROTO_SYNC_NONE);
    ck_assert_uint_eq(ledger.file.chain.seq, 0);
    add_many(1);
    char end[4096];
    ssize_t n = pread(ledger_file, end, sizeof end - 1, size);
    ck_assert_int_gt(n, 0);
    end[n] = '\0';
    ck_assert_ptr_nonnull(strstr(end, "\"event\":\"gap\",\"reason\":\"torn\""));
    ck_assert_ptr_nonnull(strstr(end, "\"after\":\"00000000"));
    ck_assert_ptr_nonnull(strstr(end, "\"seq\":1,\"prev\":\"00000000"));
}
END_TEST

/* ---- writes that fail ------------------------------------------------------------------------------ */

static void limit(rlim_t bytes)
{
    struct rlimit now; /* nothing is asserted here: check writes a file at that */
    if (getrlimit(RLIMIT_FSIZE, &now) != 0 ||
        setrlimit(RLIMIT_FSIZE, &(struct rlimit){ bytes, now.rlim_max }))
        abort();
}

/* The disk takes any part of a batch of three lines: what it took stands, what is next follows it whole. */
START_TEST(part_of_a_batch)
{
    size_t before, whole;
    signal(SIGXFSZ, SIG_IGN);
    ledger_text(ledger_file, &before);
    add_many(1);
    ledger_text(ledger_file, &before);
    for (size_t take = 0; take < 600; take++) {
        ledger_text(ledger_file, &before);
        for (int i = 0; i < 3; i++)
            ledger_add("cut", 0);
        limit(before + take);
        enum audit_written written = ledger_flush();
        limit(RLIM_INFINITY);
        ledger_text(ledger_file, &whole);
        if (written == AUDIT_WRITTEN_ALL) { /* so small is it */
            ck_assert_uint_gt(take, 400);
            break;
        }
        ck_assert_uint_eq(whole, before + take);
        ledger_add("next", 0);
        ck_assert_int_eq(ledger_flush(), AUDIT_WRITTEN_ALL);
        const char *fault = ledger_check(&ledger_file, 1, NULL);
        ck_assert_msg(!fault, "%zu bytes taken: %s", take, fault ? fault : "");
    }
    const char *text = ledger_text(ledger_file, &whole);
    ck_assert_ptr_null(strstr(text, "\n\n"));
}
END_TEST

/* It fails, and fails again with another part, and the process dies. */
START_TEST(part_again_and_again)
{
    size_t before;
    signal(SIGXFSZ, SIG_IGN);
    unit_seed();
    for (int round = 0; round < 300; round++) {
        for (uint64_t times = unit_below(5); times > 0; times--) {
            ledger_text(ledger_file, &before);
            ledger_add("cut", unit_below(2) ? AUDIT_FACT : 0);
            limit(before + unit_below(700));
            ledger_flush();
            limit(RLIM_INFINITY);
        }
        if (unit_below(3) == 0) {
            ledger_kill();
            ledger_open(ledger_file, PROTO_SYNC_NONE);
        }
        ledger_add("next", 0);
        ck_assert_int_eq(ledger_flush(), AUDIT_WRITTEN_ALL);
        const char *fault = ledger_check(&ledger_file, 1, NULL);
        ck_assert_msg(!fault, "round %d: %s", round, fault ? fault : "");
    }
}
END_TEST

/* ---- other files ----------------------------------------------------------------------------------- */

START_TEST(rotation)
{
    int fds[4] = { ledger_file };
    add_many(4);
    for (int i = 1; i < 4; i++) {
        fds[i] = ledger_memory();
        ledger_add("last of the old", 0);
        ledger_open(fds[i], PROTO_SYNC_NONE);
        add_many(i == 2 ? 0 : 3); /* the third stays without lines of its own */
    }
    const char *fault = ledger_check(fds, 4, NULL);
    ck_assert_msg(fault == NULL, "%s", fault ? fault : "");
    for (int i = 1; i < 4; i++)
        close(fds[i]);
}
END_TEST

START_TEST(rotation_to_the_same)
{
    char before[AUDIT_CHAIN_HEX], after[AUDIT_CHAIN_HEX];
    add_many(4);
    audit_head(&ledger, before);
    ledger_open(ledger_file, PROTO_SYNC_BATCH);
    ck_assert_int_eq(ledger_flush(), AUDIT_WRITTEN_ALL);
    ck_assert_uint_eq(audit_head(&ledger, after), 5);
    ck_assert_str_eq(before, after);
    ck_assert_uint_eq(ledger.file.sync, PROTO_SYNC_BATCH);
}
END_TEST

/* To a file that has lines: its chain goes on, and a line tells where we come from. */
START_TEST(rotation_to_another_log)
{
    char head[AUDIT_CHAIN_HEX];
    size_t len;
    int other = ledger_memory();
    add_many(2);
    ledger_open(other, PROTO_SYNC_NONE);
    add_many(3);
    audit_head(&ledger, head);
    ledger_open(ledger_file, PROTO_SYNC_NONE);
    ck_assert_int_eq(ledger_flush(), AUDIT_WRITTEN_ALL);
    const char *text = ledger_text(ledger_file, &len);
    ck_assert_ptr_nonnull(strstr(text, head));
    ck_assert_ptr_nonnull(strstr(text, "\"event\":\"open\",\"from\":\""));
    close(other);
}
END_TEST

START_TEST(rotation_to_nothing_readable)
{
    int fd = open("/dev/full", O_WRONLY | O_CLOEXEC), directory = open("/", O_RDONLY | O_CLOEXEC);
    ck_assert(!audit_open(&ledger, directory, PROTO_SYNC_NONE, ledger_now, ledger_ms));
    add_many(2); /* to the one before */
    good(ledger_file, 0);
    close(directory);
    close(fd);
}
END_TEST

/* ---- in due time ----------------------------------------------------------------------------------- */

START_TEST(sync_batch)
{
    ledger_open(ledger_file, PROTO_SYNC_BATCH);
    ck_assert_int_eq(ledger_flush(), AUDIT_WRITTEN_ALL);
    syncs = 0;
    for (unsigned i = 1; i < 10; i++) {
        ledger_add("a", 0);
        ledger_add("b", 0);
        ck_assert_int_eq(ledger_flush(), AUDIT_WRITTEN_ALL);
        ck_assert_uint_eq(syncs, i);
        ck_assert_int_eq(ledger_flush(), AUDIT_WRITTEN_ALL);
        ck_assert_uint_eq(syncs, i);
    }
    sync_error = EIO;
    ledger_add("c", 0);
    ck_assert_int_eq(ledger_flush(), AUDIT_WRITTEN_NOTHING);
    sync_error = 0;
    ledger_add("d", 0);
    ck_assert_int_eq(ledger_flush(), AUDIT_WRITTEN_ALL);
    good(ledger_file, 0);
}
END_TEST

START_TEST(sync_each_second)
{
    ledger_open(ledger_file, PROTO_SYNC_1S);
    syncs = 0;
    audit_tick(&ledger, ledger_now, ledger_ms);
    for (int i = 0; i < 10; i++) {
        ledger_add("a", 0);
        ck_assert_int_eq(ledger_flush(), AUDIT_WRITTEN_ALL);
        audit_tick(&ledger, ledger_now, ledger_ms += 99);
    }
    ck_assert_uint_eq(syncs, 0);
    ck_assert_uint_eq(audit_next(&ledger, ledger_ms), ledger_ms + 10);
    audit_tick(&ledger, ledger_now, ledger_ms += 10);
    ck_assert_uint_eq(syncs, 1);
    ck_assert_uint_gt(audit_next(&ledger, ledger_ms), ledger_ms + 1000); /* the head alone is waited for */
    audit_tick(&ledger, ledger_now, ledger_ms += 5000);
    ck_assert_uint_eq(syncs, 1);
    ledger_add("b", 0);
    ck_assert_int_eq(ledger_flush(), AUDIT_WRITTEN_ALL);
    sync_error = EIO;
    audit_tick(&ledger, ledger_now, ledger_ms += 1000);
    audit_tick(&ledger, ledger_now, ledger_ms += 999);
    ck_assert_uint_eq(syncs, 2);
    sync_error = 0;
    audit_tick(&ledger, ledger_now, ledger_ms += 1);
    ck_assert_uint_eq(syncs, 3);
}
END_TEST

START_TEST(sync_never)
{
    add_many(20);
    syncs = 0;
    for (int i = 0; i < 10; i++)
        audit_tick(&ledger, ledger_now, ledger_ms += 1000);
    ck_assert_uint_eq(syncs, 0);
}
END_TEST

/* The head goes to the log (standard error) once a minute, when it has moved. */
START_TEST(head_each_minute)
{
    int text = ledger_memory(), saved = dup(STDERR_FILENO);
    char hex[AUDIT_CHAIN_HEX], said[4096];
    dup2(text, STDERR_FILENO);
    audit_tick(&ledger, ledger_now, ledger_ms);
    for (int i = 0; i < 60; i++) {
        ledger_add("a", 0);
        audit_tick(&ledger, ledger_now, ledger_ms += 999);
    }
    ck_assert_uint_eq(audit_next(&ledger, ledger_ms), ledger_ms + 60);
    audit_tick(&ledger, ledger_now, ledger_ms += 60);
    uint64_t seq = audit_head(&ledger, hex);
    uint64_t next = audit_next(&ledger, ledger_ms);
    audit_tick(&ledger, ledger_now, ledger_ms += 600000); /* nothing has moved */
    dup2(saved, STDERR_FILENO);
    ssize_t n = pread(text, said, sizeof said - 1, 0);
    ck_assert_int_gt(n, 0);
    said[n] = '\0';
    unsigned told = 0;
    for (const char *at = said; (at = strstr(at, "msg=\"audit head\"")); at++)
        told++;
    ck_assert_uint_eq(told, 2);
    ck_assert_uint_eq(seq, 61);
    ck_assert_ptr_nonnull(strstr(said, "seq=61 head="));
    ck_assert_ptr_nonnull(strstr(said, hex));
    ck_assert_uint_eq(next, UINT64_MAX);
    close(text);
    close(saved);
}
END_TEST

static void fill(TCase *tests)
{
    tcase_add_checked_fixture(tests, ledger_start, ledger_stop);
    tcase_set_timeout(tests, 60);
    tcase_add_test(tests, by_hand);
    tcase_add_loop_test(tests, scan, 0, UNIT_ROWS(scans));
    tcase_add_test(tests, restarts);
    tcase_add_test(tests, torn_at_every_byte);
    tcase_add_loop_test(tests, damaged, 0, UNIT_ROWS(damages));
    tcase_add_loop_test(tests, foreign, 0, 2);
    tcase_add_test(tests, endless);
    tcase_add_test(tests, part_of_a_batch);
    tcase_add_test(tests, part_again_and_again);
    tcase_add_test(tests, rotation);
    tcase_add_test(tests, rotation_to_the_same);
    tcase_add_test(tests, rotation_to_another_log);
    tcase_add_test(tests, rotation_to_nothing_readable);
    tcase_add_test(tests, sync_batch);
    tcase_add_test(tests, sync_each_second);
    tcase_add_test(tests, sync_never);
    tcase_add_test(tests, head_each_minute);
}

int main(void)
{
    return unit_run("audit_chain", fill);
}
