/* audit_line.c: one line of the audit log as text. */
#include "audit_line.h"

#include "audit_text.h"
#include "blake2b.h"
#include "clock.h"
#include "sizes.h"
#include "usersig.h"

#include <stdbool.h>
#include <string.h>

#define FINGERPRINT_BYTES 16 /* BLAKE2b-128 */

/* AUDIT_LINE_MAX holds every field at its longest; should one grow, the line is cut, never overrun. */
static void put(struct audit_line *line, const char *bytes, size_t len)
{
    size_t room = sizeof line->text - 1 - line->len;
    len = len < room ? len : room;
    memcpy(line->text + line->len, bytes, len);
    line->len += len;
}

#define PUT(line, literal) put(line, literal, sizeof literal - 1)

static void put_name(struct audit_line *line, const char *name)
{
    PUT(line, ",\"");
    put(line, name, strlen(name));
    PUT(line, "\":");
}

static void put_number(struct audit_line *line, uint64_t value)
{
    char digits[AUDIT_TEXT_DIGITS];
    put(line, digits, audit_text_number(digits, value));
}

void audit_line_begin(struct audit_line *line, const char *event, uint64_t now)
{
    static struct {
        bool known;
        uint64_t second;
        char text[CLOCK_RFC3339_SIZE];
    } time; /* of the last line */
    if (!time.known || time.second != now) {
        clock_rfc3339(time.text, now);
        time.second = now;
        time.known = true;
    }
    line->len = 0;
    PUT(line, "{\"time\":\"");
    put(line, time.text, strlen(time.text));
    PUT(line, "\",\"event\":\"");
    put(line, event, strlen(event));
    PUT(line, "\"");
}

static bool is_plain(unsigned char c)
{
    return c >= 0x20 && c < 0x7F && c != '"' && c != '\\';
}

void audit_line_string(struct audit_line *line, const char *name, const char *bytes, size_t len)
{
    put_name(line, name);
    PUT(line, "\"");
    len = len < USERSIG_IDENTIFIER_MAX ? len : USERSIG_IDENTIFIER_MAX;
    for (size_t i = 0; i < len;) {
        size_t from = i;
        while (i < len && is_plain((unsigned char)bytes[i]))
            i++;
        put(line, bytes + from, i - from);
        if (i < len) {
            char hex[2];
            PUT(line, "\\u00");
            put(line, hex, audit_text_hex(hex, (const unsigned char *)bytes + i++, 1));
        }
    }
    PUT(line, "\"");
}

void audit_line_piece(struct audit_line *line, const char *text, size_t len)
{
    put(line, text, len);
}

void audit_line_name(struct audit_line *line, const char *name, const char *value)
{
    if (value)
        audit_line_string(line, name, value, strlen(value));
}

void audit_line_signed(struct audit_line *line, const char *name, int64_t value)
{
    put_name(line, name);
    if (value < 0)
        PUT(line, "-");
    put_number(line, value < 0 ? -(uint64_t)value : (uint64_t)value);
}

void audit_line_number(struct audit_line *line, const char *name, uint64_t value)
{
    audit_line_signed(line, name, value > INT64_MAX ? INT64_MAX : (int64_t)value);
}

void audit_line_fingerprint(struct audit_line *line, const struct usersig_claims *claims, const char *key)
{
    static char text[USERSIG_SIGNED_TEXT_MAX + SIGD_NAME_MAX]; /* which would be cleared each time */
    char hex[FINGERPRINT_BYTES * 2];
    unsigned char print[FINGERPRINT_BYTES];
    size_t len, key_len = strnlen(key, SIGD_NAME_MAX);
    if (usersig_claims_text(claims, text, USERSIG_SIGNED_TEXT_MAX, &len) != USERSIG_OK)
        return;
    memcpy(text + len, key, key_len);
    blake2b(print, sizeof print, text, len + key_len);
    put_name(line, "fingerprint");
    PUT(line, "\"");
    put(line, hex, audit_text_hex(hex, print, sizeof print));
    PUT(line, "\"");
}
