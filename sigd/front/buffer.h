/* buffer.h: bytes that grow. A failed allocation is remembered and asked about once, at the end. */
#ifndef SIGD_BUFFER_H
#define SIGD_BUFFER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct buffer {
    char *bytes;
    size_t len, size;
    bool failed;
};

void buffer_add(struct buffer *buffer, const void *bytes, size_t len);
void buffer_text(struct buffer *buffer, const char *text);
void buffer_format(struct buffer *buffer, const char *format, ...) __attribute__((format(printf, 2, 3)));
void buffer_number(struct buffer *buffer, uint64_t value); /* without stdio: a batch has 30,000 of them */

/* A JSON string with its quotes; text is valid UTF-8. */
void buffer_json(struct buffer *buffer, const char *text, size_t len);

/* Gives back the room that is not used. */
void buffer_fit(struct buffer *buffer);

void buffer_free(struct buffer *buffer);

#endif
