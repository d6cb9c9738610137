/* test_lying_frames.c: a front that sends what it may not gets a refusal or is cut off; the signer serves the others. */
#include "unit.h"

#include "rig.h"

#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>

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

/* ---- other ops, and lengths inside of frames ------------------------------------------------------- */

static const struct {
    const char *name;
    uint16_t op;
    size_t at; /* of the uint32_t that is out of bounds */
    uint32_t value;
} fields[] = {
    { "SIGN identifier_len 256", PROTO_SIGN, offsetof(struct proto_sign, identifier_len), 256 },
    { "SIGN identifier_len 65535", PROTO_SIGN, offsetof(struct proto_sign, identifier_len), 65535 },
    { "SIGN identifier_len 2^32 - 1", PROTO_SIGN, offsetof(struct proto_sign, identifier_len), UINT32_MAX },
    { "SIGN_SHORT identifier_len 33", PROTO_SIGN_SHORT, offsetof(struct proto_sign_short, identifier_len),
      33 },
    { "SIGN_SHORT identifier_len 2^32 - 1", PROTO_SIGN_SHORT,
      offsetof(struct proto_sign_short, identifier_len), UINT32_MAX },
    { "SIGN_SHORT handle", PROTO_SIGN_SHORT, offsetof(struct proto_sign_short, handle), 70000 },
    { "SIGN_USERBUF identifier_len 256", PROTO_SIGN_USERBUF, offsetof(struct proto_sign, identifier_len),
      256 },
    { "SIGN_USERBUF handle", PROTO_SIGN_USERBUF, offsetof(struct proto_sign, handle), 70000 },
    { "SIGN_USERBUF kind", PROTO_SIGN_USERBUF, offsetof(struct proto_sign_userbuf, kind), PROTO_USERBUFS },
    { "SIGN_USERBUF len 513", PROTO_SIGN_USERBUF, offsetof(struct proto_sign_userbuf, len), 513 },
    { "SIGN_USERBUF len 2^32 - 1", PROTO_SIGN_USERBUF, offsetof(struct proto_sign_userbuf, len), UINT32_MAX },
    { "VERIFY identifier_len 256", PROTO_VERIFY, offsetof(struct proto_verify, identifier_len), 256 },
    { "VERIFY identifier_len 2^32 - 1", PROTO_VERIFY, offsetof(struct proto_verify, identifier_len),
      UINT32_MAX },
    { "VERIFY expected_len 256", PROTO_VERIFY, offsetof(struct proto_verify, expected_len), 256 },
    { "VERIFY expected_len 65535", PROTO_VERIFY, offsetof(struct proto_verify, expected_len), 65535 },
    { "VERIFY userbuf_len 513", PROTO_VERIFY, offsetof(struct proto_verify, userbuf_len), 513 },
    { "VERIFY userbuf_len 65535", PROTO_VERIFY, offsetof(struct proto_verify, userbuf_len), 65535 },
    { "VERIFY proof_len 65", PROTO_VERIFY, offsetof(struct proto_verify, proof_len), 65 },
    { "VERIFY proof_len 2^32 - 1", PROTO_VERIFY, offsetof(struct proto_verify, proof_len), UINT32_MAX },
    { "VERIFY handle", PROTO_VERIFY, offsetof(struct proto_verify, handle), 70000 },
    { "SERVED handle", PROTO_SERVED, offsetof(struct proto_served, handle), 70000 },
    { "SERVED app", PROTO_SERVED, offsetof(struct proto_served, app), 2 },
    { "SERVED app 2^32 - 1", PROTO_SERVED, offsetof(struct proto_served, app), UINT32_MAX },
    { "SERVED admin", PROTO_SERVED, offsetof(struct proto_served, admin), 2 },
    { "SERVED admin 2^32 - 1", PROTO_SERVED, offsetof(struct proto_served, admin), UINT32_MAX },
    { "SERVED kind", PROTO_SERVED, offsetof(struct proto_served, kind), PROTO_KINDS },
    { "REFUSED handle", PROTO_REFUSED, offsetof(struct proto_refused, handle), 70000 },
    { "REFUSED app", PROTO_REFUSED, offsetof(struct proto_refused, app), 2 },
    { "SERVED of no model", PROTO_SERVED, offsetof(struct proto_served, generation), 70000 },
    { "REFUSED of no model", PROTO_REFUSED, offsetof(struct proto_refused, generation), 70000 },
    { "REFUSED app 2^32 - 2", PROTO_REFUSED, offsetof(struct proto_refused, app), UINT32_MAX - 1 },
    { "CLOSE handle", PROTO_CLOSE, offsetof(struct proto_close, handle), 70000 },
    { "CLOSE handle 2^32 - 1", PROTO_CLOSE, offsetof(struct proto_close, handle), UINT32_MAX },
};

START_TEST(field)
{
    _Alignas(8) uint8_t body[2048] = { 0 };
    if (fields[_i].op == PROTO_VERIFY) /* a ticket that gets as far as its proof */
        *(struct proto_verify *)body = (struct proto_verify){ .handle = handle,
                                                              .generation = rig.generation,
                                                              .version = 2,
                                                              .proof_len = 32,
                                                              .identifier_len = 1,
                                                              .identifier = "a" };
    else if (fields[_i].op == PROTO_SERVED)
        ((struct proto_served *)(void *)body)->generation = rig.generation;
    else if (fields[_i].op == PROTO_REFUSED)
        ((struct proto_refused *)(void *)body)->generation = rig.generation;
    memcpy(body + fields[_i].at, &fields[_i].value, sizeof fields[_i].value);
    ck_assert(chan_send(&front, fields[_i].op, body, -1));
    ck_assert_msg(rig_is_cut(&front), "%s: was not cut off", fields[_i].name);
}
END_TEST

/* What a front says that it handed out must have been issued, and to somebody who may read it. */
static const struct {
    const char *name;
    uint64_t later; /* than it was issued, seconds */
    uint32_t app, admin, kind;
    bool cut;
} told[] = {
    { "as it was", 0, 0, 0, PROTO_KIND_ADMIN, false },
    { "another time", 1, 0, 0, PROTO_KIND_ADMIN, true },
    { "time 0", UINT64_MAX, 0, 0, PROTO_KIND_ADMIN, true },
    { "another administrator", 0, 0, 1, PROTO_KIND_ADMIN, true },
    { "another app", 0, 1, 0, PROTO_KIND_ADMIN, true },
    { "a URL", 0, 0, 0, PROTO_KIND_URL, true },
};

START_TEST(served)
{
    struct proto_issue issue = { .lifetime = 60, .generation = rig.generation };
    struct proto_issued issued;
    struct proto_signed answer;
    ck_assert(rig_ask(&rig.master, PROTO_ISSUE, &issue, -1, PROTO_ISSUED, &issued));
    struct proto_served body = { issued.issued_at + told[_i].later,
                                 handle,
                                 told[_i].app,
                                 told[_i].admin,
                                 told[_i].kind,
                                 rig.generation,
                                 0 };
    if (told[_i].later == UINT64_MAX)
        body.issued_at = 0;
    ck_assert(chan_send(&front, PROTO_SERVED, &body, -1));
    struct proto_sign sign = rig_sign(handle, "alice");
    bool cut = !rig_signed(&front, &sign, &answer);
    ck_assert_msg(cut == told[_i].cut, "%s: expected cut %d, got %d", told[_i].name, told[_i].cut, cut);
}
END_TEST

/* Every op that is not of a front to the signer, as the front's: the master's, answers, the other channels'. */
START_TEST(every_other_op)
{
    static const uint8_t body[2048];
    for (uint16_t op = 0; op < 1024; op++) {
        struct chan liar;
        if (proto_len(op) < 0 || (op >= PROTO_OPEN && op < PROTO_CALLER))
            continue;
        rig_front(&liar, 2);
        ck_assert(chan_send(&liar, op, body, proto_has_fd(op) ? rig.listener : -1));
        ck_assert_msg(rig_is_cut(&liar), "op %u: was not cut off", op);
        chan_close(&liar);
    }
}
END_TEST

/* A sound frame before one that is not: its answer does not leave either. */
START_TEST(sound_then_not)
{
    struct proto_sign sign = rig_sign(handle, "alice");
    ck_assert(chan_send(&front, PROTO_SIGN, &sign, -1));
    ck_assert(chan_send(&front, PROTO_ISSUE,
                        &(struct proto_issue){ .lifetime = 60, .generation = rig.generation }, -1));
    ck_assert(rig_is_cut(&front));
}
END_TEST

static const struct {
    const char *name;
    struct proto_header header;
    size_t len;      /* of the packet */
    size_t pipe_len; /* of what goes into the pipe, where a frame may come in parts; 0: nothing */
} raw[] = {
    { "unknown op", { 1, PROTO_CALLER - 1, 0, 0 }, 8, 8 },
    { "protocol 2", { 2, PROTO_CLOSE, 4, 0 }, 16, 16 },
    { "wrong length", { 1, PROTO_CLOSE, 8, 0 }, 16, 16 },
    { "length 65535", { 1, PROTO_CLOSE, 65535, 0 }, 16, 8 },
    { "length of none", { 1, PROTO_CLOSE, CHAN_FRAME_MAX, 0 }, 16, 8 },
    { "no descriptor", { 1, PROTO_OPEN, 4, 1 }, 16, 16 },
    { "half a header", { 1, PROTO_CLOSE, 4, 0 }, 4, 0 },
    { "cut", { 1, PROTO_SIGN, sizeof(struct proto_sign), 0 }, 64, 0 },
    { "empty", { 0 }, 0, 0 },
    { "zeros", { 0 }, 64, 64 },
    { "too large", { 1, PROTO_CLOSE, 4, 0 }, CHAN_PACKET_MAX + 8, 0 },
};

START_TEST(raw_packet)
{
    static uint8_t bytes[CHAN_PACKET_MAX + 8];
    memcpy(bytes, &raw[_i].header, sizeof raw[_i].header);
    ck_assert_int_eq(send(front.fd, bytes, raw[_i].len, MSG_NOSIGNAL), (ssize_t)raw[_i].len);
    ck_assert_msg(rig_is_cut(&front), "%s: was not cut off", raw[_i].name);
}
END_TEST

START_TEST(raw_pipe)
{
    static uint8_t bytes[64];
    memcpy(bytes, &raw[_i].header, sizeof raw[_i].header);
    if (raw[_i].pipe_len) {
        ck_assert_int_eq(write(front.to, bytes, raw[_i].pipe_len), (ssize_t)raw[_i].pipe_len);
        ck_assert_msg(rig_is_cut(&front), "%s: was not cut off", raw[_i].name);
    }
}
END_TEST

/* A question that comes byte by byte is a question. */
START_TEST(drips)
{
    struct proto_sign sign = rig_sign(handle, "alice");
    struct proto_signed answer;
    ck_assert(chan_send(&front, PROTO_SIGN, &sign, -1));
    for (size_t i = 0; i < front.out_len; i++)
        ck_assert_int_eq(write(front.to, front.out + i, 1), 1);
    front.out_len = 0;
    ck_assert(rig_wait(&front, PROTO_SIGNED, &answer));
    ck_assert_uint_eq(answer.status, PROTO_DONE);
}
END_TEST

/* Half a question, and no more of it ever: it is nothing, and others are answered. */
START_TEST(half_a_question)
{
    struct proto_sign sign = rig_sign(handle, "alice");
    ck_assert(chan_send(&front, PROTO_SIGN, &sign, -1));
    ck_assert_int_eq(write(front.to, front.out, 100), 100);
    rig_lives();
}
END_TEST

/* One that asks and closes its end of the pipe is still answered what it had asked; then it has gone. */
START_TEST(half_closed)
{
    struct proto_sign sign = rig_sign(handle, "alice");
    struct proto_signed answer;
    ck_assert(chan_send(&front, PROTO_SIGN, &sign, -1));
    ck_assert_int_eq(chan_flush(&front), 0);
    ck_assert(rig_wait(&front, PROTO_SIGNED, &answer));
    close(front.to);
    front.to = 0;
    ck_assert(rig_is_cut(&front));
}
END_TEST

/* ---- fronts that leave, or do not read ------------------------------------------------------------- */

START_TEST(gone_with_answers_in_flight)
{
    for (int i = 0; i < 500; i++) {
        struct proto_sign sign = rig_sign(handle, "alice");
        ck_assert(chan_send(&front, PROTO_SIGN, &sign, -1));
    }
    ck_assert_int_ge(chan_flush(&front), 0);
    chan_close(&front);
    rig_front(&front, 0); /* in its place, at once */
    handle = rig_client(&front);
    struct proto_sign sign = rig_sign(handle, "alice");
    struct proto_signed answer;
    ck_assert(rig_signed(&front, &sign, &answer));
    ck_assert_uint_eq(answer.status, PROTO_DONE);
}
END_TEST

START_TEST(does_not_read)
{
    int stalled = 0;
    for (int i = 0; i < 200 && stalled < 5; i++) {
        for (int k = 0; k < 200; k++) {
            struct proto_sign sign = rig_sign(handle, "alice");
            ck_assert(chan_send(&front, PROTO_SIGN, &sign, -1));
        }
        stalled += chan_flush(&front) == 1;
        poll(NULL, 0, 1);
    }
    ck_assert_int_ge(stalled, 5);
    rig_lives();
    rig_lives();
}
END_TEST

/* ---- the master ------------------------------------------------------------------------------------ */

/* The signer is nothing without its master. */
START_TEST(master_breaks_the_protocol)
{
    static const uint16_t ops[] = { PROTO_SIGN, PROTO_OPEN, PROTO_LOADED, PROTO_LOAD_COMMIT,
                                    PROTO_LOAD_RULE_ID };
    static const uint8_t body[2048];
    for (int i = 0; i < UNIT_ROWS(ops); i++) {
        ck_assert(chan_send(&rig.master, ops[i], body, proto_has_fd(ops[i]) ? 0 : -1));
        ck_assert_msg(rig_is_cut(&rig.master), "op %u: was not cut off", ops[i]);
        int status = rig_end();
        ck_assert_msg(WIFEXITED(status) && WEXITSTATUS(status) == 1, "op %u: expected exit 1, got %#x",
                      ops[i], status);
        rig_start();
    }
}
END_TEST

static void fill(TCase *tests)
{
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_loop_test(tests, field, 0, UNIT_ROWS(fields));
    tcase_add_loop_test(tests, served, 0, UNIT_ROWS(told));
    tcase_add_test(tests, every_other_op);
    tcase_add_test(tests, sound_then_not);
    tcase_add_loop_test(tests, raw_packet, 0, UNIT_ROWS(raw));
    tcase_add_loop_test(tests, raw_pipe, 0, UNIT_ROWS(raw));
    tcase_add_test(tests, drips);
    tcase_add_test(tests, half_a_question);
    tcase_add_test(tests, half_closed);
    tcase_add_test(tests, gone_with_answers_in_flight);
    tcase_add_test(tests, does_not_read);
    tcase_add_test(tests, master_breaks_the_protocol);
}

int main(void)
{
    return unit_run("lying_frames", fill);
}
