/* buffer.c: bytes that grow. */
#include "buffer.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define START_SIZE 256  /* bytes: a request; an answer takes twice as much */
#define SPARE_MAX 16384 /* bytes of a buffer that is kept for the next */

static bool reserve(struct buffer *buffer, size_t want)
{
    if (buffer->failed)
        return false;
    if (buffer->size - buffer->len >= want)
        return true;
    size_t size = buffer->size ? buffer->size * 2 : START_SIZE;
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

void buffer_number(struct buffer *buffer, uint64_t number)
{
    char digits[20];
    size_t at = sizeof digits;
    do
        digits[--at] = (char)('0' + number % 10);
    while (number /= 10);
    buffer_add(buffer, digits + at, sizeof digits - at);
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

static bool is_plain(char c)
{
    return c != '"' && c != '\\' && (unsigned char)c >= 0x20 && c != 0x7F;
}

void buffer_json(struct buffer *buffer, const char *text, size_t len)
{
    buffer_add(buffer, "\"", 1);
    for (size_t i = 0; i < len;) {
        size_t from = i;
        while (i < len && is_plain(text[i]))
            i++;
        buffer_add(buffer, text + from, i - from);
        if (i == len)
            break;
        char c = text[i++];
        if (c == '"' || c == '\\')
            buffer_add(buffer, (const char[]){ '\\', c }, 2);
        else
            buffer_format(buffer, "\\u%04x", (unsigned char)c);
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

void buffer_borrow(struct buffer_pool *pool, struct buffer *buffer)
{
    if (!buffer->size && !buffer->failed && pool->n) /* an answer that was lost stays so: conn closes */
        *buffer = pool->spare[--pool->n];
}

void buffer_give_back(struct buffer_pool *pool, struct buffer *buffer)
{
    bool failed = buffer->failed; /* stays so, until conn has closed for it */
    bool kept = !failed && buffer->size && buffer->size <= SPARE_MAX &&
                pool->n < sizeof pool->spare / sizeof pool->spare[0];
    if (!kept) {
        buffer_free(buffer);
        buffer->failed = failed;
        return;
    }
    pool->spare[pool->n++] = (struct buffer){ .bytes = buffer->bytes, .size = buffer->size };
    *buffer = (struct buffer){ 0 };
}

void buffer_pool_free(struct buffer_pool *pool)
{
    while (pool->n)
        buffer_free(&pool->spare[--pool->n]);
}

void buffer_free(struct buffer *buffer)
{
    free(buffer->bytes);
    *buffer = (struct buffer){ 0 };
}
