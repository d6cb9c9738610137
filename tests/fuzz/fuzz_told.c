/* fuzz_told.c: packets from a signer and a master that say anything, into a front whose clients ask meanwhile: it holds
 * together, and what breaks the framing or the order ends the channel. The input: requests, and frames that are mostly
 * right, in packets. */
#include "frontrig.h"

#include "loop.h"

#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#define FRAMES_MOST 8    /* a packet */
#define REQUESTS_MOST 12 /* a run: they take most of its time, and are but what the frames meet */

static int listener, nowhere;

static void open_once(void)
{
    struct sockaddr address = { .sa_family = AF_UNIX }; /* the kernel gives it a name */
    if (nowhere)
        return;
    listener = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    nowhere = memfd_create("fuzz", MFD_CLOEXEC);
    FUZZ_MUST(nowhere > 0 && bind(listener, &address, sizeof address.sa_family) == 0 &&
              listen(listener, 4) == 0);
}

/* ---- the clients ----------------------------------------------------------------------------------- */

static void request(uint8_t which)
{
    static const struct {
        const char *target, *body; /* body NULL: GET */
    } requests[] = {
        { "/v1/apps", NULL },
        { "/v1/apps/chat/admin", NULL },
        { "/v1/apps/chat/admin?min_remaining=0&as=administrator", NULL },
        { "/v1/apps/chat/url/openim/sendmsg", NULL },
        { "/v1/apps/video/admin?as=the%20boss", NULL },
        { "/readyz", NULL },
        { "/v1/apps/chat/usersig", "{\"identifier\":\"alice\"}" },
        { "/v1/apps/chat/usersig", "{\"identifier\":\"alice\",\"room\":7}" },
        { "/v1/apps/chat/usersig", "{\"identifiers\":[\"a\",\"b\",\"c\",\"\"]}" },
        { "/v1/apps/chat/verify", "{\"usersig\":\"eJw\",\"identifier\":\"a\"}" },
        { "/v1/apps/chat/usersig", "" }, /* its body never comes */
    };
    size_t i = which / FRONTRIG_CLIENTS % (sizeof requests / sizeof requests[0]);
    const char *target = requests[i].target, *body = requests[i].body;
    char text[512];
    int len = snprintf(text, sizeof text, "%s %s HTTP/1.1\r\nHost: sigd\r\n", body ? "POST" : "GET", target);
    if (body)
        len += snprintf(text + len, sizeof text - (size_t)len,
                        "Content-Type: application/json\r\nContent-Length: %zu\r\n%s",
                        *body ? strlen(body) : 22, *body ? "" : "Expect: 100-continue\r\n");
    len += snprintf(text + len, sizeof text - (size_t)len, "\r\n%s", body ? body : "");
    frontrig_send(which % FRONTRIG_CLIENTS, text, (size_t)len);
    frontrig_turn(0);
}

/* ---- frames ---------------------------------------------------------------------------------------- */

/* The number of a question that waits, or any. */
static uint32_t some_id(struct fuzz_input *in, uint16_t *op)
{
    uint8_t which = fuzz_byte(in);
    if (which >= frontrig.n_questions)
        return which;
    *op = frontrig.questions[which].op;
    return frontrig.questions[which].id;
}

static void make_signed(struct fuzz_input *in, struct proto_signed *answer)
{
    uint8_t how = fuzz_byte(in);
    answer->generation = frontrig.generation;
    answer->status = how & 31;
    if (answer->status >= PROTO_STATUSES)
        answer->status = PROTO_DONE;
    answer->issued_at = 1700000000;
    answer->lifetime = 3600;
    answer->version = how & 32 ? 1 : 2;
    answer->proof_len = how & 32 ? 64 : 32;
    memset(answer->proof, 0x5A, answer->proof_len);
    memcpy(answer->key, "2026a", 6);
}

/* An answer to a question that waits. */
static void make_answer(struct fuzz_input *in, uint16_t *op, void *body)
{
    struct proto_caller *caller = body;
    struct proto_signed *answer = body;
    struct proto_signed_userbuf *with = body;
    struct proto_verdict *verdict = body;
    uint16_t question = PROTO_SIGN;
    uint32_t id = some_id(in, &question);
    switch (question) {
    case PROTO_OPEN:
        *op = PROTO_CALLER;
        *caller = (struct proto_caller){ .id = id, .generation = frontrig.generation, .handle = id };
        if (!(fuzz_byte(in) % 8))
            caller->status = PROTO_UNAVAILABLE;
        memcpy(caller->grants, frontrig.grants, sizeof caller->grants);
        break;
    case PROTO_SIGN_USERBUF:
        *op = PROTO_SIGNED_USERBUF;
        make_signed(in, &with->is);
        with->is.id = id;
        with->len = fuzz_byte(in) * 2u;
        break;
    case PROTO_VERIFY:
        *op = PROTO_VERDICT;
        *verdict = (struct proto_verdict){ .now = 1700000000, .id = id, .generation = frontrig.generation };
        verdict->verdict = fuzz_byte(in);
        verdict->proven = 1;
        break;
    default:
        *op = PROTO_SIGNED;
        make_signed(in, answer);
        answer->id = id;
    }
}

static void make_credential(struct fuzz_input *in, struct proto_credential *credential)
{
    uint8_t which = fuzz_byte(in);
    *credential = (struct proto_credential){ .issued_at = 1700000000,
                                             .expires_at = 1700086400,
                                             .renew_at = 1700057600,
                                             .app = which & 1,
                                             .admin = which >> 1 & 1,
                                             .kind = which >> 2 & 1,
                                             .usersig_len = which >> 4 };
    memset(credential->usersig, 'x', credential->usersig_len);
}

/* A descriptor of a kind that the op may have. */
static int some_fd(uint8_t how)
{
    if (how & 1)
        return dup(listener);
    if (how & 2) {
        int fd = board_make(
            (enum board_kind)(how >> 2 & 1)); /* the wrong kind for most; of the right, one is kept mapped */
        return fd;
    }
    return dup(nowhere);
}

static void make_told(struct fuzz_input *in, uint16_t *op, void *body)
{
    static const uint16_t ops[16] = { PROTO_MODEL_BEGIN,  PROTO_APP,        PROTO_APP_ADMIN,  PROTO_LISTEN,
                                      PROTO_MODEL_COMMIT, PROTO_CREDENTIAL, PROTO_CREDENTIAL, PROTO_CURRENT,
                                      PROTO_FREEZE,       PROTO_HOSTED,     PROTO_LOG,        PROTO_DRAIN,
                                      PROTO_SIGNER,       PROTO_BOARD,      PROTO_CURRENT };
    uint8_t which = fuzz_byte(in);
    struct proto_app *app = body;
    struct proto_app_admin *admin = body;
    *op = (which & 15) == 15 ? fuzz_byte(in) : ops[which & 15];
    switch (*op) {
    case PROTO_MODEL_BEGIN:
        *(struct proto_model_begin *)body = (struct proto_model_begin){ frontrig.generation + (which >> 4) };
        break;
    case PROTO_APP:
        *app = (struct proto_app){ .sdkappid = 1400000000 };
        memcpy(app->name, which & 16 ? "video" : "chat", which & 16 ? 6 : 5);
        memcpy(app->host, "console.tim.qq.com", 19);
        break;
    case PROTO_APP_ADMIN:
        admin->lifetime = 86400;
        memcpy(admin->identifier, "administrator", 14);
        break;
    case PROTO_MODEL_COMMIT:
        *(struct proto_model_commit *)body =
            (struct proto_model_commit){ frontrig.front.epoch + 1,
                                         frontrig.front.next ? frontrig.front.next->generation : 0,
                                         which >> 4 & 1 };
        break;
    case PROTO_CREDENTIAL: make_credential(in, body); break;
    case PROTO_CURRENT:
        *(struct proto_current *)body = (struct proto_current){ frontrig.front.epoch + 1, which >> 4 & 1, 0 };
        break;
    case PROTO_LOG: *(struct proto_log *)body = (struct proto_log){ 0, 0 }; break;
    case PROTO_HOSTED:
        FUZZ_MUST(pwrite(nowhere, in->at, in->left, 0) == (ssize_t)in->left &&
                  ftruncate(nowhere, (off_t)in->left) == 0);
        break;
    default: break;
    }
}

static void make_packet(struct fuzz_input *in, bool master, unsigned n_frames)
{
    static _Alignas(8) uint8_t body[4096];
    packets_begin(&frontrig.packet);
    for (; n_frames; n_frames--) {
        uint16_t op = 0;
        memset(body, 0, sizeof body);
        (master ? make_told : make_answer)(in, &op, body);
        int len = proto_len(op);
        if (len < 0)
            continue;
        packets_change(in, body, (size_t)len);
        if (op == PROTO_LOG) /* as told, the runs would write a log */
            memset(body, 0, (size_t)len);
        packets_add(&frontrig.packet, op, body, proto_has_fd(op) ? some_fd(fuzz_byte(in)) : -1);
    }
}

/* Boards are mapped for the life of a process: those of a run go with it. */
static void drop_boards(const struct boards *before)
{
    struct boards *boards = &frontrig.front.boards;
    if (boards->signer != before->signer)
        munmap((void *)(uintptr_t)boards->signer, sizeof(struct board_signer));
    *boards = *before;
}

static bool has_board(void)
{
    for (size_t at = 0; at + sizeof(struct proto_header) <= frontrig.packet.len;) {
        struct proto_header header;
        memcpy(&header, frontrig.packet.bytes + at, sizeof header);
        if (header.op == PROTO_BOARD)
            return true;
        at += sizeof header + ((header.len + 7u) & ~7u);
    }
    return false;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_input in = { data, size };
    open_once();
    frontrig_begin(0xFF);
    struct boards before = frontrig.front.boards;
    bool boards = false;
    unsigned requests = 0;
    while (in.left && !frontrig.ended && !frontrig.front.draining) {
        uint8_t how = fuzz_byte(&in);
        if (how & 1) {
            if (requests++ == REQUESTS_MOST)
                break;
            request(how >> 1);
            frontrig_signer_take();
            continue;
        }
        if ((how & 14) == 14) { /* all goes well for once, or time passes */
            frontrig_turn(how >> 4);
            if (how >> 4 == 0)
                frontrig_signer_answer(PROTO_DONE);
            continue;
        }
        bool master = how & 2;
        make_packet(&in, master, (how >> 4 & (FRAMES_MOST - 1)) + 1);
        if ((how & 12) == 12)
            packets_damage(&in, &frontrig.packet);
        if (has_board()) { /* one packet with boards a run: each is mapped */
            if (boards) {
                chan_finish(&frontrig.packet);
                continue;
            }
            boards = true;
        }
        frontrig.lies = true;
        frontrig.ended =
            !packets_each(&frontrig.packet, master ? loop_take_master : loop_take_signer, &frontrig.front);
        frontrig_turn(0);
        frontrig_signer_take();
    }
    frontrig_read_all();
    frontrig_turn(0);
    frontrig_end();
    drop_boards(&before);
    return 0;
}
