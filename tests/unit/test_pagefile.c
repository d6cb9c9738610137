/* test_pagefile.c: a page is read while it is written, and when its writer died: whole values or none. */
#include "place.h"
#include "unit.h"

#include "../../sigd/master/pagefile.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <zlib.h>

#define WRITES 100000
#define KILLS 200
#define APP 1400000000u
#define NOW 1700000000u

static int here; /* the directory */

static void set_up(void)
{
    place_make();
    here = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    ck_assert_int_ge(here, 0);
}

static void tear_down(void)
{
    close(here);
    place_remove();
}

/* ---- values that can be told from mixtures ------------------------------------------------------- */

/* All fields, and the lengths, follow from n. */
static struct proto_credential credential_of(uint64_t n)
{
    struct proto_credential credential = { .issued_at = n, .expires_at = NOW + n, .renew_at = n + 7 };
    credential.usersig_len = (uint32_t)(100 + n % 400);
    memset(credential.usersig, 'a' + (int)(n % 26), credential.usersig_len);
    snprintf(credential.key, sizeof credential.key, "key-%llu", (unsigned long long)n);
    return credential;
}

static void set(struct pagefile *page, uint64_t n)
{
    char identifier[SIGD_ADMIN_MAX + 1];
    struct proto_credential credential = credential_of(n);
    snprintf(identifier, sizeof identifier, "admin-%llu", (unsigned long long)n);
    pagefile_set(page, APP + (uint32_t)n, identifier, &credential, NOW);
}

static bool is_whole(const struct usersig_page_value *value)
{
    char identifier[SIGD_ADMIN_MAX + 1];
    uint64_t n = value->issued_at;
    struct proto_credential credential = credential_of(n);
    snprintf(identifier, sizeof identifier, "admin-%llu", (unsigned long long)n);
    return value->expires_at == credential.expires_at && value->renew_at == credential.renew_at &&
           value->sdkappid == APP + (uint32_t)n && strcmp(value->identifier, identifier) == 0 &&
           value->identifier_len == strlen(identifier) && strcmp(value->key, credential.key) == 0 &&
           value->key_len == strlen(credential.key) && value->usersig_len == credential.usersig_len &&
           memcmp(value->usersig, credential.usersig, credential.usersig_len) == 0 &&
           value->usersig[value->usersig_len] == '\0';
}

static usersig_page *open_page(void)
{
    usersig_page *page;
    int result = usersig_page_open(&page, "page", 0);
    ck_assert_msg(result == USERSIG_OK, "open: %s (%s)", usersig_error_name(result), strerror(errno));
    return page;
}

static int verdict(const usersig_page *page)
{
    struct usersig_page_value value;
    return usersig_page_read(page, NOW, &value);
}

#define ck_verdict(page, expected) \
    ck_assert_str_eq(usersig_error_name(verdict(page)), usersig_error_name(expected))

/* ---- one writer, one reader ---------------------------------------------------------------------- */

struct race {
    struct pagefile page;
    int go; /* the reader has its first value */
    int done;
};

/* For some microseconds, so that the reader, whose caches each write empties, also gets through. */
static void pause_for_a_bit(void)
{
    for (volatile uint64_t spins = unit_below(8000); spins > 0;)
        spins--;
}

static void *write_many(void *argument)
{
    struct race *race = argument;
    while (!__atomic_load_n(&race->go, __ATOMIC_ACQUIRE))
        sched_yield();
    for (uint64_t n = 1; n <= WRITES; n++) {
        set(&race->page, n);
        if (n % 16 == 0)
            pagefile_beat(&race->page, NOW + n);
        pause_for_a_bit();
    }
    __atomic_store_n(&race->done, 1, __ATOMIC_RELEASE);
    return NULL;
}

/* Reads until the writer is done; the last value is the writer's last. */
static void read_many(struct race *race)
{
    usersig_page *page = open_page();
    struct usersig_page_value value;
    unsigned long reads = 0, busy = 0, changes = 0;
    uint64_t last = 0;
    for (int done = 0; !done;) {
        done = __atomic_load_n(&race->done, __ATOMIC_ACQUIRE);
        int result = usersig_page_read(page, NOW, &value);
        reads++;
        if (result == USERSIG_UNAVAILABLE && !done) {
            busy++; /* never whole in all its tries */
            continue;
        }
        ck_assert_msg(result == USERSIG_OK, "read %lu: %s", reads, usersig_error_name(result));
        ck_assert_msg(is_whole(&value), "read %lu: torn at %llu", reads, (unsigned long long)value.issued_at);
        ck_assert_msg(value.issued_at >= last, "read %lu: back from %llu to %llu", reads,
                      (unsigned long long)last, (unsigned long long)value.issued_at);
        changes += value.issued_at != last;
        last = value.issued_at;
        __atomic_store_n(&race->go, 1, __ATOMIC_RELEASE);
    }
    ck_assert_uint_eq(last, WRITES);
    printf("%lu reads, %lu values, %lu busy\n", reads, changes, busy);
    usersig_page_close(page);
}

START_TEST(whole_values_from_another_process)
{
    int status;
    struct race *race = mmap(NULL, sizeof *race, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    ck_assert_ptr_ne(race, MAP_FAILED);
    ck_assert(pagefile_make(&race->page, here, "page", getegid()));
    set(&race->page, 0);
    pid_t child = fork();
    ck_assert_int_ge(child, 0);
    if (child == 0) {
        write_many(race);
        _exit(0);
    }
    read_many(race);
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert_int_eq(status, 0);
    pagefile_close(&race->page);
    munmap(race, sizeof *race);
}
END_TEST

START_TEST(whole_values_from_another_thread)
{
    static struct race race;
    pthread_t writer;
    ck_assert(pagefile_make(&race.page, here, "page", getegid()));
    set(&race.page, 0);
    ck_assert_int_eq(pthread_create(&writer, NULL, write_many, &race), 0);
    read_many(&race);
    ck_assert_int_eq(pthread_join(writer, NULL), 0);
    pagefile_close(&race.page);
}
END_TEST

/* ---- a writer that dies -------------------------------------------------------------------------- */

static void write_until_killed(struct pagefile *page, int started)
{
    for (uint64_t n = 1;; n++) {
        set(page, n);
        if (n == 1 && write(started, "", 1) != 1)
            _exit(1);
    }
}

/* Killed at any point: what remains is whole or unavailable, and the next writer goes on in the same file. */
START_TEST(a_killed_writer)
{
    struct pagefile page;
    unsigned odd = 0;
    ck_assert(pagefile_make(&page, here, "page", getegid()));
    ino_t inode = place_inode("page");
    usersig_page *reader = open_page();
    for (int i = 0; i < KILLS; i++) {
        struct usersig_page_value value;
        int started[2], status;
        char byte;
        ck_assert_int_eq(pipe(started), 0);
        pid_t child = fork();
        ck_assert_int_ge(child, 0);
        if (child == 0)
            write_until_killed(&page, started[1]);
        ck_assert_int_eq(read(started[0], &byte, 1), 1);
        for (uint64_t spins = unit_below(2000); spins > 0; spins--)
            ck_assert_int_ne(verdict(reader), USERSIG_MALFORMED);
        kill(child, SIGKILL);
        ck_assert_int_eq(waitpid(child, &status, 0), child);
        close(started[0]);
        close(started[1]);
        int result = usersig_page_read(reader, NOW, &value);
        odd += result == USERSIG_UNAVAILABLE;
        ck_assert_msg(result == USERSIG_UNAVAILABLE || (result == USERSIG_OK && is_whole(&value)),
                      "round %d: %s", i, usersig_error_name(result));
        pagefile_close(&page);
        ck_assert(pagefile_reopen(&page, here, "page"));
        set(&page, 5);
        ck_verdict(reader, USERSIG_OK);
        ck_assert_uint_eq(place_inode("page"), inode);
    }
    printf("%u of %d died in the middle\n", odd, KILLS);
    usersig_page_close(reader);
    pagefile_close(&page);
}
END_TEST

/* The same, made: a sequence left odd in a page with parts of two values. */
START_TEST(an_odd_sequence_is_repaired)
{
    struct pagefile page;
    struct usersig_page_layout content;
    uint32_t odd = 7;
    ck_assert(pagefile_make(&page, here, "page", getegid()));
    set(&page, 1);
    memcpy(page.map + offsetof(struct usersig_page_layout, sequence), &odd, sizeof odd);
    memset(page.map + offsetof(struct usersig_page_layout, usersig), 'X', 50);
    usersig_page *reader = open_page();
    ck_verdict(reader, USERSIG_UNAVAILABLE);
    pagefile_close(&page);
    ck_assert(pagefile_reopen(&page, here, "page"));
    ck_assert(!pagefile_content(&page, &content));
    ck_assert_uint_eq(content.sequence, 8);
    ck_verdict(reader, USERSIG_UNAVAILABLE);
    set(&page, 2);
    ck_verdict(reader, USERSIG_OK);
    usersig_page_close(reader);
    pagefile_close(&page);
}
END_TEST

START_TEST(a_sequence_that_wraps)
{
    struct pagefile page;
    struct usersig_page_value value;
    uint32_t last = UINT32_MAX - 1;
    ck_assert(pagefile_make(&page, here, "page", getegid()));
    memcpy(page.map + offsetof(struct usersig_page_layout, sequence), &last, sizeof last);
    usersig_page *reader = open_page();
    for (uint64_t n = 0; n < 4; n++) {
        set(&page, n);
        ck_assert_int_eq(usersig_page_read(reader, NOW, &value), USERSIG_OK);
        ck_assert_uint_eq(value.issued_at, n);
    }
    usersig_page_close(reader);
    pagefile_close(&page);
}
END_TEST

/* ---- what is written ----------------------------------------------------------------------------- */

START_TEST(bytes_of_a_page)
{
    struct pagefile page;
    unsigned char bytes[USERSIG_PAGE_SIZE + 1];
    struct usersig_page_layout layout;
    ck_assert(pagefile_make(&page, here, "page", getegid()));
    set(&page, 399);
    set(&page, 3); /* shorter: nothing of the longer remains */
    int fd = open("page", O_RDONLY | O_CLOEXEC);
    ck_assert_int_eq(read(fd, bytes, sizeof bytes), USERSIG_PAGE_SIZE);
    close(fd);
    memcpy(&layout, bytes, sizeof layout);
    ck_assert_int_eq(memcmp(bytes, "USERSIG\0", 8), 0);
    ck_assert_uint_eq(layout.version, 1);
    ck_assert_uint_eq(layout.size, 4096);
    ck_assert_uint_eq(layout.sequence, 6); /* made empty, set, set */
    ck_assert_uint_eq(layout.heartbeat, NOW);
    ck_assert_uint_eq(layout.check, crc32(0, bytes + 32, 2560 - 32));
    ck_assert_str_eq(layout.identifier, "admin-3");
    for (size_t i = 512 + 103; i < sizeof bytes - 1; i++)
        ck_assert_msg(bytes[i] == 0, "byte %zu is %02x", i, bytes[i]);
    ck_assert_int_eq(place_mode("page"), S_IFREG | 0440);
    pagefile_clear(&page, USERSIG_PAGE_REVOKED, NOW + 1);
    memcpy(&layout, page.map, sizeof layout);
    ck_assert_uint_eq(layout.state, USERSIG_PAGE_REVOKED);
    ck_assert_uint_eq(layout.heartbeat, NOW + 1);
    for (size_t i = offsetof(struct usersig_page_layout, sdkappid); i < USERSIG_PAGE_SIZE; i++)
        ck_assert_msg(page.map[i] == 0, "byte %zu is %02x", i, page.map[i]);
    pagefile_close(&page);
}
END_TEST

START_TEST(a_revoked_page_never_lives_again)
{
    struct pagefile page, again;
    ck_assert(pagefile_make(&page, here, "page", getegid()));
    set(&page, 1);
    usersig_page *reader = open_page();
    pagefile_clear(&page, USERSIG_PAGE_REVOKED, NOW);
    ck_verdict(reader, USERSIG_REVOKED);
    ck_assert(!pagefile_reopen(&again, here, "page"));
    ck_assert(pagefile_make(&again, here, "page", getegid()));
    ck_assert(!pagefile_is_at(&page, here, "page"));
    ck_assert(pagefile_is_at(&again, here, "page"));
    set(&again, 2);
    ck_verdict(reader, USERSIG_REVOKED);
    usersig_page_close(reader);
    pagefile_close(&page);
    pagefile_close(&again);
}
END_TEST

/* ---- what is not taken over ---------------------------------------------------------------------- */

static void make_whole(void)
{
    struct pagefile page;
    ck_assert(pagefile_make(&page, here, "page", getegid()));
    set(&page, 1);
    pagefile_close(&page);
}
static void make_link(void)
{
    make_whole();
    ck_assert_int_eq(rename("page", "real"), 0);
    ck_assert_int_eq(symlink("real", "page"), 0);
}
static void make_twice(void)
{
    make_whole();
    ck_assert_int_eq(link("page", "other"), 0);
}
static void make_short(void)
{
    place_put("page", "USERSIG", 8, 0440);
}
static void make_zeros(void)
{
    static const char zeros[USERSIG_PAGE_SIZE];
    place_put("page", zeros, sizeof zeros, 0440);
}
static void make_strangers(void)
{
    make_whole();
    ck_assert_int_eq(chown("page", PLACE_STRANGER, PLACE_STRANGER), 0);
}
static void make_directory(void)
{
    ck_assert_int_eq(mkdir("page", 0700), 0);
}
static void make_fifo(void)
{
    ck_assert_int_eq(mkfifo("page", 0440), 0);
}
static void make_nothing(void)
{
}

static const struct {
    const char *name;
    void (*make)(void);
    bool reopened, replaced, root;
} olds[] = {
    { "whole", make_whole, true, true, false },           { "symbolic link", make_link, false, true, false },
    { "two names", make_twice, false, true, false },      { "short", make_short, false, true, false },
    { "zeros", make_zeros, false, true, false },          { "stranger's", make_strangers, false, true, true },
    { "directory", make_directory, false, false, false }, { "FIFO", make_fifo, false, true, false },
    { "nothing", make_nothing, false, true, false },
};

START_TEST(takes_over_or_replaces)
{
    struct pagefile page;
    if (olds[_i].root && geteuid() != 0) {
        printf("skip: %s: needs root\n", olds[_i].name);
        return;
    }
    olds[_i].make();
    ck_assert_msg(pagefile_reopen(&page, here, "page") == olds[_i].reopened, "%s: reopened", olds[_i].name);
    ck_assert_msg((page.map != NULL) == olds[_i].reopened, "%s: handle", olds[_i].name);
    pagefile_close(&page);
    ck_assert_msg(pagefile_make(&page, here, "page", getegid()) == olds[_i].replaced, "%s: made",
                  olds[_i].name);
    ck_assert_msg(olds[_i].replaced == (page.map != NULL), "%s: handle of the new one", olds[_i].name);
    ck_assert_msg(!olds[_i].replaced || place_mode("page") == (S_IFREG | 0440), "%s: mode %o", olds[_i].name,
                  (unsigned)place_mode("page"));
    ck_assert_msg(place_mode(".page.new") == 0, "%s: an unfinished page remains", olds[_i].name);
    pagefile_close(&page);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("pagefile");
    TCase *tests = tcase_create("pagefile");
    unit_seed();
    tcase_set_timeout(tests, 300);
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, whole_values_from_another_process);
    tcase_add_test(tests, whole_values_from_another_thread);
    tcase_add_test(tests, a_killed_writer);
    tcase_add_test(tests, an_odd_sequence_is_repaired);
    tcase_add_test(tests, a_sequence_that_wraps);
    tcase_add_test(tests, bytes_of_a_page);
    tcase_add_test(tests, a_revoked_page_never_lives_again);
    tcase_add_loop_test(tests, takes_over_or_replaces, 0, UNIT_ROWS(olds));
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
