/* audit_line.c: one line of the audit log as text. */
#include "audit_line.h"

#include "clock.h"
#include "usersig.h"

#include <sodium.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define FINGERPRINT_BYTES 16 /* BLAKE2b-128 */

static void put(struct audit_line *line, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void put(struct audit_line *line, const char *format, ...)
{
    va_list list;
    va_start(list, format);
    int n = vsnprintf(line->text + line->len, sizeof line->text - line->len, format, list);
    va_end(list);
    /* AUDIT_LINE_MAX holds every field at its longest; should one grow, the line is cut, never overrun */
    size_t room = sizeof line->text - line->len - 1;
    line->len += n < 0 ? 0 : (size_t)n < room ? (size_t)n : room;
}

void audit_line_begin(struct audit_line *line, const char *event, uint64_t now)
{
    char time[CLOCK_RFC3339_SIZE];
    clock_rfc3339(time, now);
    line->len = 0;
    put(line, "{\"time\":\"%s\",\"event\":\"%s\"", time, event);
}

void audit_line_string(struct audit_line *line, const char *name, const char *bytes, size_t len)
{
    put(line, ",\"%s\":\"", name);
    for (size_t i = 0; i < len && i < USERSIG_IDENTIFIER_MAX; i++) {
        unsigned char c = (unsigned char)bytes[i];
        if (c < 0x20 || c >= 0x7F || c == '"' || c == '\\')
            put(line, "\\u%04x", c);
        else if (line->len < sizeof line->text - 1)
            line->text[line->len++] = (char)c;
    }
    put(line, "\"");
}

void audit_line_name(struct audit_line *line, const char *name, const char *value)
{
    if (value)
        audit_line_string(line, name, value, strlen(value));
}

void audit_line_signed(struct audit_line *line, const char *name, int64_t value)
{
    put(line, ",\"%s\":%lld", name, (long long)value);
}

void audit_line_number(struct audit_line *line, const char *name, uint64_t value)
{
    audit_line_signed(line, name, value > INT64_MAX ? INT64_MAX : (int64_t)value);
}

void audit_line_fingerprint(struct audit_line *line, const struct usersig_claims *claims, const char *key)
{
    char text[USERSIG_SIGNED_TEXT_MAX], hex[FINGERPRINT_BYTES * 2 + 1];
    unsigned char print[FINGERPRINT_BYTES];
    crypto_generichash_state state;
    size_t len;
    if (usersig_claims_text(claims, text, sizeof text, &len) != USERSIG_OK)
        return;
    crypto_generichash_init(&state, NULL, 0, sizeof print);
    crypto_generichash_update(&state, (const unsigned char *)text, len);
    crypto_generichash_update(&state, (const unsigned char *)key, strlen(key));
    crypto_generichash_final(&state, print, sizeof print);
    put(line, ",\"fingerprint\":\"%s\"", sodium_bin2hex(hex, sizeof hex, print, sizeof print));
}
