#include "room.h"
#include "exits.h"
#include "output.h"

#include <string.h>

bool room_asked(const struct options *options)
{
    return options_has(options, OPTION_ROOM | OPTION_ROOM_STRING);
}

int room_judge(const struct options *options)
{
    if (options_has(options, OPTION_ROOM) && options_has(options, OPTION_ROOM_STRING))
        return output_fail(EXITS_USAGE, "a room has a number or a name: give --room or --room-string");
    if (options_has(options, OPTION_RIGHTS) && !room_asked(options))
        return output_fail(EXITS_USAGE, "--rights are of a room: give --room N or --room-string NAME");
    if (options_has(options, OPTION_ROOM) && options->room == 0)
        return output_fail(EXITS_USAGE, "--room takes a whole number from 1 to 4294967295");
    if (options->rights > USERSIG_RIGHTS_ALL)
        return output_fail(EXITS_USAGE, "--rights takes a sum of bits up to 255");
    return 0;
}

void room_add(const struct options *options, json_t *body)
{
    if (options_has(options, OPTION_ROOM))
        json_object_set_new(body, "room", json_integer((json_int_t)options->room));
    if (options_has(options, OPTION_ROOM_STRING))
        json_object_set_new(body, "room_string", json_string(options->room_string));
    if (options_has(options, OPTION_RIGHTS))
        json_object_set_new(body, "rights", json_integer((json_int_t)options->rights));
}

static size_t name_len(const struct options *options)
{
    return options_has(options, OPTION_ROOM_STRING) ? strlen(options->room_string) : 0;
}

int room_set(const struct options *options, struct usersig_claims *claims)
{
    struct usersig_room room = {
        .number = (uint32_t)options->room,
        .rights = options_has(options, OPTION_RIGHTS) ? (uint32_t)options->rights : USERSIG_RIGHTS_ALL,
        .name_len = name_len(options),
    };
    int status = USERSIG_ERR_USERBUF;
    if (room.name_len <= USERSIG_ROOM_NAME_MAX) {
        memcpy(room.name, room.name_len ? options->room_string : "", room.name_len);
        status = usersig_room_userbuf(&room, claims, claims->userbuf, sizeof claims->userbuf,
                                      &claims->userbuf_len);
    }
    if (status == USERSIG_OK)
        return 0;
    return output_fail(
        status,
        "no such room: its name is UTF-8 of %d bytes at most without control characters, with at "
        "least one right, and its end is before 2^32",
        USERSIG_ROOM_NAME_MAX);
}

int room_verdict(const struct options *options, const struct usersig_claims *claims, uint64_t now)
{
    struct usersig_room room;
    size_t len = name_len(options);
    if (usersig_room_decode(&room, claims->userbuf, claims->userbuf_len) != USERSIG_OK ||
        room.sdkappid != claims->sdkappid || room.identifier_len != claims->identifier_len ||
        memcmp(room.identifier, claims->identifier, room.identifier_len) != 0 ||
        room.number != options->room || room.name_len != len ||
        (len != 0 && memcmp(room.name, options->room_string, len) != 0) ||
        (options->rights & ~(uint64_t)room.rights) != 0)
        return USERSIG_WRONG_USERBUF;
    return now > room.expiry ? USERSIG_EXPIRED : USERSIG_OK;
}
