/* fuzz_signer.c: packets of a front that lies, into a signer with a model: nothing is signed that the policy does not
 * allow, every signature is right, and in the audit log before it leaves; what breaks the framing ends the channel.
 * The input: frames, mostly right ones, in packets of two fronts. */
#include "signerrig.h"

#include "clock.h"

#include <strings.h>
#include <unistd.h>

#define FRAMES_MOST 8 /* a packet */

static struct proto_sign_userbuf asked[FRAMES_MOST]; /* of the packet at hand */
static bool with[FRAMES_MOST];                       /* with a userbuf */
static size_t n_asked;

/* ---- what may be signed ---------------------------------------------------------------------------- */

static bool is_name(const struct proto_sign *sign, const char *name)
{
    return sign->identifier_len == strlen(name) && strncasecmp(sign->identifier, name, strlen(name)) == 0;
}

static bool is_reserved(const struct proto_sign *sign)
{
    static const char *const names[] = { "administrator", "boss", "ops" };
    static const char *const prefixes[] = { "@TIM#", "@RBT#", "@TOA#", "@TGS#" };
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (is_name(sign, names[i]))
            return true;
    for (size_t i = 0; i < sizeof prefixes / sizeof prefixes[0]; i++)
        if (sign->identifier_len >= 5 && strncasecmp(sign->identifier, prefixes[i], 5) == 0)
            return true;
    return false;
}

static bool matches(const struct proto_sign *sign)
{
    const char *name = sign->identifier;
    return name[0] == 'u' || name[0] == '@' || (sign->identifier_len == 5 && memcmp(name, "alice", 5) == 0) ||
           (sign->identifier_len == 2 && name[1] == 'b');
}

static bool may_sign(const struct proto_sign *sign)
{
    size_t len = sign->identifier_len;
    uint64_t cap = sign->app == 0 ? 7200 : 600;
    if ((sign->app != 0 && sign->app != 2) || len == 0 || len > USERSIG_IDENTIFIER_SIGN_MAX ||
        is_reserved(sign))
        return false;
    for (size_t i = 0; i < len; i++)
        if (sign->identifier[i] < ' ' || sign->identifier[i] > '~')
            return false;
    return (sign->app == 2 || matches(sign)) && sign->generation == SIGNERRIG_GENERATION &&
           (sign->default_lifetime || (sign->lifetime >= 1 && sign->lifetime <= cap));
}

/* ---- what was signed ------------------------------------------------------------------------------- */

/* Is it the userbuf that was asked for, and granted? */
static bool is_userbuf(const struct proto_sign_userbuf *want, const struct usersig_claims *claims)
{
    struct usersig_room room;
    uint32_t granted = want->sign.app == 0 ? 42 : 255;
    if (want->kind == PROTO_USERBUF_RAW)
        return want->sign.app == 2 && claims->userbuf_len == want->len &&
               memcmp(claims->userbuf, want->bytes, want->len) == 0;
    if (usersig_room_decode(&room, claims->userbuf, claims->userbuf_len) != USERSIG_OK ||
        room.sdkappid != claims->sdkappid || room.expiry != usersig_claims_expiry(claims) ||
        room.identifier_len != claims->identifier_len ||
        memcmp(room.identifier, claims->identifier, room.identifier_len) != 0 || !room.rights ||
        (room.rights & ~granted) || (!want->default_rights && room.rights != want->rights))
        return false;
    if (want->kind == PROTO_USERBUF_ROOM)
        return room.number == want->room && !room.name_len;
    return room.name_len == want->len && memcmp(room.name, want->bytes, want->len) == 0;
}

/* Does the answer belong to that question, and may it be? */
static bool is_of(const struct proto_sign_userbuf *want, bool has_userbuf, const struct proto_signed *answer,
                  const struct proto_signed_userbuf *userbuf)
{
    const struct proto_sign *sign = &want->sign;
    if (sign->id != answer->id || has_userbuf != (userbuf != NULL) || !may_sign(sign))
        return false;
    uint64_t now = clock_real();
    if (answer->lifetime > (sign->app == 0 ? 7200 : 600) ||
        (answer->lifetime != sign->lifetime && !sign->default_lifetime) || answer->issued_at + 5 < now ||
        answer->issued_at > now + 5)
        return false;
    struct usersig_claims claims = { .version = (int)answer->version,
                                     .sdkappid = SIGNERRIG_SDKAPPID + sign->app,
                                     .issued_at = answer->issued_at,
                                     .lifetime = answer->lifetime,
                                     .identifier_len = sign->identifier_len };
    memcpy(claims.identifier, sign->identifier, sign->identifier_len);
    if (userbuf) {
        claims.userbuf_len = userbuf->len;
        memcpy(claims.userbuf, userbuf->bytes, userbuf->len);
    }
    struct usersig_expect expect = { .sdkappid = claims.sdkappid,
                                     .flags = USERSIG_ANY_IDENTIFIER | USERSIG_ANY_USERBUF };
    const usersig_key *key = signerrig.key;
    return usersig_check(&key, 1, &claims, answer->proof, answer->proof_len, &expect, answer->issued_at,
                         NULL) == USERSIG_OK &&
           (!userbuf || is_userbuf(want, &claims));
}

static void check_signed(const struct proto_signed *answer, const struct proto_signed_userbuf *userbuf)
{
    static const uint8_t zeros[USERSIG_PROOF_MAX];
    FUZZ_MUST(answer->status < PROTO_STATUSES && (!userbuf || userbuf->len <= USERSIG_USERBUF_MAX));
    if (answer->status) {
        FUZZ_MUST(memcmp(answer->proof, zeros, sizeof zeros) == 0 && (!userbuf || !userbuf->len));
        return;
    }
    bool found = false;
    for (size_t i = 0; i < n_asked && !found; i++)
        found = is_of(&asked[i], with[i], answer, userbuf);
    FUZZ_MUST(found);
}

/* What is queued for the front. The number of signatures. */
static unsigned check_answers(struct chan *chan)
{
    unsigned n = 0;
    size_t mark = 0;
    uint16_t op;
    const void *body;
    while ((body = chan_queued(chan, &mark, &op))) {
        const struct proto_caller *caller = body;
        const struct proto_verdict *verdict = body;
        if (op == PROTO_SIGNED || op == PROTO_SIGNED_USERBUF) {
            check_signed(body, op == PROTO_SIGNED ? NULL : body);
            n += !((const struct proto_signed *)body)->status;
        } else if (op == PROTO_CALLER) {
            FUZZ_MUST(caller->status < PROTO_STATUSES && caller->grants[3].may == 0 &&
                      (caller->grants[1].may & ~SIGD_MAY_VERIFY) == 0);
            FUZZ_MUST((caller->grants[0].admins & ~1u) == 0 && (!caller->status || !caller->grants[0].may));
        } else {
            FUZZ_MUST(op == PROTO_VERDICT && verdict->status < PROTO_STATUSES);
            FUZZ_MUST(!verdict->proven || !verdict->status);
        }
    }
    chan_take_back(chan, 0, 0);
    return n;
}

/* ---- what is asked --------------------------------------------------------------------------------- */

static void make_sign(struct fuzz_input *in, struct proto_sign *sign)
{
    static const char *const names[] = { "alice", "u1", "administrator", "bOss", "OPS", "@TIM#u", "@tgs#",
                                         "xb",    "@u", "u b",           "" };
    uint8_t which = fuzz_byte(in), how = fuzz_byte(in);
    *sign = (struct proto_sign){
        .id = which >> 4, .handle = how & 1, .app = how >> 1 & 7, .generation = SIGNERRIG_GENERATION
    };
    if (how & 16)
        sign->default_lifetime = 1;
    else
        sign->lifetime = how & 32 ? fuzz_two(in) : 600;
    if ((which & 15) < sizeof names / sizeof names[0]) {
        sign->identifier_len = (uint32_t)strlen(names[which & 15]);
        memcpy(sign->identifier, names[which & 15], sign->identifier_len);
    } else {
        sign->identifier_len = fuzz_byte(in) & 63;
        fuzz_take(in, sign->identifier, sign->identifier_len);
    }
}

static void make_userbuf(struct fuzz_input *in, struct proto_sign_userbuf *userbuf)
{
    make_sign(in, &userbuf->sign);
    uint8_t how = fuzz_byte(in);
    userbuf->kind = how & 3;
    userbuf->room = userbuf->kind == PROTO_USERBUF_ROOM;
    userbuf->default_rights = how >> 2 & 1;
    userbuf->rights = how & 8 ? fuzz_byte(in) : 42;
    userbuf->len = userbuf->kind == PROTO_USERBUF_ROOM ? 0 : (how >> 4) * 37u;
    memset(userbuf->bytes, 'r', userbuf->len < sizeof userbuf->bytes ? userbuf->len : 0);
}

/* A usersig that is right, or nearly. */
static void make_verify(struct fuzz_input *in, struct proto_verify *verify)
{
    struct usersig_claims claims = { .version = 2, .issued_at = clock_real(), .lifetime = 60 };
    uint8_t how = fuzz_byte(in);
    size_t len;
    verify->app = how & 7;
    claims.sdkappid = SIGNERRIG_SDKAPPID + verify->app;
    claims.identifier_len = 5;
    memcpy(claims.identifier, "alice", 5);
    FUZZ_MUST(usersig_prove(signerrig.key, &claims, verify->proof, &len) == USERSIG_OK);
    verify->proof_len = (uint32_t)len;
    verify->generation = SIGNERRIG_GENERATION;
    verify->handle = how >> 3 & 1;
    verify->any_identifier = how >> 4 & 1;
    verify->any_userbuf = how >> 5 & 1;
    verify->version = 2;
    verify->sdkappid = claims.sdkappid;
    verify->issued_at = claims.issued_at;
    verify->lifetime = claims.lifetime;
    verify->identifier_len = verify->expected_len = 5;
    memcpy(verify->identifier, "alice", 5);
    memcpy(verify->expected, "alice", 5);
}

/* A connection of ours; or anything else. */
static int some_fd(uint8_t how)
{
    switch (how & 7) {
    case 0: return dup(signerrig.listener);
    case 1: return dup(signerrig.nowhere);
    default: return dup(signerrig.client);
    }
}

static void make_short(struct fuzz_input *in, void *body)
{
    static struct proto_sign sign;
    make_sign(in, &sign);
    if (!proto_sign_shorten(body, &sign))
        ((struct proto_sign_short *)body)->identifier_len = PROTO_SHORT_MAX + 1;
}

static void add_frame(struct fuzz_input *in, uint16_t *op, void *body)
{
    static const uint16_t ops[16] = { PROTO_OPEN,         PROTO_OPEN,         PROTO_SIGN,
                                      PROTO_SIGN,         PROTO_SIGN,         PROTO_SIGN_USERBUF,
                                      PROTO_SIGN_USERBUF, PROTO_SIGN_USERBUF, PROTO_VERIFY,
                                      PROTO_VERIFY,       PROTO_CLOSE,        PROTO_SERVED,
                                      PROTO_SERVED,       PROTO_REFUSED,      PROTO_SIGN_SHORT };
    uint8_t which = fuzz_byte(in), how;
    struct proto_served *served = body;
    *op = ops[which & 15] ? ops[which & 15] : fuzz_byte(in);
    switch (*op) {
    case PROTO_SIGN: make_sign(in, body); break;
    case PROTO_SIGN_SHORT: make_short(in, body); break;
    case PROTO_SIGN_USERBUF: make_userbuf(in, body); break;
    case PROTO_VERIFY: make_verify(in, body); break;
    case PROTO_SERVED:
        how = fuzz_byte(in);
        *served = (struct proto_served){ .handle = how & 1,
                                         .app = how >> 1 & 1,
                                         .admin = how >> 2 & 1,
                                         .kind = how >> 3 & 1,
                                         .generation = SIGNERRIG_GENERATION };
        served->issued_at = how & 16 ? fuzz_two(in) : clock_real();
        break;
    case PROTO_REFUSED:
        how = fuzz_byte(in);
        *(struct proto_refused *)body =
            (struct proto_refused){ how & 1, SIGNERRIG_GENERATION, how & 8 ? UINT32_MAX : how >> 1 & 7,
                                    how >> 4 };
        break;
    default: break;
    }
}

static void make_packet(struct fuzz_input *in, unsigned n_frames)
{
    static _Alignas(8) uint8_t body[CHAN_PACKET_MAX];
    packets_begin(&signerrig.packet);
    for (; n_frames; n_frames--) {
        uint16_t op;
        memset(body, 0, sizeof(struct proto_verify) + sizeof(struct proto_caller));
        add_frame(in, &op, body);
        int len = proto_len(op);
        if (len < 0)
            continue;
        packets_change(in, body, (size_t)len);
        packets_add(&signerrig.packet, op, body, proto_has_fd(op) ? some_fd(fuzz_byte(in)) : -1);
    }
}

/* The questions, as they stand in the packet. */
static void note_asked(void)
{
    const struct chan_packet *packet = &signerrig.packet;
    n_asked = 0;
    for (size_t at = 0; at + sizeof(struct proto_header) <= packet->len && n_asked < FRAMES_MOST;) {
        struct proto_header header;
        memcpy(&header, packet->bytes + at, sizeof header);
        at += sizeof header;
        if ((header.op == PROTO_SIGN || header.op == PROTO_SIGN_USERBUF || header.op == PROTO_SIGN_SHORT) &&
            packet->len - at >= header.len && header.len == proto_len(header.op)) {
            with[n_asked] = header.op == PROTO_SIGN_USERBUF;
            if (header.op == PROTO_SIGN_SHORT)
                proto_sign_lengthen(&asked[n_asked++].sign,
                                    (const struct proto_sign_short *)(const void *)(packet->bytes + at));
            else
                memcpy(&asked[n_asked++], packet->bytes + at, header.len);
        }
        at += (header.len + 7u) & ~7u;
    }
}

static bool take_packet(struct ops_front *front)
{
    ops_begin(&signerrig.ops);
    packets_guard(&signerrig.packet, true);
    bool ok = ops_front_packet(&signerrig.ops, front, &signerrig.packet);
    packets_guard(&signerrig.packet, false);
    return ok;
}

/* The rest of a turn: who is next is answered. true: a front was closed for what it asked. */
static bool answer_turn(void)
{
    struct ops *ops = &signerrig.ops;
    struct ops_front *broken;
    bool closed = false;
    while ((broken = ops_turn_take(ops)))
        for (size_t i = 0; i < 2; i++)
            if (ops->fronts[i] == broken) {
                ops_front_close(ops, i);
                closed = true;
            }
    ops_end(ops);
    return closed;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_input in = { data, size };
    struct ops *ops = &signerrig.ops;
    if (!ops->model) {
        signerrig_open();
        signerrig_load();
    }
    signerrig_front(0);
    signerrig_front(1);
    while (in.left && (ops->fronts[0] || ops->fronts[1])) {
        uint8_t how = fuzz_byte(&in);
        size_t place = ops->fronts[how & 1] ? how & 1 : !(how & 1);
        struct ops_front *front = ops->fronts[place];
        make_packet(&in, (how >> 1 & (FRAMES_MOST - 1)) + 1);
        if (how & 16)
            packets_damage(&in, &signerrig.packet);
        note_asked();
        bool ok = take_packet(front);
        if (!ok)
            ops_front_close(ops, place);
        while (answer_turn() || ops->held) /* questions wait for their turn */
            ;
        unsigned told = signerrig_told();
        if (ops->fronts[place]) { /* what was signed for a front that was closed then is told all the same */
            FUZZ_MUST(check_answers(&front->chan) == told);
            front->mark = 0;
        }
        chan_take_back(&ops->master, 0, 0);
    }
    ops_front_close(ops, 0);
    ops_front_close(ops, 1);
    return 0;
}
