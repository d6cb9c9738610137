/* fuzz_page.c: whatever lies in a page, a read gives a value that keeps its promises, or zeros. The input: now in 8 bytes,
 * the beginning of a page, which zeros fill up. */
#include "fuzz.h"

#include "page.h"

#include <stdbool.h>

static void check_text(const char *text, size_t len, size_t room)
{
    FUZZ_MUST(len < room && text[len] == '\0' && strlen(text) == len);
    for (size_t i = 0; i < len; i++)
        FUZZ_MUST((unsigned char)text[i] >= 0x20 && text[i] != 0x7F);
}

static void check_value(const struct usersig_page_value *value, const struct usersig_page_layout *layout,
                        uint64_t now)
{
    check_text(value->identifier, value->identifier_len, sizeof value->identifier);
    check_text(value->key, value->key_len, sizeof value->key);
    check_text(value->usersig, value->usersig_len, sizeof value->usersig);
    for (size_t i = 0; i < value->usersig_len; i++)
        FUZZ_MUST(value->usersig[i] > 0x20);
    FUZZ_MUST(value->identifier_len > 0 && value->usersig_len > 0 && value->sdkappid != 0);
    FUZZ_MUST(value->issued_at <= value->renew_at && value->renew_at <= value->expires_at);
    FUZZ_MUST(now <= value->expires_at && layout->state == USERSIG_PAGE_LIVE);
    FUZZ_MUST(value->silence == (now > layout->heartbeat ? now - layout->heartbeat : 0));
    FUZZ_MUST(memcmp(value->usersig, layout->usersig, value->usersig_len) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct usersig_page_value zero;
    uint64_t now = 0;
    struct usersig_page_layout layout;
    size_t len = size > sizeof now ? size - sizeof now : 0;
    if (size > 0)
        memcpy(&now, data, size < sizeof now ? size : sizeof now);
    unsigned char *map = fuzz_room(USERSIG_PAGE_SIZE);
    memset(map, 0, USERSIG_PAGE_SIZE);
    if (len > 0)
        memcpy(map, data + sizeof now, len < USERSIG_PAGE_SIZE ? len : USERSIG_PAGE_SIZE);
    memcpy(&layout, map, sizeof layout);
    struct usersig_page_value *value = fuzz_room(sizeof *value);
    memset(value, 0xA5, sizeof *value);
    int got = page_read(map, now, value);
    if (got == USERSIG_OK)
        check_value(value, &layout, now);
    else
        FUZZ_MUST(memcmp(value, &zero, sizeof zero) == 0);
    bool odd = layout.sequence & 1;
    FUZZ_MUST(!odd || got == USERSIG_UNAVAILABLE);
    FUZZ_MUST(got == USERSIG_OK || got == USERSIG_EXPIRED || got == USERSIG_REVOKED ||
              got == USERSIG_UNAVAILABLE || got == USERSIG_MALFORMED);
    free(value);
    free(map);
    return 0;
}
