/* test_audit_full.c: the audit log on a disk that is full, or fails: what is then written, what may be answered, what is
 * told later. The disk is counted here: libc's calls by which it fills and empties stand in this file. */
#include "ledger.h"
#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <unistd.h>

#define MIB ((size_t)1 << 20)

static size_t room = SIZE_MAX / 2; /* bytes that the disk still takes */
static int fault;                  /* of each write to the log */
static int reserve = -1;

ssize_t write(int fd, const void *bytes, size_t len)
{
    bool ours = fd == ledger.file.fd && fd > STDERR_FILENO;
    if (ours && (fault || (len && room == 0))) {
        errno = fault ? fault : ENOSPC;
        return -1;
    }
    if (ours)
        len = len < room ? len : room;
    ssize_t n = syscall(SYS_write, fd, bytes, len);
    if (ours && n > 0)
        room -= (size_t)n;
    return n;
}

static size_t size_of(int fd)
{
    struct stat st;
    ck_assert_int_eq(fstat(fd, &st), 0);
    return (size_t)st.st_size;
}

int posix_fallocate(int fd, off_t offset, off_t len)
{
    size_t more = (size_t)(offset + len) - size_of(fd);
    if (more > room)
        return ENOSPC;
    room -= more;
    return syscall(SYS_fallocate, fd, 0, offset, len) == 0 ? 0 : errno;
}

int ftruncate(int fd, off_t len)
{
    room += size_of(fd) - (size_t)len;
    return (int)syscall(SYS_ftruncate, fd, len);
}

int fstatvfs(int fd, struct statvfs *disk)
{
    (void)fd;
    *disk = (struct statvfs){ .f_frsize = 1, .f_blocks = 100 * MIB, .f_bavail = room };
    return 0;
}

/* ---- rows of lines --------------------------------------------------------------------------------- */

static void hold(void)
{
    reserve = ledger_memory();
    audit_hold(&ledger, fcntl(reserve, F_DUPFD_CLOEXEC, 0));
}

static enum audit_written add(const char *name, unsigned class)
{
    ledger_add(name, class);
    return ledger_flush();
}

/* Ordinary lines until the disk is full. */
static void fill_up(void)
{
    enum audit_written written;
    int n = 0;
    do
        written = add("ordinary", 0);
    while (written == AUDIT_WRITTEN_ALL && ++n < 100000);
    ck_assert_int_eq(written, AUDIT_WRITTEN_ESSENTIAL);
}

static void second(void)
{
    ledger_now++;
    audit_tick(&ledger, ledger_now, ledger_ms += 1000);
}

static bool is_told(const char *name)
{
    size_t len;
    char wanted[64];
    snprintf(wanted, sizeof wanted, "\"identifier\":\"%s\"", name);
    return strstr(ledger_text(ledger_file, &len), wanted) != NULL;
}

static void chain_is_good(void)
{
    const char *wrong = ledger_check(&ledger_file, 1, NULL);
    ck_assert_msg(wrong == NULL, "%s", wrong ? wrong : "");
}

/* The sum of a number in all gap records. */
static json_int_t in_gaps(const char *name)
{
    json_t *lines = ledger_lines(1000), *line;
    size_t i;
    json_int_t sum = 0;
    json_array_foreach(lines, i, line) sum += json_integer_value(json_object_get(line, name));
    json_decref(lines);
    return sum;
}

START_TEST(essential_goes_on)
{
    room = 4 * MIB + MIB + 1000;
    hold();
    ck_assert_uint_eq(size_of(reserve), AUDIT_RESERVE_BYTES);
    ck_assert_uint_eq(room, MIB + 1000);
    fill_up();
    ck_assert_uint_eq(size_of(reserve), 0);
    ck_assert_int_eq(add("renewed", AUDIT_ESSENTIAL), AUDIT_WRITTEN_ESSENTIAL);
    ck_assert_int_eq(add("noted", AUDIT_ESSENTIAL | AUDIT_FACT), AUDIT_WRITTEN_ESSENTIAL);
    ck_assert_int_eq(add("refused", AUDIT_FACT), AUDIT_WRITTEN_ESSENTIAL);
    ck_assert_int_eq(add("signed", 0), AUDIT_WRITTEN_ESSENTIAL);
    ck_assert(is_told("renewed") && is_told("noted") && !is_told("refused") && !is_told("signed"));
    chain_is_good();
    /* what the reserve gave is no room: nothing goes back and forth */
    for (int i = 0; i < 20; i++) {
        second();
        ck_assert_int_eq(add("signed", 0), AUDIT_WRITTEN_ESSENTIAL);
        ck_assert(ledger.full && !ledger.reserve.filled);
    }
    room += 2 * MIB;
    second();
    ck_assert_uint_eq(size_of(reserve), AUDIT_RESERVE_BYTES);
    ck_assert(is_told("refused"));
    ck_assert_int_eq(add("signed", 0), AUDIT_WRITTEN_ALL);
    ck_assert(is_told("signed"));
    ck_assert_int_eq(in_gaps("withheld"), 22);
    ck_assert_int_eq(in_gaps("lost"), 0);
    chain_is_good();
}
END_TEST

/* Every place at which the disk can be full within a line: the reserve ends the torn line. */
START_TEST(full_at_every_byte)
{
    for (size_t left = 0; left < 300; left++) {
        room = 4 * MIB + MIB + left;
        hold();
        room = left;
        for (int i = 0; i < 4 && !ledger.full; i++)
            add("ordinary", 0);
        ck_assert(ledger.full);
        ck_assert_int_eq(add("renewed", AUDIT_ESSENTIAL), AUDIT_WRITTEN_ESSENTIAL);
        chain_is_good();
        room += 10 * MIB;
        second();
        ck_assert(!ledger.full);
        ck_assert_int_eq(add("ordinary", 0), AUDIT_WRITTEN_ALL);
        close(reserve);
    }
    chain_is_good();
}
END_TEST

/* A batch in which both wait: one answer goes out, the other does not. */
START_TEST(mixed_batch)
{
    room = 6 * MIB;
    hold();
    room = 10;
    ledger_add("signed", 0);
    ledger_add("renewed", AUDIT_ESSENTIAL);
    ledger_add("signed", 0);
    ck_assert_int_eq(ledger_flush(), AUDIT_WRITTEN_ESSENTIAL);
    ck_assert(is_told("renewed") && !is_told("signed"));
    chain_is_good();
}
END_TEST

START_TEST(reserve_used_up)
{
    room = 6 * MIB;
    hold();
    fill_up();
    int n = 0;
    while (add("renewed", AUDIT_ESSENTIAL) == AUDIT_WRITTEN_ESSENTIAL && n < 100000)
        n++;
    ck_assert_int_gt(n, 10000); /* of some 200 bytes */
    ck_assert_int_eq(ledger_flush(), AUDIT_WRITTEN_NOTHING);
    ck_assert_int_eq(add("served", AUDIT_ESSENTIAL | AUDIT_FACT), AUDIT_WRITTEN_NOTHING);
    second();
    ck_assert_int_eq(ledger_flush(), AUDIT_WRITTEN_NOTHING);
    room = 20 * MIB;
    second();
    ck_assert_int_eq(ledger_flush(), AUDIT_WRITTEN_ALL);
    ck_assert(is_told("served"));
    ck_assert_uint_eq(size_of(reserve), AUDIT_RESERVE_BYTES);
    chain_is_good();
}
END_TEST

/* A start on a disk that is full. */
START_TEST(full_at_start)
{
    room = 4 * MIB;
    hold();
    ck_assert(ledger.full);
    ck_assert_int_eq(add("renewed", AUDIT_ESSENTIAL), AUDIT_WRITTEN_ESSENTIAL);
    ck_assert_int_eq(add("signed", 0), AUDIT_WRITTEN_ESSENTIAL);
    ck_assert(is_told("renewed") && !is_told("signed"));
    room += 2 * MIB;
    second();
    ck_assert_int_eq(add("signed", 0), AUDIT_WRITTEN_ALL);
    chain_is_good();
}
END_TEST

/* The reserve of the start before is taken as it is. */
START_TEST(reserve_is_kept)
{
    room = 6 * MIB;
    hold();
    ledger_kill();
    ledger_open(ledger_file, PROTO_SYNC_NONE);
    room = 0;
    audit_hold(&ledger, fcntl(reserve, F_DUPFD_CLOEXEC, 0));
    ck_assert(!ledger.full && ledger.reserve.filled);
    audit_hold(&ledger, fcntl(reserve, F_DUPFD_CLOEXEC, 0)); /* a reload hands it over again */
    ck_assert(!ledger.full && ledger.reserve.filled);
    ck_assert_int_eq(add("renewed", AUDIT_ESSENTIAL), AUDIT_WRITTEN_ESSENTIAL);
}
END_TEST

/* Faults that no room mends: the reserve stays, nothing is signed, and all of what happened is told once it is over. */
static const int faults[] = { EIO, EFBIG, EROFS, ENOSPC };

START_TEST(failing)
{
    room = 20 * MIB;
    if (faults[_i] != ENOSPC) /* which without a reserve is one of them */
        hold();
    ck_assert_int_eq(add("before", 0), AUDIT_WRITTEN_ALL);
    fault = faults[_i];
    for (int i = 0; i < 3; i++) {
        ck_assert_int_eq(add("signed", 0), AUDIT_WRITTEN_NOTHING);
        ck_assert_int_eq(add("renewed", AUDIT_ESSENTIAL), AUDIT_WRITTEN_NOTHING);
        ck_assert_int_eq(add("served", AUDIT_FACT | AUDIT_ESSENTIAL), AUDIT_WRITTEN_NOTHING);
        ck_assert_int_eq(ledger_flush(), AUDIT_WRITTEN_NOTHING);
    }
    if (reserve >= 0)
        ck_assert_uint_eq(size_of(reserve), AUDIT_RESERVE_BYTES);
    fault = 0;
    ck_assert_uint_le(audit_next(&ledger, ledger_ms), ledger_ms + 1000);
    second();
    ck_assert_int_eq(ledger_flush(), AUDIT_WRITTEN_ALL);
    ck_assert(is_told("served") && !is_told("signed") && !is_told("renewed"));
    ck_assert_int_eq(in_gaps("withheld"), 6);
    json_t *lines = ledger_lines(0);
    ck_assert_uint_eq(json_array_size(lines), 1 + 1 + 3);
    json_decref(lines);
    chain_is_good();
}
END_TEST

/* Facts wait, but not without end; what is forgotten is counted, and what is essential has room of its own. */
START_TEST(facts_without_end)
{
    const int n = 4000; /* ten times what is kept */
    fault = EIO;
    for (int i = 0; i < n; i++)
        ck_assert_int_eq(add("refused", AUDIT_FACT), AUDIT_WRITTEN_NOTHING);
    for (int i = 0; i < 100; i++)
        ck_assert_int_eq(add("served", AUDIT_FACT | AUDIT_ESSENTIAL), AUDIT_WRITTEN_NOTHING);
    ck_assert_uint_lt(ledger.pending.len, AUDIT_PENDING_ESSENTIAL + AUDIT_PENDING_OTHERS + 65536);
    fault = 0;
    second();
    json_t *lines = ledger_lines(0), *line;
    size_t i, served = 0, refused = 0;
    json_array_foreach(lines, i, line)
    {
        served += strcmp(ledger_string(lines, i, "identifier"), "served") == 0;
        refused += strcmp(ledger_string(lines, i, "identifier"), "refused") == 0;
    }
    json_decref(lines);
    ck_assert_uint_eq(served, 100);
    ck_assert_uint_gt(refused, 100);
    ck_assert_int_eq(in_gaps("lost"), n - (json_int_t)refused);
    chain_is_good();
}
END_TEST

START_TEST(not_open)
{
    audit_close(&ledger, ledger_now, ledger_ms);
    ck_assert_int_eq(ledger_flush(), AUDIT_WRITTEN_NOTHING); /* no log, no signature */
    ck_assert_int_eq(add("a", 0), AUDIT_WRITTEN_NOTHING);
    ck_assert_uint_eq(audit_next(&ledger, ledger_ms), UINT64_MAX);
    ledger_open(ledger_file, PROTO_SYNC_NONE);
    ck_assert_int_eq(ledger_flush(), AUDIT_WRITTEN_ALL);
}
END_TEST

static void fill(TCase *tests)
{
    tcase_add_checked_fixture(tests, ledger_start, ledger_stop);
    tcase_set_timeout(tests, 60);
    tcase_add_test(tests, essential_goes_on);
    tcase_add_test(tests, full_at_every_byte);
    tcase_add_test(tests, mixed_batch);
    tcase_add_test(tests, reserve_used_up);
    tcase_add_test(tests, full_at_start);
    tcase_add_test(tests, reserve_is_kept);
    tcase_add_loop_test(tests, failing, 0, UNIT_ROWS(faults));
    tcase_add_test(tests, facts_without_end);
    tcase_add_test(tests, not_open);
}

int main(void)
{
    return unit_run("audit_full", fill);
}
