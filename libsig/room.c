/* room.c: the userbuf that turns a usersig into a PrivateMapKey of TRTC: one room, and what may be done in it.
 *
 *   u8 kind (0 numeric room, 1 string room), u16 length and bytes of the account, u32 sdkappid, u32 room number (0 for
 *   a string room), u32 expiry (absolute), u32 rights, u32 account type (0), and for a string room its u16 length
 *   and bytes. All big-endian. */
#include "usersig.h"

#include "claims.h"

#include <string.h>

enum { NUMERIC = 0, STRING = 1 };
#define FIXED_LEN 23 /* without the two strings and the second's length */

static uint8_t *put_u16(uint8_t *at, size_t value)
{
    at[0] = (uint8_t)(value >> 8);
    at[1] = (uint8_t)value;
    return at + 2;
}

static uint8_t *put_u32(uint8_t *at, uint32_t value)
{
    return put_u16(put_u16(at, value >> 16), value & 0xFFFF);
}

static uint8_t *put_string(uint8_t *at, const char *text, size_t len)
{
    at = put_u16(at, len);
    memcpy(at, text, len);
    return at + len;
}

static bool name_ok(const struct usersig_room *room)
{
    return room->name_len <= USERSIG_ROOM_NAME_MAX && claims_text_ok(room->name, room->name_len);
}

/* A number or a name (by the rule of identifiers, since it goes into logs too), and only rights that there are. */
static bool room_ok(const struct usersig_room *room)
{
    bool named = room->name_len > 0;
    return named == (room->number == 0) && (!named || name_ok(room)) && room->rights <= USERSIG_RIGHTS_ALL;
}

int usersig_room_userbuf(const struct usersig_room *room, const struct usersig_claims *claims, uint8_t *out,
                         size_t out_size, size_t *out_len)
{
    if (!room || !claims || !out_len || (!out && out_size))
        return USERSIG_ERR_ARGUMENT;
    *out_len = 0;
    if (claims->sdkappid == 0)
        return USERSIG_ERR_ARGUMENT;
    if (!claims_identifier_ok(claims->identifier, claims->identifier_len))
        return USERSIG_ERR_IDENTIFIER;
    uint64_t expiry = usersig_claims_expiry(claims);
    size_t needed = FIXED_LEN + claims->identifier_len;
    if (!room_ok(room) || room->rights == 0 || expiry > UINT32_MAX)
        return USERSIG_ERR_USERBUF;
    if (room->name_len)
        needed += 2 + room->name_len;
    if (needed > USERSIG_USERBUF_MAX)
        return USERSIG_ERR_USERBUF;
    *out_len = needed;
    if (!out || needed > out_size)
        return USERSIG_ERR_SPACE;
    *out++ = room->name_len ? STRING : NUMERIC;
    out = put_string(out, claims->identifier, claims->identifier_len);
    out = put_u32(out, claims->sdkappid);
    out = put_u32(out, room->number);
    out = put_u32(out, (uint32_t)expiry);
    out = put_u32(out, room->rights);
    out = put_u32(out, 0);
    if (room->name_len)
        put_string(out, room->name, room->name_len);
    return USERSIG_OK;
}

struct reader {
    const uint8_t *at, *end;
    bool cut; /* something was asked for that is not there */
};

static uint32_t take(struct reader *in, size_t bytes)
{
    uint32_t value = 0;
    if ((size_t)(in->end - in->at) < bytes) {
        in->cut = true;
        return 0;
    }
    while (bytes--)
        value = value << 8 | *in->at++;
    return value;
}

static void take_string(struct reader *in, char *out, size_t max, size_t *out_len)
{
    size_t len = take(in, 2);
    if (len > max || (size_t)(in->end - in->at) < len) {
        in->cut = true;
        return;
    }
    memcpy(out, in->at, len);
    in->at += len;
    *out_len = len;
}

static bool read_room(struct usersig_room *room, struct reader *in)
{
    uint32_t kind = take(in, 1);
    take_string(in, room->identifier, USERSIG_IDENTIFIER_MAX, &room->identifier_len);
    room->sdkappid = take(in, 4);
    room->number = take(in, 4);
    room->expiry = take(in, 4);
    room->rights = take(in, 4);
    uint32_t account_type = take(in, 4);
    if (kind == STRING)
        take_string(in, room->name, USERSIG_ROOM_NAME_MAX, &room->name_len);
    return !in->cut && in->at == in->end && kind <= STRING && account_type == 0 &&
           (kind == STRING) == (room->name_len > 0) && room_ok(room) && room->sdkappid != 0 &&
           claims_identifier_ok(room->identifier, room->identifier_len);
}

int usersig_room_decode(struct usersig_room *room, const uint8_t *userbuf, size_t len)
{
    if (!room || (!userbuf && len))
        return USERSIG_ERR_ARGUMENT;
    memset(room, 0, sizeof *room);
    if (len >= FIXED_LEN && len <= USERSIG_USERBUF_MAX) {
        struct reader in = { userbuf, userbuf + len, false };
        if (read_room(room, &in))
            return USERSIG_OK;
        memset(room, 0, sizeof *room);
    }
    return USERSIG_ERR_USERBUF;
}
