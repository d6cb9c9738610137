/* test_audit.c: lines of the audit log: each one JSON object; refusals counted; writes that fail. */
#include "unit.h"

#include "../../sigd/signer/audit.h"

#include <fcntl.h>
#include <jansson.h>
#include <signal.h>
#include <sodium.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#define NAME_BYTES 39  /* proto.h has no name field that holds more */
#define NOW 1795400000 /* 2026-11-23T02:13:20Z */

static struct audit audit = AUDIT_CLOSED;
static int file;
static char text[1 << 20];

static void set_up(void)
{
    file = memfd_create("audit", MFD_CLOEXEC);
    ck_assert_int_ge(file, 0);
    ck_assert(audit_open(&audit, fcntl(file, F_DUPFD_CLOEXEC, 0), PROTO_SYNC_NONE, NOW, 0));
}

static void tear_down(void)
{
    audit_close(&audit, NOW, now_ms);
    close(file);
}

/* The file's lines, parsed; torn: how many may be something else. An empty line stands where one was torn at once. */
static json_t *read_lines(int torn)
{
    json_t *lines = json_array();
    ssize_t len = pread(file, text, sizeof text - 1, 0);
    ck_assert_int_ge(len, 0);
    text[len] = '\0';
    ck_assert_msg(len == 0 || torn || text[len - 1] == '\n', "the last line does not end");
    for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n")) {
        json_error_t error;
        json_t *object = json_loads(line, JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, &error);
        ck_assert_msg(object != NULL || torn-- > 0, "not JSON: %s: %s", error.text, line);
        if (object)
            json_array_append_new(lines, object);
    }
    return lines;
}

static void add(const char *identifier, size_t len)
{
    struct audit_what what = { .event = "sign", .identifier = identifier, .identifier_len = len };
    audit_add(&audit, &(struct audit_who){ 1000, 42, "main" }, &what, NOW);
}

static const char *string_of(const json_t *lines, size_t line, const char *name)
{
    const char *value = json_string_value(json_object_get(json_array_get(lines, line), name));
    return value ? value : "(none)";
}

static const struct usersig_claims claims = { 2, 1400000000, 0, NOW, 3600, 5, 0, "alice", "", "", "" };

START_TEST(all_fields)
{
    char signed_text[USERSIG_SIGNED_TEXT_MAX + 8], print[33];
    unsigned char hash[16];
    size_t len;
    struct audit_what what = { "sign", "chat", "sign", "2026a", "alice", 5, NOW, 3600, "ok", &claims };
    audit_add(&audit, &(struct audit_who){ 33, 42, "main" }, &what, NOW);
    what.key = "2026b";
    audit_add(&audit, &(struct audit_who){ (uid_t)-1, 0, NULL }, &what, NOW);
    ck_assert(audit_flush(&audit));
    json_t *lines = read_lines(0);
    ck_assert_uint_eq(json_array_size(lines), 2);
    json_t *expected =
        json_pack("{s:s, s:s, s:i, s:i, s:s, s:s, s:s, s:s, s:i, s:i, s:s, s:s, s:s}", "time",
                  "2026-11-23T02:13:20Z", "event", "sign", "uid", 33, "pid", 42, "socket", "main", "app",
                  "chat", "action", "sign", "identifier", "alice", "issued_at", NOW, "lifetime", 3600, "key",
                  "2026a", "fingerprint", string_of(lines, 0, "fingerprint"), "verdict", "ok");
    char *actual = json_dumps(json_array_get(lines, 0), 0);
    ck_assert_msg(json_equal(json_array_get(lines, 0), expected), "got %s", actual);
    ck_assert_int_eq(usersig_claims_text(&claims, signed_text, sizeof signed_text, &len), USERSIG_OK);
    memcpy(signed_text + len, "2026a", 5);
    crypto_generichash(hash, sizeof hash, (unsigned char *)signed_text, len + 5, NULL, 0);
    ck_assert_str_eq(string_of(lines, 0, "fingerprint"),
                     sodium_bin2hex(print, sizeof print, hash, sizeof hash));
    ck_assert_str_ne(string_of(lines, 0, "fingerprint"),
                     string_of(lines, 1, "fingerprint")); /* the key counts */
    ck_assert_ptr_null(json_object_get(json_array_get(lines, 1), "uid"));
    free(actual);
    json_decref(expected);
    json_decref(lines);
}
END_TEST

/* Every byte, alone and many times, as an identifier of any length. */
START_TEST(any_bytes)
{
    char bytes[USERSIG_IDENTIFIER_MAX + 45];
    for (int byte = 0; byte < 256; byte++) {
        memset(bytes, byte, sizeof bytes);
        add(bytes, 1);
        add(bytes, 0);
        add(bytes, USERSIG_IDENTIFIER_MAX);
        add(bytes, sizeof bytes); /* cut */
    }
    ck_assert(audit_flush(&audit));
    json_t *lines = read_lines(0);
    ck_assert_uint_eq(json_array_size(lines), 4 * 256);
    for (size_t byte = 1; byte < 256; byte++) {
        const char *value = string_of(lines, byte * 4, "identifier");
        /* the byte's number as a character, in UTF-8 */
        char high = (char)(0xC0 | byte >> 6), low = (char)(0x80 | (byte & 0x3F));
        char wanted[3] = { byte < 0x80 ? (char)byte : high, byte < 0x80 ? '\0' : low, '\0' };
        ck_assert_msg(strcmp(value, wanted) == 0, "byte %zu: expected '%s', got '%s'", byte, wanted, value);
        ck_assert_str_eq(string_of(lines, byte * 4 + 1, "identifier"), "");
    }
    json_decref(lines);
}
END_TEST

/* Every field at its longest, and every character escaped. */
START_TEST(longest_line)
{
    char name[NAME_BYTES + 1], identifier[USERSIG_IDENTIFIER_MAX];
    memset(name, '"', sizeof name - 1);
    name[sizeof name - 1] = '\0';
    memset(identifier, '"', sizeof identifier);
    struct audit_what what = { "refused_verify",  name,       name,       name, identifier,
                               sizeof identifier, UINT64_MAX, UINT64_MAX, name, &claims };
    audit_add(&audit, &(struct audit_who){ (uid_t)-2, 1 << 22, name }, &what, UINT64_MAX >> 8);
    ck_assert(audit_flush(&audit));
    json_t *lines = read_lines(0);
    ck_assert_uint_eq(json_array_size(lines), 1);
    ck_assert_str_eq(string_of(lines, 0, "time"), "-");
    ck_assert_str_eq(string_of(lines, 0, "key"), name);
    json_decref(lines);
}
END_TEST

static void refuse(uid_t uid, uint64_t now, int times)
{
    while (times--)
        audit_refuse(&audit, &(struct audit_who){ uid, 42, "main" },
                     &(struct audit_what){ .event = "refused", .app = "chat", .verdict = "reserved" }, now);
}

/* What the lines say of refusals of uid: how many are written out, how many counted. */
static void count(const json_t *lines, uid_t uid, json_int_t *written, json_int_t *counted)
{
    size_t i;
    const json_t *line;
    *written = *counted = 0;
    json_array_foreach(lines, i, line)
    {
        if (json_integer_value(json_object_get(line, "uid")) != uid)
            continue;
        *counted += json_integer_value(json_object_get(line, "suppressed"));
        *written += json_object_get(line, "suppressed") == NULL;
    }
}

static const struct {
    const char *name;
    struct {
        uid_t uid;
        uint64_t now;
        int times;
    } asked[4];
    uid_t uid;
    json_int_t written, counted;
} refusals[] = {
    { "none", { { 0 } }, 0, 0, 0 },
    { "ten", { { 1, NOW, 10 } }, 1, 10, 0 },
    { "eleven", { { 1, NOW, 11 } }, 1, 10, 1 },
    { "root's", { { 0, NOW, 1000 } }, 0, 10, 990 },
    { "in two seconds", { { 1, NOW, 15 }, { 1, NOW + 1, 15 } }, 1, 20, 10 },
    { "of two", { { 1, NOW, 12 }, { 2, NOW, 3 }, { 1, NOW, 5 } }, 1, 10, 7 },
    { "of two, the other", { { 1, NOW, 12 }, { 2, NOW, 3 }, { 1, NOW, 5 } }, 2, 3, 0 },
    { "a clock that goes back", { { 1, NOW, 12 }, { 1, NOW - 100, 12 } }, 1, 20, 4 },
};

START_TEST(refusal)
{
    json_int_t written, counted;
    for (int i = 0; i < 4; i++)
        refuse(refusals[_i].asked[i].uid, refusals[_i].asked[i].now, refusals[_i].asked[i].times);
    ck_assert(audit_flush(&audit)); /* NOW is not the clock's second: what was counted is due */
    json_t *lines = read_lines(0);
    count(lines, refusals[_i].uid, &written, &counted);
    ck_assert_msg(written == refusals[_i].written && counted == refusals[_i].counted,
                  "%s: expected %lld lines and %lld counted, got %lld and %lld", refusals[_i].name,
                  (long long)refusals[_i].written, (long long)refusals[_i].counted, (long long)written,
                  (long long)counted);
    json_decref(lines);
}
END_TEST

/* More uids than there is room to count: nothing of them is lost. */
START_TEST(refusals_of_many)
{
    json_int_t written, counted;
    for (uid_t uid = 0; uid < 3 * AUDIT_UIDS; uid++)
        refuse(uid, NOW, 13);
    ck_assert(audit_flush(&audit));
    json_t *lines = read_lines(0);
    for (uid_t uid = 0; uid < 3 * AUDIT_UIDS; uid++) {
        count(lines, uid, &written, &counted);
        ck_assert_msg(written == 10 && counted == 3, "uid %u: expected 10 and 3, got %lld and %lld", uid,
                      (long long)written, (long long)counted);
    }
    json_decref(lines);
}
END_TEST

START_TEST(not_open)
{
    audit_close(&audit);
    ck_assert(!audit_flush(&audit)); /* no log, no signature */
    add("a", 1);
    ck_assert(!audit_flush(&audit));
    audit_open(&audit, fcntl(file, F_DUPFD_CLOEXEC, 0));
    ck_assert(audit_flush(&audit));
}
END_TEST

/* /dev/full takes nothing; the same descriptor recovers. */
START_TEST(full)
{
    int device = open("/dev/full", O_WRONLY | O_CLOEXEC);
    ck_assert_int_eq(dup2(device, audit.fd), audit.fd);
    ck_assert(audit_flush(&audit)); /* nothing to write, nothing known */
    for (int i = 0; i < 3; i++) {
        add("lost", 4);
        ck_assert_msg(!audit_flush(&audit), "flush %d on a full disk: expected false", i);
        ck_assert_msg(!audit_flush(&audit), "flush %d without a line after a failure: expected false", i);
    }
    ck_assert_int_ge(dup2(file, audit.fd), 0);
    ck_assert(!audit_flush(&audit)); /* only a written line tells that it is well again */
    add("kept", 4);
    ck_assert(audit_flush(&audit));
    json_t *lines = read_lines(0);
    ck_assert_uint_eq(json_array_size(lines), 1);
    ck_assert_str_eq(string_of(lines, 0, "identifier"), "kept");
    json_decref(lines);
    close(device);
}
END_TEST

/* A disk that is full in the midst of a line: one torn line, and the next one is whole. */
START_TEST(torn)
{
    struct rlimit whole, cut;
    struct stat st;
    add("first", 5);
    ck_assert(audit_flush(&audit));
    ck_assert_int_eq(fstat(file, &st), 0);
    signal(SIGXFSZ, SIG_IGN);
    ck_assert_int_eq(getrlimit(RLIMIT_FSIZE, &whole), 0);
    cut = (struct rlimit){ (rlim_t)st.st_size + 20, whole.rlim_max };
    ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &cut), 0);
    add("torn", 4);
    bool flushed = audit_flush(&audit);
    ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &whole), 0);
    ck_assert(!flushed);
    add("next", 4);
    ck_assert(audit_flush(&audit));
    json_t *lines = read_lines(1);
    ck_assert_uint_eq(json_array_size(lines), 2);
    ck_assert_str_eq(string_of(lines, 0, "identifier"), "first");
    ck_assert_str_eq(string_of(lines, 1, "identifier"), "next");
    json_decref(lines);
}
END_TEST

static void fill(TCase *tests)
{
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, all_fields);
    tcase_add_test(tests, any_bytes);
    tcase_add_test(tests, longest_line);
    tcase_add_loop_test(tests, refusal, 0, UNIT_ROWS(refusals));
    tcase_add_test(tests, refusals_of_many);
    tcase_add_test(tests, not_open);
    tcase_add_test(tests, full);
    tcase_add_test(tests, torn);
}

int main(void)
{
    return unit_run("audit", fill);
}
