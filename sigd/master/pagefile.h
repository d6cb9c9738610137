/* pagefile.h: writes the page of one administrator, as usersig_page.h and docs/PAGES.md lay it out. The directory's lock
 * (publish) sees to it that there is one writer. */
#ifndef SIGD_PAGEFILE_H
#define SIGD_PAGEFILE_H

#include "proto.h"
#include "usersig_page.h"

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct pagefile {
    unsigned char *map; /* NULL: not open */
    dev_t dev;
    ino_t inode;
    gid_t group;
};

/* Makes an empty page as name in dir, 0440 for group, and opens it. Whatever else has the name is replaced. On failure
 * errno says why. */
bool pagefile_make(struct pagefile *page, int dir, const char *name, gid_t group);

/* Opens the page that an earlier sigd left as name in dir: a regular file of the right size with one link, owned by us.
 * One that its
 * writer did not live to finish is made empty. False: nothing of the kind, or revoked for ever. */
bool pagefile_reopen(struct pagefile *page, int dir, const char *name);

/* Is it still the file that has the name? */
bool pagefile_is_at(const struct pagefile *page, int dir, const char *name);

/* What the page holds, for its one writer. False: nothing, or nothing consistent. */
bool pagefile_content(const struct pagefile *page, struct usersig_page_layout *content);

void pagefile_set(struct pagefile *page, uint32_t sdkappid, const char *identifier,
                  const struct proto_credential *credential, uint64_t now);
void pagefile_clear(struct pagefile *page, enum usersig_page_state state,
                    uint64_t now); /* empty or revoked */
void pagefile_beat(struct pagefile *page, uint64_t now);

/* Unmaps; the file stays as it is. */
void pagefile_close(struct pagefile *page);

#endif
