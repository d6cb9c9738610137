#include "identifier.h"
#include "output.h"

#include <string.h>
#include <usersig.h>

static int explain(int status, const char *identifier, size_t len, uint32_t flags)
{
    size_t max = (flags & USERSIG_ALLOW_UTF8) != 0 ? USERSIG_IDENTIFIER_MAX : USERSIG_IDENTIFIER_SIGN_MAX;
    if (len == 0)
        return output_fail(status, "the identifier is empty");
    for (size_t i = 0; i < len; i++) {
        unsigned char c = (unsigned char)identifier[i];
        if (c < 0x20 || c == 0x7f)
            return output_fail(status,
                               "the identifier has a control character (0x%02x at byte %zu): in the signed "
                               "text it could forge another claim, so it is never signed",
                               c, i + 1);
    }
    for (size_t i = 0; i < len && (flags & USERSIG_ALLOW_UTF8) == 0; i++)
        if ((unsigned char)identifier[i] >= 0x80)
            return output_fail(status,
                               "the identifier has a byte that is not printable ASCII (0x%02x at byte %zu); "
                               "with --key-file, --utf8 permits it",
                               (unsigned)(unsigned char)identifier[i], i + 1);
    if (len > max)
        return output_fail(status, "the identifier has %zu bytes; at most %zu can be signed", len, max);
    if (identifier[0] == ' ' || identifier[len - 1] == ' ')
        return output_fail(status, "the identifier has a space at its %s",
                           identifier[0] == ' ' ? "beginning" : "end");
    if ((flags & USERSIG_ALLOW_UTF8) != 0)
        return output_fail(status, "the identifier is not valid UTF-8");
    return output_fail(status, "%s", usersig_error_text(status));
}

int identifier_set(struct usersig_claims *claims, const char *identifier, uint32_t flags)
{
    size_t len = strlen(identifier);
    int status = usersig_claims_identifier(claims, identifier, len, flags);
    return status == USERSIG_OK ? 0 : explain(status, identifier, len, flags);
}
