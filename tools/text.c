#include "text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SIZE_LEAST 4096

char *text_room(struct text *text, size_t len)
{
    if (text->failed || len > SIZE_MAX / 4 - text->len) {
        text->failed = true;
        return NULL;
    }
    if (text->size - text->len < len) {
        size_t size = text->size != 0 ? text->size : SIZE_LEAST;
        while (size - text->len < len)
            size *= 2;
        char *grown = malloc(size); /* not realloc: what it leaves behind holds credentials */
        if (grown == NULL) {
            text->failed = true;
            return NULL;
        }
        if (text->len != 0)
            memcpy(grown, text->bytes, text->len);
        if (text->bytes != NULL)
            explicit_bzero(text->bytes, text->size);
        free(text->bytes);
        text->bytes = grown;
        text->size = size;
    }
    return text->bytes + text->len;
}

void text_add(struct text *text, const char *bytes, size_t len)
{
    char *to = text_room(text, len);
    if (to == NULL || len == 0)
        return;
    memcpy(to, bytes, len);
    text->len += len;
}

void text_adds(struct text *text, const char *string)
{
    text_add(text, string, strlen(string));
}

void text_number(struct text *text, uint64_t number)
{
    char digits[20];
    size_t at = sizeof digits;
    do
        digits[--at] = (char)('0' + number % 10);
    while ((number /= 10) != 0);
    text_add(text, digits + at, sizeof digits - at);
}

/* The character at p, of *n bytes; U+FFFD for a byte that begins none. */
static uint32_t character(const unsigned char *p, size_t len, size_t *n)
{
    static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
    size_t want = p[0] < 0x80 ? 1 : p[0] >= 0xf0 ? 4 : p[0] >= 0xe0 ? 3 : 2;
    uint32_t c = want == 1 ? p[0] : p[0] & (0x7fu >> want);
    *n = 1;
    if (want == 1)
        return c;
    if (p[0] < 0xc2 || p[0] > 0xf4 || want > len)
        return 0xfffd;
    for (size_t i = 1; i < want; i++) {
        if ((p[i] & 0xc0) != 0x80)
            return 0xfffd;
        c = c << 6 | (p[i] & 0x3f);
    }
    if (c < least[want] || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff))
        return 0xfffd;
    *n = want;
    return c;
}

static void add_escaped(struct text *text, uint32_t c)
{
    char escape[16];
    if (c == '"' || c == '\\')
        snprintf(escape, sizeof escape, "\\%c", (int)c);
    else if (c < 0x10000)
        snprintf(escape, sizeof escape, "\\u%04x", (unsigned)c);
    else
        snprintf(escape, sizeof escape, "\\u%04x\\u%04x", (unsigned)(0xd800 + ((c - 0x10000) >> 10)),
                 (unsigned)(0xdc00 + ((c - 0x10000) & 0x3ff)));
    text_adds(text, escape);
}

void text_json(struct text *text, const char *bytes, size_t len)
{
    const unsigned char *p = (const unsigned char *)bytes;
    size_t plain = 0, i = 0;
    text_add(text, "\"", 1);
    while (i < len) {
        size_t n = 1;
        if (p[i] >= 0x20 && p[i] < 0x7f && p[i] != '"' && p[i] != '\\') {
            i++;
            continue;
        }
        text_add(text, bytes + plain, i - plain);
        add_escaped(text, character(p + i, len - i, &n));
        i += n;
        plain = i;
    }
    text_add(text, bytes + plain, len - plain);
    text_add(text, "\"", 1);
}

void text_clear(struct text *text)
{
    text->len = 0;
    text->failed = false;
}

void text_free(struct text *text)
{
    if (text->bytes != NULL)
        explicit_bzero(text->bytes, text->size);
    free(text->bytes);
    *text = (struct text){ 0 };
}
