/* flatjson.h: a strict reader of one flat JSON object (RFC 8259) that works in place and allocates nothing. */
#ifndef LIBSIG_FLATJSON_H
#define LIBSIG_FLATJSON_H

#include <stddef.h>

#define FLATJSON_MEMBERS_MAX 32 /* a usersig has 6 to 9 */

enum flatjson_type { FLATJSON_STRING, FLATJSON_NUMBER, FLATJSON_WORD }; /* WORD: true, false, null */

struct flatjson_text {
    const char *bytes;
    size_t len;
};

struct flatjson_member {
    struct flatjson_text name,
        value; /* strings without quotes and with escapes resolved; other values as written */
    enum flatjson_type type;
};

struct flatjson {
    char *at, *end;
    size_t n;
    struct flatjson_text names[FLATJSON_MEMBERS_MAX];
};

/* Starts on len bytes at text, which are overwritten while reading and must outlive the members. */
void flatjson_begin(struct flatjson *json, char *text, size_t len);

/* 1: the next member is in *member. 0: the object ended, and nothing but white space follows. -1: not one flat
 * object of valid UTF-8 with unique names and at most FLATJSON_MEMBERS_MAX members. After 0 or -1 do not go on. */
int flatjson_next(struct flatjson *json, struct flatjson_member *member);

#endif
