/* hosted.c: administrators whose usersigs somebody else signs and puts into a file. */
#include "hosted.h"

#include "clock.h"
#include "log.h"
#include "master.h"
#include "safefile.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define LOOK_MS 60000  /* between two looks at a file */
#define ANSWER_MS 1000 /* a front that has not answered by then is not waited for: the next one is asked */
#define MAX_FUTURE 300 /* seconds, as in verifying */

/* One that runs: from number first on, round. */
static struct children_child *some_front(struct master *m, unsigned first)
{
    for (unsigned i = 0; i < m->fronts.workers; i++) {
        struct children_child *child = &m->fronts.children[(first + i) % m->fronts.workers].child;
        if (child->pid)
            return child;
    }
    return NULL;
}

static bool is_same(const struct renew_file *seen, const struct stat *st)
{
    return seen->device == st->st_dev && seen->inode == st->st_ino && seen->size == (uint64_t)st->st_size &&
           seen->seconds == (uint64_t)st->st_mtim.tv_sec &&
           seen->nanoseconds == (uint64_t)st->st_mtim.tv_nsec;
}

static void ask(struct master *m, struct renew_item *item, struct children_child *front)
{
    const struct proto_credential *c = &item->credential;
    struct proto_hosted hosted = { c->app, c->admin, c->kind, m->renew.generation };
    struct stat st;
    char why[512];
    int fd = safefile_open(item->file, config_secret_flags(m->config, item->file), why, sizeof why);
    if (fd < 0 || fstat(fd, &st) != 0) {
        renew_failed(&m->renew, item, fd < 0 ? why : "the file cannot be looked at", m->now_ms);
    } else if (is_same(&item->seen, &st) && !item->failed) {
        item->answered = true;
        item->due_ms = m->now_ms + LOOK_MS;
    } else if (chan_send(&front->chan, PROTO_HOSTED, &hosted, fd)) {
        item->seen = (struct renew_file){ st.st_dev, st.st_ino, (uint64_t)st.st_size,
                                          (uint64_t)st.st_mtim.tv_sec, (uint64_t)st.st_mtim.tv_nsec };
        item->reading = true;
        item->due_ms = m->now_ms + ANSWER_MS;
    } else {
        renew_failed(&m->renew, item, "a front cannot be told", m->now_ms);
    }
    if (fd >= 0)
        close(fd);
}

static bool is_asked_for(const struct master *m, const struct renew_item *item)
{
    return item->file && !(m->renew.frozen & UINT64_C(1) << item->credential.app);
}

/* Was not answered: the same file goes to the next front. */
static void give_up(struct master *m, struct renew_item *item)
{
    char admin[LOG_VALUE_SIZE];
    log_line(LOG_LEVEL_WARN, "a usersig's file was not read in time: asking another front", "app=%s admin=%s",
             m->config->apps[item->credential.app].name,
             log_value(admin, item->identifier, strlen(item->identifier)));
    memset(&item->seen, 0, sizeof item->seen);
    item->reading = false;
    item->front++;
}

void hosted_due(struct master *m)
{
    for (size_t i = 0; i < m->renew.n; i++) {
        struct renew_item *item = &m->renew.items[i];
        struct children_child *front = some_front(m, item->front + item->reading);
        if (!is_asked_for(m, item) || item->due_ms > m->now_ms)
            continue;
        if ((item->reading || !front) && m->phase == MASTER_SERVING)
            item->answered = item->failed = true; /* no change waits for it any longer */
        if (item->reading)
            give_up(m, item);
        if (front && !item->in_flight)
            ask(m, item, front);
        else
            item->due_ms = m->now_ms + ANSWER_MS;
    }
}

uint64_t hosted_next(const struct master *m)
{
    uint64_t next = UINT64_MAX;
    for (size_t i = 0; i < m->renew.n; i++)
        if (is_asked_for(m, &m->renew.items[i]) && m->renew.items[i].due_ms < next)
            next = m->renew.items[i].due_ms;
    return next;
}

void hosted_again(struct master *m)
{
    for (size_t i = 0; i < m->renew.n; i++)
        if (is_asked_for(m, &m->renew.items[i])) {
            m->renew.items[i].answered = false;
            m->renew.items[i].due_ms = 0;
            memset(&m->renew.items[i].seen, 0, sizeof m->renew.items[i].seen);
        }
}

/* Is it text of a usersig's alphabets, and no more? It goes into files and answers as it is. */
static bool is_plain(const struct proto_hosted_read *read)
{
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=*_-";
    return read->usersig_len < sizeof read->usersig && read->usersig[read->usersig_len] == '\0' &&
           strspn(read->usersig, letters) == read->usersig_len;
}

static uint64_t end_of(const struct proto_hosted_read *read)
{
    return read->lifetime > UINT64_MAX - read->issued_at ? UINT64_MAX : read->issued_at + read->lifetime;
}

/* What is wrong with it; NULL: nothing. */
static const char *fault_of(const struct renew_item *item, const struct proto_hosted_read *read, uint64_t now)
{
    if (read->failed)
        return read->why;
    if (strcmp(read->identifier, item->identifier) != 0)
        return "the file's usersig is of another identifier";
    if (read->sdkappid != item->sdkappid)
        return "the file's usersig is of another sdkappid";
    if (read->userbuf_len)
        return "the file's usersig is for a room: no administrator's";
    if (!read->issued_at || read->issued_at > now + MAX_FUTURE)
        return "the file's usersig begins in the future";
    if (end_of(read) <= now)
        return "the file's usersig has expired";
    if (item->credential.usersig_len && end_of(read) < item->credential.expires_at)
        return "the file's usersig ends sooner than the one that is held";
    return NULL;
}

bool hosted_take_read(struct master *m, const struct proto_hosted_read *read)
{
    struct renew_item *item = renew_find(&m->renew, read->app, read->admin, read->kind);
    if (read->generation != m->renew.generation)
        return true; /* of before a reload */
    if (!item || !item->file || !proto_string_ok(read->why, sizeof read->why) ||
        !proto_string_ok(read->identifier, sizeof read->identifier) || !is_plain(read))
        return false;
    if (!item->reading)
        return true; /* too late: another was asked, or nobody any more */
    const char *fault = fault_of(item, read, clock_real());
    item->reading = false;
    if (!is_asked_for(m, item)) /* frozen meanwhile */
        return true;
    free(item->read);
    item->read = fault ? NULL : malloc(sizeof *item->read);
    if (fault || !item->read) {
        renew_failed(&m->renew, item, fault ? fault : "no memory", m->now_ms);
        return true;
    }
    *item->read = *read;
    item->in_flight = true;
    struct proto_hold hold = { read->issued_at, read->lifetime, read->app,
                               read->admin,     read->kind,     m->renew.generation };
    return chan_send(&m->signer.chan, PROTO_HOLD, &hold, -1);
}

const struct renew_item *hosted_take_issued(struct master *m, const struct proto_issued *issued)
{
    struct renew_item *item = renew_find(&m->renew, issued->app, issued->admin, issued->kind);
    if (!item || !item->file || !item->in_flight || issued->generation != m->renew.generation || !item->read)
        return NULL;
    item->in_flight = false;
    if (!is_asked_for(m, item)) /* frozen meanwhile */
        return NULL;
    if (issued->status) {
        memset(&item->seen, 0, sizeof item->seen);
        renew_failed(&m->renew, item, "the signer cannot note it", m->now_ms);
        return NULL;
    }
    struct proto_credential *c = &item->credential;
    c->issued_at = item->read->issued_at;
    c->expires_at = end_of(item->read);
    c->renew_at = c->issued_at + (c->expires_at - c->issued_at) / 3 * 2;
    c->usersig_len = item->read->usersig_len;
    memcpy(c->usersig, item->read->usersig, sizeof c->usersig);
    memset(c->key, 0, sizeof c->key);
    item->failed = false;
    item->answered = true;
    item->backoff_ms = 0;
    item->due_ms = m->now_ms + LOOK_MS;
    return item;
}
