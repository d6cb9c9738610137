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

#endif
