/* fuzz_room.c: a userbuf that usersig_room_decode takes is what usersig_room_userbuf writes. */
#include "fuzz.h"

#include "usersig.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct usersig_room room;
    struct usersig_claims claims = { .lifetime = 0 };
    uint8_t *in = fuzz_copy(data, size), *out = fuzz_room(size);
    size_t len;
    int got = usersig_room_decode(&room, in, size);
    free(in);
    if (got != USERSIG_OK) {
        static const struct usersig_room zero;
        FUZZ_MUST(got == USERSIG_ERR_USERBUF && memcmp(&room, &zero, sizeof room) == 0);
        free(out);
        return 0;
    }
    FUZZ_MUST(room.identifier_len == strlen(room.identifier) && room.name_len == strlen(room.name));
    FUZZ_MUST((room.number == 0) == (room.name_len > 0));
    claims.sdkappid = room.sdkappid;
    claims.issued_at = room.expiry;
    claims.identifier_len = room.identifier_len;
    memcpy(claims.identifier, room.identifier, sizeof claims.identifier);
    got = usersig_room_userbuf(&room, &claims, out, size, &len);
    if (room.rights == 0) {
        FUZZ_MUST(got == USERSIG_ERR_USERBUF);
    } else {
        FUZZ_MUST(got == USERSIG_OK && len == size && memcmp(out, data, size) == 0);
        FUZZ_MUST(usersig_room_userbuf(&room, &claims, out, size - 1, &len) == USERSIG_ERR_SPACE &&
                  len == size);
    }
    free(out);
    return 0;
}
