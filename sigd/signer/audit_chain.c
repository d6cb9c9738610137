/* audit_chain.c: the chain through the audit log. */
#include "audit_chain.h"

#include "audit_text.h"
#include "blake2b.h"

#include <string.h>
#include <time.h>

void audit_chain_hex(char out[static AUDIT_CHAIN_HEX], const unsigned char hash[static AUDIT_CHAIN_BYTES])
{
    out[audit_text_hex(out, hash, AUDIT_CHAIN_BYTES)] = '\0';
}

void audit_chain_skip(struct audit_chain *chain, const char *line, size_t len)
{
    blake2b(chain->head, sizeof chain->head, line, len);
}

size_t audit_chain_close(struct audit_chain *chain, char *out, const char *body, size_t len)
{
    static const char seq[] = ",\"seq\":", prev[] = ",\"prev\":\"", end[] = "\"}\n";
    char *at = out;
    at = mempcpy(at, body, len);
    at = mempcpy(at, seq, sizeof seq - 1);
    at += audit_text_number(at, ++chain->seq);
    at = mempcpy(at, prev, sizeof prev - 1);
    at += audit_text_hex(at, chain->head, AUDIT_CHAIN_BYTES);
    at = mempcpy(at, end, sizeof end - 1);
    audit_chain_skip(chain, out, (size_t)(at - out));
    return (size_t)(at - out);
}

/* ---- the scan -------------------------------------------------------------------------------------- */

static bool is_digits(const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if (text[i] < '0' || text[i] > '9')
            return false;
    return len > 0;
}

static uint64_t number(const char *digits, size_t len)
{
    uint64_t value = 0;
    for (size_t i = 0; i < len; i++)
        value = value * 10 + (uint64_t)(digits[i] - '0');
    return value;
}

/* "2026-11-23T02:21:21Z" */
static bool read_time(const char *text, uint64_t *seconds)
{
    static const char form[] = "0000-00-00T00:00:00Z";
    for (size_t i = 0; i < sizeof form - 1; i++)
        if (form[i] == '0' ? text[i] < '0' || text[i] > '9' : text[i] != form[i])
            return false;
    struct tm utc = { .tm_year = (int)number(text, 4) - 1900,
                      .tm_mon = (int)number(text + 5, 2) - 1,
                      .tm_mday = (int)number(text + 8, 2),
                      .tm_hour = (int)number(text + 11, 2),
                      .tm_min = (int)number(text + 14, 2),
                      .tm_sec = (int)number(text + 17, 2) };
    time_t t = timegm(&utc);
    *seconds = t < 0 ? 0 : (uint64_t)t;
    return true;
}

bool audit_chain_read(const char *line, size_t len, uint64_t *seq, uint64_t *time)
{
    static const char start[] = "{\"time\":\"", event[] = "\",\"event\":\"", prev[] = ",\"prev\":\"",
                      before[] = ",\"seq\":";
    const size_t time_len = sizeof "2026-11-23T02:21:21Z" - 1, hex_len = AUDIT_CHAIN_HEX - 1;
    if (len && line[len - 1] == '\n')
        len--;
    for (size_t i = 0; i < len; i++)
        if (line[i] < 0x20 || line[i] > 0x7E)
            return false;
    /* the start; a year with more than four digits reads "-" */
    if (len < sizeof start + time_len || memcmp(line, start, sizeof start - 1) != 0)
        return false;
    const char *at = line + sizeof start - 1;
    size_t stamp = *at == '-' ? 1 : time_len;
    if (len < sizeof start - 1 + stamp + sizeof event - 1 || memcmp(at + stamp, event, sizeof event - 1) != 0)
        return false;
    uint64_t told = 0;
    if (stamp > 1 && !read_time(at, &told))
        return false;
    /* the end, backwards */
    const char *end = line + len, *body = at + stamp + sizeof event - 1;
    if ((size_t)(end - body) < 2 + hex_len + sizeof prev - 1 || memcmp(end - 2, "\"}", 2) != 0)
        return false;
    end -= 2 + hex_len;
    if (strspn(end, "0123456789abcdef") != hex_len)
        return false;
    end -= sizeof prev - 1;
    if (memcmp(end, prev, sizeof prev - 1) != 0)
        return false;
    const char *digits = end;
    while (digits > body && is_digits(digits - 1, 1))
        digits--;
    size_t n = (size_t)(end - digits);
    if (n == 0 || n > 19 || (size_t)(digits - body) < sizeof before - 1 ||
        memcmp(digits - (sizeof before - 1), before, sizeof before - 1) != 0)
        return false;
    *seq = number(digits, n);
    *time = told;
    return true;
}
