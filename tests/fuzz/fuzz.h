/* fuzz.h: what the fuzzers share. A fuzzer is one function over any bytes; libFuzzer calls it (make fuzz), or replay.c
 * does (make check). What must hold and does not ends the process. */
#ifndef FUZZ_H
#define FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define FUZZ_MUST(condition) ((condition) ? (void)0 : fuzz_broken(#condition, __FILE__, __LINE__))

static inline _Noreturn void fuzz_broken(const char *condition, const char *file, int line)
{
    fprintf(stderr, "%s:%d: does not hold: %s\n", file, line, condition);
    abort();
}

/* From the heap, to the byte: the sanitizer sees what is read or written beyond. To be freed. */
static inline void *fuzz_room(size_t size)
{
    void *room = malloc(size ? size : 1);
    FUZZ_MUST(room != NULL);
    return room;
}

static inline void *fuzz_copy(const void *data, size_t size)
{
    void *copy = fuzz_room(size);
    if (size)
        memcpy(copy, data, size);
    return copy;
}

/* The input, used up from its beginning; behind its end all is 0. */
struct fuzz_input {
    const uint8_t *at;
    size_t left;
};

static inline void fuzz_take(struct fuzz_input *in, void *out, size_t len)
{
    size_t n = len < in->left ? len : in->left;
    if (n)
        memcpy(out, in->at, n);
    memset((uint8_t *)out + n, 0, len - n);
    in->at += n;
    in->left -= n;
}

static inline uint8_t fuzz_byte(struct fuzz_input *in)
{
    uint8_t byte;
    fuzz_take(in, &byte, 1);
    return byte;
}

static inline uint16_t fuzz_two(struct fuzz_input *in)
{
    uint16_t two;
    fuzz_take(in, &two, 2);
    return two;
}

#endif
