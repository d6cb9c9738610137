/* fuzz_master.c: packets of the signer and of a front into the master, at each of its ages and during each change: it holds
 * together, believes no front what is not its to say, and what breaks the framing or the order ends the channel. The input:
 * when, then frames that are mostly right, in packets. */
#include "packets.h"

#include "clock.h"
#include "change_reload.h"
#include "heard.h"
#include "log.h"
#include "master.h"

#include <fcntl.h>
#include <limits.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#define FRAMES_MOST 8  /* a packet */
#define NOBODY INT_MAX /* a pid that is never anybody's */
#define USERSIG "eJwVzEELgkAQ*-_"

/* App 0 signs for two administrators; app 1's usersig comes as a file. */
static const char conf[] =
    "socket \"main\" { path = \"/nowhere/main.sock\" }\n"
    "audit { file = \"/nowhere/audit\" }\n"
    "app \"chat\" { sdkappid = 1400000000 key \"k\" { file = \"/nowhere/k\" } admin \"administrator\" {} admin \"boss\" {}\n"
    "  allow { users = {0} may = {\"admin\"} admins = {\"boss\"} } }\n"
    "app \"away\" { sdkappid = 1400000001 admin \"robot\" { usersig_file = \"/nowhere/robot\" } }\n";
/* The same with a key that is revoked, and the apps the other way round. */
static const char next_conf[] =
    "socket \"main\" { path = \"/nowhere/main.sock\" }\n"
    "audit { file = \"/nowhere/audit\" }\n"
    "app \"away\" { sdkappid = 1400000001 admin \"robot\" { usersig_file = \"/nowhere/robot\" } }\n"
    "app \"chat\" { sdkappid = 1400000000 key \"k\" { file = \"/nowhere/k\" revoked = true } key \"n\" { file = \"/nowhere/n\" }\n"
    "  admin \"administrator\" {} allow { users = {0} may = {\"sign\"} } }\n";

static struct config *now, *next; /* what conf and next_conf say */
static struct master master;
static struct supervise_plan plan;
static struct load_keys keys;
static struct sockets sockets;
static struct chan front; /* the front's end */
static struct chan_packet packet;
static int nowhere;

static struct config *read_conf(const char *text)
{
    size_t len = strlen(text);
    int fd = memfd_create("fuzz", MFD_CLOEXEC);
    FILE *errors = fopen("/dev/null", "we");
    FUZZ_MUST(errors && write(fd, text, len) == (ssize_t)len && lseek(fd, 0, SEEK_SET) == 0);
    struct config *config = config_load_fd("conf", fd, errors);
    fclose(errors);
    close(fd);
    FUZZ_MUST(config != NULL);
    return config;
}

static char *copy_text(const char *text)
{
    return text ? fuzz_copy(text, strlen(text) + 1) : NULL;
}

/* To be freed: reading it again would be half of a run. */
static struct config *copy(const struct config *from)
{
    struct config *config = fuzz_copy(from, sizeof *from);
    config->apps = fuzz_copy(from->apps, from->n_apps * sizeof *from->apps);
    for (size_t a = 0; a < from->n_apps; a++) {
        struct config_app *app = &config->apps[a];
        app->rules = app->rules ? fuzz_copy(app->rules, app->n_rules * sizeof *app->rules) : NULL;
        for (size_t i = 0; i < app->n_keys; i++)
            app->keys[i].file = copy_text(app->keys[i].file);
        for (size_t i = 0; i < app->n_admins; i++)
            app->admins[i].usersig_file = copy_text(app->admins[i].usersig_file);
    }
    config->publish_dir = copy_text(from->publish_dir);
    config->state_dir = copy_text(from->state_dir);
    config->master_key = copy_text(from->master_key);
    config->credentials_dir = copy_text(from->credentials_dir);
    config->audit_file = copy_text(from->audit_file);
    return config;
}

static void done(struct master *m, uint64_t peer, bool ok, const char *text)
{
    (void)m, (void)peer, (void)ok;
    FUZZ_MUST(text != NULL);
}

/* ---- a master, at some age ------------------------------------------------------------------------- */

static void begin_change(struct fuzz_input *in)
{
    struct change *c = &master.change;
    switch (fuzz_byte(in) & 7) {
    case 0: /* a reload that waits for the signer */
        if (!change_begin(&master, CHANGE_RELOAD, done, 0))
            return;
        c->step = CHANGE_LOADING;
        memset(&c->keys, -1, sizeof c->keys);
        c->config = copy(next);
        c->audit.log = dup(nowhere);
        c->audit.reserve = dup(nowhere);
        break;
    case 1: change_flush(&master, "chat", "boss", done, 0); break;
    case 2: change_flush(&master, "away", "robot", done, 0); break;
    case 3: change_freeze(&master, "chat", true, done, 0); break;
    case 4: change_freeze(&master, "chat", false, done, 0); break;
    case 5: change_freeze(&master, "away", true, done, 0); break;
    default: break;
    }
}

/* The questions that are under way: all credentials, and the hosted one is being read. */
static void ask(void)
{
    FUZZ_MUST(renew_ask(&master.renew, &master.signer.chan, clock_real(), master.now_ms));
    for (size_t i = 0; i < master.renew.n; i++)
        if (master.renew.items[i].file && !master.renew.items[i].in_flight)
            master.renew.items[i].reading = true;
}

static void begin(struct fuzz_input *in)
{
    static const enum master_phase phases[4] = { MASTER_SERVING, MASTER_LOADING, MASTER_ISSUING,
                                                 MASTER_DRAINING };
    struct master *m = &master;
    int ends[2];
    uint8_t how = fuzz_byte(in);
    if (!nowhere) {
        log_set(LOG_FORMAT_LOGFMT, LOG_LEVEL_ERROR);
        nowhere = open("/dev/null", O_RDWR | O_CLOEXEC);
        now = read_conf(conf);
        next = read_conf(next_conf);
        plan.config = copy(now);
        plan.keys = &keys;
        plan.sockets = &sockets;
        FUZZ_MUST(clock_open() >= 0 && boards_make(&m->boards, 1));
        FUZZ_MUST(chan_pair(ends) == 0);
        chan_open(&m->fronts.children[0].child.chan, ends[0]);
        chan_open(&front, ends[1]);
    }
    struct boards_all boards = m->boards;
    struct chan child = m->fronts.children[0].child.chan;
    memset(&keys, -1, sizeof keys);
    *m = (struct master){ .plan = &plan,
                          .phase = phases[how & 3],
                          .config = plan.config,
                          .sockets = &sockets,
                          .state = { .dir = -1 },
                          .publish = { .dir = -1 },
                          .boards = boards,
                          .now_ms = 1000000,
                          .signals = -1 };
    m->fronts = (struct fronts){ .workers = 1,
                                 .generation = 1,
                                 .epoch = 1,
                                 .sockets = &sockets,
                                 .renew = &m->renew,
                                 .signer = &m->signer.chan,
                                 .boards = &m->boards,
                                 .take_read = heard_read,
                                 .context = m,
                                 .program = -1 };
    m->fronts.children[0].child = (struct children_child){ .pid = NOBODY, .chan = child };
    m->signer.pid = NOBODY;
    chan_open(&m->signer.chan, nowhere);
    FUZZ_MUST(renew_open(&m->renew, m->config, 1));
    if (how & 4)
        ask();
    if (how & 8)
        begin_change(in);
}

static void end(void)
{
    struct master *m = &master;
    struct chan *child = &m->fronts.children[0].child.chan;
    m->phase = MASTER_STOPPED;
    change_stop(m);
    if (m->config != plan.config) { /* which a reload has freed */
        config_free(m->config);
        plan.config = copy(now);
    }
    renew_close(&m->renew);
    chan_take_back(&m->signer.chan, 0, 0);
    m->signer.chan.fd = -1;
    chan_close(&m->signer.chan);
    if (child->fd < 0) { /* it was ended */
        int ends[2];
        chan_close(&front);
        FUZZ_MUST(chan_pair(ends) == 0);
        chan_open(child, ends[0]);
        chan_open(&front, ends[1]);
        return;
    }
    chan_take_back(child, 0, 0);
    while (recv(front.fd, packet.bytes, sizeof packet.bytes, 0) > 0)
        ;
}

/* ---- what is said ---------------------------------------------------------------------------------- */

static void make_heard(struct fuzz_input *in, uint16_t *op, void *body)
{
    static const uint16_t ops[8] = { PROTO_ISSUED,   PROTO_ISSUED, PROTO_ISSUED, PROTO_LOADED,
                                     PROTO_KEY_READ, PROTO_CLOCK,  PROTO_ISSUED };
    uint8_t which = fuzz_byte(in), how = fuzz_byte(in);
    struct proto_issued *issued = body;
    *op = (which & 7) == 7 ? fuzz_byte(in) : ops[which & 7];
    switch (*op) {
    case PROTO_ISSUED:
        *issued = (struct proto_issued){ .issued_at = clock_real(),
                                         .lifetime = 86400,
                                         .app = how & 1,
                                         .admin = how >> 1 & 1,
                                         .kind = how >> 2 & 1,
                                         .status = how & 8 ? how >> 4 : PROTO_DONE,
                                         .generation = master.renew.generation,
                                         .version = 2,
                                         .proof_len = 32,
                                         .key = "k" };
        memset(issued->proof, 0x5A, 32);
        break;
    case PROTO_LOADED:
        *(struct proto_loaded *)body =
            (struct proto_loaded){ .generation = 1 + (which >> 3 & 1), .failed = how & 1 };
        break;
    case PROTO_KEY_READ:
        *(struct proto_key_read *)body = (struct proto_key_read){ .app = how & 1,
                                                                  .key = how >> 1 & 1,
                                                                  .failed = how >> 2 & 1,
                                                                  .trimmed = how >> 3 & 1,
                                                                  .why = "it is empty" };
        break;
    case PROTO_CLOCK: *(struct proto_clock *)body = (struct proto_clock){ .verdict = how & 7 }; break;
    default: break;
    }
}

static void make_read(struct fuzz_input *in, uint16_t *op, void *body)
{
    uint8_t which = fuzz_byte(in);
    struct proto_hosted_read *read = body;
    const struct renew_item *item = NULL;
    for (size_t i = 0; i < master.renew.n; i++)
        if (master.renew.items[i].file && master.renew.items[i].credential.kind == (which >> 4 & 1))
            item = &master.renew.items[i];
    *op = which & 1 ? PROTO_READY : which & 2 ? fuzz_byte(in) : PROTO_HOSTED_READ;
    if (*op == PROTO_READY)
        *(struct proto_ready *)body = (struct proto_ready){ master.fronts.epoch };
    if (*op != PROTO_HOSTED_READ || !item)
        return;
    *read = (struct proto_hosted_read){ .issued_at = clock_real(),
                                        .lifetime = 86400,
                                        .app = item->credential.app,
                                        .admin = item->credential.admin,
                                        .kind = item->credential.kind,
                                        .generation = master.renew.generation,
                                        .failed = which >> 3 & 1,
                                        .sdkappid = 1400000001,
                                        .usersig_len = sizeof USERSIG - 1,
                                        .identifier = "robot",
                                        .usersig = USERSIG };
}

static void make_packet(struct fuzz_input *in, bool signer, unsigned n_frames)
{
    static _Alignas(8) uint8_t body[4096];
    packets_begin(&packet);
    for (; n_frames; n_frames--) {
        uint16_t op = 0;
        memset(body, 0, sizeof body);
        (signer ? make_heard : make_read)(in, &op, body);
        int len = proto_len(op);
        if (len < 0)
            continue;
        packets_change(in, body, (size_t)len);
        packets_add(&packet, op, body, proto_has_fd(op) ? dup(nowhere) : -1);
    }
}

/* Was it just so the last time that one at its place was looked at? Most are. */
static bool is_checked(size_t i, const struct renew_item *item)
{
    static struct renew_item last[6];
    FUZZ_MUST(i < sizeof last / sizeof last[0]);
    if (memcmp(&last[i].credential, &item->credential, sizeof item->credential) == 0 &&
        strcmp(last[i].identifier, item->identifier) == 0 && last[i].sdkappid == item->sdkappid &&
        !last[i].file == !item->file)
        return true;
    last[i] = *item;
    return false;
}

/* Whatever was said, what would be served is a usersig of its administrator, and only where one was asked for. */
static void check(void)
{
    for (size_t i = 0; i < master.renew.n; i++) {
        const struct renew_item *item = &master.renew.items[i];
        const struct proto_credential *c = &item->credential;
        if (is_checked(i, item))
            continue;
        FUZZ_MUST(c->usersig_len < sizeof c->usersig && strlen(c->usersig) == c->usersig_len);
        FUZZ_MUST(
            strspn(c->usersig, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=*_-") ==
            c->usersig_len);
        FUZZ_MUST(proto_string_ok(c->key, sizeof c->key));
        struct usersig_ticket ticket;
        if (!c->usersig_len || item->file)
            continue;
        FUZZ_MUST(usersig_decode(&ticket, c->usersig, c->usersig_len) == USERSIG_OK);
        FUZZ_MUST(ticket.claims.sdkappid == item->sdkappid &&
                  strcmp(ticket.claims.identifier, item->identifier) == 0);
        FUZZ_MUST(c->issued_at == ticket.claims.issued_at &&
                  c->expires_at == usersig_claims_expiry(&ticket.claims));
    }
}

/* Over its channel: the master itself ends a front that breaks it. */
static void receive_front(void)
{
    static struct chan_packet room;
    bool sent = send(front.fd, packet.bytes, packet.len, MSG_NOSIGNAL) == (ssize_t)packet.len;
    chan_finish(&packet);
    if (sent && packet.len == 0)
        fronts_receive(&master.fronts, 0, &room, master.now_ms);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_input in = { data, size };
    begin(&in);
    bool sound = true;
    while (in.left && sound && master.phase < MASTER_STOPPED && master.fronts.children[0].child.pid) {
        uint8_t how = fuzz_byte(&in);
        bool signer = how & 1 || master.phase < MASTER_STARTING; /* there is no front before */
        make_packet(&in, signer, (how >> 1 & (FRAMES_MOST - 1)) + 1);
        if (how & 16)
            packets_damage(&in, &packet);
        if (signer)
            sound = packets_each(&packet, heard_frame, &master);
        else
            receive_front();
        check();
        if (how & 32)
            change_due(&master);
        if (how & 64 && master.phase == MASTER_SERVING)
            ask();
        if (how & 128 && master.change.kind == CHANGE_NONE)
            begin_change(&in);
    }
    end();
    return 0;
}
