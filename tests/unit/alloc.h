/* alloc.h: the calls that take memory and give it back, of this program and of all its libraries: counted, and refused
 * where a test says so. Nothing of Check between start and stop: it takes memory too. */
#ifndef ALLOC_H
#define ALLOC_H

#include <stdbool.h>
#include <stddef.h>

/* A sanitizer has taken malloc's place: calls can be counted, not refused, and what is freed cannot be looked at. */
#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) || __has_feature(memory_sanitizer)
#define ALLOC_SANITIZED 1
#endif
#endif
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define ALLOC_SANITIZED 1
#endif

/* Counts calls of malloc and its kin from here on, in all threads. */
void alloc_start(void);
size_t alloc_calls(void);

#ifndef ALLOC_SANITIZED

/* Refuses the n-th call from here on that takes memory, 1 the first; with all, those after it too. 0: none. */
void alloc_refuse(size_t n, bool all);
bool alloc_refused(void); /* has it come to that? Until the next alloc_refuse of some */

/* Blocks and mappings that are not given back: those that were taken, less those that were freed. */
long alloc_held(void);

/* Called with each block before it is freed; NULL: none. */
extern void (*volatile alloc_freeing)(const void *p, size_t size);

#endif
#endif
