/* test_lying_userbuf.c: a front that asks for userbufs: the signer writes a room's, keeps to the caller's rights, and
 * signs no bytes of the front's own. */
#include "unit.h"

#include "rig.h"

#include <fcntl.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static struct chan front;
static uint32_t handle;

static void set_up(void)
{
    rig_start();
    rig_front(&front, 0);
    handle = rig_client(&front);
}

static void tear_down(void)
{
    chan_close(&front);
    rig_lives();
    rig_stop();
}

static const struct {
    const char *name, *identifier;
    uint32_t app;
    uint64_t lifetime; /* 0: the default */
    uint32_t kind, room, rights;
    const char *bytes;
    uint32_t status, error;
} rows[] = {
    { "a room", "alice", 0, 60, PROTO_USERBUF_ROOM, 4711, RIG_RIGHTS, "", PROTO_DONE, 0 },
    { "a room by name", "alice", 0, 0, PROTO_USERBUF_ROOM_NAMED, 0, 2, "lobby", PROTO_DONE, 0 },
    { "no room", "alice", 0, 60, PROTO_USERBUF_ROOM, 0, 2, "", PROTO_FIELD, USERSIG_ERR_USERBUF },
    { "no name", "alice", 0, 60, PROTO_USERBUF_ROOM_NAMED, 1, 2, "", PROTO_FIELD, USERSIG_ERR_USERBUF },
    { "a name of two lines", "alice", 0, 60, PROTO_USERBUF_ROOM_NAMED, 0, 2, "a\nb", PROTO_FIELD,
      USERSIG_ERR_USERBUF },
    { "no right", "alice", 0, 60, PROTO_USERBUF_ROOM, 4711, 0, "", PROTO_FIELD, USERSIG_ERR_USERBUF },
    { "rights over the mask", "alice", 0, 60, PROTO_USERBUF_ROOM, 4711, 255, "", PROTO_OVER_RIGHTS, 0 },
    { "rights that are none", "alice", 0, 60, PROTO_USERBUF_ROOM, 4711, 1u << 31, "", PROTO_OVER_RIGHTS, 0 },
    { "over the cap", "alice", 0, RIG_CAP + 1, PROTO_USERBUF_ROOM, 4711, 2, "", PROTO_OVER_CAP, 0 },
    { "an administrator in a room", "Administrator", 0, 60, PROTO_USERBUF_ROOM, 4711, 2, "", PROTO_RESERVED,
      0 },
    { "bytes", "alice", 0, 60, PROTO_USERBUF_RAW, 0, 0, "bytes", PROTO_NO_USERBUF, 0 },
    { "an administrator's bytes", "boss", 0, 60, PROTO_USERBUF_RAW, 0, 0, "bytes", PROTO_RESERVED, 0 },
    { "an app without a grant", "alice", 1, 60, PROTO_USERBUF_ROOM, 4711, 2, "", PROTO_FORBIDDEN, 0 },
    { "an app that is not there", "alice", 2, 60, PROTO_USERBUF_ROOM, 4711, 2, "", PROTO_FORBIDDEN, 0 },
};

static struct proto_sign_userbuf asked_of(int i)
{
    struct proto_sign_userbuf asked = { .sign = rig_sign(handle, rows[i].identifier) };
    asked.sign.app = rows[i].app;
    asked.sign.lifetime = rows[i].lifetime;
    asked.sign.default_lifetime = !rows[i].lifetime;
    asked.kind = rows[i].kind;
    asked.room = rows[i].room;
    asked.rights = rows[i].rights;
    asked.len = (uint32_t)strlen(rows[i].bytes);
    memcpy(asked.bytes, rows[i].bytes, asked.len);
    return asked;
}

/* The proof is about the userbuf in the answer, and that is of the room that was asked for. */
static void check(const struct proto_sign_userbuf *asked, const struct proto_signed_userbuf *answer)
{
    struct usersig_claims claims = { .version = (int)answer->is.version,
                                     .sdkappid = RIG_SDKAPPID,
                                     .issued_at = answer->is.issued_at,
                                     .lifetime = answer->is.lifetime,
                                     .identifier_len = asked->sign.identifier_len,
                                     .userbuf_len = answer->len };
    struct usersig_expect expect = { .sdkappid = RIG_SDKAPPID,
                                     .identifier = claims.identifier,
                                     .flags = USERSIG_ANY_USERBUF };
    struct usersig_room room;
    usersig_key *key;
    memcpy(claims.identifier, asked->sign.identifier, claims.identifier_len);
    memcpy(claims.userbuf, answer->bytes, claims.userbuf_len);
    ck_assert_int_eq(usersig_key_hmac(&key, RIG_KEY, sizeof RIG_KEY - 1), USERSIG_OK);
    ck_assert_int_eq(usersig_check((const usersig_key *const *)&key, 1, &claims, answer->is.proof,
                                   answer->is.proof_len, &expect, (uint64_t)time(NULL), NULL),
                     USERSIG_OK);
    usersig_key_free(key);
    ck_assert_int_eq(usersig_room_decode(&room, claims.userbuf, claims.userbuf_len), USERSIG_OK);
    ck_assert_str_eq(room.identifier, claims.identifier);
    ck_assert_uint_eq(room.sdkappid, RIG_SDKAPPID);
    ck_assert_uint_eq(room.expiry, claims.issued_at + claims.lifetime);
    ck_assert_uint_eq(room.number, asked->room);
    ck_assert_uint_eq(room.rights, asked->rights);
    ck_assert_uint_eq(room.name_len, asked->kind == PROTO_USERBUF_ROOM_NAMED ? asked->len : 0);
}

START_TEST(row)
{
    static const struct proto_signed_userbuf none;
    struct proto_sign_userbuf asked = asked_of(_i);
    struct proto_signed_userbuf answer;
    ck_assert(rig_ask(&front, PROTO_SIGN_USERBUF, &asked, -1, PROTO_SIGNED_USERBUF, &answer));
    ck_assert_uint_eq(answer.is.id, asked.sign.id);
    ck_assert_msg(answer.is.status == rows[_i].status && answer.is.error == rows[_i].error,
                  "%s: expected %u and error %u, got %u and %u", rows[_i].name, rows[_i].status,
                  rows[_i].error, answer.is.status, answer.is.error);
    if (answer.is.status == PROTO_DONE) {
        check(&asked, &answer);
        return;
    }
    ck_assert_mem_eq(answer.is.proof, none.is.proof, sizeof none.is.proof);
    ck_assert_mem_eq(answer.bytes, none.bytes, sizeof none.bytes);
    if (answer.is.status == PROTO_OVER_RIGHTS)
        ck_assert_uint_eq(answer.is.cap, RIG_RIGHTS);
}
END_TEST

START_TEST(no_audit_no_proof)
{
    static const struct proto_signed_userbuf none;
    struct proto_sign_userbuf asked = asked_of(0);
    struct proto_signed_userbuf answer;
    struct proto_issue issue = { .lifetime = 60, .generation = rig.generation };
    struct proto_audit audit = { PROTO_SYNC_NONE };
    struct proto_issued issued;
    int fd = open("/dev/full", O_WRONLY | O_CLOEXEC);
    ck_assert(chan_send(&rig.master, PROTO_AUDIT, &audit, fd));
    ck_assert(rig_ask(&rig.master, PROTO_ISSUE, &issue, -1, PROTO_ISSUED, &issued)); /* it has been heard */
    ck_assert(rig_ask(&front, PROTO_SIGN_USERBUF, &asked, -1, PROTO_SIGNED_USERBUF, &answer));
    ck_assert_uint_eq(answer.is.status, PROTO_UNAVAILABLE);
    ck_assert_uint_eq(answer.is.generation, rig.generation);
    ck_assert_mem_eq(answer.is.proof, none.is.proof, sizeof none.is.proof);
    ck_assert_mem_eq(answer.bytes, none.bytes, sizeof none.bytes);
    ck_assert(chan_send(&rig.master, PROTO_AUDIT, &audit, rig.audit));
    ck_assert_int_eq(chan_flush(&rig.master), 0);
    close(fd);
}
END_TEST

static void fill(TCase *tests)
{
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_loop_test(tests, row, 0, UNIT_ROWS(rows));
    tcase_add_test(tests, no_audit_no_proof);
}

int main(void)
{
    return unit_run("lying_userbuf", fill);
}
