/* audit_pending.c: lines that wait to be written. */
#include "audit_pending.h"

#include <stdlib.h>
#include <string.h>

struct entry {
    uint32_t len, class;
};

void audit_pending_clear(struct audit_pending *pending)
{
    free(pending->bytes);
    *pending = (struct audit_pending){ 0 };
}

void audit_pending_add(struct audit_pending *pending, unsigned class, const char *text, size_t len)
{
    struct entry entry = { (uint32_t)len, class };
    size_t need = sizeof entry + len;
    if (pending->size - pending->len < need) {
        size_t size = pending->size ? pending->size * 2 : 64 * 1024;
        while (size - pending->len < need)
            size *= 2;
        char *bytes = realloc(pending->bytes, size);
        if (!bytes) {
            if (class & AUDIT_FACT)
                pending->lost++;
            else
                pending->refused = true;
            return;
        }
        pending->bytes = bytes;
        pending->size = size;
    }
    memcpy(pending->bytes + pending->len, &entry, sizeof entry);
    memcpy(pending->bytes + pending->len + sizeof entry, text, len);
    pending->len += need;
    pending->lines++;
}

static struct entry entry_at(const struct audit_pending *pending, size_t at)
{
    struct entry entry;
    memcpy(&entry, pending->bytes + at, sizeof entry);
    return entry;
}

bool audit_pending_next(const struct audit_pending *pending, size_t *at, unsigned class, const char **text,
                        size_t *len)
{
    while (*at < pending->len) {
        struct entry entry = entry_at(pending, *at);
        *text = pending->bytes + *at + sizeof entry;
        *len = entry.len;
        *at += sizeof entry + entry.len;
        if ((entry.class & class) == class)
            return true;
    }
    return false;
}

/* Rewrites the queue with the lines that `stays` wants. */
typedef bool decide(struct audit_pending *pending, const struct entry *entry, void *context);
static void sift(struct audit_pending *pending, decide *stays, void *context)
{
    size_t to = 0, lines = 0;
    for (size_t at = 0; at < pending->len;) {
        struct entry entry = entry_at(pending, at);
        size_t len = sizeof entry + entry.len;
        if (stays(pending, &entry, context)) {
            memmove(pending->bytes + to, pending->bytes + at, len);
            to += len;
            lines++;
        }
        at += len;
    }
    pending->len = to;
    pending->lines = lines;
}

struct first {
    unsigned class;
    size_t n;
};

static bool not_first(struct audit_pending *pending, const struct entry *entry, void *context)
{
    struct first *first = context;
    (void)pending;
    if (first->n == 0 || (entry->class & first->class) != first->class)
        return true;
    first->n--;
    return false;
}

void audit_pending_remove(struct audit_pending *pending, unsigned class, size_t n)
{
    if (n == pending->lines)
        pending->len = pending->lines = 0;
    else
        sift(pending, not_first, &(struct first){ class, n });
}

static bool fact(struct audit_pending *pending, const struct entry *entry, void *context)
{
    size_t *room = context; /* of others, of essential ones */
    size_t *left = &room[entry->class & AUDIT_ESSENTIAL];
    if (!(entry->class & AUDIT_FACT)) {
        pending->withheld++;
        return false;
    }
    if (*left < entry->len) {
        *left = 0; /* what came first stays: no gaps between those that are kept */
        pending->lost++;
        return false;
    }
    *left -= entry->len;
    return true;
}

void audit_pending_keep_facts(struct audit_pending *pending)
{
    size_t room[2] = { AUDIT_PENDING_OTHERS, AUDIT_PENDING_ESSENTIAL };
    sift(pending, fact, room);
}
