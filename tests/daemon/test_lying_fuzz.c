/* test_lying_fuzz.c: random packets from a front: the signer never dies, keeps no descriptor, and never signs what the
 * policy forbids. The seed is printed; USERSIG_SEED repeats it. */
#include "unit.h"

#include "fds.h"
#include "rig.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#define PACKETS 20000
#define FRAMES_MOST 8
#define LAST 0x4C415354 /* the number of the last question */

static struct chan front;
static uint32_t handle;
static struct chan_packet packet;

static struct {
    unsigned cut, done, refused, callers, verdicts;
} seen;

/* What an honest look at the policy says of a SIGN of our uid: may it be signed at all? */
static bool is_forbidden(const struct proto_sign *sign)
{
    static const char *const names[] = { "administrator", "Boss", "ops" };
    static const char *const prefixes[] = { "@TIM#", "@RBT#", "@TOA#", "@TGS#" };
    size_t len = sign->identifier_len;
    if (sign->app != 0 || len == 0 || len > USERSIG_IDENTIFIER_SIGN_MAX)
        return true;
    for (size_t i = 0; i < len; i++)
        if (sign->identifier[i] < ' ' || sign->identifier[i] > '~')
            return true;
    for (int i = 0; i < UNIT_ROWS(names); i++)
        if (len == strlen(names[i]) && strncasecmp(sign->identifier, names[i], len) == 0)
            return true;
    for (int i = 0; i < UNIT_ROWS(prefixes); i++)
        if (len >= 5 && strncasecmp(sign->identifier, prefixes[i], 5) == 0)
            return true;
    return !sign->default_lifetime && (sign->lifetime > RIG_CAP || sign->lifetime == 0);
}

static void random_sign(struct proto_sign *sign, uint32_t id)
{
    static const char *const names[] = { "alice", "administrator", "boss", "ops", "@TIM#x", "bob smith", "" };
    const char *name = names[unit_below(sizeof names / sizeof names[0])];
    *sign = (struct proto_sign){
        .id = id, .handle = handle, .lifetime = unit_below(2 * RIG_CAP), .generation = rig.generation
    };
    sign->identifier_len = (uint32_t)strlen(name);
    memcpy(sign->identifier, name, strlen(name));
    sign->default_lifetime = !unit_below(3);
    if (!unit_below(2) && sign->identifier_len)
        sign->identifier[unit_below(sign->identifier_len)] ^= 0x20; /* another case, or no letter */
    if (!unit_below(4))
        ((uint8_t *)sign)[unit_below(sizeof *sign)] = (uint8_t)unit_random();
    if (!unit_below(16))
        sign->lifetime = unit_random();
    if (!unit_below(16))
        sign->app = (uint32_t)unit_below(4);
    sign->id = id;
}

/* A frame into the packet: mostly a front's ops with nearly sound bodies. */
static void queue_frame(uint32_t id)
{
    static const uint16_t ops[] = { PROTO_SIGN,         PROTO_SIGN,   PROTO_SIGN_SHORT, PROTO_SIGN_USERBUF,
                                    PROTO_SIGN_USERBUF, PROTO_VERIFY, PROTO_VERIFY,     PROTO_OPEN,
                                    PROTO_CLOSE,        PROTO_SERVED, PROTO_REFUSED };
    _Alignas(8) uint8_t body[2048];
    uint16_t op = ops[unit_below(sizeof ops / sizeof ops[0])];
    if (!unit_below(40))
        op = (uint16_t)unit_below(170);
    if (proto_len(op) < 0)
        op = PROTO_SIGN;
    unit_fill(body, sizeof body);
    if (unit_below(2))
        memset(body, 0, sizeof body);
    if (op == PROTO_SIGN) {
        random_sign((struct proto_sign *)(void *)body, id);
    } else if (op == PROTO_SIGN_SHORT) {
        struct proto_sign_short *brief = (struct proto_sign_short *)(void *)body;
        struct proto_sign sign;
        random_sign(&sign, id);
        brief->id = id;
        brief->identifier_len = PROTO_SHORT_MAX + 1; /* of one that is too long */
        proto_sign_shorten(brief, &sign);
    } else if (op == PROTO_SIGN_USERBUF) {
        struct proto_sign_userbuf *with = (struct proto_sign_userbuf *)(void *)body;
        random_sign(&with->sign, id);
        with->kind = (uint32_t)unit_below(PROTO_USERBUFS);
        with->room = (uint32_t)unit_below(2);
        with->rights = (uint32_t)(unit_below(2) ? unit_random() : unit_random() & RIG_RIGHTS);
        with->len = (uint32_t)unit_below(USERSIG_USERBUF_MAX + 1);
    } else if (op == PROTO_VERIFY && unit_below(4)) {
        struct proto_verify *verify = (struct proto_verify *)(void *)body;
        *verify = (struct proto_verify){ .id = id,
                                         .handle = handle,
                                         .generation = rig.generation,
                                         .version = (uint32_t)unit_below(4),
                                         .sdkappid = RIG_SDKAPPID,
                                         .issued_at = unit_random(),
                                         .lifetime = unit_random() };
        verify->any_identifier = (uint32_t)unit_below(2);
        verify->identifier_len = (uint32_t)unit_below(257);
        verify->userbuf_len = (uint32_t)unit_below(514);
        verify->proof_len = (uint32_t)unit_below(66);
        verify->expected_len = (uint32_t)unit_below(257);
        unit_fill(verify->identifier, sizeof verify->identifier);
    } else if (op == PROTO_SERVED && unit_below(2)) {
        *(struct proto_served *)(void *)body =
            (struct proto_served){ unit_random(), handle, 0, 0, 0, rig.generation, 0 };
    } else if (op == PROTO_REFUSED && unit_below(8)) {
        *(struct proto_refused *)(void *)body =
            (struct proto_refused){ handle, rig.generation, (uint32_t)unit_below(3),
                                    (uint32_t)unit_random() };
    }
    ck_assert(chan_send(&front, op, body, proto_has_fd(op) ? (int)unit_below(3) : -1));
}

static bool reads_on(void)
{
    struct pollfd readable = { .fd = rig_reads(&front), .events = POLLIN };
    ck_assert_msg(poll(&readable, 1, RIG_WAIT_MS) == 1, "the signer does not answer");
    return rig_receive(&front, &packet) == 1;
}

/* Takes answers until that to frame `last`. false: the channel was closed. */
static bool take_answers(const struct proto_sign *signs, uint32_t last)
{
    struct chan_frame frame;
    for (;;) {
        if (!reads_on())
            return false;
        while (chan_next(&packet, &frame) == 1) {
            const struct proto_signed *answer = frame.body;
            seen.callers += frame.op == PROTO_CALLER;
            seen.verdicts += frame.op == PROTO_VERDICT;
            if (frame.op != PROTO_SIGNED && frame.op != PROTO_SIGNED_USERBUF) /* which begins as the other */
                continue;
            seen.done += answer->status == PROTO_DONE;
            seen.refused += answer->status != PROTO_DONE;
            if (answer->status == PROTO_DONE) {
                const struct proto_sign *sign = signs; /* the one of that number that may be signed */
                while (sign->id && (sign->id != answer->id || is_forbidden(sign)))
                    sign++;
                ck_assert_msg(sign->id, "question %u was signed, and all of that number are forbidden",
                              answer->id);
                ck_assert_uint_le(answer->lifetime, RIG_CAP);
            }
            if (answer->id == last)
                return true;
        }
    }
}

/* Sends what is queued as one packet, a third of them with one byte damaged; by the socket, or half of what has no descriptors
 * by the pipe, where zeros follow what is damaged: a length may speak of more than there is. Fills signs with what it asks
 * for. */
static bool send_packet(struct proto_sign signs[static FRAMES_MOST + 1])
{
    static _Alignas(8) uint8_t bytes[CHAN_PACKET_MAX];
    size_t len = front.out_len, mark = 0, n = 0;
    uint16_t op;
    const uint8_t *body;
    bool damaged = !unit_below(3), piped = !front.n_fds && unit_below(2);
    memset(bytes, 0, sizeof bytes);
    memcpy(bytes, front.out, len);
    if (damaged)
        bytes[unit_below(len)] = (uint8_t)unit_random();
    while ((body = chan_queued(&front, &mark, &op))) {
        if (op == PROTO_SIGN || op == PROTO_SIGN_USERBUF)
            memcpy(&signs[n++], bytes + (body - front.out), sizeof *signs);
        else if (op == PROTO_SIGN_SHORT)
            proto_sign_lengthen(&signs[n++],
                                (const struct proto_sign_short *)(const void *)(bytes + (body - front.out)));
    }
    size_t more = damaged && len + CHAN_FRAME_MAX <= sizeof bytes ? CHAN_FRAME_MAX : 0;
    bool sent = piped ? write(front.to, bytes, len + more) == (ssize_t)(len + more)
                      : fds_send(front.fd, bytes, len, front.fds, front.n_fds);
    for (size_t i = 0; i < front.n_fds; i++)
        close(front.fds[i]);
    front.out_len = front.n_fds = 0;
    return sent;
}

/* A packet, and behind it a question about an app that is not there: its answer says that all before were handled. */
static void one_packet(void)
{
    struct proto_sign signs[FRAMES_MOST + 1] = { { 0 } };
    uint32_t n = (uint32_t)unit_below(FRAMES_MOST) + 1;
    for (uint32_t i = 1; i <= n; i++)
        queue_frame(i * 0x01010101); /* so that no damaged byte makes it 0 */
    struct proto_sign probe = { .id = LAST, .handle = handle, .app = SIGD_APPS_MAX };
    if (send_packet(signs) && chan_send(&front, PROTO_SIGN, &probe, -1) && chan_flush(&front) == 0 &&
        take_answers(signs, LAST))
        return;
    seen.cut++;
    chan_close(&front);
    rig_front(&front, (uint32_t)unit_below(4));
    handle = rig_client(&front);
}

START_TEST(random_packets)
{
    char process[16];
    int before, after;
    unit_seed();
    rig_lives();
    rig_front(&front, 0);
    handle = rig_client(&front);
    snprintf(process, sizeof process, "%d", (int)rig.signer);
    before = fds_open(process);
    for (int i = 0; i < PACKETS; i++)
        one_packet();
    rig_lives();
    for (uint32_t i = 1; i < 4; i++) { /* ours is one of 0 to 3: close the others */
        struct chan idle;
        rig_front(&idle, i);
        chan_close(&idle);
    }
    chan_close(&front);
    rig_front(&front, 0);
    handle = rig_client(&front);
    rig_lives();
    after = fds_open(process);
    for (int waited = 0; after > before && waited < RIG_WAIT_MS;
         waited += 10) { /* for the ends of the last */
        poll(NULL, 0, 10);
        after = fds_open(process);
    }
    printf("%d packets: %u cut off, %u signed, %u refused, %u callers, %u verdicts\n", PACKETS, seen.cut,
           seen.done, seen.refused, seen.callers, seen.verdicts);
    ck_assert_uint_gt(seen.cut, 0);
    ck_assert_uint_gt(seen.done, 0);
    ck_assert_uint_gt(seen.refused, 0);
    if (before < 0)
        fprintf(stderr, "SKIPPED: the signer's descriptors can be counted by root only\n");
    else
        ck_assert_msg(after <= before, "the signer's descriptors: %d before, %d after", before, after);
    chan_close(&front);
}
END_TEST

static void fill(TCase *tests)
{
    tcase_set_timeout(tests, 600);
    tcase_add_checked_fixture(tests, rig_start, rig_stop);
    tcase_add_test(tests, random_packets);
}

int main(void)
{
    return unit_run("lying_fuzz", fill);
}
