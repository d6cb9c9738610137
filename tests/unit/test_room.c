/* test_room.c: PrivateMapKey userbufs: byte for byte, as other makers write them, and what is none. */
#include "unit.h"

#include "usersig.h"

#include <openssl/evp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct usersig_claims good(void)
{
    return (struct usersig_claims){ .sdkappid = 1400000000,
                                    .issued_at = 1700000000,
                                    .lifetime = 3600,
                                    .identifier_len = 5,
                                    .identifier = "alice" };
}

#define NUMERIC "\0\0\5alice\x53\x72\x4E\0\0\0\x27\x10\x65\x53\xFF\x10\0\0\0\x2A\0\0\0\0"
#define NAMED "\1\0\5alice\x53\x72\x4E\0\0\0\0\0\x65\x53\xFF\x10\0\0\0\xFF\0\0\0\0\0\4hall"

static const struct {
    const char *name;
    struct usersig_room room;
    const char *bytes; /* NULL: ERR_USERBUF */
    size_t len;
} made[] = {
    { "numeric", { .number = 10000, .rights = USERSIG_RIGHTS_LISTEN }, NUMERIC, sizeof NUMERIC - 1 },
    { "named", { .name = "hall", .name_len = 4, .rights = USERSIG_RIGHTS_ALL }, NAMED, sizeof NAMED - 1 },
    { "neither", { .rights = 255 }, NULL, 0 },
    { "both", { .number = 1, .name = "hall", .name_len = 4, .rights = 255 }, NULL, 0 },
    { "no rights", { .number = 1 }, NULL, 0 },
    { "a ninth right", { .number = 1, .rights = 256 }, NULL, 0 },
    { "newline in the name", { .name = "a\nb", .name_len = 3, .rights = 255 }, NULL, 0 },
    { "NUL in the name", { .name = "a", .name_len = 2, .rights = 255 }, NULL, 0 },
    { "name not in UTF-8", { .name = "\xFF", .name_len = 1, .rights = 255 }, NULL, 0 },
    { "name of SIZE_MAX", { .name = "a", .name_len = SIZE_MAX, .rights = 255 }, NULL, 0 },
    { "name of 487", { .name = "a", .name_len = 487, .rights = 255 }, NULL, 0 },
};

START_TEST(make)
{
    struct usersig_claims claims = good();
    struct usersig_room back;
    size_t len = 99;
    int expected = made[_i].bytes ? USERSIG_OK : USERSIG_ERR_USERBUF;
    int got = usersig_room_userbuf(&made[_i].room, &claims, claims.userbuf, sizeof claims.userbuf, &len);
    ck_assert_msg(got == expected, "%s: expected %s, got %s", made[_i].name, usersig_error_name(expected),
                  usersig_error_name(got));
    ck_assert_uint_eq(len, made[_i].len);
    if (expected)
        return;
    ck_assert_mem_eq(claims.userbuf, made[_i].bytes, len);
    ck_assert_int_eq(usersig_room_decode(&back, claims.userbuf, len), USERSIG_OK);
    ck_assert_uint_eq(back.number, made[_i].room.number);
    ck_assert_uint_eq(back.rights, made[_i].room.rights);
    ck_assert_str_eq(back.name, made[_i].room.name);
    ck_assert_str_eq(back.identifier, "alice");
    ck_assert_uint_eq(back.sdkappid, 1400000000);
    ck_assert_uint_eq(back.expiry, 1700003600);
    ck_assert_int_eq(usersig_room_userbuf(&made[_i].room, &claims, claims.userbuf, len - 1, &len),
                     USERSIG_ERR_SPACE);
    ck_assert_int_eq(usersig_room_userbuf(&made[_i].room, &claims, NULL, 0, &len), USERSIG_ERR_SPACE);
    ck_assert_uint_eq(len, made[_i].len);
    ck_assert_int_eq(usersig_room_userbuf(&made[_i].room, &claims, claims.userbuf, len, &len), USERSIG_OK);
}
END_TEST

START_TEST(limits)
{
    struct usersig_room room = { .number = 1, .rights = 1 };
    struct usersig_claims claims = good();
    uint8_t out[USERSIG_USERBUF_MAX];
    size_t len;
    claims.issued_at = UINT32_MAX - 3600u;
    ck_assert_int_eq(usersig_room_userbuf(&room, &claims, out, sizeof out, &len), USERSIG_OK);
    claims.lifetime++;
    ck_assert_int_eq(usersig_room_userbuf(&room, &claims, out, sizeof out, &len), USERSIG_ERR_USERBUF);
    claims.lifetime = UINT64_MAX;
    ck_assert_int_eq(usersig_room_userbuf(&room, &claims, out, sizeof out, &len), USERSIG_ERR_USERBUF);

    claims = good();
    claims.identifier_len = USERSIG_IDENTIFIER_MAX;
    memset(claims.identifier, 'a', USERSIG_IDENTIFIER_MAX);
    ck_assert_int_eq(usersig_room_userbuf(&room, &claims, out, sizeof out, &len), USERSIG_OK);
    room.number = 0;
    memset(room.name, 'b', USERSIG_ROOM_NAME_MAX);
    room.name_len = USERSIG_USERBUF_MAX - 25 - USERSIG_IDENTIFIER_MAX;
    ck_assert_int_eq(usersig_room_userbuf(&room, &claims, out, sizeof out, &len), USERSIG_OK);
    ck_assert_uint_eq(len, USERSIG_USERBUF_MAX);
    ck_assert_int_eq(usersig_room_decode(&room, out, len), USERSIG_OK);
    room.name_len++;
    ck_assert_int_eq(usersig_room_userbuf(&room, &claims, out, sizeof out, &len), USERSIG_ERR_USERBUF);
    claims.identifier_len = 1;
    room.name_len = USERSIG_ROOM_NAME_MAX;
    memset(room.name, 'b', USERSIG_ROOM_NAME_MAX);
    ck_assert_int_eq(usersig_room_userbuf(&room, &claims, out, sizeof out, &len), USERSIG_OK);
    ck_assert_uint_eq(len, USERSIG_USERBUF_MAX);

    claims.identifier_len = 0;
    ck_assert_int_eq(usersig_room_userbuf(&room, &claims, out, sizeof out, &len), USERSIG_ERR_IDENTIFIER);
    claims.identifier_len = 1;
    claims.sdkappid = 0;
    ck_assert_int_eq(usersig_room_userbuf(&room, &claims, out, sizeof out, &len), USERSIG_ERR_ARGUMENT);
    ck_assert_int_eq(usersig_room_userbuf(NULL, &claims, out, sizeof out, &len), USERSIG_ERR_ARGUMENT);
    ck_assert_int_eq(usersig_room_userbuf(&room, NULL, out, sizeof out, &len), USERSIG_ERR_ARGUMENT);
    ck_assert_int_eq(usersig_room_userbuf(&room, &claims, NULL, 1, &len), USERSIG_ERR_ARGUMENT);
    ck_assert_int_eq(usersig_room_userbuf(&room, &claims, out, 1, NULL), USERSIG_ERR_ARGUMENT);
    ck_assert_int_eq(usersig_room_decode(NULL, out, 1), USERSIG_ERR_ARGUMENT);
    ck_assert_int_eq(usersig_room_decode(&room, NULL, 1), USERSIG_ERR_ARGUMENT);
    ck_assert_int_eq(usersig_room_decode(&room, NULL, 0), USERSIG_ERR_USERBUF);
}
END_TEST

#define HEAD "\0\0\5alice\x53\x72\x4E\0\0\0\x27\x10\x65\x53\xFF\x10"
#define ROW(name, bytes, ok)               \
    {                                      \
        name, bytes, sizeof(bytes) - 1, ok \
    }
static const struct {
    const char *name, *bytes;
    size_t len;
    bool ok;
} forged[] = {
    ROW("numeric", NUMERIC, true),
    ROW("named", NAMED, true),
    ROW("no rights, as somebody may write it", HEAD "\0\0\0\0\0\0\0\0", true),
    ROW("a ninth right", HEAD "\0\0\1\0\0\0\0\0", false),
    ROW("all bits", HEAD "\xFF\xFF\xFF\xFF\0\0\0\0", false),
    ROW("an account type", HEAD "\0\0\0\1\0\0\0\1", false),
    ROW("a byte behind", NUMERIC "\0", false),
    ROW("a name behind a number", NUMERIC "\0\4hall", false),
    ROW("a byte behind the name", NAMED "\0", false),
    ROW("kind 2", "\2\0\5alice\x53\x72\x4E\0\0\0\x27\x10\x65\x53\xFF\x10\0\0\0\x2A\0\0\0\0", false),
    ROW("no account", "\0\0\0\x53\x72\x4E\0\0\0\x27\x10\x65\x53\xFF\x10\0\0\0\x2A\0\0\0\0", false),
    ROW("account that swallows all",
        "\0\xFF\xFF"
        "alice\x53\x72\x4E\0\0\0\x27\x10\x65\x53\xFF\x10\0\0\0\x2A\0\0\0\0",
        false),
    ROW("account with a newline", "\0\0\3a\nb\x53\x72\x4E\0\0\0\x27\x10\x65\x53\xFF\x10\0\0\0\x2A\0\0\0\0",
        false),
    ROW("account's low bytes, as Node and Java write UTF-16",
        "\0\0\2\x0F\x9B\x53\x72\x4E\0\0\0\x27\x10\x65\x53\xFF\x10\0\0\0\x2A\0\0\0\0", false),
    ROW("sdkappid 0", "\0\0\5alice\0\0\0\0\0\0\x27\x10\x65\x53\xFF\x10\0\0\0\x2A\0\0\0\0", false),
    ROW("room 0", "\0\0\5alice\x53\x72\x4E\0\0\0\0\0\x65\x53\xFF\x10\0\0\0\x2A\0\0\0\0", false),
    ROW("number and name", "\1\0\5alice\x53\x72\x4E\0\0\0\0\1\x65\x53\xFF\x10\0\0\0\xFF\0\0\0\0\0\4hall",
        false),
    ROW("empty name", "\1\0\5alice\x53\x72\x4E\0\0\0\0\0\x65\x53\xFF\x10\0\0\0\xFF\0\0\0\0\0\0", false),
    ROW("no name", "\1\0\5alice\x53\x72\x4E\0\0\0\0\0\x65\x53\xFF\x10\0\0\0\xFF\0\0\0\0", false),
    ROW("name cut", "\1\0\5alice\x53\x72\x4E\0\0\0\0\0\x65\x53\xFF\x10\0\0\0\xFF\0\0\0\0\0\5hall", false),
    ROW("name with a tab", "\1\0\5alice\x53\x72\x4E\0\0\0\0\0\x65\x53\xFF\x10\0\0\0\xFF\0\0\0\0\0\1\t",
        false),
    ROW("text", "a userbuf that is only text", false),
};

static int decode_exactly(struct usersig_room *room, const char *bytes, size_t len)
{
    uint8_t *exact = malloc(len ? len : 1); /* the sanitizer sees a byte too far */
    ck_assert_ptr_nonnull(exact);
    memcpy(exact, bytes, len);
    memset(room, 0xA5, sizeof *room);
    int got = usersig_room_decode(room, exact, len);
    free(exact);
    return got;
}

START_TEST(decode)
{
    struct usersig_room room, zero;
    int expected = forged[_i].ok ? USERSIG_OK : USERSIG_ERR_USERBUF;
    int got = decode_exactly(&room, forged[_i].bytes, forged[_i].len);
    ck_assert_msg(got == expected, "%s: expected %s, got %s", forged[_i].name, usersig_error_name(expected),
                  usersig_error_name(got));
    memset(&zero, 0, sizeof zero);
    ck_assert_msg(!expected || memcmp(&room, &zero, sizeof room) == 0, "%s: refused, and filled in",
                  forged[_i].name);
    for (size_t len = 0; forged[_i].ok && len < forged[_i].len; len++)
        ck_assert_int_eq(decode_exactly(&room, forged[_i].bytes, len), USERSIG_ERR_USERBUF);
}
END_TEST

/* The rows of the vectors that carry a room say who made it, for which app: we write the same bytes. */
START_TEST(of_other_makers)
{
    char *line = NULL;
    size_t size = 0;
    int rooms = 0;
    FILE *file = fopen(unit_data("vectors/vectors.tsv"), "r");
    ck_assert_ptr_nonnull(file);
    while (getline(&line, &size, file) > 0) {
        char *column[10], *rest = line;
        uint8_t userbuf[USERSIG_USERBUF_MAX + 3], again[USERSIG_USERBUF_MAX];
        struct usersig_room room;
        size_t len;
        for (int i = 0; i < 10; i++)
            column[i] = strsep(&rest, "\t");
        int n = EVP_DecodeBlock(userbuf, (unsigned char *)column[5], (int)strlen(column[5]));
        for (size_t i = strlen(column[5]); i > 0 && column[5][i - 1] == '='; i--)
            n--;
        if (n <= 0 || usersig_room_decode(&room, userbuf, (size_t)n) != USERSIG_OK)
            continue;
        struct usersig_claims claims = { .sdkappid = (uint32_t)strtoul(column[2], NULL, 10),
                                         .issued_at = room.expiry - 1,
                                         .lifetime = 1,
                                         .identifier_len = strlen(column[3]) };
        strcpy(claims.identifier, column[3]);
        ck_assert_str_eq(room.identifier, column[3]);
        ck_assert_uint_eq(room.sdkappid, claims.sdkappid);
        ck_assert_int_eq(usersig_room_userbuf(&room, &claims, again, sizeof again, &len), USERSIG_OK);
        ck_assert_uint_eq(len, (size_t)n);
        ck_assert_mem_eq(again, userbuf, len);
        rooms++;
    }
    free(line);
    fclose(file);
    ck_assert_int_eq(rooms, 11);
}
END_TEST

static void fill(TCase *tests)
{
    tcase_add_loop_test(tests, make, 0, UNIT_ROWS(made));
    tcase_add_test(tests, limits);
    tcase_add_loop_test(tests, decode, 0, UNIT_ROWS(forged));
    tcase_add_test(tests, of_other_makers);
}

int main(void)
{
    return unit_run("room", fill);
}
