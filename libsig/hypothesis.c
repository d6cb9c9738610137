/* hypothesis.c: what people make of a key by mistake, tried on claims and their proof. Every text and midstate of a try
 * lives in one block of guarded memory, wiped when done. */
#include "hypothesis.h"

#include "hmac.h"

#include <sodium.h>
#include <string.h>

#define ENDS_MAX 8 /* bytes that a try may add */

/* How a try changes the key's characters. TRIMMED: the given key without what is around it. */
enum shape { TRIMMED, LOWER, UPPER, UNHEX, HEX_LOWER, HEX_UPPER, UNIX_LINES, DOS_LINES };

static const struct attempt {
    uint32_t cause; /* NONE: by what was trimmed */
    enum shape shape;
    const char *before, *after;
} attempts[] = {
    { USERSIG_CAUSE_NONE, TRIMMED, "", "" },
    { USERSIG_CAUSE_KEY_NEWLINE, TRIMMED, "", "\n" },
    { USERSIG_CAUSE_KEY_NEWLINE, TRIMMED, "", "\r\n" },
    { USERSIG_CAUSE_KEY_NEWLINE, TRIMMED, "", "\r" },
    { USERSIG_CAUSE_KEY_SPACE, TRIMMED, " ", "" },
    { USERSIG_CAUSE_KEY_SPACE, TRIMMED, "", " " },
    { USERSIG_CAUSE_KEY_SPACE, TRIMMED, " ", " " },
    { USERSIG_CAUSE_KEY_SPACE, TRIMMED, "", "\t" },
    { USERSIG_CAUSE_KEY_SPACE, TRIMMED, "", " \n" },
    { USERSIG_CAUSE_KEY_SPACE, TRIMMED, "\"", "\"" },
    { USERSIG_CAUSE_KEY_SPACE, TRIMMED, "'", "'" },
    { USERSIG_CAUSE_KEY_SPACE, TRIMMED, "\"", "\"\n" },
    { USERSIG_CAUSE_KEY_SPACE, TRIMMED, "\xEF\xBB\xBF", "" },
    { USERSIG_CAUSE_KEY_CASE, LOWER, "", "" },
    { USERSIG_CAUSE_KEY_CASE, UPPER, "", "" },
    { USERSIG_CAUSE_HEX_KEY, UNHEX, "", "" },
    { USERSIG_CAUSE_HEX_KEY, HEX_LOWER, "", "" },
    { USERSIG_CAUSE_HEX_KEY, HEX_UPPER, "", "" },
}, pem_attempts[] = {
    { USERSIG_CAUSE_PEM_AS_KEY, UNIX_LINES, "", "" },   { USERSIG_CAUSE_PEM_AS_KEY, UNIX_LINES, "", "\n" },
    { USERSIG_CAUSE_PEM_AS_KEY, DOS_LINES, "", "" },    { USERSIG_CAUSE_PEM_AS_KEY, DOS_LINES, "", "\r\n" },
};

struct bench {
    struct hmac_key key;
    uint8_t mac[HMAC_LEN];
    char secret[2 * HYPOTHESIS_SECRET_MAX + ENDS_MAX];
};

/* ---- shapes -------------------------------------------------------------------------------------- */

static bool is_around(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r') || c == '"' || c == '\'';
}

/* The key without white space, quotes and a byte order mark around it. */
static const char *trimmed(const char *secret, size_t *len)
{
    size_t n = *len;
    if (n >= 3 && memcmp(secret, "\xEF\xBB\xBF", 3) == 0) {
        secret += 3;
        n -= 3;
    }
    while (n > 0 && is_around(*secret)) {
        secret++;
        n--;
    }
    while (n > 0 && is_around(secret[n - 1]))
        n--;
    *len = n;
    return secret;
}

static int hex_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if ((c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'))
        return (c | 0x20) - 'a' + 10;
    return -1;
}

static bool is_hex(const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if (hex_value(text[i]) < 0)
            return false;
    return len > 0;
}

static size_t unhex(char *out, const char *text, size_t len)
{
    for (size_t i = 0; i + 1 < len; i += 2)
        out[i / 2] = (char)(hex_value(text[i]) << 4 | hex_value(text[i + 1]));
    return len / 2;
}

static size_t hex(char *out, const char *bytes, size_t len, const char digits[static 16])
{
    for (size_t i = 0; i < len; i++) {
        out[2 * i] = digits[(uint8_t)bytes[i] >> 4];
        out[2 * i + 1] = digits[(uint8_t)bytes[i] & 15];
    }
    return 2 * len;
}

static size_t other_case(char *out, const char *text, size_t len, char from, int change)
{
    for (size_t i = 0; i < len; i++)
        out[i] = text[i] >= from && text[i] < from + 26 ? (char)(text[i] + change) : text[i];
    return len;
}

static size_t lines(char *out, const char *text, size_t len, bool dos)
{
    size_t n = 0;
    for (size_t i = 0; i < len; i++) {
        if (text[i] == '\r')
            continue;
        if (text[i] == '\n' && dos)
            out[n++] = '\r';
        out[n++] = text[i];
    }
    return n;
}

/* Writes the key in its shape: its length, 0 where the shape does not apply. raw: the key as given. */
static size_t shaped(char *out, enum shape shape, const char *key, size_t len, const char *raw,
                     size_t raw_len)
{
    switch (shape) {
    case TRIMMED: memcpy(out, key, len); return len;
    case LOWER: return is_hex(key, len) ? other_case(out, key, len, 'A', 'a' - 'A') : 0;
    case UPPER: return is_hex(key, len) ? other_case(out, key, len, 'a', 'A' - 'a') : 0;
    case UNHEX: return is_hex(key, len) && len % 2 == 0 ? unhex(out, key, len) : 0;
    case HEX_LOWER: return hex(out, raw, raw_len, "0123456789abcdef");
    case HEX_UPPER: return hex(out, raw, raw_len, "0123456789ABCDEF");
    case UNIX_LINES: return lines(out, key, len, false);
    case DOS_LINES: return lines(out, key, len, true);
    }
    return 0;
}

/* ---- tries --------------------------------------------------------------------------------------- */

struct question {
    const char *raw, *key; /* the secret as given, and trimmed */
    size_t raw_len, key_len, text_len;
    const struct usersig_ticket *ticket;
    char text[USERSIG_SIGNED_TEXT_MAX];
};

/* OK: this try proves; WRONG_KEY: it does not; ERR_CRYPTO. */
static int try(struct bench *bench, const struct question *q, const struct attempt *attempt)
{
    size_t before = strlen(attempt->before), after = strlen(attempt->after);
    memcpy(bench->secret, attempt->before, before);
    size_t len = shaped(bench->secret + before, attempt->shape, q->key, q->key_len, q->raw, q->raw_len);
    if (len == 0)
        return USERSIG_WRONG_KEY;
    memcpy(bench->secret + before + len, attempt->after, after);
    if (!hmac_init(&bench->key, bench->secret, before + len + after) ||
        !hmac_compute(&bench->key, q->text, q->text_len, bench->mac))
        return USERSIG_ERR_CRYPTO;
    return sodium_memcmp(bench->mac, q->ticket->proof, HMAC_LEN) == 0 ? USERSIG_OK : USERSIG_WRONG_KEY;
}

static int try_all(uint32_t *cause, struct bench *bench, const struct question *q)
{
    bool pem = hypothesis_is_pem(q->raw, q->raw_len);
    const struct attempt *list = pem ? pem_attempts : attempts;
    size_t n = pem ? sizeof pem_attempts / sizeof pem_attempts[0] : sizeof attempts / sizeof attempts[0];
    for (size_t i = 0; i < n; i++) {
        int error = try(bench, q, &list[i]);
        if (error == USERSIG_WRONG_KEY)
            continue;
        if (!error)
            *cause = list[i].cause;
        return error;
    }
    return USERSIG_OK;
}

/* Was nothing trimmed but line ends? */
static bool only_line_ends(const struct question *q)
{
    if (q->key != q->raw)
        return false;
    for (size_t i = q->key_len; i < q->raw_len; i++)
        if (q->raw[i] != '\r' && q->raw[i] != '\n')
            return false;
    return true;
}

bool hypothesis_is_pem(const char *secret, size_t len)
{
    static const char begin[] = "-----BEGIN ";
    secret = trimmed(secret, &len);
    return len >= sizeof begin - 1 && memcmp(secret, begin, sizeof begin - 1) == 0;
}

int hypothesis_find(uint32_t *cause, const char *secret, size_t len, const struct usersig_ticket *ticket)
{
    struct question q = { .raw = secret, .raw_len = len, .key_len = len, .ticket = ticket };
    *cause = USERSIG_CAUSE_NONE;
    if (len > HYPOTHESIS_SECRET_MAX)
        return USERSIG_ERR_KEY;
    q.key = trimmed(secret, &q.key_len);
    if (ticket->claims.version != 2 || ticket->proof_len != HMAC_LEN)
        return USERSIG_OK;
    int error = usersig_claims_text(&ticket->claims, q.text, sizeof q.text, &q.text_len);
    if (error)
        return error;
    if (sodium_init() < 0)
        return USERSIG_ERR_CRYPTO;
    struct bench *bench = sodium_malloc(sizeof *bench);
    if (!bench)
        return USERSIG_ERR_MEMORY;
    uint32_t found = UINT32_MAX; /* the first try has NONE as its cause */
    error = try_all(&found, bench, &q);
    sodium_free(bench); /* wipes */
    if (found == USERSIG_CAUSE_NONE)
        found = only_line_ends(&q) ? USERSIG_CAUSE_KEY_NEWLINE : USERSIG_CAUSE_KEY_SPACE;
    if (!error && found != UINT32_MAX)
        *cause = found;
    return error;
}
