/* signerrig.c: a signer without its loop: its state, its model, its audit log. */
#include "signerrig.h"

#include "clock.h"
#include "log.h"
#include "sealed.h"

#include <fcntl.h>
#include <sodium.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

struct signerrig signerrig = { .ops = { .master = { .fd = -1 }, .audit = AUDIT_CLOSED } };

int signerrig_file(const void *bytes, size_t len)
{
    int fd = memfd_create("fuzz", MFD_CLOEXEC);
    FUZZ_MUST(fd >= 0 && write(fd, bytes, len) == (ssize_t)len);
    return fd;
}

/* The accepted end of a connection to a socket that has a path, as the signer wants to see it. */
static int accepted(const char **path)
{
    static struct sockaddr_un address = { .sun_family = AF_UNIX };
    const char *base = getenv("TMPDIR");
    int len = snprintf(address.sun_path, sizeof address.sun_path, "%s/fuzz-%d", base ? base : "/tmp",
                       (int)getpid());
    FUZZ_MUST(len > 0 && (size_t)len < sizeof address.sun_path);
    signerrig.listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    signerrig.client = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    unlink(address.sun_path);
    FUZZ_MUST(bind(signerrig.listener, (struct sockaddr *)&address, sizeof address) == 0 &&
              listen(signerrig.listener, 1) == 0 &&
              connect(signerrig.client, (struct sockaddr *)&address, sizeof address) == 0);
    unlink(address.sun_path);
    *path = address.sun_path;
    return accept4(signerrig.listener, NULL, NULL, SOCK_CLOEXEC);
}

static const char *socket_path;

void signerrig_open(void)
{
    if (signerrig.nowhere)
        return;
    struct ops *ops = &signerrig.ops;
    FUZZ_MUST(sodium_init() >= 0 && clock_open() >= 0);
    log_set(LOG_FORMAT_LOGFMT, LOG_LEVEL_ERROR);
    signerrig.nowhere = open("/dev/null", O_RDWR | O_CLOEXEC);
    int server = accepted(&socket_path);
    close(signerrig.client);
    signerrig.client = server;
    FUZZ_MUST(signerrig.nowhere >= 0 && server >= 0);
    FUZZ_MUST(usersig_key_hmac(&signerrig.key, SIGNERRIG_KEY, strlen(SIGNERRIG_KEY)) == USERSIG_OK);
    board_open(&ops->boards);
    stamp_open(&ops->stamp, SIGD_BUILD_TIME);
    chan_open(&ops->master, signerrig.nowhere);
}

/* ---- the model ------------------------------------------------------------------------------------- */

static void tell(uint16_t op, const void *body, int fd)
{
    FUZZ_MUST(packets_add(&signerrig.packet, op, body, fd));
}

#define TEXT(struct_name, field, text)      \
    struct struct_name struct_name = { 0 }; \
    proto_set(struct_name.field, sizeof struct_name.field, text)

static void tell_pattern(const char *pattern)
{
    TEXT(proto_load_rule_pattern, pattern, pattern);
    tell(PROTO_LOAD_RULE_PATTERN, &proto_load_rule_pattern, -1);
}

static void tell_rule(const struct proto_load_rule *rule, uint32_t uid, const char *pattern)
{
    tell(PROTO_LOAD_RULE, rule, -1);
    tell(PROTO_LOAD_RULE_ID, &(struct proto_load_rule_id){ uid, 0 }, -1);
    tell_pattern(pattern);
}

static void tell_app(const char *name, uint32_t number)
{
    TEXT(proto_load_app, name, name);
    proto_load_app.sdkappid = SIGNERRIG_SDKAPPID + number;
    proto_load_app.lifetime = 3600;
    proto_load_app.max_lifetime = 36000;
    proto_load_app.raw_userbuf = number == 2;
    tell(PROTO_LOAD_APP, &proto_load_app, -1);
    TEXT(proto_load_key, name, "k");
    proto_load_key.not_before = number == 5 ? clock_real() + UINT64_C(3155760000) : 0;
    tell(PROTO_LOAD_KEY, &proto_load_key, signerrig_file(SIGNERRIG_KEY, strlen(SIGNERRIG_KEY)));
    static const char *const admins[] = { "administrator", "Boss" };
    for (int i = 0; i < 2; i++) {
        TEXT(proto_load_admin, identifier, admins[i]);
        tell(PROTO_LOAD_ADMIN, &proto_load_admin, -1);
    }
    TEXT(proto_load_reserved, name, "ops");
    tell(PROTO_LOAD_RESERVED, &proto_load_reserved, -1);
    uint32_t all = SIGD_MAY_ADMIN | SIGD_MAY_URL | SIGD_MAY_SIGN | SIGD_MAY_VERIFY;
    struct proto_load_rule rule = { .may = all, .admins = 1, .sockets = 1 };
    switch (number) {
    case 0:
        rule.max_lifetime = 7200;
        rule.rights = 42;
        tell_rule(&rule, getuid(), "u*");
        tell_pattern("alice");
        tell_pattern("?b");
        tell_pattern("@*");
        break;
    case 1:
        rule.may = SIGD_MAY_VERIFY;
        tell_rule(&rule, getuid(), "*");
        break;
    case 2:
        rule.max_lifetime = 600;
        rule.rights = 255;
        tell_rule(&rule, getuid(), "*");
        break;
    default: tell_rule(&rule, number == 3 ? getuid() + 1 : getuid(), "*");
    }
}

void signerrig_load(void)
{
    static const char *const names[SIGNERRIG_APPS] = { "chat", "video", "raw", "other", "frozen", "later" };
    struct ops *ops = &signerrig.ops;
    packets_begin(&signerrig.packet);
    signerrig.audit = memfd_create("audit", MFD_CLOEXEC);
    int log = fcntl(signerrig.audit, F_DUPFD_CLOEXEC, 0);
    FUZZ_MUST(log >= 0 && fcntl(signerrig.audit, F_SETFL, O_APPEND) == 0);
    tell(PROTO_AUDIT, &(struct proto_audit){ PROTO_SYNC_NONE }, log);
    struct proto_load_begin begin = { .generation = SIGNERRIG_GENERATION,
                                      .allow_swap = 1,
                                      .front_uid = UINT32_MAX,
                                      .overflow_uid = 65534,
                                      .overflow_gid = 65534,
                                      .unsynced = STAMP_SERVE };
    tell(PROTO_LOAD_BEGIN, &begin, -1);
    TEXT(proto_load_socket, name, "main");
    proto_set(proto_load_socket.path, sizeof proto_load_socket.path, socket_path);
    proto_load_socket.apps = UINT64_MAX;
    tell(PROTO_LOAD_SOCKET, &proto_load_socket, -1);
    for (uint32_t a = 0; a < SIGNERRIG_APPS; a++)
        tell_app(names[a], a);
    tell(PROTO_FREEZE, &(struct proto_freeze){ 4, 1 }, -1);
    tell(PROTO_LOAD_END, &(struct proto_load_end){ SIGNERRIG_GENERATION }, -1);
    tell(PROTO_LOAD_COMMIT, &(struct proto_load_end){ SIGNERRIG_GENERATION }, -1);
    FUZZ_MUST(ops_packet(ops, &signerrig.packet) && ops->model);
    packets_begin(&signerrig.packet);
    /* credentials that fronts may say they hand out */
    for (uint32_t kind = 0; kind < PROTO_KINDS; kind++)
        tell(PROTO_ISSUE, &(struct proto_issue){ 3600, 0, 0, kind, SIGNERRIG_GENERATION }, -1);
    FUZZ_MUST(ops_packet(ops, &signerrig.packet));
    chan_take_back(&ops->master, 0, 0);
    signerrig_told();
}

struct ops_front *signerrig_front(size_t place)
{
    struct ops_front *front = calloc(1, sizeof *front);
    int fd = fcntl(signerrig.nowhere, F_DUPFD_CLOEXEC, 0);
    FUZZ_MUST(front && fd >= 0);
    chan_open(&front->chan, fd);
    signerrig.ops.fronts[place] = front;
    return front;
}

unsigned signerrig_told(void)
{
    static const char mark[] = "\"event\":\"sign";
    static char text[1 << 20];
    unsigned n = 0;
    ssize_t len = pread(signerrig.audit, text, sizeof text, 0);
    FUZZ_MUST(len >= 0 && (size_t)len < sizeof text);
    if (len == 0)
        return 0;
    FUZZ_MUST(text[len - 1] == '\n');
    for (const char *at = text; (at = memmem(at, (size_t)(text + len - at), mark, sizeof mark - 1)); at++)
        n++;
    FUZZ_MUST(ftruncate(signerrig.audit, 0) == 0);
    return n;
}

/* ---- the end of a run ------------------------------------------------------------------------------ */

static void free_model(struct ops_model *model)
{
    for (size_t a = 0; model && a < SIGD_APPS_MAX; a++)
        keyset_clear(&model->keys[a]);
    if (!model)
        return;
    policy_clear(&model->policy);
    served_clear(&model->served);
    sealed_master_free(model->master);
    free(model);
}

void signerrig_forget(void)
{
    struct ops *ops = &signerrig.ops;
    for (size_t i = 0; i < SIGD_WORKERS_MAX; i++)
        ops_front_close(ops, i);
    free_model(ops->model);
    free_model(ops->loading);
    free_model(ops->loaded);
    for (size_t i = 0; i < OPS_PREVIOUS; i++)
        free_model(ops->previous[i]);
    memset(ops->previous, 0, sizeof ops->previous);
    ops->model = ops->loading = ops->loaded = NULL;
    audit_close(&ops->audit, ops->now, ops->now_ms);
    chan_take_back(&ops->master, 0, 0);
    stamp_open(&ops->stamp, SIGD_BUILD_TIME);
}
