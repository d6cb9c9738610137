/* published.h: what the tests of publication share: a directory that is published in, credentials, what is read back. */
#ifndef PUBLISHED_H
#define PUBLISHED_H

#include "../../sigd/master/publish.h"
#include "place.h"

#define PUBLISHED_NOW 1700000000u
#define PUBLISHED_APP 1400000000u

extern struct publish published; /* opened in "pub" of the place */
extern gid_t published_group,
    published_other_group; /* we may give both away; one and the same where we are not root */

void published_set_up(void);
void published_tear_down(void);
void published_reopen(void);

/* Without root a test is skipped, and says so. */
bool published_skip(const char *name);

/* Issued now, for 100 seconds. */
struct proto_credential published_credential(const char *usersig);
bool published_set_for(gid_t of, const char *app, const char *identifier, const char *usersig);
void published_set(const char *app, const char *identifier,
                   const char *usersig); /* for published_group; it works */

usersig_page *published_open(const char *path);
/* The usersig that a page holds, or the name of the error. */
const char *published_read(const usersig_page *page);
const char *published_at(const char *path);

void published_nothing_at(const char *path);

/* For publish_leftovers and publish_prune: keeps whom *arg names. */
struct published_keep {
    const char *identifiers; /* ",a,b," */
    unsigned asked;
};
bool published_keep(void *arg, const struct publish_left *left);
bool published_leftovers(const char *identifiers, unsigned asked); /* expects to be asked so often */

#endif
