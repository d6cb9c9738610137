/* test_keyset.c: which key signs and which verify at which second, and what a key file may hold. */
#include "unit.h"

#include "../../sigd/signer/keyset.h"

#include "proto.h"

#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define KEY "5bd2850fff3ecb11d7c805251c51ee463a25727bddc2385f3fa8bfee1bb93b5e"

/* A file of len bytes. */
static int make_file(const void *bytes, size_t len)
{
    int fd = memfd_create("key", MFD_CLOEXEC);
    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(write(fd, bytes, len), (ssize_t)len);
    return fd;
}

static bool add(struct keyset *set, const char *name, uint64_t from, uint64_t to, bool revoked)
{
    struct keyset_key window = { .not_before = from, .not_after = to, .revoked = revoked };
    const char *why;
    bool trimmed;
    int fd = make_file(KEY, sizeof KEY - 1);
    snprintf(window.name, sizeof window.name, "%s", name);
    bool added = keyset_add(
        set, &window, &(struct keyset_source){ .fd = fd, .app = "demo", .may_swap = true }, &trimmed, &why);
    close(fd);
    return added;
}

static const struct windows {
    const char *name;
    struct {
        const char *name;
        uint64_t from, to;
        bool revoked;
    } keys[4];
    struct {
        uint64_t now;
        const char *signs, *verify; /* names; signs "": none */
    } at[6];
} windows[] = {
    { "no key", { { 0 } }, { { 0, "", "" }, { UINT64_MAX, "", "" } } },
    { "one for ever",
      { { "a", 0, 0, false } },
      { { 0, "a", "a" }, { 1, "a", "a" }, { UINT64_MAX, "a", "a" } } },
    { "one with a window",
      { { "a", 100, 200, false } },
      { { 0, "", "" },
        { 99, "", "" },
        { 100, "a", "a" },
        { 199, "a", "a" },
        { 200, "", "" },
        { 201, "", "" } } },
    { "a rollover",
      { { "a", 0, 0, false }, { "b", 100, 0, false } },
      { { 99, "a", "a" }, { 100, "b", "ab" }, { 101, "b", "ab" } } },
    { "a rollover, the newer first in the file",
      { { "b", 100, 0, false }, { "a", 0, 0, false } },
      { { 99, "a", "a" }, { 100, "b", "ba" } } },
    { "back to the older when the newer ends",
      { { "a", 0, 0, false }, { "b", 100, 200, false } },
      { { 199, "b", "ab" }, { 200, "a", "a" } } },
    { "an overlap that ends",
      { { "a", 0, 150, false }, { "b", 100, 0, false } },
      { { 99, "a", "a" }, { 100, "b", "ab" }, { 149, "b", "ab" }, { 150, "b", "b" } } },
    { "a gap",
      { { "a", 0, 100, false }, { "b", 110, 0, false } },
      { { 99, "a", "a" }, { 100, "", "" }, { 109, "", "" }, { 110, "b", "b" } } },
    { "ties: the last in the file",
      { { "a", 100, 0, false }, { "b", 100, 0, false }, { "c", 100, 0, false } },
      { { 99, "", "" }, { 100, "c", "abc" } } },
    { "ties: the last that is not revoked",
      { { "a", 100, 0, false }, { "b", 100, 0, false }, { "c", 100, 0, true } },
      { { 100, "b", "ab" } } },
    { "revoked", { { "a", 0, 0, true } }, { { 0, "", "" }, { 1, "", "" } } },
    { "the newest revoked",
      { { "a", 0, 0, false }, { "b", 100, 0, true } },
      { { 99, "a", "a" }, { 100, "a", "a" } } },
    { "a window of no second",
      { { "a", 100, 100, false } },
      { { 99, "", "" }, { 100, "", "" }, { 101, "", "" } } },
    { "a window that ends before it begins",
      { { "a", 200, 100, false } },
      { { 150, "", "" }, { 250, "", "" } } },
    { "far ahead",
      { { "a", UINT64_MAX, 0, false } },
      { { UINT64_MAX - 1, "", "" }, { UINT64_MAX, "a", "a" } } },
};

START_TEST(window_row)
{
    const struct windows *row = &windows[_i];
    struct keyset set = { 0 };
    for (int i = 0; i < 4 && row->keys[i].name; i++)
        ck_assert(add(&set, row->keys[i].name, row->keys[i].from, row->keys[i].to, row->keys[i].revoked));
    for (int i = 0; i < 6 && row->at[i].signs; i++) {
        const usersig_key *handles[SIGD_KEYS_MAX];
        size_t places[SIGD_KEYS_MAX];
        char verify[SIGD_KEYS_MAX + 1] = "";
        const struct keyset_key *signs = keyset_signing(&set, row->at[i].now);
        size_t n = keyset_verifying(&set, row->at[i].now, handles, places);
        for (size_t k = 0; k < n; k++) {
            strcat(verify, set.keys[places[k]].name);
            ck_assert_ptr_eq(handles[k], set.keys[places[k]].key);
        }
        ck_assert_msg(strcmp(signs ? signs->name : "", row->at[i].signs) == 0,
                      "%s: at %llu expected '%s' to sign, got '%s'", row->name,
                      (unsigned long long)row->at[i].now, row->at[i].signs, signs ? signs->name : "");
        ck_assert_msg(strcmp(verify, row->at[i].verify) == 0, "%s: at %llu expected '%s' to verify, got '%s'",
                      row->name, (unsigned long long)row->at[i].now, row->at[i].verify, verify);
    }
    keyset_clear(&set);
}
END_TEST

static const struct {
    const char *name, *text;
    size_t len;          /* 0: of the text */
    char filler;         /* with which a len beyond the text is filled up */
    const char *same_as; /* NULL: refused */
    const char *why;     /* what the sentence holds, where refused */
} files[] = {
    { "a key", KEY, 0, 0, KEY, NULL },
    { "a newline at the end", KEY "\n", 0, 0, KEY, NULL },
    { "one byte", "k", 0, 0, "k", NULL },
    { "spaces count", " k ", 0, 0, " k ", NULL },
    { "bytes beyond ASCII", "\xE5\xB0\x8F\xFF", 0, 0, "\xE5\xB0\x8F\xFF", NULL },
    { "empty", "", 0, 0, NULL, "empty" },
    { "a newline alone", "\n", 0, 0, NULL, "empty" },
    { "two newlines", KEY "\n\n", 0, 0, NULL, "control character" },
    { "CR LF", KEY "\r\n", 0, 0, NULL, "control character" },
    { "two lines", "a\nb", 0, 0, NULL, "control character" },
    { "a newline first", "\n" KEY, 0, 0, NULL, "control character" },
    { "a tab", "a\tb", 0, 0, NULL, "control character" },
    { "a NUL", "a", 2, '\0', NULL, "control character" },
    { "DEL", "a\x7F", 0, 0, NULL, "control character" },
    { "PEM that is cut", "-----BEGIN PRIVATE KEY-----\nMIGH\n", 0, 0, NULL, "PEM" },
    { "a public key", "-----BEGIN PUBLIC KEY-----\nMIGH\n-----END PUBLIC KEY-----\n", 0, 0, NULL, "public" },
    { "an encrypted key",
      "-----BEGIN ENCRYPTED PRIVATE KEY-----\nMIGH\n-----END ENCRYPTED PRIVATE KEY-----\n", 0, 0, NULL,
      "encrypted" },
    { "PEM in one line", "-----BEGIN", 0, 0, NULL, "PEM" },
    { "PEM behind a line", "key\n-----BEGIN PRIVATE KEY-----\n", 0, 0, NULL, "PEM" },
    { "PEM behind a byte order mark", "\xEF\xBB\xBF-----BEGIN", 0, 0, NULL, "PEM" },
    { "nearly PEM", "-----BEGI", 0, 0, "-----BEGI", NULL },
    { "4,096 bytes", "", 4096, 'k', "", NULL },
    { "4,097 bytes", "", 4097, 'k', NULL, "too long" },
    { "4,098 bytes", "", 4098, 'k', NULL, "too long" },
    { "4,099 bytes", "", 4099, 'k', NULL, "too long" },
    { "64 KiB", "", SIGD_KEY_FILE_MAX, 'k', NULL, "too long" },
    { "64 KiB and one", "", SIGD_KEY_FILE_MAX + 1, 'k', NULL, "too long" },
    { "1 MiB", "", 1 << 20, 'k', NULL, "too long" },
};

/* The proof of claims that are always the same: says whether two keys are one. */
static void prove(const usersig_key *key, uint8_t proof[static USERSIG_PROOF_MAX])
{
    struct usersig_claims claims = {
        .sdkappid = 1, .issued_at = 1, .lifetime = 1, .identifier_len = 1, .identifier = "a"
    };
    size_t len;
    ck_assert_int_eq(usersig_prove(key, &claims, proof, &len), USERSIG_OK);
}

START_TEST(file)
{
    struct keyset set = { 0 };
    struct keyset_key window = { .name = "k" };
    const char *why = NULL;
    size_t text_len = strlen(files[_i].text), len = files[_i].len ? files[_i].len : text_len;
    char *bytes = malloc(len + 1);
    ck_assert_ptr_nonnull(bytes);
    memset(bytes, files[_i].filler, len);
    memcpy(bytes, files[_i].text, text_len);
    int fd = make_file(bytes, len); /* and its offset stands at its end: that must not count */
    bool trimmed, added = keyset_add(&set, &window,
                                     &(struct keyset_source){ .fd = fd, .app = "demo", .may_swap = true },
                                     &trimmed, &why);
    ck_assert_msg(added == (files[_i].same_as != NULL), "%s: expected %d, got %d (%s)", files[_i].name,
                  files[_i].same_as != NULL, added, why ? why : "");
    ck_assert_uint_eq(set.n, added);
    ck_assert_msg(trimmed ==
                      (len && len <= 4097 && bytes[len - 1] == '\n' && !strstr(files[_i].text, "-----BEGIN")),
                  "%s: got trimmed %d", files[_i].name, trimmed);
    ck_assert_msg(fcntl(fd, F_GETFD) >= 0, "%s: the descriptor was closed", files[_i].name);
    if (!added)
        ck_assert_uint_lt(strlen(why), sizeof((struct proto_key_read *)NULL)->why);
    if (!added)
        ck_assert_msg(strstr(why, files[_i].why) != NULL, "%s: expected '%s' in the reason, got '%s'",
                      files[_i].name, files[_i].why, why);
    if (added && *files[_i].same_as) {
        uint8_t expected[USERSIG_PROOF_MAX] = { 0 }, actual[USERSIG_PROOF_MAX] = { 0 };
        usersig_key *key;
        ck_assert_int_eq(usersig_key_hmac(&key, files[_i].same_as, strlen(files[_i].same_as)), USERSIG_OK);
        prove(key, expected);
        prove(set.keys[0].key, actual);
        ck_assert_mem_eq(actual, expected, sizeof expected);
        usersig_key_free(key);
    }
    close(fd);
    free(bytes);
    keyset_clear(&set);
    ck_assert_uint_eq(set.n, 0);
}
END_TEST

START_TEST(unreadable)
{
    struct keyset set = { 0 };
    struct keyset_key window = { .name = "k" };
    const char *why;
    bool trimmed;
    int fds[] = { -1, open("/", O_RDONLY | O_DIRECTORY), open("/dev/null", O_WRONLY), -1 }, ends[2];
    ck_assert_int_eq(pipe(ends), 0);
    fds[3] = ends[0]; /* no file: pread fails rather than waits */
    for (int i = 0; i < UNIT_ROWS(fds); i++) {
        ck_assert_msg(!keyset_add(&set, &window,
                                  &(struct keyset_source){ .fd = fds[i], .app = "demo", .may_swap = true },
                                  &trimmed, &why),
                      "descriptor %d was taken", i);
        ck_assert_ptr_nonnull(strstr(why, "cannot be read"));
    }
    ck_assert_uint_eq(set.n, 0);
}
END_TEST

START_TEST(nine_keys)
{
    struct keyset set = { 0 };
    for (int i = 0; i < SIGD_KEYS_MAX; i++)
        ck_assert(add(&set, (char[]){ (char)('a' + i), '\0' }, 0, 0, false));
    ck_assert(!add(&set, "i", 0, 0, false));
    ck_assert_uint_eq(set.n, SIGD_KEYS_MAX);
    ck_assert_str_eq(keyset_signing(&set, 1)->name, "h");
    keyset_clear(&set);
    keyset_clear(&set);
}
END_TEST

static void fill(TCase *tests)
{
    tcase_add_loop_test(tests, window_row, 0, UNIT_ROWS(windows));
    tcase_add_loop_test(tests, file, 0, UNIT_ROWS(files));
    tcase_add_test(tests, unreadable);
    tcase_add_test(tests, nine_keys);
}

int main(void)
{
    if (sodium_init() < 0)
        return 1;
    return unit_run("keyset", fill);
}
