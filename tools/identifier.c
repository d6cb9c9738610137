#include "identifier.h"
#include "output.h"

#include <stdio.h>
#include <string.h>

void identifier_fault(const char *identifier, size_t len, int error, uint32_t flags,
                      char why[static IDENTIFIER_FAULT_SIZE])
{
    size_t max = (flags & USERSIG_ALLOW_UTF8) != 0 ? USERSIG_IDENTIFIER_MAX : USERSIG_IDENTIFIER_SIGN_MAX;
    const size_t size = IDENTIFIER_FAULT_SIZE;
    snprintf(why, size, "%s", usersig_error_text(error));
    if (len == 0) {
        snprintf(why, size, "the identifier is empty");
        return;
    }
    for (size_t i = 0; i < len; i++) {
        unsigned char c = (unsigned char)identifier[i];
        if (c < 0x20 || c == 0x7f) {
            snprintf(
                why, size,
                "the identifier has a control character (0x%02x at byte %zu): in the signed text it could "
                "forge another claim, so it is never signed",
                c, i + 1);
            return;
        }
    }
    for (size_t i = 0; i < len && (flags & USERSIG_ALLOW_UTF8) == 0; i++) {
        if ((unsigned char)identifier[i] >= 0x80) {
            snprintf(why, size,
                     "the identifier has a byte that is not printable ASCII (0x%02x at byte %zu); with "
                     "--key-file, --utf8 permits it",
                     (unsigned)(unsigned char)identifier[i], i + 1);
            return;
        }
    }
    if (len > max)
        snprintf(why, size, "the identifier has %zu bytes; at most %zu can be signed", len, max);
    else if (identifier[0] == ' ' || identifier[len - 1] == ' ')
        snprintf(why, size, "the identifier has a space at its %s",
                 identifier[0] == ' ' ? "beginning" : "end");
    else if ((flags & USERSIG_ALLOW_UTF8) != 0)
        snprintf(why, size, "the identifier is not valid UTF-8");
}

int identifier_set(struct usersig_claims *claims, const char *identifier, uint32_t flags)
{
    char why[IDENTIFIER_FAULT_SIZE];
    size_t len = strlen(identifier);
    int status = usersig_claims_identifier(claims, identifier, len, flags);
    if (status == USERSIG_OK)
        return 0;
    identifier_fault(identifier, len, status, flags, why);
    return output_fail(status, "%s", why);
}
