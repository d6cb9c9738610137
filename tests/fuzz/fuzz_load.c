/* fuzz_load.c: the master's packets into a signer: models with keys, notes, questions, in any order and with any file in
 * the place of a key: it holds together, answers each question once, and forgets what it gave up. The input: what key
 * files hold, then frames that are mostly right, in packets. */
#include "signerrig.h"

#include "log.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#define FRAMES_MOST 16 /* a packet */

static const char sealed_head[] = "sigd-sealed-key 1\napp chat\nkey k\n";
static int file = -1, audit = -1, reserve = -1;

static void set_file(const void *bytes, size_t len)
{
    if (file < 0)
        file = memfd_create("fuzz", MFD_CLOEXEC);
    FUZZ_MUST(file >= 0 && pwrite(file, bytes, len, 0) == (ssize_t)len && ftruncate(file, (off_t)len) == 0);
}

/* What stands in the files that come with keys. */
static void make_file(struct fuzz_input *in)
{
    static char bytes[512];
    uint8_t how = fuzz_byte(in);
    size_t len = how & 3 ? 0 : fuzz_byte(in);
    if ((how & 3) == 1) {
        len = strlen(SIGNERRIG_KEY);
        memcpy(bytes, SIGNERRIG_KEY, len);
    } else if ((how & 3) == 2) { /* a master key */
        len = 65;
        memset(bytes, 'a', 64);
        bytes[64] = '\n';
    } else if ((how & 3) == 3) {
        len = sizeof sealed_head - 1;
        memcpy(bytes, sealed_head, len);
        size_t more = fuzz_byte(in);
        fuzz_take(in, bytes + len, more);
        len += more;
    } else {
        fuzz_take(in, bytes, len);
    }
    set_file(bytes, len);
}

/* A descriptor for the op, now and then another's. */
static int some_fd(uint16_t op, uint8_t how)
{
    if ((how & 7) == 7)
        return dup(signerrig.nowhere);
    switch (op) {
    case PROTO_AUDIT: return dup(audit);
    case PROTO_AUDIT_RESERVE: return dup(reserve);
    case PROTO_BOARD: return dup(signerrig.nowhere); /* a right one would stay mapped */
    case PROTO_FRONT: return dup(signerrig.client);
    default: return dup(file);
    }
}

static void make_body(struct fuzz_input *in, uint16_t op, void *body)
{
    static const char *const names[4] = { "chat", "video", "k", "administrator" };
    uint8_t how = fuzz_byte(in);
    const char *name = names[how & 3];
    size_t len = strlen(name);
    switch (op) {
    case PROTO_LOAD_BEGIN:
        *(struct proto_load_begin *)body =
            (struct proto_load_begin){ .generation = how, .allow_swap = 1, .unsynced = 2 };
        break;
    case PROTO_LOAD_END:
        ((struct proto_load_end *)body)->generation =
            signerrig.ops.loading ? signerrig.ops.loading->begin.generation : how;
        break;
    case PROTO_LOAD_COMMIT:
        ((struct proto_load_end *)body)->generation =
            signerrig.ops.loaded ? signerrig.ops.loaded->begin.generation : how;
        break;
    case PROTO_LOAD_SOCKET: memcpy(((struct proto_load_socket *)body)->name, name, len); break;
    case PROTO_LOAD_APP:
        *(struct proto_load_app *)body = (struct proto_load_app){ 3600, 86400, 1400000000, "", how & 1, 0 };
        memcpy(((struct proto_load_app *)body)->name, name, len);
        break;
    case PROTO_LOAD_KEY: memcpy(((struct proto_load_key *)body)->name, "k", 1); break;
    case PROTO_LOAD_ADMIN: memcpy(((struct proto_load_admin *)body)->identifier, name, len); break;
    case PROTO_LOAD_RESERVED: memcpy(((struct proto_load_reserved *)body)->name, name, len); break;
    case PROTO_LOAD_RULE:
        *(struct proto_load_rule *)body = (struct proto_load_rule){ 7200, 15, how, 1, 0, 255, 0 };
        break;
    case PROTO_LOAD_RULE_PATTERN:
        memcpy(((struct proto_load_rule_pattern *)body)->pattern, how & 4 ? "*" : "u?", 1);
        break;
    case PROTO_ISSUE:
        *(struct proto_issue *)body = (struct proto_issue){ 3600, how & 1, how >> 1 & 1, how >> 2 & 1, 0 };
        ((struct proto_issue *)body)->generation =
            signerrig.ops.model ? signerrig.ops.model->begin.generation : 0;
        break;
    case PROTO_HOLD:
        *(struct proto_hold *)body =
            (struct proto_hold){ 1700000000, 3600, how & 1, how >> 1 & 1, how >> 2 & 1, 0 };
        ((struct proto_hold *)body)->generation =
            signerrig.ops.model ? signerrig.ops.model->begin.generation : 0;
        break;
    case PROTO_NOTE:
        *(struct proto_note *)body =
            (struct proto_note){ .event = how & 15, .failed = how >> 4 & 1, .uid = how, .app = "chat" };
        break;
    case PROTO_FREEZE: *(struct proto_freeze *)body = (struct proto_freeze){ how & 1, how >> 1 & 1 }; break;
    case PROTO_FRONT: ((struct proto_front *)body)->index = how & 31; break;
    case PROTO_PIPE: *(struct proto_pipe *)body = (struct proto_pipe){ how & 31, how >> 5 & 3 }; break;
    default: break;
    }
}

static void make_packet(struct fuzz_input *in, unsigned n_frames)
{
    /* in the order of a model */
    static const uint16_t ops[32] = {
        PROTO_LOAD_BEGIN,    PROTO_LOAD_SOCKET,  PROTO_LOAD_APP,        PROTO_LOAD_KEY,
        PROTO_LOAD_ADMIN,    PROTO_LOAD_RULE,    PROTO_LOAD_RULE_ID,    PROTO_LOAD_RULE_PATTERN,
        PROTO_LOAD_RESERVED, PROTO_LOAD_END,     PROTO_LOAD_MASTER_KEY, PROTO_AUDIT,
        PROTO_AUDIT_RESERVE, PROTO_NOTE,         PROTO_FRONT,           PROTO_ISSUE,
        PROTO_ISSUE,         PROTO_CLOCK_ACCEPT, PROTO_FREEZE,          PROTO_HOLD,
        PROTO_BOARD,         PROTO_LOAD_COMMIT,  PROTO_LOAD_ABORT,      PROTO_NOTE,
        PROTO_PIPE,
    };
    static _Alignas(8) uint8_t body[4096];
    packets_begin(&signerrig.packet);
    for (; n_frames; n_frames--) {
        uint8_t which = fuzz_byte(in);
        uint16_t op = which >> 5 == 7 ? fuzz_byte(in) : ops[which & 31];
        int len = proto_len(op);
        if (len < 0 || op == PROTO_LOG) /* whose lines would be written */
            continue;
        memset(body, 0, sizeof body);
        make_body(in, op, body);
        if (which & 32)
            packets_change(in, body, (size_t)len);
        packets_add(&signerrig.packet, op, body,
                    proto_has_fd(op) ? some_fd(op, which & 64 ? fuzz_byte(in) : 0) : -1);
    }
}

/* Answers of that op; each is looked at. */
static unsigned count(const struct chan *chan, uint16_t answer)
{
    unsigned n = 0;
    size_t mark = 0;
    uint16_t op;
    struct chan *queued = (struct chan *)(uintptr_t)chan;
    const void *body;
    while ((body = chan_queued(queued, &mark, &op))) {
        const struct proto_issued *issued = body;
        const struct proto_loaded *loaded = body;
        n += op == answer;
        if (op == PROTO_ISSUED)
            FUZZ_MUST(issued->status < PROTO_STATUSES && issued->proof_len <= USERSIG_PROOF_MAX);
        else if (op == PROTO_LOADED)
            FUZZ_MUST(proto_string_ok(loaded->why, sizeof loaded->why) && loaded->failed <= 1);
        else
            FUZZ_MUST(op == PROTO_KEY_READ || op == PROTO_CLOCK);
    }
    return n;
}

static unsigned asked(uint16_t a, uint16_t b)
{
    unsigned n = 0;
    for (size_t at = 0; at + sizeof(struct proto_header) <= signerrig.packet.len;) {
        struct proto_header header;
        memcpy(&header, signerrig.packet.bytes + at, sizeof header);
        n += header.op == a || header.op == b;
        at += sizeof header + ((header.len + 7u) & ~7u);
    }
    return n;
}

static void open_once(void)
{
    if (audit >= 0)
        return;
    signerrig_open();
    audit = memfd_create("audit", MFD_CLOEXEC);
    reserve = memfd_create("reserve", MFD_CLOEXEC);
    FUZZ_MUST(audit >= 0 && reserve >= 0 && fcntl(audit, F_SETFL, O_APPEND) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_input in = { data, size };
    struct ops *ops = &signerrig.ops;
    bool ok = true;
    open_once();
    FUZZ_MUST(ftruncate(audit, 0) == 0);
    make_file(&in);
    while (in.left && ok) {
        uint8_t how = fuzz_byte(&in);
        make_packet(&in, (how & (FRAMES_MOST - 1)) + 1);
        bool sound = !(how & 16);
        if (!sound)
            packets_damage(&in, &signerrig.packet);
        unsigned issues = asked(PROTO_ISSUE, PROTO_HOLD), reads = asked(PROTO_LOAD_KEY, PROTO_LOAD_KEY);
        packets_guard(&signerrig.packet, true);
        ok = ops_packet(ops, &signerrig.packet);
        packets_guard(&signerrig.packet, false);
        if (ok && sound)
            FUZZ_MUST(count(&ops->master, PROTO_ISSUED) == issues &&
                      count(&ops->master, PROTO_KEY_READ) == reads);
        count(&ops->master, PROTO_LOADED);
        chan_take_back(&ops->master, 0, 0);
    }
    signerrig_forget();
    return 0;
}
