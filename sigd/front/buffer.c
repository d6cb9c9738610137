/* buffer.c: bytes that grow. */
#include "buffer.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool reserve(struct buffer *buffer, size_t want)
{
    if (buffer->failed)
        return false;
    if (buffer->size - buffer->len >= want)
        return true;
    size_t size = buffer->size ? buffer->size * 2 : 1024;
    while (size - buffer->len < want)
        size *= 2;
    char *bytes = realloc(buffer->bytes, size);
    if (!bytes) {
        buffer->failed = true;
        return false;
    }
    buffer->bytes = bytes;
    buffer->size = size;
    return true;
}

void buffer_add(struct buffer *buffer, const void *bytes, size_t len)
{
    if (len && reserve(buffer, len)) {
        memcpy(buffer->bytes + buffer->len, bytes, len);
        buffer->len += len;
    }
}

void buffer_text(struct buffer *buffer, const char *text)
{
    buffer_add(buffer, text, strlen(text));
}

void buffer_format(struct buffer *buffer, const char *format, ...)
{
    char text[512];
    va_list list;
    va_start(list, format);
    int n = vsnprintf(text, sizeof text, format, list);
    va_end(list);
    if (n < 0 || (size_t)n >= sizeof text)
        buffer->failed = true; /* our own bug; no answer is better than a cut one */
    else
        buffer_add(buffer, text, (size_t)n);
}

void buffer_json(struct buffer *buffer, const char *text, size_t len)
{
    buffer_add(buffer, "\"", 1);
    for (size_t i = 0; i < len; i++) {
        unsigned char c = (unsigned char)text[i];
        if (c == '"' || c == '\\')
            buffer_add(buffer, (const char[]){ '\\', text[i] }, 2);
        else if (c < 0x20 || c == 0x7F)
            buffer_format(buffer, "\\u%04x", c);
        else
            buffer_add(buffer, &text[i], 1);
    }
    buffer_add(buffer, "\"", 1);
}

void buffer_fit(struct buffer *buffer)
{
    char *bytes = buffer->len ? realloc(buffer->bytes, buffer->len) : NULL;
    if (bytes) {
        buffer->bytes = bytes;
        buffer->size = buffer->len;
    }
}

void buffer_free(struct buffer *buffer)
{
    free(buffer->bytes);
    *buffer = (struct buffer){ 0 };
}
