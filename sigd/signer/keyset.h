/* keyset.h: the keys of one app, each with its window. The only room that holds keys. */
#ifndef SIGD_KEYSET_H
#define SIGD_KEYSET_H

#include "sizes.h"
#include "usersig.h"

#include <stdbool.h>

struct sealed_master;

struct keyset_key {
    char name[SIGD_NAME_MAX + 1];
    uint64_t not_before, not_after; /* Unix seconds; not_after 0: no end */
    bool revoked;
    usersig_key *key;
};

struct keyset {
    size_t n;
    struct keyset_key keys[SIGD_KEYS_MAX];
};

/* Where a key comes from. */
struct keyset_source {
    int fd;                             /* its file; not closed */
    const char *app;                    /* for which a sealed one must be */
    const struct sealed_master *master; /* that opens sealed ones; NULL: none */
    bool master_failed;                 /* there was to be one, and why it is not there has been told */
    bool may_swap;                      /* memory that cannot be locked will do */
};

/* Reads a key (the console's text or PEM), plain or sealed, and adds it. *trimmed: a newline at its end was left out. false: *why is a sentence
 * without the key's name; nothing was added. */
bool keyset_add(struct keyset *set, const struct keyset_key *window, const struct keyset_source *source,
                bool *trimmed, const char **why);

/* The key that signs now: of those in their window and not revoked the one that began last, and of several such the
 * last in the file. NULL: none. */
const struct keyset_key *keyset_signing(const struct keyset *set, uint64_t now);

/* The keys that verify now: all that are in their window and not revoked. Fills handles and their places in set. */
size_t keyset_verifying(const struct keyset *set, uint64_t now,
                        const usersig_key *handles[static SIGD_KEYS_MAX],
                        size_t places[static SIGD_KEYS_MAX]);

void keyset_clear(struct keyset *set);

#endif
