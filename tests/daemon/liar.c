/* liar.c: a front that lies to its master, for test_lying_reader.py: it serves nobody. How it lies stands in the file
 * "lie" beside the program, read anew before each answer. */
#include "chan.h"

#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct chan master;
static struct chan_packet packet;
static uint32_t sdkappid;
static char identifier[SIGD_ADMIN_MAX + 1];

static bool lies(const char *how)
{
    char path[4096], lie[32] = "";
    ssize_t len = readlink("/proc/self/exe", path, sizeof path - 8);
    if (len < 0)
        exit(2);
    path[len] = '\0';
    strcpy(strrchr(path, '/') + 1, "lie");
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0 || read(fd, lie, sizeof lie - 1) < 0)
        exit(2);
    close(fd);
    return strcmp(lie, how) == 0;
}

static void say_ready(uint64_t epoch)
{
    if (lies("silent"))
        return;
    if (lies("deaf"))
        for (;;)
            poll(NULL, 0, -1); /* pause() is not in its master's list of calls */
    if (lies("ahead"))
        epoch += 7;
    for (int i = lies("flood") ? 10000 : 1; i > 0; i--)
        chan_send(&master, PROTO_READY, &(struct proto_ready){ epoch }, -1);
}

static void tell_read(const struct proto_hosted *hosted)
{
    struct proto_hosted_read read = { .app = hosted->app,
                                      .admin = hosted->admin,
                                      .kind = hosted->kind,
                                      .generation = hosted->generation,
                                      .issued_at = 1000000000,
                                      .lifetime = 3000000000,
                                      .sdkappid = sdkappid };
    if (lies("mute"))
        return;
    proto_set(read.identifier, sizeof read.identifier, identifier);
    proto_set(read.usersig, sizeof read.usersig, lies("letters") ? "a\"\nb" : "eJw-");
    read.usersig_len = (uint32_t)strlen(read.usersig);
    if (lies("place"))
        read.app = 99;
    if (lies("unended"))
        memset(read.identifier, 'x', sizeof read.identifier);
    if (lies("length"))
        read.usersig_len = UINT32_MAX;
    if (lies("endless"))
        read.lifetime = UINT64_MAX;
    if (lies("before"))
        read.generation--;
    for (int i = lies("twice") ? 2 : 1; i > 0; i--)
        chan_send(&master, PROTO_HOSTED_READ, &read, -1);
    if (lies("signer"))
        chan_send(&master, PROTO_ISSUED, &(struct proto_issued){ .generation = hosted->generation }, -1);
}

static bool handle(void *context, const struct chan_frame *frame)
{
    (void)context;
    if (frame->op == PROTO_MODEL_COMMIT)
        say_ready(((const struct proto_model_commit *)frame->body)->epoch);
    else if (frame->op == PROTO_CURRENT)
        say_ready(((const struct proto_current *)frame->body)->epoch);
    else if (frame->op == PROTO_APP)
        sdkappid = ((const struct proto_app *)frame->body)->sdkappid;
    else if (frame->op == PROTO_APP_ADMIN)
        proto_set(identifier, sizeof identifier, ((const struct proto_app_admin *)frame->body)->identifier);
    else if (frame->op == PROTO_HOSTED)
        tell_read(frame->body);
    else if (frame->op == PROTO_DRAIN)
        exit(0);
    return true;
}

int main(void)
{
    chan_open(&master, CHAN_CHILD_FD);
    for (;;) {
        struct pollfd wait = { .fd = master.fd, .events = POLLIN };
        if (master.out_len)
            wait.events |= POLLOUT;
        poll(&wait, 1, -1);
        int got = chan_receive(&master, &packet);
        if (got < 0 || (got > 0 && !chan_each(&packet, handle, NULL)) || chan_flush(&master) < 0)
            return 0;
    }
}
