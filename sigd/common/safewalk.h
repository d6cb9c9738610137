/* safewalk.h: the way to a file, of directories and links that only root and we ourselves decide about. */
#ifndef SIGD_SAFEWALK_H
#define SIGD_SAFEWALK_H

#include <linux/limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/stat.h>

struct safewalk {
    int dir;              /* O_PATH descriptor of the directory reached so far, -1 when there is none */
    char where[PATH_MAX]; /* its name, without symbolic links: what messages and their commands speak of */
    char rest[PATH_MAX];  /* what is still to be walked */
    int links;            /* symbolic links that were followed */
    char *why;
    size_t why_size;
};

/* Walks to the directory of path's last component, which is left in walk->rest ("" where path ends in a slash). The
 * walk has its dir at -1 and its why. 0, or -1 and why. */
int safewalk_begin(struct safewalk *walk, const char *path);

/* Walks on in the same way, after walk->rest was set to what is left of a path. */
int safewalk_on(struct safewalk *walk);

void safewalk_end(struct safewalk *walk);

/* Writes the sentence into walk->why. Returns -1. */
int safewalk_refuse(struct safewalk *walk, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Only root and we ourselves are trusted to own what decides. */
bool safewalk_trusts(uid_t owner);
int safewalk_refuse_owner(struct safewalk *walk, const char *path, const struct stat *st);

/* name within where. False: longer than a path may be. */
bool safewalk_join(char out[static PATH_MAX], const char *where, const char *name);

/* The path as a shell takes it, since messages are pasted. Without quotes where none are needed. */
const char *safewalk_quoted(char out[static 2 * PATH_MAX], const char *path);

#endif
