/* fuzz_tail.c: the end of an audit log that is already there: what audit_tail_read finds is what a look at every line
 * from the first one on finds, and a line that sigd closes behind it is found again. The input: how many zeros a crash
 * left before and behind it, then the file. */
#include "fuzz.h"

#include "audit_tail.h"

#include <sys/mman.h>
#include <unistd.h>

/* Line by line from the beginning. */
static void plain(struct audit_tail *tail, const char *text, size_t len)
{
    *tail = (struct audit_tail){ .empty = len == 0, .damaged = len };
    for (size_t at = 0; at < len;) {
        const char *stop = memchr(text + at, '\n', len - at);
        size_t end = stop ? (size_t)(stop - text) + 1 : len;
        char *line = fuzz_room(end - at + 1);
        size_t n = end - at;
        memcpy(line, text + at, n);
        if (!stop)
            line[n++] = '\n';
        tail->newline = !stop;
        audit_chain_skip(&tail->chain, line, n);
        if (audit_chain_read(line, n, &tail->chain.seq, &tail->time)) {
            tail->found = true;
            tail->damaged = stop ? len - end : 0;
            memcpy(tail->after, tail->chain.head, sizeof tail->after);
        }
        free(line);
        at = end;
    }
}

static void check(const struct audit_tail *got, const char *text, size_t len)
{
    struct audit_tail want;
    plain(&want, text, len);
    FUZZ_MUST(got->empty == want.empty && got->newline == want.newline && got->damaged == want.damaged);
    FUZZ_MUST(got->found == want.found && got->time == want.time && got->chain.seq == want.chain.seq);
    FUZZ_MUST(memcmp(got->after, want.after, sizeof got->after) == 0);
    FUZZ_MUST(memcmp(got->chain.head, want.chain.head, sizeof got->chain.head) == 0);
}

/* Goes on behind what was found, as the signer does, and reads that again. */
static void check_next(int fd, const struct audit_tail *tail, size_t len)
{
    static const char body[] = "{\"time\":\"2026-11-23T02:21:21Z\",\"event\":\"start\"";
    char line[sizeof body + AUDIT_CHAIN_CLOSE + 1] = "\n";
    struct audit_chain chain = tail->chain;
    struct audit_tail next;
    size_t n = audit_chain_close(&chain, line + 1, body, sizeof body - 1), from = !tail->newline;
    FUZZ_MUST(pwrite(fd, line + from, n + 1 - from, (off_t)len) == (ssize_t)(n + 1 - from));
    FUZZ_MUST(audit_tail_read(&next, fd) && next.found && next.damaged == 0 && !next.newline);
    FUZZ_MUST(next.time == 1795400481 && next.chain.seq == chain.seq);
    FUZZ_MUST(memcmp(next.chain.head, chain.head, sizeof chain.head) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static int fd = -1;
    struct fuzz_input in = { data, size };
    uint8_t zeros = fuzz_byte(&in);
    /* rarely as much as the first look at the end is long */
    size_t before = zeros == 0xF0 || zeros == 0xFF ? AUDIT_TAIL_NEAR - 40 : 0;
    size_t behind = zeros == 0x0F || zeros == 0xFF ? AUDIT_TAIL_NEAR - 40 : 0;
    size_t len = before + in.left + behind;
    char *text = fuzz_room(len);
    struct audit_tail tail;
    memset(text, 0, len);
    if (in.left)
        memcpy(text + before, in.at, in.left);
    if (fd < 0)
        fd = memfd_create("fuzz", MFD_CLOEXEC);
    FUZZ_MUST(fd >= 0 && ftruncate(fd, 0) == 0 && pwrite(fd, text, len, 0) == (ssize_t)len);
    FUZZ_MUST(audit_tail_read(&tail, fd));
    check(&tail, text, len);
    if (tail.chain.seq < UINT64_C(9999999999999999999)) /* the last number that has a place in a line */
        check_next(fd, &tail, len);
    free(text);
    return 0;
}
