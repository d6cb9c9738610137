/* test_lying_sign.c: whatever a front asks to be signed, the signer's own policy decides, and nothing leaves unaudited. */
#include "unit.h"

#include "rig.h"

#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define CUT 255 /* no answer: the channel is closed */

static struct chan front, other;
static uint32_t handle;

static void set_up(void)
{
    rig_start();
    rig_front(&front, 0);
    rig_front(&other, 1);
    handle = rig_client(&front);
}

static void tear_down(void)
{
    chan_close(&front);
    chan_close(&other);
    rig_lives();
    rig_stop();
}

/* ---- SIGN ------------------------------------------------------------------------------------------ */

static const struct {
    const char *name, *identifier;
    uint32_t app, handle_more;
    uint64_t lifetime; /* 0: the default */
    uint32_t status, error;
} signs[] = {
    { "granted", "alice", 0, 0, 60, PROTO_DONE, 0 },
    { "granted at the cap", "alice", 0, 0, RIG_CAP, PROTO_DONE, 0 },
    { "granted by default", "alice", 0, 0, 0, PROTO_DONE, 0 },
    { "over the cap", "alice", 0, 0, RIG_CAP + 1, PROTO_OVER_CAP, 0 },
    { "far over the cap", "alice", 0, 0, UINT64_MAX, PROTO_OVER_CAP, 0 },
    { "an administrator", "administrator", 0, 0, 60, PROTO_RESERVED, 0 },
    { "an administrator, capital", "Administrator", 0, 0, 60, PROTO_RESERVED, 0 },
    { "an administrator, capitals", "ADMINISTRATOR", 0, 0, 60, PROTO_RESERVED, 0 },
    { "an administrator, mixed", "aDmInIsTrAtOr", 0, 0, 60, PROTO_RESERVED, 0 },
    { "the other administrator", "Boss", 0, 0, 60, PROTO_RESERVED, 0 },
    { "the other administrator, small", "boss", 0, 0, 60, PROTO_RESERVED, 0 },
    { "an administrator and a space", "administrator ", 0, 0, 60, PROTO_FIELD, USERSIG_ERR_IDENTIFIER },
    { "a space and an administrator", " administrator", 0, 0, 60, PROTO_FIELD, USERSIG_ERR_IDENTIFIER },
    { "an administrator and a newline", "administrator\n", 0, 0, 60, PROTO_FIELD, USERSIG_ERR_IDENTIFIER },
    { "a line of its own", "a\nTLS.sdkappid:1", 0, 0, 60, PROTO_FIELD, USERSIG_ERR_IDENTIFIER },
    { "beyond ASCII",
      "\xC4\x80"
      "dministrator",
      0, 0, 60, PROTO_FIELD, USERSIG_ERR_IDENTIFIER },
    { "fullwidth",
      "\xEF\xBC\xA1"
      "dministrator",
      0, 0, 60, PROTO_FIELD, USERSIG_ERR_IDENTIFIER },
    { "reserved", "ops", 0, 0, 60, PROTO_RESERVED, 0 },
    { "reserved, capitals", "OPS", 0, 0, 60, PROTO_RESERVED, 0 },
    { "a group of the service", "@TGS#1ABC", 0, 0, 60, PROTO_RESERVED, 0 },
    { "a bot of the service", "@rbt#001", 0, 0, 60, PROTO_RESERVED, 0 },
    { "nothing", "", 0, 0, 60, PROTO_FIELD, USERSIG_ERR_IDENTIFIER },
    { "33 bytes", "abcdefghijklmnopqrstuvwxyz0123456", 0, 0, 60, PROTO_FIELD, USERSIG_ERR_IDENTIFIER },
    { "an app without a grant", "alice", 1, 0, 60, PROTO_FORBIDDEN, 0 },
    { "an administrator of it", "administrator", 1, 0, 60, PROTO_FORBIDDEN, 0 },
    { "an app beyond the last", "alice", 2, 0, 60, PROTO_FORBIDDEN, 0 },
    { "app 64", "alice", SIGD_APPS_MAX, 0, 60, PROTO_FORBIDDEN, 0 },
    { "app 2^32 - 1", "alice", UINT32_MAX, 0, 60, PROTO_FORBIDDEN, 0 },
    { "a handle that is none", "alice", 0, 1, 60, CUT, 0 },
    { "handle 2^32 - 1", "alice", 0, UINT32_MAX, 60, CUT, 0 },
};

START_TEST(sign_row)
{
    struct proto_sign sign = rig_sign(handle + signs[_i].handle_more, signs[_i].identifier);
    struct proto_signed answer;
    sign.app = signs[_i].app;
    sign.lifetime = signs[_i].lifetime;
    sign.default_lifetime = !signs[_i].lifetime;
    uint32_t status = rig_signed(&front, &sign, &answer) ? answer.status : CUT;
    ck_assert_msg(status == signs[_i].status, "%s: expected %u, got %u", signs[_i].name, signs[_i].status,
                  status);
    if (status == CUT)
        return;
    ck_assert_msg(answer.error == signs[_i].error, "%s: expected error %u, got %u", signs[_i].name,
                  signs[_i].error, answer.error);
    if (status == PROTO_DONE)
        ck_assert_uint_eq(answer.lifetime, signs[_i].lifetime ? signs[_i].lifetime : 3600);
    if (status == PROTO_OVER_CAP)
        ck_assert_uint_eq(answer.cap, RIG_CAP);
}
END_TEST

START_TEST(identifier_with_nul)
{
    struct proto_sign sign = rig_sign(handle, "administratorX");
    struct proto_signed answer;
    sign.identifier[13] = '\0'; /* for a C string this would be the administrator */
    ck_assert(rig_signed(&front, &sign, &answer));
    ck_assert_uint_eq(answer.status, PROTO_FIELD);
}
END_TEST

/* A handle counts on its own front only, and only while it is open. */
START_TEST(handle_of_another_front)
{
    struct proto_sign sign = rig_sign(handle, "alice");
    struct proto_signed answer;
    ck_assert(!rig_signed(&other, &sign, &answer));
    ck_assert(rig_signed(&front, &sign, &answer));
    ck_assert_uint_eq(answer.status, PROTO_DONE);
}
END_TEST

START_TEST(handle_closed)
{
    struct proto_sign sign = rig_sign(handle, "alice");
    struct proto_signed answer;
    ck_assert(chan_send(&front, PROTO_CLOSE, &(struct proto_close){ handle }, -1));
    ck_assert(!rig_signed(&front, &sign, &answer));
}
END_TEST

START_TEST(handle_closed_twice)
{
    for (int i = 0; i < 2; i++)
        ck_assert(chan_send(&front, PROTO_CLOSE, &(struct proto_close){ handle }, -1));
    ck_assert(rig_is_cut(&front));
}
END_TEST

/* A place that is used again holds nothing of who had it before. */
START_TEST(handle_used_again)
{
    int fd = open("/dev/null", O_RDWR | O_CLOEXEC);
    ck_assert(chan_send(&front, PROTO_CLOSE, &(struct proto_close){ handle }, -1));
    ck_assert_uint_eq(rig_open(&front, fd).status, PROTO_FORBIDDEN);
    struct proto_sign sign = rig_sign(handle, "alice");
    struct proto_signed answer;
    ck_assert(!rig_signed(&front, &sign, &answer));
}
END_TEST

/* ---- the audit log --------------------------------------------------------------------------------- */

START_TEST(no_audit_no_proof)
{
    struct proto_sign sign = rig_sign(handle, "alice");
    struct proto_signed answer;
    struct proto_issue issue = { .lifetime = 60, .generation = rig.generation };
    struct proto_issued issued;
    static const uint8_t none[32];
    int fd = open("/dev/full", O_WRONLY | O_CLOEXEC);
    ck_assert(chan_send(&rig.master, PROTO_AUDIT, &(struct proto_audit){ PROTO_SYNC_NONE }, fd));
    ck_assert(rig_ask(&rig.master, PROTO_ISSUE, &issue, -1, PROTO_ISSUED, &issued));
    ck_assert_uint_eq(issued.status, PROTO_UNAVAILABLE);
    ck_assert_mem_eq(issued.proof, none, sizeof none);
    ck_assert(rig_signed(&front, &sign, &answer)); /* which sees to it that the proof is none */
    ck_assert_uint_eq(answer.status, PROTO_UNAVAILABLE);
    /* by another model's the front would ask again, without end */
    ck_assert_uint_eq(answer.generation, rig.generation);
    ck_assert(chan_send(&rig.master, PROTO_AUDIT, &(struct proto_audit){ PROTO_SYNC_NONE }, rig.audit));
    ck_assert_int_eq(chan_flush(&rig.master), 0);
    close(fd);
}
END_TEST

/* The log moves to another file while all runs: each line is in one of them, the first of the second has the hash of the
 * last of the first. */
START_TEST(another_file)
{
    struct proto_signed answer;
    struct proto_note note = { .event = PROTO_NOTE_FREEZE, .uid = 42, .app = "chat" };
    struct proto_sign sign = rig_sign(handle, "alice");
    char text[4096];
    int fd = memfd_create("second", MFD_CLOEXEC);
    ck_assert(rig_signed(&front, &sign, &answer));
    off_t size = lseek(rig.audit, 0, SEEK_END);
    ck_assert(chan_send(&rig.master, PROTO_AUDIT, &(struct proto_audit){ PROTO_SYNC_BATCH }, fd) &&
              chan_send(&rig.master, PROTO_NOTE, &note, -1));
    rig_lives(); /* it has been heard */
    ck_assert(rig_signed(&front, &sign, &answer));
    ck_assert_int_eq(lseek(rig.audit, 0, SEEK_END), size);
    ssize_t n = pread(fd, text, sizeof text - 1, 0);
    ck_assert_int_gt(n, 0);
    text[n] = '\0';
    ck_assert_ptr_eq(strstr(text, "\"event\":\"open\""), text + 31);
    ck_assert_ptr_nonnull(strstr(text, "\"event\":\"freeze\",\"uid\":42,\"pid\":0,\"app\":\"chat\""));
    ck_assert_ptr_nonnull(strstr(text, "\"event\":\"sign\""));
    ck_assert_ptr_null(strstr(text, "\"prev\":\"00000000"));
    close(fd);
}
END_TEST

/* By the time that a proof is here its line is in the file. */
START_TEST(audited_before)
{
    struct stat before, after;
    struct proto_signed answer;
    for (int i = 0; i < 100; i++) {
        struct proto_sign sign = rig_sign(handle, "alice");
        ck_assert_int_eq(fstat(rig.audit, &before), 0);
        ck_assert(rig_signed(&front, &sign, &answer));
        ck_assert_int_eq(fstat(rig.audit, &after), 0);
        ck_assert_int_gt(after.st_size, before.st_size);
    }
}
END_TEST

static void fill(TCase *tests)
{
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_loop_test(tests, sign_row, 0, UNIT_ROWS(signs));
    tcase_add_test(tests, identifier_with_nul);
    tcase_add_test(tests, handle_of_another_front);
    tcase_add_test(tests, handle_closed);
    tcase_add_test(tests, handle_closed_twice);
    tcase_add_test(tests, handle_used_again);
    tcase_add_test(tests, no_audit_no_proof);
    tcase_add_test(tests, another_file);
    tcase_add_test(tests, audited_before);
}

int main(void)
{
    return unit_run("lying_sign", fill);
}
