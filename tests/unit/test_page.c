/* test_page.c: pages that a test writes byte by byte: which are opened, what is read from them. */
#include "place.h"
#include "unit.h"

#include "usersig_page.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/seccomp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define NOW 1700000000u
#define TEXT "eJw1jMEKgkAU*AZ-_"

union image {
    struct usersig_page_layout page;
    unsigned char bytes[USERSIG_PAGE_SIZE];
    uint64_t align;
};

/* A page as sigd writes it. */
static union image usual(void)
{
    union image image = { .bytes = { 0 } };
    image.page = (struct usersig_page_layout){ .magic = USERSIG_PAGE_MAGIC,
                                               .version = USERSIG_PAGE_VERSION,
                                               .size = USERSIG_PAGE_SIZE,
                                               .sequence = 4,
                                               .heartbeat = NOW - 1,
                                               .state = USERSIG_PAGE_LIVE,
                                               .sdkappid = 1400000000,
                                               .issued_at = NOW - 100,
                                               .expires_at = NOW + 100,
                                               .renew_at = NOW + 33,
                                               .identifier_len = 13,
                                               .key_len = 5,
                                               .usersig_len = sizeof TEXT - 1,
                                               .identifier = "administrator",
                                               .key = "2026a",
                                               .usersig = TEXT };
    return image;
}

static usersig_page *opened(const union image *image)
{
    usersig_page *page;
    place_put("page", image, sizeof *image, 0440);
    int result = usersig_page_open(&page, "page", 0);
    ck_assert_msg(result == USERSIG_OK, "open: expected OK, got %s (%s)", usersig_error_name(result),
                  strerror(errno));
    return page;
}

static bool is_zero(const void *bytes, size_t len)
{
    const unsigned char *at = bytes;
    while (len > 0 && *at == 0)
        at++, len--;
    return len == 0;
}

/* ---- read ---------------------------------------------------------------------------------------- */

START_TEST(reads_all_fields)
{
    union image image = usual();
    struct usersig_page_value value;
    memset(&value, 0xA5, sizeof value);
    usersig_page *page = opened(&image);
    ck_assert_int_eq(usersig_page_read(page, NOW, &value), USERSIG_OK);
    ck_assert_str_eq(value.identifier, "administrator");
    ck_assert_str_eq(value.key, "2026a");
    ck_assert_str_eq(value.usersig, TEXT);
    ck_assert_uint_eq(value.identifier_len, 13);
    ck_assert_uint_eq(value.key_len, 5);
    ck_assert_uint_eq(value.usersig_len, strlen(TEXT));
    ck_assert_uint_eq(value.sdkappid, 1400000000);
    ck_assert_uint_eq(value.issued_at, NOW - 100);
    ck_assert_uint_eq(value.expires_at, NOW + 100);
    ck_assert_uint_eq(value.renew_at, NOW + 33);
    ck_assert_uint_eq(value.silence, 1);
    usersig_page_close(page);
}
END_TEST

static void longest(struct usersig_page_layout *page)
{
    page->identifier_len = USERSIG_IDENTIFIER_MAX;
    page->key_len = USERSIG_PAGE_KEY_MAX;
    page->usersig_len = USERSIG_ENCODED_MAX - 1;
    memset(page->identifier, 'i', USERSIG_IDENTIFIER_MAX);
    memset(page->key, 'k', USERSIG_PAGE_KEY_MAX);
    memset(page->usersig, 'u', USERSIG_ENCODED_MAX - 1);
}

START_TEST(reads_the_longest)
{
    union image image = usual();
    struct usersig_page_value value;
    longest(&image.page);
    usersig_page *page = opened(&image);
    ck_assert_int_eq(usersig_page_read(page, NOW, &value), USERSIG_OK);
    ck_assert_uint_eq(strlen(value.identifier), USERSIG_IDENTIFIER_MAX);
    ck_assert_uint_eq(strlen(value.key), USERSIG_PAGE_KEY_MAX);
    ck_assert_uint_eq(strlen(value.usersig), USERSIG_ENCODED_MAX - 1);
    usersig_page_close(page);
}
END_TEST

/* A change of `len` bytes at `at`, and what it makes of the page. */
#define FIELD(member, value) \
    offsetof(struct usersig_page_layout, member), sizeof((struct usersig_page_layout *)0)->member, value
#define BYTE(member, index, value) offsetof(struct usersig_page_layout, member) + (index), 1, value

static const struct {
    const char *name;
    size_t at, len;
    uint64_t value;
    uint64_t now;
    int expected;
} rows[] = {
    { "as it is", FIELD(state, USERSIG_PAGE_LIVE), NOW, USERSIG_OK },
    { "last second", FIELD(expires_at, NOW + 40), NOW + 40, USERSIG_OK },
    { "second after", FIELD(expires_at, NOW + 40), NOW + 41, USERSIG_EXPIRED },
    { "end of time", FIELD(expires_at, UINT64_MAX), UINT64_MAX, USERSIG_OK },
    { "past 2038 and 2106", FIELD(expires_at, 1ull << 34), 1ull << 34, USERSIG_OK },
    { "expired long ago", FIELD(state, USERSIG_PAGE_LIVE), UINT64_MAX, USERSIG_EXPIRED },
    { "clock at 1970", FIELD(state, USERSIG_PAGE_LIVE), 0, USERSIG_OK },
    { "empty", FIELD(state, USERSIG_PAGE_EMPTY), NOW, USERSIG_UNAVAILABLE },
    { "revoked", FIELD(state, USERSIG_PAGE_REVOKED), NOW, USERSIG_REVOKED },
    { "revoked and expired", FIELD(state, USERSIG_PAGE_REVOKED), UINT64_MAX, USERSIG_REVOKED },
    { "unknown state", FIELD(state, 3), NOW, USERSIG_MALFORMED },
    { "all ones as state", FIELD(state, UINT32_MAX), NOW, USERSIG_MALFORMED },
    { "being written", FIELD(sequence, 5), NOW, USERSIG_UNAVAILABLE },
    { "being written for ever", FIELD(sequence, UINT32_MAX), NOW, USERSIG_UNAVAILABLE },
    { "first sequence", FIELD(sequence, 0), NOW, USERSIG_OK },
    { "magic", BYTE(magic, 0, 'u'), NOW, USERSIG_MALFORMED },
    { "magic's end", BYTE(magic, 7, '1'), NOW, USERSIG_MALFORMED },
    { "version 0", FIELD(version, 0), NOW, USERSIG_MALFORMED },
    { "version 2", FIELD(version, 2), NOW, USERSIG_MALFORMED },
    { "size", FIELD(size, 8192), NOW, USERSIG_MALFORMED },
    { "no app", FIELD(sdkappid, 0), NOW, USERSIG_MALFORMED },
    { "any app", FIELD(sdkappid, UINT32_MAX), NOW, USERSIG_OK },
    { "renewed before it is issued", FIELD(renew_at, NOW - 101), NOW, USERSIG_MALFORMED },
    { "renewed after its end", FIELD(renew_at, NOW + 101), NOW, USERSIG_MALFORMED },
    { "renewed at its end", FIELD(renew_at, NOW + 100), NOW, USERSIG_OK },
    { "ends before it is issued", FIELD(expires_at, NOW - 101), NOW - 200, USERSIG_MALFORMED },
    { "issued after its end", FIELD(issued_at, NOW + 101), NOW, USERSIG_MALFORMED },
    { "no identifier", FIELD(identifier_len, 0), NOW, USERSIG_MALFORMED },
    { "identifier too long", FIELD(identifier_len, 256), NOW, USERSIG_MALFORMED },
    { "identifier of 2^32 - 1", FIELD(identifier_len, UINT32_MAX), NOW, USERSIG_MALFORMED },
    { "identifier over its NUL", FIELD(identifier_len, 14), NOW, USERSIG_MALFORMED },
    { "newline in the identifier", BYTE(identifier, 3, '\n'), NOW, USERSIG_MALFORMED },
    { "DEL in the identifier", BYTE(identifier, 12, 0x7F), NOW, USERSIG_MALFORMED },
    { "UTF-8 in the identifier", BYTE(identifier, 12, 0xC3), NOW, USERSIG_OK },
    { "key without a name", FIELD(key_len, 0), NOW, USERSIG_OK },
    { "key too long", FIELD(key_len, 64), NOW, USERSIG_MALFORMED },
    { "key of 2^32 - 1", FIELD(key_len, UINT32_MAX), NOW, USERSIG_MALFORMED },
    { "key over its NUL", FIELD(key_len, 6), NOW, USERSIG_MALFORMED },
    { "escape in the key", BYTE(key, 0, 0x1B), NOW, USERSIG_MALFORMED },
    { "no usersig", FIELD(usersig_len, 0), NOW, USERSIG_MALFORMED },
    { "usersig too long", FIELD(usersig_len, USERSIG_ENCODED_MAX), NOW, USERSIG_MALFORMED },
    { "usersig of 2^32 - 1", FIELD(usersig_len, UINT32_MAX), NOW, USERSIG_MALFORMED },
    { "usersig over its NUL", FIELD(usersig_len, sizeof TEXT), NOW, USERSIG_MALFORMED },
    { "shorter usersig", FIELD(usersig_len, 3), NOW, USERSIG_OK },
};

START_TEST(a_field)
{
    union image image = usual();
    struct usersig_page_value value;
    usersig_page *page = opened(&image); /* changed later, since open refuses some */
    unsigned char *map = mmap(NULL, USERSIG_PAGE_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED,
                              open("page", O_RDWR | O_CLOEXEC), 0);
    if (map == MAP_FAILED) { /* not root: its mode is 0440 */
        ck_assert_int_eq(chmod("page", 0640), 0);
        map = mmap(NULL, USERSIG_PAGE_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED,
                   open("page", O_RDWR | O_CLOEXEC), 0);
    }
    ck_assert_ptr_ne(map, MAP_FAILED);
    uint8_t byte = (uint8_t)rows[_i].value;
    uint32_t four = (uint32_t)rows[_i].value;
    memcpy(map + rows[_i].at,
           rows[_i].len == 1   ? &byte
           : rows[_i].len == 4 ? (const void *)&four
                               : (const void *)&rows[_i].value,
           rows[_i].len);
    memset(&value, 0xA5, sizeof value);
    int result = usersig_page_read(page, rows[_i].now, &value);
    ck_assert_msg(result == rows[_i].expected, "%s: expected %s, got %s", rows[_i].name,
                  usersig_error_name(rows[_i].expected), usersig_error_name(result));
    ck_assert_msg(result == USERSIG_OK || is_zero(&value, sizeof value), "%s: the value is not zero",
                  rows[_i].name);
    munmap(map, USERSIG_PAGE_SIZE);
    usersig_page_close(page);
}
END_TEST

/* Each byte value at each place of a word: the usersig is printable ASCII without a space. */
START_TEST(bytes_of_a_usersig)
{
    for (unsigned place = 0; place < 19; place++)
        for (unsigned byte = 0; byte < 256; byte++) {
            union image image = usual();
            struct usersig_page_value value;
            memset(image.page.usersig, 'x', 19);
            image.page.usersig_len = 19;
            image.page.usersig[place] = (char)byte;
            usersig_page *page = opened(&image);
            int expected = byte > 0x20 && byte < 0x7F ? USERSIG_OK : USERSIG_MALFORMED;
            int result = usersig_page_read(page, NOW, &value);
            ck_assert_msg(result == expected, "byte %02x at %u: expected %s, got %s", byte, place,
                          usersig_error_name(expected), usersig_error_name(result));
            usersig_page_close(page);
        }
}
END_TEST

START_TEST(silence)
{
    static const struct {
        uint64_t heartbeat, now, silence;
    } times[] = {
        { NOW, NOW, 0 }, { NOW - 90, NOW, 90 }, { NOW + 1, NOW, 0 }, { UINT64_MAX, NOW, 0 }, { 0, NOW, NOW }
    };
    for (int i = 0; i < UNIT_ROWS(times); i++) {
        union image image = usual();
        struct usersig_page_value value;
        image.page.heartbeat = times[i].heartbeat;
        usersig_page *page = opened(&image);
        ck_assert_int_eq(usersig_page_read(page, times[i].now, &value), USERSIG_OK);
        ck_assert_msg(value.silence == times[i].silence, "row %d: got %llu", i,
                      (unsigned long long)value.silence);
        usersig_page_close(page);
    }
}
END_TEST

START_TEST(misuse)
{
    union image image = usual();
    struct usersig_page_value value;
    usersig_page *page = opened(&image), *none = page;
    ck_assert_int_eq(usersig_page_read(NULL, NOW, &value), USERSIG_ERR_ARGUMENT);
    ck_assert_int_eq(usersig_page_read(page, NOW, NULL), USERSIG_ERR_ARGUMENT);
    ck_assert_int_eq(usersig_page_open(NULL, "page", 0), USERSIG_ERR_ARGUMENT);
    ck_assert_int_eq(usersig_page_open(&none, NULL, 0), USERSIG_ERR_ARGUMENT);
    ck_assert_ptr_null(none);
    ck_assert_int_eq(usersig_page_open(&none, "page", 2), USERSIG_ERR_ARGUMENT);
    usersig_page_close(NULL);
    usersig_page_close(page);
}
END_TEST

/* ---- open ---------------------------------------------------------------------------------------- */

static void put_page(const char *path, size_t len, mode_t mode)
{
    union image image = usual();
    place_put(path, &image, len, mode);
}

static void make_page(void)
{
    put_page("page", USERSIG_PAGE_SIZE, 0440);
}
static void make_private(void)
{
    put_page("page", USERSIG_PAGE_SIZE, 0600);
}
static void make_public(void)
{
    put_page("page", USERSIG_PAGE_SIZE, 0644);
}
static void make_group_writable(void)
{
    put_page("page", USERSIG_PAGE_SIZE, 0660);
}
static void make_world_writable(void)
{
    put_page("page", USERSIG_PAGE_SIZE, 0446);
}
static void make_short(void)
{
    put_page("page", USERSIG_PAGE_SIZE - 1, 0440);
}
static void make_empty(void)
{
    put_page("page", 0, 0440);
}
static void make_long(void)
{
    make_private();
    ck_assert_int_eq(truncate("page", USERSIG_PAGE_SIZE + 1), 0);
}
static void make_garbage(void)
{
    unsigned char bytes[USERSIG_PAGE_SIZE];
    unit_fill(bytes, sizeof bytes);
    place_put("page", bytes, sizeof bytes, 0440);
}
static void make_hole(void)
{
    place_put("page", "", 0, 0640);
    ck_assert_int_eq(truncate("page", USERSIG_PAGE_SIZE), 0);
}
static void make_version_2(void)
{
    union image image = usual();
    image.page.version = 2;
    place_put("page", &image, sizeof image, 0440);
}
static void make_link(void)
{
    put_page("real", USERSIG_PAGE_SIZE, 0440);
    ck_assert_int_eq(symlink("real", "page"), 0);
}
static void make_twice(void)
{
    make_page();
    ck_assert_int_eq(link("page", "other"), 0);
}
static void make_directory(void)
{
    ck_assert_int_eq(mkdir("page", 0755), 0);
}
static void make_fifo(void)
{
    ck_assert_int_eq(mkfifo("page", 0444), 0);
}
static void make_nothing(void)
{
}
static void make_strangers(void)
{
    make_page();
    ck_assert_int_eq(chown("page", PLACE_STRANGER, PLACE_STRANGER), 0);
}

static const struct {
    const char *name;
    void (*make)(void);
    uint32_t flags;
    int expected, error; /* error 0: errno is not looked at */
    bool root;           /* only root can make it */
} files[] = {
    { "as sigd makes it", make_page, 0, USERSIG_OK, 0, false },
    { "0600", make_private, 0, USERSIG_OK, 0, false },
    { "0644", make_public, 0, USERSIG_OK, 0, false },
    { "the group can write", make_group_writable, 0, USERSIG_ERR_FILE, EPERM, false },
    { "others can write", make_world_writable, 0, USERSIG_ERR_FILE, EPERM, false },
    { "others can write, any owner", make_world_writable, USERSIG_PAGE_ANY_OWNER, USERSIG_ERR_FILE, EPERM,
      false },
    { "a byte short", make_short, 0, USERSIG_MALFORMED, 0, false },
    { "a byte long", make_long, 0, USERSIG_MALFORMED, 0, false },
    { "no byte", make_empty, 0, USERSIG_MALFORMED, 0, false },
    { "garbage", make_garbage, 0, USERSIG_MALFORMED, 0, false },
    { "a hole", make_hole, 0, USERSIG_MALFORMED, 0, false },
    { "version 2", make_version_2, 0, USERSIG_MALFORMED, 0, false },
    { "symbolic link", make_link, 0, USERSIG_ERR_FILE, ELOOP, false },
    { "two names", make_twice, 0, USERSIG_ERR_FILE, EPERM, false },
    { "directory", make_directory, 0, USERSIG_ERR_FILE, EPERM, false },
    { "FIFO", make_fifo, 0, USERSIG_ERR_FILE, EPERM, false },
    { "nothing", make_nothing, 0, USERSIG_ERR_FILE, ENOENT, false },
    { "stranger's", make_strangers, 0, USERSIG_ERR_FILE, EPERM, true },
    { "stranger's, any owner", make_strangers, USERSIG_PAGE_ANY_OWNER, USERSIG_OK, 0, true },
};

START_TEST(opens_or_refuses)
{
    usersig_page *page = NULL;
    if (files[_i].root && geteuid() != 0) {
        printf("skip: %s: needs root\n", files[_i].name);
        return;
    }
    files[_i].make();
    errno = 0;
    int result = usersig_page_open(&page, "page", files[_i].flags), error = errno;
    ck_assert_msg(result == files[_i].expected, "%s: expected %s, got %s", files[_i].name,
                  usersig_error_name(files[_i].expected), usersig_error_name(result));
    ck_assert_msg(files[_i].error == 0 || error == files[_i].error, "%s: expected errno %d, got %d",
                  files[_i].name, files[_i].error, error);
    ck_assert_msg((page != NULL) == (result == USERSIG_OK), "%s: handle %p", files[_i].name, (void *)page);
    usersig_page_close(page);
}
END_TEST

START_TEST(leaks_nothing)
{
    usersig_page *page;
    make_page();
    int before = dup(0);
    for (int i = 0; i < 70000; i++) { /* more than the mappings and descriptors that a process may have */
        ck_assert_int_eq(usersig_page_open(&page, "page", 0), USERSIG_OK);
        usersig_page_close(page);
    }
    make_short();
    for (int i = 0; i < 70000; i++)
        ck_assert_int_eq(usersig_page_open(&page, "page", 0), USERSIG_MALFORMED);
    int after = dup(0);
    ck_assert_int_eq(after, before + 1);
}
END_TEST

/* ---- no system call ------------------------------------------------------------------------------ */

/* In strict mode the kernel kills whoever calls it for more than read, write and exit. */
static void read_confined(int report)
{
    union image image = usual();
    struct usersig_page_value value;
    usersig_page *page = opened(&image);
    if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_STRICT) != 0)
        _exit(1);
    int result = USERSIG_OK;
    for (int i = 0; i < 1000 && result == USERSIG_OK; i++)
        result = usersig_page_read(page, NOW, &value);
    if (result == USERSIG_OK && usersig_page_read(page, NOW + 1000, &value) != USERSIG_EXPIRED)
        result = -1;
    if (write(report, &result, sizeof result) != sizeof result)
        syscall(SYS_exit, 2);
    syscall(SYS_exit, 0);
}

START_TEST(no_system_call)
{
    int ends[2], result = -2, status;
    const char *preload = getenv("LD_PRELOAD");
    if (preload && strstr(preload, "vgpreload")) {
        printf("skip: no_system_call: valgrind makes its own\n");
        return;
    }
    ck_assert_int_eq(pipe(ends), 0);
    pid_t child = fork();
    ck_assert_int_ge(child, 0);
    if (child == 0)
        read_confined(ends[1]);
    close(ends[1]);
    ssize_t got = read(ends[0], &result, sizeof result);
    close(ends[0]);
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert_msg(status == 0 && got == sizeof result && result == USERSIG_OK,
                  "expected OK from a confined reader, got %s (status %#x)", usersig_error_name(result),
                  (unsigned)status);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("page");
    TCase *tests = tcase_create("page");
    unit_seed();
    tcase_set_timeout(tests, 120);
    tcase_add_checked_fixture(tests, place_make, place_remove);
    tcase_add_test(tests, reads_all_fields);
    tcase_add_test(tests, reads_the_longest);
    tcase_add_loop_test(tests, a_field, 0, UNIT_ROWS(rows));
    tcase_add_test(tests, bytes_of_a_usersig);
    tcase_add_test(tests, silence);
    tcase_add_test(tests, misuse);
    tcase_add_loop_test(tests, opens_or_refuses, 0, UNIT_ROWS(files));
    tcase_add_test(tests, leaks_nothing);
    tcase_add_test(tests, no_system_call);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
