/* rig.c: the signer as a process, with this test as its master and as fronts of its. */
#include "rig.h"

#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

struct rig rig;
static struct chan_packet packet;

/* ---- the process ----------------------------------------------------------------------------------- */

static const char *program(void)
{
    static char path[4096];
    const char *given = getenv("SIGD_SIGNER"), *top = getenv("top_builddir");
    if (given)
        return given;
    snprintf(path, sizeof path, "%s/sigd/sigd-signer", top ? top : ".");
    return path;
}

static int memory(const char *name)
{
    int fd = memfd_create(name, MFD_CLOEXEC);
    ck_assert_int_ge(fd, 0);
    return fd;
}

static void run_signer(int channel)
{
    setenv("ASAN_OPTIONS", "detect_leaks=0", 0); /* it may not be traced, and so not by the leak checker */
    if (dup2(rig.log, STDERR_FILENO) < 0)
        _exit(126);
    if (channel == CHAN_CHILD_FD ? fcntl(channel, F_SETFD, 0) : dup2(channel, CHAN_CHILD_FD) < 0)
        _exit(126);
    execl(program(), "sigd-signer", (char *)NULL);
    _exit(127);
}

static int listen_at(const char *path)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    ck_assert_int_ge(fd, 0);
    snprintf(address.sun_path, sizeof address.sun_path, "%s", path);
    ck_assert_msg(bind(fd, (struct sockaddr *)&address, sizeof address) == 0 && listen(fd, 64) == 0, "%s: %s",
                  path, strerror(errno));
    ck_assert_int_eq(chmod(path, 0666), 0);
    return fd;
}

static void load(uint32_t front_uid);

void rig_start(void)
{
    rig_start_as(UINT32_MAX);
}

void rig_start_as(uint32_t front_uid)
{
    int ends[2];
    signal(SIGPIPE, SIG_IGN); /* as in sigd's own programs: who writes is told by the error */
    snprintf(rig.directory, sizeof rig.directory, "/tmp/sigd-rig.XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(rig.directory));
    ck_assert_int_eq(chmod(rig.directory, 0711), 0);
    snprintf(rig.path, sizeof rig.path, "%s/main.sock", rig.directory);
    snprintf(rig.other_path, sizeof rig.other_path, "%s/other.sock", rig.directory);
    rig.listener = listen_at(rig.path);
    rig.other_listener = listen_at(rig.other_path);
    rig.log = memory("log");
    rig.audit = memory("audit");
    ck_assert_int_eq(chan_pair(ends), 0);
    chan_open(&rig.master, ends[0]);
    rig.signer = fork();
    ck_assert_int_ge(rig.signer, 0);
    if (rig.signer == 0)
        run_signer(ends[1]);
    close(ends[1]);
    ck_assert(chan_send(&rig.master, PROTO_AUDIT, &(struct proto_audit){ PROTO_SYNC_NONE }, rig.audit));
    load(front_uid);
}

/* Its last words, when it did not end as it should. */
static void print_log(void)
{
    char text[8193];
    off_t size = lseek(rig.log, 0, SEEK_END);
    ssize_t len = pread(rig.log, text, sizeof text - 1, size > 8192 ? size - 8192 : 0);
    text[len > 0 ? len : 0] = '\0';
    fprintf(stderr, "the signer's log ends:\n%s\n", text);
}

int rig_end(void)
{
    int status = -1, waited = 0;
    for (; waited < RIG_WAIT_MS && waitpid(rig.signer, &status, WNOHANG) == 0; waited += 10)
        nanosleep(&(struct timespec){ 0, 10000000 }, NULL);
    if (waited >= RIG_WAIT_MS)
        kill(rig.signer, SIGKILL);
    chan_close(&rig.master);
    close(rig.listener);
    close(rig.other_listener);
    unlink(rig.path);
    unlink(rig.other_path);
    rmdir(rig.directory);
    return status;
}

void rig_stop(void)
{
    chan_close(&rig.master);
    int status = rig_end();
    if (status != 0)
        print_log();
    ck_assert_msg(status == 0, "the signer (%s) ended with status %#x after its master", program(), status);
}

/* ---- channels -------------------------------------------------------------------------------------- */

int rig_reads(const struct chan *chan)
{
    return chan->in ? chan->in : chan->fd;
}

int rig_receive(struct chan *chan, struct chan_packet *into)
{
    return chan->in ? chan_read(chan, into) : chan_receive(chan, into);
}

/* Lets all that is queued go. false: the channel is dead. */
static bool flush(struct chan *chan)
{
    int result;
    while ((result = chan_flush(chan)) > 0) {
        struct pollfd writable = { .fd = chan->stuck, .events = POLLOUT };
        ck_assert_msg(poll(&writable, 1, RIG_WAIT_MS) == 1, "the signer does not read");
    }
    return result == 0;
}

/* One packet, waited for. false: closed. */
static bool receive(struct chan *chan)
{
    struct pollfd readable = { .fd = rig_reads(chan), .events = POLLIN };
    if (poll(&readable, 1, RIG_WAIT_MS) != 1) {
        print_log();
        ck_abort_msg("the signer does not answer");
    }
    return rig_receive(chan, &packet) == 1;
}

bool rig_wait(struct chan *chan, uint16_t op, void *body)
{
    struct chan_frame frame;
    bool found = false;
    int more;
    while (!found) {
        if (!receive(chan))
            return false;
        while ((more = chan_next(&packet, &frame)) == 1) {
            if (frame.op == PROTO_KEY_READ &&
                op != PROTO_KEY_READ) { /* comes while a policy loads; LOADED tells it all */
                ck_assert_uint_eq(((const struct proto_key_read *)frame.body)->failed, 0);
                continue;
            }
            if (frame.op == PROTO_CLOCK && op != PROTO_CLOCK) /* comes at any time */
                continue;
            ck_assert_msg(frame.op == op && !found, "expected op %u, got %u", op, frame.op);
            memcpy(body, frame.body, (size_t)proto_len(op));
            found = true;
        }
        ck_assert_int_eq(more, 0);
    }
    return true;
}

bool rig_ask(struct chan *chan, uint16_t op, const void *body, int fd, uint16_t answer, void *answer_body)
{
    ck_assert(chan_send(chan, op, body, fd));
    return flush(chan) && rig_wait(chan, answer, answer_body);
}

bool rig_is_cut(struct chan *chan)
{
    return !flush(chan) || !receive(chan);
}

/* ---- the master ------------------------------------------------------------------------------------ */

static void send_app(const char *name, uint32_t sdkappid)
{
    struct proto_load_app app = { 3600, 36000, sdkappid, "", 0, 0 };
    struct proto_load_key key = { .name = "2026a" };
    int fd = memory("key");
    ck_assert_int_eq(write(fd, RIG_KEY, sizeof RIG_KEY - 1), sizeof RIG_KEY - 1);
    proto_set(app.name, sizeof app.name, name);
    ck_assert(chan_send(&rig.master, PROTO_LOAD_APP, &app, -1) &&
              chan_send(&rig.master, PROTO_LOAD_KEY, &key, fd));
    close(fd);
    ck_assert(chan_send(&rig.master, PROTO_LOAD_ADMIN, &(struct proto_load_admin){ "administrator" }, -1) &&
              chan_send(&rig.master, PROTO_LOAD_ADMIN, &(struct proto_load_admin){ "Boss" }, -1) &&
              chan_send(&rig.master, PROTO_LOAD_RESERVED, &(struct proto_load_reserved){ "ops" }, -1));
}

static void send_rule(uint32_t uid, uint32_t may)
{
    struct proto_load_rule rule = { RIG_CAP, may, 1, UINT32_MAX, 0, RIG_RIGHTS, 0 };
    ck_assert(chan_send(&rig.master, PROTO_LOAD_RULE, &rule, -1) &&
              chan_send(&rig.master, PROTO_LOAD_RULE_ID, &(struct proto_load_rule_id){ uid, 0 }, -1) &&
              chan_send(&rig.master, PROTO_LOAD_RULE_PATTERN, &(struct proto_load_rule_pattern){ "*" }, -1));
}

static void begin_load(uint32_t front_uid)
{
    struct proto_load_begin begin = {
        .generation = ++rig.generation, .allow_swap = 1, .front_uid = front_uid, .unsynced = 2
    };
    struct proto_load_socket main_socket = { UINT64_MAX, "main", "" };
    begin.overflow_uid = begin.overflow_gid = 65534;
    proto_set(main_socket.path, sizeof main_socket.path, rig.path);
    ck_assert(chan_send(&rig.master, PROTO_LOAD_BEGIN, &begin, -1) &&
              chan_send(&rig.master, PROTO_LOAD_SOCKET, &main_socket, -1));
}

static void commit_load(void)
{
    struct proto_loaded loaded;
    const struct proto_load_end end = { rig.generation };
    if (!rig_ask(&rig.master, PROTO_LOAD_END, &end, -1, PROTO_LOADED, &loaded)) {
        print_log();
        ck_abort_msg("the signer (%s) does not start", program());
    }
    ck_assert_msg(!loaded.failed, "the policy was refused: %s", loaded.why);
    struct proto_clock clock;
    struct proto_issued issued; /* STALE; but then the commit has been read */
    ck_assert(chan_send(&rig.master, PROTO_LOAD_COMMIT, &end, -1));
    ck_assert(rig.generation > 1 || (flush(&rig.master) && rig_wait(&rig.master, PROTO_CLOCK, &clock)));
    ck_assert(rig_ask(&rig.master, PROTO_ISSUE, &(struct proto_issue){ 0 }, -1, PROTO_ISSUED, &issued));
}

static void load(uint32_t front_uid)
{
    begin_load(front_uid);
    send_app("chat", RIG_SDKAPPID);
    send_rule(getuid(), SIGD_MAY_SIGN | SIGD_MAY_VERIFY | SIGD_MAY_ADMIN);
    send_rule(RIG_STRANGER, SIGD_MAY_VERIFY);
    send_app("other", RIG_SDKAPPID + 1);
    commit_load();
}

void rig_reload(uint32_t may)
{
    begin_load(UINT32_MAX);
    send_app("other", RIG_SDKAPPID + 1);
    send_app("chat", RIG_SDKAPPID);
    send_rule(getuid(), may);
    commit_load();
}

static int send_pipe(uint32_t index, uint32_t way)
{
    int ends[2];
    ck_assert_int_eq(chan_pipe(ends), 0);
    int theirs = ends[way == PROTO_PIPE_IN ? 0 : 1];
    ck_assert(chan_send(&rig.master, PROTO_PIPE, &(struct proto_pipe){ index, way }, theirs));
    close(theirs);
    return ends[way == PROTO_PIPE_IN ? 1 : 0];
}

void rig_front(struct chan *front, uint32_t index)
{
    int ends[2];
    ck_assert_int_eq(chan_pair(ends), 0);
    ck_assert(chan_send(&rig.master, PROTO_FRONT, &(struct proto_front){ index }, ends[1]));
    chan_open(front, ends[0]);
    chan_add_pipe(front, PROTO_PIPE_OUT, send_pipe(index, PROTO_PIPE_IN));
    chan_add_pipe(front, PROTO_PIPE_IN, send_pipe(index, PROTO_PIPE_OUT));
    ck_assert(flush(&rig.master));
    close(ends[1]);
}
