/* alloc.c: the calls that take memory and give it back. The C library lets a program bring its own malloc, and calls it
 * from every shared library too; a sanitizer has taken that place already and offers a hook instead. libsodium's
 * guarded memory comes from mmap. */
#include "alloc.h"

#include <check.h>
#include <errno.h>
#include <malloc.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

static atomic_size_t calls;

size_t alloc_calls(void)
{
    return calls;
}

#ifdef ALLOC_SANITIZED

int __sanitizer_install_malloc_and_free_hooks(void (*)(const volatile void *, size_t),
                                              void (*)(const volatile void *));

static void count_malloc(const volatile void *p, size_t size)
{
    (void)p;
    (void)size;
    calls++;
}

static void count_free(const volatile void *p)
{
    calls += p != NULL;
}

void alloc_start(void)
{
    static int installed;
    if (!installed)
        ck_assert_int_gt(__sanitizer_install_malloc_and_free_hooks(count_malloc, count_free), 0);
    installed = 1;
    calls = 0;
}

#else

#define OURS __attribute__((visibility("default")))
extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t n, size_t size);
extern void *__libc_realloc(void *p, size_t size);
extern void *__libc_memalign(size_t alignment, size_t size);
extern void __libc_free(void *p);

void (*volatile alloc_freeing)(const void *p, size_t size);

static atomic_long held;
static atomic_size_t until; /* calls to the first that is refused; 0: none is */
static atomic_bool refuse_all, refused;

void alloc_start(void)
{
    calls = 0;
}

void alloc_refuse(size_t n, bool all)
{
    if (n)
        refused = false;
    refuse_all = all;
    until = n;
}

bool alloc_refused(void)
{
    return refused;
}

long alloc_held(void)
{
    return held;
}

/* May this call have its memory? */
static bool may(void)
{
    calls++;
    if (until == 0)
        return true;
    if (until > 1) {
        until--;
        return true;
    }
    if (!refuse_all)
        until = 0;
    refused = true;
    errno = ENOMEM;
    return false;
}

static void *taken(void *p)
{
    held += p != NULL;
    return p;
}

OURS void *malloc(size_t size)
{
    return may() ? taken(__libc_malloc(size)) : NULL;
}

OURS void *calloc(size_t n, size_t size)
{
    return may() ? taken(__libc_calloc(n, size)) : NULL;
}

OURS void *realloc(void *p, size_t size)
{
    if (!may())
        return NULL;
    void *moved = __libc_realloc(p, size);
    if (p && !moved && size == 0)
        held--; /* that freed it */
    return p ? moved : taken(moved);
}

OURS void *memalign(size_t alignment, size_t size)
{
    return may() ? taken(__libc_memalign(alignment, size)) : NULL;
}

OURS void *aligned_alloc(size_t alignment, size_t size)
{
    return memalign(alignment, size);
}

OURS int posix_memalign(void **p, size_t alignment, size_t size)
{
    void *made = memalign(alignment, size);
    if (made)
        *p = made;
    return made ? 0 : ENOMEM;
}

OURS void free(void *p)
{
    calls += p != NULL;
    held -= p != NULL;
    if (p && alloc_freeing)
        alloc_freeing(p, malloc_usable_size(p));
    __libc_free(p);
}

/* The C library's own mappings, for large blocks and threads, do not come this way. */
OURS void *mmap(void *at, size_t len, int protection, int flags, int fd, off_t offset)
{
    if (!may())
        return MAP_FAILED;
    long made = syscall(SYS_mmap, at, len, protection, flags, fd, offset);
    held += made != -1;
    return made == -1 ? MAP_FAILED : (void *)(uintptr_t)made;
}

OURS int munmap(void *at, size_t len)
{
    calls++;
    int failed = (int)syscall(SYS_munmap, at, len);
    held -= failed == 0;
    return failed;
}

#endif
