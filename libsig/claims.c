/* claims.c: which claims may be signed, the text that is signed, what a verdict asks of proven claims. */
#include "claims.h"

#include "base64.h"
#include "decimal.h"
#include "scratch.h"
#include "utf8.h"

#include <string.h>

#define ALL_FLAGS (USERSIG_ALLOW_UTF8 | USERSIG_V1_NO_APPID | USERSIG_V1_EMPTY)
#define ALL_ANY (USERSIG_ANY_SDKAPPID | USERSIG_ANY_IDENTIFIER | USERSIG_ANY_USERBUF)

/* The signed text is lines: a control character in a value could end a line and start a forged one. */
static bool has_control(const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if ((unsigned char)text[i] < 0x20 || text[i] == 0x7F)
            return true;
    return false;
}

/* Eight bytes at once: the high bit of a byte says that it, or one before it, is beyond ASCII, below a space or DEL. */
static uint64_t not_printable(const char *text)
{
    const uint64_t each = 0x0101010101010101u;
    uint64_t word;
    memcpy(&word, text, sizeof word);
    return (word | (word - 0x20 * each) | (word + each)) & 0x80 * each;
}

static bool is_printable_ascii(const char *text, size_t len)
{
    if (len < 8) {
        for (size_t i = 0; i < len; i++)
            if (text[i] < 0x20 || text[i] > 0x7E)
                return false;
        return true;
    }
    for (size_t i = 0; i + 8 < len; i += 8)
        if (not_printable(text + i))
            return false;
    return !not_printable(text + len - 8);
}

bool claims_text_ok(const char *text, size_t len)
{
    return len > 0 && (is_printable_ascii(text, len) || (!has_control(text, len) && utf8_valid(text, len)));
}

bool claims_identifier_ok(const char *identifier, size_t len)
{
    return len <= USERSIG_IDENTIFIER_MAX && claims_text_ok(identifier, len);
}

static bool identifier_signable(const char *identifier, size_t len, uint32_t flags)
{
    if (flags & USERSIG_ALLOW_UTF8)
        return claims_identifier_ok(identifier, len);
    return len > 0 && len <= USERSIG_IDENTIFIER_SIGN_MAX && is_printable_ascii(identifier, len) &&
           identifier[0] != ' ' && identifier[len - 1] != ' ';
}

int usersig_claims_identifier(struct usersig_claims *claims, const char *identifier, size_t len,
                              uint32_t flags)
{
    if (!claims || !identifier || (flags & ~USERSIG_ALLOW_UTF8))
        return USERSIG_ERR_ARGUMENT;
    if (!identifier_signable(identifier, len, flags))
        return USERSIG_ERR_IDENTIFIER;
    memcpy(claims->identifier, identifier, len);
    claims->identifier[len] = '\0';
    claims->identifier_len = len;
    return USERSIG_OK;
}

uint64_t usersig_claims_expiry(const struct usersig_claims *claims)
{
    if (!claims)
        return 0;
    return claims->lifetime > UINT64_MAX - claims->issued_at ? UINT64_MAX
                                                             : claims->issued_at + claims->lifetime;
}

bool claims_digits_ok(const char *text, size_t len)
{
    if (len == 0 || len > USERSIG_V1_FIELD_MAX)
        return false;
    for (size_t i = 0; i < len; i++)
        if (text[i] < '0' || text[i] > '9')
            return false;
    return true;
}

/* A field of version 1 in a claim: empty, which stands for "0", or digits. */
static bool v1_field_ok(const char field[static USERSIG_V1_FIELD_MAX + 1])
{
    size_t len = strnlen(field, USERSIG_V1_FIELD_MAX + 1);
    return len == 0 || claims_digits_ok(field, len);
}

/* appid_at_3rd is absent, empty or there: one of them. */
static bool v1_fields_ok(const struct usersig_claims *claims)
{
    const uint32_t forms = claims->flags & (USERSIG_V1_NO_APPID | USERSIG_V1_EMPTY);
    return v1_field_ok(claims->account_type) && v1_field_ok(claims->appid_at_3rd) &&
           (forms == 0 ||
            (claims->appid_at_3rd[0] == '\0' && forms != (USERSIG_V1_NO_APPID | USERSIG_V1_EMPTY)));
}

bool claims_ok(const struct usersig_claims *claims)
{
    return (claims->version == 2 || (claims->version == 1 && v1_fields_ok(claims))) &&
           claims_identifier_ok(claims->identifier, claims->identifier_len) &&
           claims->userbuf_len <= USERSIG_USERBUF_MAX;
}

int claims_signable(const struct usersig_claims *claims)
{
    if (claims->sdkappid == 0 || (claims->flags & ~ALL_FLAGS) ||
        (claims->version == 1 && !v1_fields_ok(claims)))
        return USERSIG_ERR_ARGUMENT;
    if (claims->identifier_len > USERSIG_IDENTIFIER_MAX ||
        !identifier_signable(claims->identifier, claims->identifier_len, claims->flags))
        return USERSIG_ERR_IDENTIFIER;
    if (claims->lifetime == 0 || claims->lifetime > USERSIG_LIFETIME_MAX)
        return USERSIG_ERR_LIFETIME;
    if (claims->userbuf_len > USERSIG_USERBUF_MAX)
        return USERSIG_ERR_USERBUF;
    return USERSIG_OK;
}

static char *put(char *at, const char *text, size_t len)
{
    memcpy(at, text, len);
    return at + len;
}
#define PUT_LITERAL(at, literal) put(at, literal, sizeof literal - 1)

/* The end of the line before, and the last line where there is a userbuf. */
static char *put_userbuf(char *at, const struct usersig_claims *claims)
{
    if (claims->userbuf_len) {
        at = PUT_LITERAL(at, "\nTLS.userbuf:");
        at += base64_encode(&base64_standard, at, claims->userbuf, claims->userbuf_len);
    }
    *at++ = '\n';
    return at;
}

static char *put_v1_field(char *at, const char *digits)
{
    return *digits ? put(at, digits, strlen(digits)) : PUT_LITERAL(at, "0");
}

/* The lines of version 2, without a NUL. Longest: 1054 bytes, under USERSIG_SIGNED_TEXT_MAX. */
static size_t text_v2(char *out, const struct usersig_claims *claims)
{
    char *at = PUT_LITERAL(out, "TLS.identifier:");
    at = put(at, claims->identifier, claims->identifier_len);
    at = PUT_LITERAL(at, "\nTLS.sdkappid:");
    at += decimal_write(at, claims->sdkappid);
    at = PUT_LITERAL(at, "\nTLS.time:");
    at += decimal_write(at, claims->issued_at);
    at = PUT_LITERAL(at, "\nTLS.expire:");
    at += decimal_write(at, claims->lifetime);
    return (size_t)(put_userbuf(at, claims) - out);
}

/* The lines of version 1, without a NUL. Longest: 1137 bytes. */
static size_t text_v1(char *out, const struct usersig_claims *claims)
{
    char *at = out;
    if (!(claims->flags & USERSIG_V1_NO_APPID)) {
        at = PUT_LITERAL(at, "TLS.appid_at_3rd:");
        if (!(claims->flags & USERSIG_V1_EMPTY))
            at = put_v1_field(at, claims->appid_at_3rd);
        *at++ = '\n';
    }
    at = PUT_LITERAL(at, "TLS.account_type:");
    at = put_v1_field(at, claims->account_type);
    at = PUT_LITERAL(at, "\nTLS.identifier:");
    at = put(at, claims->identifier, claims->identifier_len);
    at = PUT_LITERAL(at, "\nTLS.sdk_appid:");
    at += decimal_write(at, claims->sdkappid);
    at = PUT_LITERAL(at, "\nTLS.time:");
    at += decimal_write(at, claims->issued_at);
    at = PUT_LITERAL(at, "\nTLS.expire_after:");
    at += decimal_write(at, claims->lifetime);
    return (size_t)(put_userbuf(at, claims) - out);
}

int usersig_claims_text(const struct usersig_claims *claims, char *out, size_t out_size, size_t *out_len)
{
    char text[USERSIG_SIGNED_TEXT_MAX] SCRATCH;
    if (!claims || !out_len || (!out && out_size))
        return USERSIG_ERR_ARGUMENT;
    *out_len = 0;
    if (!claims_ok(claims))
        return USERSIG_MALFORMED;
    bool roomy = out_size >= sizeof text;
    char *to = roomy ? out : text;
    *out_len = claims->version == 1 ? text_v1(to, claims) : text_v2(to, claims);
    if (*out_len >= out_size)
        return USERSIG_ERR_SPACE;
    if (!roomy)
        memcpy(out, text, *out_len);
    out[*out_len] = '\0';
    return USERSIG_OK;
}

int claims_expect_ok(const struct usersig_expect *expect)
{
    if (!expect)
        return USERSIG_OK;
    if ((expect->flags & ~ALL_ANY) || (expect->sdkappid == 0 && !(expect->flags & USERSIG_ANY_SDKAPPID)) ||
        (!expect->identifier && !(expect->flags & USERSIG_ANY_IDENTIFIER)) ||
        (!expect->userbuf && expect->userbuf_len && !(expect->flags & USERSIG_ANY_USERBUF)))
        return USERSIG_ERR_ARGUMENT;
    return USERSIG_OK;
}

static bool same_bytes(const void *a, size_t a_len, const void *b, size_t b_len)
{
    return a_len == b_len && (a_len == 0 || memcmp(a, b, a_len) == 0);
}

int claims_judge(const struct usersig_claims *claims, const struct usersig_expect *expect, uint64_t now)
{
    static const struct usersig_expect nothing = { .flags = ALL_ANY };
    if (!expect)
        expect = &nothing;
    if (!(expect->flags & USERSIG_ANY_SDKAPPID) && claims->sdkappid != expect->sdkappid)
        return USERSIG_WRONG_SDKAPPID;
    if (!(expect->flags & USERSIG_ANY_IDENTIFIER) &&
        !same_bytes(claims->identifier, claims->identifier_len, expect->identifier,
                    strlen(expect->identifier)))
        return USERSIG_WRONG_IDENTIFIER;
    if (!(expect->flags & USERSIG_ANY_USERBUF) &&
        !same_bytes(claims->userbuf, claims->userbuf_len, expect->userbuf, expect->userbuf_len))
        return USERSIG_WRONG_USERBUF;
    if (expect->max_future && claims->issued_at > now && claims->issued_at - now > expect->max_future)
        return USERSIG_NOT_YET_VALID;
    /* now > end + leeway, where neither sum may wrap; the last second still counts */
    uint64_t end = usersig_claims_expiry(claims);
    if (now > end && now - end > expect->leeway)
        return USERSIG_EXPIRED;
    return USERSIG_OK;
}
