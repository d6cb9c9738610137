/* room.h: the userbuf that a body asks for: of a room (a PrivateMapKey), or bytes of the caller's own. */
#ifndef SIGD_ROOM_H
#define SIGD_ROOM_H

#include "conn.h"

#include <jansson.h>

/* The members of a body that room_read takes. */
#define ROOM_MEMBERS "room", "room_string", "rights", "userbuf"

struct room_asked {
    bool any;        /* false: nothing was asked for, and nothing below counts */
    bool has_rights; /* of a room */
    enum proto_userbuf kind;
    uint32_t number, rights;
    size_t len;
    uint8_t bytes[USERSIG_USERBUF_MAX]; /* of a room's name, or the userbuf itself */
};

/* false: refused and answered. */
bool room_read(struct conn *conn, const json_t *object, struct room_asked *asked);

/* Is the userbuf of a ticket what was asked for? A room's must be for the ticket's own identifier and app, and grant all
 * the rights that were named. *end: its own last second, UINT64_MAX where it has none. */
bool room_matches(const struct room_asked *asked, const struct usersig_claims *claims, uint64_t *end);

#endif
