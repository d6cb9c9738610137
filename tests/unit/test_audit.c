/* test_audit.c: lines of the audit log: each one JSON object; refusals counted; the master's notes. */
#include "ledger.h"
#include "unit.h"

#include <jansson.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#define NAME_BYTES 39 /* proto.h has no name field that holds more */
#define NOW LEDGER_NOW

static void add(const char *identifier, size_t len)
{
    struct audit_what what = { .event = "sign", .identifier = identifier, .identifier_len = len };
    audit_add(&ledger, &(struct audit_who){ 1000, 42, "main" }, &what, NOW);
}

static const struct usersig_claims claims = { 2, 1400000000, 0, NOW, 3600, 5, 0, "alice", "", "", "" };

START_TEST(all_fields)
{
    char signed_text[USERSIG_SIGNED_TEXT_MAX + 8], print[33];
    unsigned char hash[16];
    size_t len;
    struct audit_what what = { "sign", "chat", "sign", "2026a", "alice", 5, NOW, 3600, "ok", &claims, 0 };
    audit_add(&ledger, &(struct audit_who){ 33, 42, "main" }, &what, NOW);
    what.key = "2026b";
    audit_add(&ledger, &(struct audit_who){ (uid_t)-1, 0, NULL }, &what, NOW);
    ck_assert_int_eq(ledger_flush(), AUDIT_WRITTEN_ALL);
    json_t *lines = ledger_lines(0);
    ck_assert_uint_eq(json_array_size(lines), 2);
    json_t *expected =
        json_pack("{s:s, s:s, s:i, s:i, s:s, s:s, s:s, s:s, s:i, s:i, s:s, s:s, s:s}", "time",
                  "2026-11-23T02:13:20Z", "event", "sign", "uid", 33, "pid", 42, "socket", "main", "app",
                  "chat", "action", "sign", "identifier", "alice", "issued_at", NOW, "lifetime", 3600, "key",
                  "2026a", "fingerprint", ledger_string(lines, 0, "fingerprint"), "verdict", "ok");
    json_object_del(json_array_get(lines, 0), "seq");
    json_object_del(json_array_get(lines, 0), "prev");
    char *actual = json_dumps(json_array_get(lines, 0), 0);
    ck_assert_msg(json_equal(json_array_get(lines, 0), expected), "got %s", actual);
    ck_assert_int_eq(usersig_claims_text(&claims, signed_text, sizeof signed_text, &len), USERSIG_OK);
    memcpy(signed_text + len, "2026a", 5);
    crypto_generichash(hash, sizeof hash, (unsigned char *)signed_text, len + 5, NULL, 0);
    ck_assert_str_eq(ledger_string(lines, 0, "fingerprint"),
                     sodium_bin2hex(print, sizeof print, hash, sizeof hash));
    ck_assert_str_ne(ledger_string(lines, 0, "fingerprint"),
                     ledger_string(lines, 1, "fingerprint")); /* the key counts */
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
    ck_assert_int_eq(ledger_flush(), AUDIT_WRITTEN_ALL);
    json_t *lines = ledger_lines(0);
    ck_assert_uint_eq(json_array_size(lines), 4 * 256);
    for (size_t byte = 1; byte < 256; byte++) {
        const char *value = ledger_string(lines, byte * 4, "identifier");
        /* the byte's number as a character, in UTF-8 */
        char high = (char)(0xC0 | byte >> 6), low = (char)(0x80 | (byte & 0x3F));
        char wanted[3] = { byte < 0x80 ? (char)byte : high, byte < 0x80 ? '\0' : low, '\0' };
        ck_assert_msg(strcmp(value, wanted) == 0, "byte %zu: expected '%s', got '%s'", byte, wanted, value);
        ck_assert_str_eq(ledger_string(lines, byte * 4 + 1, "identifier"), "");
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
    struct audit_what what = { "refused_verify", name,       name, name,    identifier, sizeof identifier,
                               UINT64_MAX,       UINT64_MAX, name, &claims, 0 };
    audit_add(&ledger, &(struct audit_who){ (uid_t)-2, 1 << 22, name }, &what, UINT64_MAX >> 8);
    ck_assert_int_eq(ledger_flush(), AUDIT_WRITTEN_ALL);
    json_t *lines = ledger_lines(0);
    ck_assert_uint_eq(json_array_size(lines), 1);
    ck_assert_str_eq(ledger_string(lines, 0, "time"), "-");
    ck_assert_str_eq(ledger_string(lines, 0, "key"), name);
    json_decref(lines);
}
END_TEST

static void refuse(uid_t uid, uint64_t now, int times)
{
    while (times--)
        audit_refuse(&ledger, &(struct audit_who){ uid, 42, "main" },
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
        if (!json_object_get(line, "uid") || json_integer_value(json_object_get(line, "uid")) != uid)
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
    ledger_now += 9; /* what was counted is due */
    ck_assert_int_eq(ledger_flush(), AUDIT_WRITTEN_ALL);
    json_t *lines = ledger_lines(0);
    count(lines, refusals[_i].uid, &written, &counted);
    ck_assert_msg(written == refusals[_i].written && counted == refusals[_i].counted,
                  "%s: expected %lld lines and %lld counted, got %lld and %lld", refusals[_i].name,
                  (long long)refusals[_i].written, (long long)refusals[_i].counted, (long long)written,
                  (long long)counted);
    json_decref(lines);
}
END_TEST

/* More uids in one second than there is room for: the first have their lines, the others share ten; all are counted. */
START_TEST(refusals_of_many)
{
    json_int_t written, counted, shared = 0, total = 0;
    const uid_t uids = 3 * AUDIT_REFUSALS_UIDS;
    size_t i;
    const json_t *line;
    for (int round = 0; round < 13; round++)
        for (uid_t uid = 0; uid < uids; uid++)
            refuse(uid, NOW, 1);
    ledger_now++;
    ck_assert_int_eq(ledger_flush(), AUDIT_WRITTEN_ALL);
    json_t *lines = ledger_lines(0);
    json_array_foreach(lines, i, line)
    {
        if (!json_object_get(line, "uid"))
            shared += json_integer_value(json_object_get(line, "suppressed"));
    }
    for (uid_t uid = 0; uid < uids; uid++) {
        count(lines, uid, &written, &counted);
        total += written + counted;
        if (uid < AUDIT_REFUSALS_UIDS)
            ck_assert_msg(written == 10 && counted == 3, "uid %u: expected 10 and 3, got %lld and %lld", uid,
                          (long long)written, (long long)counted);
    }
    ck_assert_int_eq(total + shared, 13 * uids);
    ck_assert_uint_eq(json_array_size(lines), AUDIT_REFUSALS_UIDS * 11 + 10 + 1);
    json_decref(lines);
}
END_TEST

/* A uid that comes in the next second has a place again, and the counts of before are not lost. */
START_TEST(refusals_of_many_seconds)
{
    json_int_t written, counted;
    for (uint64_t second = 0; second < 3; second++)
        for (uid_t uid = 0; uid < AUDIT_REFUSALS_UIDS; uid++)
            refuse(uid + (uid_t)second, NOW + second, 13);
    ledger_now += 9;
    ck_assert_int_eq(ledger_flush(), AUDIT_WRITTEN_ALL);
    json_t *lines = ledger_lines(0);
    for (uid_t uid = 0; uid < AUDIT_REFUSALS_UIDS + 2; uid++) {
        json_int_t seconds = uid < 2                     ? uid + 1
                             : uid < AUDIT_REFUSALS_UIDS ? 3
                                                         : AUDIT_REFUSALS_UIDS + 2 - uid;
        count(lines, uid, &written, &counted);
        ck_assert_msg(written == 10 * seconds && counted == 3 * seconds,
                      "uid %u: expected %lld seconds of 10 and 3, got %lld and %lld", uid, (long long)seconds,
                      (long long)written, (long long)counted);
    }
    json_decref(lines);
}
END_TEST

static const struct {
    struct proto_note note;
    const char *line; /* NULL: refused */
} notes[] = {
    { { 7, PROTO_NOTE_START, 0, UINT32_MAX, 0, "", "", "" },
      "{\"event\":\"start\",\"generation\":7,\"verdict\":\"ok\"}" },
    { { 0, PROTO_NOTE_STOP, 0, UINT32_MAX, 0, "", "", "" }, "{\"event\":\"stop\",\"verdict\":\"ok\"}" },
    { { 8, PROTO_NOTE_RELOAD, 1, 0, 42, "", "", "line 3" },
      "{\"event\":\"reload\",\"uid\":0,\"pid\":42,\"generation\":8,\"detail\":\"line 3\",\"verdict\":\"failed\"}" },
    { { 0, PROTO_NOTE_REVOKED, 0, UINT32_MAX, 0, "chat", "2026a", "" },
      "{\"event\":\"revoked\",\"app\":\"chat\",\"key\":\"2026a\",\"verdict\":\"ok\"}" },
    { { 0, PROTO_NOTE_FREEZE, 0, 0, 42, "chat", "", "" },
      "{\"event\":\"freeze\",\"uid\":0,\"pid\":42,\"app\":\"chat\",\"verdict\":\"ok\"}" },
    { { 0, PROTO_NOTE_THAW, 0, 0, 42, "", "", "" },
      "{\"event\":\"thaw\",\"uid\":0,\"pid\":42,\"verdict\":\"ok\"}" },
    { { NOW, PROTO_NOTE_FLUSH, 0, 33, 42, "chat", "boss", "" },
      "{\"event\":\"flush\",\"uid\":33,\"pid\":42,\"app\":\"chat\",\"identifier\":\"boss\","
      "\"issued_at\":1795400000,\"verdict\":\"ok\"}" },
    { { 5, PROTO_NOTE_PUBLISHED, 0, UINT32_MAX, 0, "chat", "boss", "" },
      "{\"event\":\"published\",\"app\":\"chat\",\"identifier\":\"boss\",\"issued_at\":5,\"verdict\":\"ok\"}" },
    { { 0, PROTO_NOTE_WITHDRAWN, 1, UINT32_MAX, 0, "chat", "boss", "a\"b" },
      "{\"event\":\"withdrawn\",\"app\":\"chat\",\"identifier\":\"boss\",\"detail\":\"a\\\"b\","
      "\"verdict\":\"failed\"}" },
    { { 0, PROTO_NOTES, 0, 0, 0, "", "", "" }, NULL },
    { { 0, UINT32_MAX, 0, 0, 0, "", "", "" }, NULL },
    { { 0, PROTO_NOTE_STOP, 0, 0, 0, "a\nb", "", "" }, NULL },
    { { 0, PROTO_NOTE_STOP, 0, 0, 0, "", "\x7f", "" }, NULL },
    { { 0, PROTO_NOTE_STOP, 0, 0, 0, "", "", "\xc3\xa4" }, NULL },
    { { 0, PROTO_NOTE_STOP, 0, 0, 0, "", "",
        "0123456789012345678901234567890123456789012345678901234567890123" },
      NULL }, /* not terminated */
};

START_TEST(note)
{
    bool taken = audit_note(&ledger, &notes[_i].note, NOW);
    ck_assert_int_eq(taken, notes[_i].line != NULL);
    ck_assert_int_eq(ledger_flush(), AUDIT_WRITTEN_ALL);
    json_t *lines = ledger_lines(0), *line = json_array_get(lines, 0);
    ck_assert_uint_eq(json_array_size(lines), taken);
    if (taken) {
        json_t *expected = json_loads(notes[_i].line, 0, NULL);
        ck_assert_ptr_nonnull(expected);
        json_object_del(line, "time");
        json_object_del(line, "seq");
        json_object_del(line, "prev");
        char *actual = json_dumps(line, 0);
        ck_assert_msg(json_equal(line, expected), "expected %s, got %s", notes[_i].line, actual);
        free(actual);
        json_decref(expected);
    }
    json_decref(lines);
}
END_TEST

static void fill(TCase *tests)
{
    tcase_add_checked_fixture(tests, ledger_start, ledger_stop);
    tcase_add_test(tests, all_fields);
    tcase_add_test(tests, any_bytes);
    tcase_add_test(tests, longest_line);
    tcase_add_loop_test(tests, refusal, 0, UNIT_ROWS(refusals));
    tcase_add_test(tests, refusals_of_many);
    tcase_add_test(tests, refusals_of_many_seconds);
    tcase_add_loop_test(tests, note, 0, UNIT_ROWS(notes));
}

int main(void)
{
    return unit_run("audit", fill);
}
