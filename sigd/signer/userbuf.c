/* userbuf.c: the userbuf of a usersig that is to be signed: a room's is composed here, never taken from the front. */
#include "userbuf.h"

#include <string.h>

static int set_room(struct usersig_claims *claims, const struct proto_sign_userbuf *asked, uint32_t rights)
{
    bool named = asked->kind == PROTO_USERBUF_ROOM_NAMED;
    struct usersig_room room = { .number = named ? 0 : asked->room, .rights = rights };
    if (named && (asked->len == 0 || asked->len > USERSIG_ROOM_NAME_MAX))
        return USERSIG_ERR_USERBUF;
    room.name_len = named ? asked->len : 0;
    memcpy(room.name, asked->bytes, room.name_len);
    return usersig_room_userbuf(&room, claims, claims->userbuf, sizeof claims->userbuf, &claims->userbuf_len);
}

int userbuf_set(struct usersig_claims *claims, const struct proto_sign_userbuf *asked, uint32_t rights)
{
    if (asked->kind != PROTO_USERBUF_RAW)
        return set_room(claims, asked, rights);
    if (asked->len == 0 || asked->len > USERSIG_USERBUF_MAX)
        return USERSIG_ERR_USERBUF;
    memcpy(claims->userbuf, asked->bytes, asked->len);
    claims->userbuf_len = asked->len;
    return USERSIG_OK;
}
