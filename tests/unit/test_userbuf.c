/* test_userbuf.c: the userbuf that the signer composes for a room, and the one that it takes as it is. */
#include "unit.h"

#include "../../sigd/signer/userbuf.h"

#include <stdlib.h>
#include <string.h>

#define NOW 1700000000u

static const char long_name[USERSIG_USERBUF_MAX + 1] = "486";

static const struct row {
    const char *name;
    uint32_t kind, room, rights;
    const char *bytes; /* of a name or a userbuf; long_name: as many as it says */
    uint64_t issued_at, lifetime;
    int error;
    const char *identifier; /* NULL: "alice" */
} rows[] = {
    { "a number", PROTO_USERBUF_ROOM, 4711, 255, "", NOW, 60, USERSIG_OK, NULL },
    { "number 1", PROTO_USERBUF_ROOM, 1, 1, "", NOW, 60, USERSIG_OK, NULL },
    { "the last number", PROTO_USERBUF_ROOM, UINT32_MAX, 42, "", NOW, 60, USERSIG_OK, NULL },
    { "number 0", PROTO_USERBUF_ROOM, 0, 255, "", NOW, 60, USERSIG_ERR_USERBUF, NULL },
    { "a number, and bytes that do not count", PROTO_USERBUF_ROOM, 5, 255, "x", NOW, 60, USERSIG_OK, NULL },
    { "a name", PROTO_USERBUF_ROOM_NAMED, 0, 255, "lobby", NOW, 60, USERSIG_OK, NULL },
    { "a name, and a number that does not count", PROTO_USERBUF_ROOM_NAMED, 7, 255, "lobby", NOW, 60,
      USERSIG_OK, NULL },
    { "a name in UTF-8", PROTO_USERBUF_ROOM_NAMED, 0, 255, "b\xC3\xBCro", NOW, 60, USERSIG_OK, NULL },
    { "a name of half a character", PROTO_USERBUF_ROOM_NAMED, 0, 255, "b\xC3", NOW, 60, USERSIG_ERR_USERBUF,
      NULL },
    { "a name with a newline", PROTO_USERBUF_ROOM_NAMED, 0, 255, "a\nb", NOW, 60, USERSIG_ERR_USERBUF, NULL },
    { "no name", PROTO_USERBUF_ROOM_NAMED, 0, 255, "", NOW, 60, USERSIG_ERR_USERBUF, NULL },
    { "a name that is too long", PROTO_USERBUF_ROOM_NAMED, 0, 255, long_name, NOW, 60, USERSIG_ERR_USERBUF,
      NULL },
    { "a name that just fits", PROTO_USERBUF_ROOM_NAMED, 0, 255, long_name, NOW, 60, USERSIG_OK, "a" },
    { "no right", PROTO_USERBUF_ROOM, 4711, 0, "", NOW, 60, USERSIG_ERR_USERBUF, NULL },
    { "a right that is none", PROTO_USERBUF_ROOM, 4711, 256, "", NOW, 60, USERSIG_ERR_USERBUF, NULL },
    { "the last second", PROTO_USERBUF_ROOM, 4711, 255, "", UINT32_MAX - 60u, 60, USERSIG_OK, NULL },
    { "one second past it", PROTO_USERBUF_ROOM, 4711, 255, "", UINT32_MAX - 60u, 61, USERSIG_ERR_USERBUF,
      NULL },
    { "from then on", PROTO_USERBUF_ROOM, 4711, 255, "", UINT32_MAX + UINT64_C(1), 1, USERSIG_ERR_USERBUF,
      NULL },
    { "an end beyond 2^64", PROTO_USERBUF_ROOM, 4711, 255, "", NOW, UINT64_MAX, USERSIG_ERR_USERBUF, NULL },
    { "bytes", PROTO_USERBUF_RAW, 0, 0, "\x01\xFF\n", NOW, 60, USERSIG_OK, NULL },
    { "bytes, past 2^32", PROTO_USERBUF_RAW, 0, 0, "x", UINT32_MAX, 60, USERSIG_OK, NULL },
    { "as many bytes as there can be", PROTO_USERBUF_RAW, 0, 0, long_name, NOW, 60, USERSIG_OK, NULL },
    { "no bytes", PROTO_USERBUF_RAW, 0, 0, "", NOW, 60, USERSIG_ERR_USERBUF, NULL },
};

static struct proto_sign_userbuf asked_of(const struct row *row)
{
    struct proto_sign_userbuf asked = { .kind = row->kind, .room = row->room };
    asked.len = (uint32_t)strlen(row->bytes);
    memcpy(asked.bytes, row->bytes, asked.len);
    if (row->bytes == long_name) {
        asked.len = row->kind == PROTO_USERBUF_RAW ? USERSIG_USERBUF_MAX : USERSIG_ROOM_NAME_MAX;
        memset(asked.bytes, 'n', asked.len);
    }
    return asked;
}

static void check_room(const struct row *row, const struct proto_sign_userbuf *asked,
                       const struct usersig_claims *claims)
{
    struct usersig_room room;
    bool named = row->kind == PROTO_USERBUF_ROOM_NAMED;
    ck_assert_int_eq(usersig_room_decode(&room, claims->userbuf, claims->userbuf_len), USERSIG_OK);
    ck_assert_uint_eq(room.number, named ? 0 : row->room);
    ck_assert_uint_eq(room.rights, row->rights);
    ck_assert_uint_eq(room.sdkappid, claims->sdkappid);
    ck_assert_uint_eq(room.expiry, row->issued_at + row->lifetime);
    ck_assert_str_eq(room.identifier, claims->identifier);
    ck_assert_uint_eq(room.name_len, named ? asked->len : 0);
    ck_assert_mem_eq(room.name, asked->bytes, room.name_len);
}

START_TEST(composed)
{
    const struct row *row = &rows[_i];
    struct proto_sign_userbuf asked = asked_of(row);
    struct usersig_claims claims = {
        .version = 2, .sdkappid = 1400000000, .issued_at = row->issued_at, .lifetime = row->lifetime
    };
    const char *identifier = row->identifier ? row->identifier : "alice";
    ck_assert_int_eq(usersig_claims_identifier(&claims, identifier, strlen(identifier), 0), USERSIG_OK);
    int error = userbuf_set(&claims, &asked, row->rights);
    ck_assert_msg(error == row->error, "%s: expected %s, got %s", row->name, usersig_error_name(row->error),
                  usersig_error_name(error));
    if (error) {
        ck_assert_uint_eq(claims.userbuf_len, 0);
    } else if (row->kind == PROTO_USERBUF_RAW) {
        ck_assert_uint_eq(claims.userbuf_len, asked.len);
        ck_assert_mem_eq(claims.userbuf, asked.bytes, asked.len);
    } else {
        check_room(row, &asked, &claims);
    }
}
END_TEST

/* What a front says of lengths is not believed. */
START_TEST(lengths)
{
    static const uint32_t lens[] = { USERSIG_USERBUF_MAX + 1, UINT16_MAX, UINT32_MAX };
    for (int i = 0; i < UNIT_ROWS(lens); i++)
        for (uint32_t kind = PROTO_USERBUF_ROOM_NAMED; kind < PROTO_USERBUFS; kind++) {
            struct proto_sign_userbuf asked = { .kind = kind, .len = lens[i] };
            struct usersig_claims claims = { .sdkappid = 1, .lifetime = 1, .identifier_len = 1 };
            claims.identifier[0] = 'a';
            ck_assert_int_eq(userbuf_set(&claims, &asked, 255), USERSIG_ERR_USERBUF);
        }
}
END_TEST

static void fill(TCase *tests)
{
    tcase_add_loop_test(tests, composed, 0, UNIT_ROWS(rows));
    tcase_add_test(tests, lengths);
}

int main(void)
{
    return unit_run("userbuf", fill);
}
