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
void buffer_number(struct buffer *buffer, uint64_t number);
void buffer_format(struct buffer *buffer, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* A JSON string with its quotes; text is valid UTF-8. */
void buffer_json(struct buffer *buffer, const char *text, size_t len);

/* Gives back the room that is not used. */
void buffer_fit(struct buffer *buffer);

void buffer_free(struct buffer *buffer);

/* Room that has been used, for the next who needs some: so that the usual request asks for no memory. borrow gives room
 * to an empty buffer, where there is some; give_back takes a buffer's, or frees it where there is enough. */
struct buffer_pool {
    size_t n;
    struct buffer spare[256];
};
void buffer_borrow(struct buffer_pool *pool, struct buffer *buffer);
void buffer_give_back(struct buffer_pool *pool, struct buffer *buffer);
void buffer_pool_free(struct buffer_pool *pool);

#endif
