/* urlparts.h: a request URL that somebody else made, read leniently: what is there of each part. */
#ifndef TOOLS_URLPARTS_H
#define TOOLS_URLPARTS_H

#include <stdbool.h>
#include <stddef.h>
#include <usersig_rest.h>

#define URLPARTS_VALUE_MAX 4096 /* bytes of a value; a usersig is shorter */

struct urlparts_value {
    bool there, twice, broken; /* broken: a % without two hex digits, or too long */
    size_t len;
    char text[URLPARTS_VALUE_MAX + 1]; /* percent-decoded, with a NUL that len does not count */
};

struct urlparts {
    bool https;
    char host[USERSIG_URL_HOST_MAX + 1];
    char service[USERSIG_URL_NAME_MAX + 1], command[USERSIG_URL_NAME_MAX + 1]; /* empty: not of that form */
    struct urlparts_value sdkappid, identifier, usersig, random, contenttype;
};

/* Whether text is a URL, or a line for curl -K with one. */
bool urlparts_is_url(const char *text);

/* Takes text apart. */
void urlparts_read(struct urlparts *parts, const char *text);

#endif
