/* text.h: bytes that grow: what a batch writes. Memory that runs out is told once, at the end. */
#ifndef TOOLS_TEXT_H
#define TOOLS_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct text {
    char *bytes; /* not terminated */
    size_t len, size;
    bool failed; /* no memory: something is missing */
};

void text_add(struct text *text, const char *bytes, size_t len);
void text_adds(struct text *text, const char *string);
void text_number(struct text *text, uint64_t number);

/* As a JSON string, quotes and all, in ASCII. Bytes that are no UTF-8 become U+FFFD. */
void text_json(struct text *text, const char *bytes, size_t len);

/* Room for len bytes more: where they go, NULL: no memory. What was written there counts once text->len says so. */
char *text_room(struct text *text, size_t len);

/* Nothing in it; the memory stays. */
void text_clear(struct text *text);

/* Wipes it and gives the memory back. */
void text_free(struct text *text);

#endif
