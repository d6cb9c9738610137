/* jsonout.c: writes one JSON text. */
#include "jsonout.h"

#include "clock.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void put(struct jsonout *out, const char *bytes, size_t len)
{
    if (out->failed)
        return;
    if (out->len + len > out->size) {
        size_t size = (out->len + len) * 2;
        char *text = realloc(out->text, size);
        if (text == NULL) {
            out->failed = true;
            return;
        }
        out->text = text;
        out->size = size;
    }
    memcpy(out->text + out->len, bytes, len);
    out->len += len;
}

/* The length of a character of UTF-8, 0: it is none. What is too long a form or a surrogate is none either. */
static size_t character(const unsigned char *p)
{
    if (p[0] < 0x80)
        return 1;
    size_t n = p[0] >= 0xC2 && p[0] < 0xE0   ? 2
               : p[0] >= 0xE0 && p[0] < 0xF0 ? 3
               : p[0] >= 0xF0 && p[0] < 0xF5 ? 4
                                             : 0;
    for (size_t i = 1; i < n; i++)
        if ((p[i] & 0xC0) != 0x80)
            return 0;
    if ((p[0] == 0xE0 && p[1] < 0xA0) || (p[0] == 0xED && p[1] > 0x9F) || (p[0] == 0xF0 && p[1] < 0x90) ||
        (p[0] == 0xF4 && p[1] > 0x8F))
        return 0;
    return n;
}

static void put_string(struct jsonout *out, const char *value)
{
    put(out, "\"", 1);
    for (const unsigned char *p = (const unsigned char *)value; *p != '\0';) {
        size_t n = character(p);
        char escape[8];
        if (n == 0) { /* bytes that are no text are shown as the C literal would */
            put(out, escape, (size_t)snprintf(escape, sizeof escape, "\\\\x%02x", *p));
            n = 1;
        } else if (*p < 0x20 || *p == 0x7F) {
            put(out, escape, (size_t)snprintf(escape, sizeof escape, "\\u%04x", *p));
        } else {
            if (*p == '"' || *p == '\\')
                put(out, "\\", 1);
            put(out, (const char *)p, n);
        }
        p += n;
    }
    put(out, "\"", 1);
}

static void begin(struct jsonout *out, const char *name)
{
    if (out->comma)
        put(out, ",", 1);
    if (name != NULL) {
        put_string(out, name);
        put(out, ":", 1);
    }
    out->comma = true;
}

void jsonout_open(struct jsonout *out, const char *name, char bracket)
{
    begin(out, name);
    put(out, &bracket, 1);
    out->comma = false;
}

void jsonout_close(struct jsonout *out, char bracket)
{
    put(out, &bracket, 1);
    out->comma = true;
}

void jsonout_string(struct jsonout *out, const char *name, const char *value)
{
    begin(out, name);
    if (value != NULL)
        put_string(out, value);
    else
        put(out, "null", 4);
}

void jsonout_number(struct jsonout *out, const char *name, uint64_t value)
{
    char digits[24];
    begin(out, name);
    put(out, digits, (size_t)snprintf(digits, sizeof digits, "%" PRIu64, value));
}

void jsonout_bool(struct jsonout *out, const char *name, bool value)
{
    begin(out, name);
    put(out, value ? "true" : "false", value ? 4 : 5);
}

void jsonout_time(struct jsonout *out, const char *name, uint64_t value)
{
    char text[CLOCK_RFC3339_SIZE];
    clock_rfc3339(text, value);
    jsonout_string(out, name, value != 0 ? text : NULL);
}
