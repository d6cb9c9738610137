/* publish.h: administrators' usersigs as files and pages, in a directory in memory. Knows nothing of config or children.
 *
 *   <dir>/<app>/<administrator>.usersig   the text and a newline; replaced whole
 *   <dir>/<app>/<administrator>.page      usersig_page.h; changed in place, one inode for as long as it can
 *
 * Both are 0440, of us and the administrator's group. The app's directory is 0750 of that group; where administrators of
 * one app have several groups it is 0711 of ours, and who reads has to know the name. Names of apps and administrators are
 * encoded by publish_name.
 *
 * In this order:
 *   publish_open        before the daemon serves; the directory is locked until publish_close
 *   publish_leftovers   when the config is there: what nobody is going to publish again is withdrawn
 *   publish_set         for each new credential of an administrator with a group
 *   publish_prune       at a reload, before it is acknowledged: what may not be used or published any longer goes
 *   publish_withdraw    the same for one
 *   publish_heartbeat   each second: readers see that we live; what has expired goes
 *   publish_close       at the end
 *
 * All fail with a sentence for the log in publish->why, which names the path and what mends it. */
#ifndef SIGD_PUBLISH_H
#define SIGD_PUBLISH_H

#include "pagefile.h"
#include "sizes.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define PUBLISH_NAME_SIZE (3 * SIGD_ADMIN_MAX + 1) /* of an encoded name with its NUL */

struct publish_item {
    char app[SIGD_NAME_MAX + 1], identifier[SIGD_ADMIN_MAX + 1];
    gid_t group;
    uint64_t expires_at; /* 0: nothing is published now */
    bool whole;          /* the last publish_set did both forms */
    struct pagefile page;
};

struct publish {
    int dir;         /* -1: not open */
    char path[4096]; /* of dir */
    size_t n, room;  /* of items */
    struct publish_item *items;
    char why[512]; /* what was wrong with the last call that failed */
};

/* What is published, as its page tells; key "" and zeros: nothing at the moment. */
struct publish_left {
    const char *app, *identifier, *key;
    uint32_t sdkappid;
    gid_t group;
    uint64_t issued_at, expires_at;
};

/* Opens dir, makes its last part (0711) where that is missing, and locks it. Refused: a path on which others could
 * change what it leads to (safefile), a directory that is not ours, a file system that is not memory (tmpfs or ramfs),
 * a second sigd. */
bool publish_open(struct publish *publish, const char *dir);

/* Walks two levels of the directory. What keep says true to stays, is beaten for and withdrawn like what was set; all
 * else with names of our form is withdrawn, a page that holds nothing consistent too. Other names are left alone, links
 * are not followed. False: something could not be removed; the rest is done all the same. */
bool publish_leftovers(struct publish *publish, bool (*keep)(void *arg, const struct publish_left *left),
                       void *arg, uint64_t now);

/* Publishes a credential in both forms; one that has expired by now is left alone. False: at least one of them was not
 * possible, the other is done. */
bool publish_set(struct publish *publish, const char *app, uint32_t sdkappid, const char *identifier,
                 gid_t group, const struct proto_credential *credential, uint64_t now);

/* Did the last publish_set of an administrator work? */
bool publish_is_whole(const struct publish *publish, const char *app, const char *identifier);

/* Overwrites the page (whoever has it mapped reads REVOKED from now on), then removes both files. Fine when nothing was
 * published. False: the page is revoked, a file could not be removed. */
bool publish_withdraw(struct publish *publish, const char *app, const char *identifier, uint64_t now);

/* Removes the file alone: what it holds may not stay, and publish_set could not replace it. False as above. */
bool publish_drop_text(struct publish *publish, const char *app, const char *identifier);

/* Withdraws each administrator of whom keep says false. False as publish_withdraw. */
bool publish_prune(struct publish *publish, bool (*keep)(void *arg, const struct publish_left *left),
                   void *arg, uint64_t now);

/* Stamps each page; one whose usersig has expired is emptied, its file removed. How many did expire. */
size_t publish_heartbeat(struct publish *publish, uint64_t now);

/* Withdraws all, removes the apps' directories where nothing else is in them. keep: leaves everything as it is for the
 * next sigd. False as publish_withdraw; closed it is in any case. */
bool publish_close(struct publish *publish, bool keep, uint64_t now);

/* The name of a file for an app or an administrator: bytes other than [A-Za-z0-9_.@#-], and a dot in front, are %XX.
 * publish_name_read reads it back; false: not what publish_name writes. */
void publish_name(char out[static PUBLISH_NAME_SIZE], const char *name);
bool publish_name_read(char out[static SIGD_ADMIN_MAX + 1], const char *encoded, size_t len);

/* ---- between the files publish*.c ---------------------------------------------------------------- */

#define PUBLISH_FILE_SIZE (PUBLISH_NAME_SIZE + 16)
#define PUBLISH_TEXT ".usersig"
#define PUBLISH_PAGE ".page"
#define PUBLISH_NEW ".new" /* of a file that is being made, which has a dot in front too */

/* NULL: no memory; publish->why. Items move when one is added. */
struct publish_item *publish_item_add(struct publish *publish, const char *app, const char *identifier);
struct publish_item *publish_item_find(const struct publish *publish, const char *app,
                                       const char *identifier);

bool publish_dir_open(struct publish *publish, const char *dir);
/* The app's directory, ours and no link. -1: publish->why and errno (PUBLISH_OPEN: ENOENT where there is none). */
enum { PUBLISH_OPEN, PUBLISH_MAKE };
int publish_dir_app(struct publish *publish, const char *app, int make);
/* Gives it to the group of the app's administrators. */
bool publish_dir_share(struct publish *publish, int dir, const char *app, gid_t group);
/* Write why; false always. */
bool publish_dir_fail(struct publish *publish, const char *format, ...) __attribute__((format(printf, 2, 3)));
bool publish_dir_fail_group(struct publish *publish, const char *app, const char *name, gid_t group);

#endif
