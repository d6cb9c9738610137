/* room.c: the userbuf that a body asks for: of a room (a PrivateMapKey), or bytes of the caller's own. */
#include "room.h"

#include "api.h"
#include "body.h"
#include "reply.h"

#include <string.h>

/* A number from least to most. *there: the member is. false: refused and answered. */
static bool read_number(struct conn *conn, const json_t *object, const char *name, uint32_t least,
                        uint32_t most, uint32_t *number, bool *there)
{
    const json_t *value = json_object_get(object, name);
    *there = value != NULL;
    if (!value)
        return true;
    json_int_t n = json_is_integer(value) ? json_integer_value(value) : -1;
    if (n < least || n > most) {
        reply_problem(conn, PROBLEM_FIELD, "%s must be a whole number from %u to %u", name, least, most);
        return false;
    }
    *number = (uint32_t)n;
    return true;
}

static int digit_of(char c)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const char *at = c ? strchr(digits, c) : NULL;
    return at ? (int)(at - digits) : -1;
}

/* Base64 of RFC 4648 with its padding and no loose bits, so that bytes have one text. false: it is not. */
static bool decode(uint8_t *out, size_t *out_len, const char *text, size_t len)
{
    uint32_t bits = 0;
    unsigned have = 0;
    *out_len = 0;
    if (len == 0 || len % 4 != 0)
        return false;
    size_t padding = text[len - 1] != '=' ? 0 : text[len - 2] != '=' ? 1 : 2;
    for (size_t i = 0; i < len - padding; i++) {
        int digit = digit_of(text[i]);
        if (digit < 0)
            return false;
        bits = bits << 6 | (uint32_t)digit;
        have += 6;
        if (have >= 8) {
            have -= 8;
            out[(*out_len)++] = (uint8_t)(bits >> have);
            bits &= (1u << have) - 1;
        }
    }
    return bits == 0;
}

/* The bytes of a room's name, or of a userbuf. */
static bool read_bytes(struct conn *conn, struct room_asked *asked, const char *text, size_t len)
{
    bool raw = asked->kind == PROTO_USERBUF_RAW;
    if (len == 0 || len > (raw ? (size_t)(USERSIG_USERBUF_MAX + 2) / 3 * 4 : USERSIG_ROOM_NAME_MAX)) {
        api_refused(conn, PROTO_FIELD, USERSIG_ERR_USERBUF, 0);
        return false;
    }
    if (!raw) {
        memcpy(asked->bytes, text, len);
        asked->len = len;
        return true;
    }
    uint8_t bytes[USERSIG_USERBUF_MAX + 3];
    if (!decode(bytes, &asked->len, text, len)) {
        reply_problem(conn, PROBLEM_FIELD, "userbuf must be base64 with its padding");
        return false;
    }
    if (asked->len > USERSIG_USERBUF_MAX) {
        api_refused(conn, PROTO_FIELD, USERSIG_ERR_USERBUF, 0);
        return false;
    }
    memcpy(asked->bytes, bytes, asked->len);
    return true;
}

bool room_read(struct conn *conn, const json_t *object, struct room_asked *asked)
{
    bool refused, numbered;
    size_t name_len, raw_len;
    *asked = (struct room_asked){ .kind = PROTO_USERBUF_ROOM };
    if (!read_number(conn, object, "room", 1, UINT32_MAX, &asked->number, &numbered) ||
        !read_number(conn, object, "rights", 0, USERSIG_RIGHTS_ALL, &asked->rights, &asked->has_rights))
        return false;
    const char *name = body_string(conn, object, "room_string", false, &name_len, &refused);
    if (refused)
        return false;
    const char *raw = body_string(conn, object, "userbuf", false, &raw_len, &refused);
    if (refused)
        return false;
    if (numbered + (name != NULL) + (raw != NULL) > 1) {
        reply_problem(conn, PROBLEM_FIELD, "give one of room, room_string and userbuf");
        return false;
    }
    if (asked->has_rights && !numbered && !name) {
        reply_problem(conn, PROBLEM_FIELD, "rights go with room or room_string");
        return false;
    }
    asked->any = numbered || name || raw;
    if (name || raw)
        asked->kind = name ? PROTO_USERBUF_ROOM_NAMED : PROTO_USERBUF_RAW;
    return numbered || !asked->any || read_bytes(conn, asked, name ? name : raw, name ? name_len : raw_len);
}

static bool same(const void *a, size_t a_len, const void *b, size_t b_len)
{
    return a_len == b_len && memcmp(a, b, a_len) == 0;
}

bool room_matches(const struct room_asked *asked, const struct usersig_claims *claims, uint64_t *end)
{
    struct usersig_room room;
    *end = UINT64_MAX;
    if (asked->kind == PROTO_USERBUF_RAW)
        return same(asked->bytes, asked->len, claims->userbuf, claims->userbuf_len);
    if (usersig_room_decode(&room, claims->userbuf, claims->userbuf_len) != USERSIG_OK)
        return false;
    *end = room.expiry;
    return room.sdkappid == claims->sdkappid &&
           same(room.identifier, room.identifier_len, claims->identifier, claims->identifier_len) &&
           room.number == asked->number && same(room.name, room.name_len, asked->bytes, asked->len) &&
           !(asked->rights & ~room.rights);
}
