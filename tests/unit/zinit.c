/* zinit.c: stands between libsig and zlib where a stream is made. */
#include "zinit.h"

#include <dlfcn.h>
#include <stdlib.h>
#include <zlib.h>

/* libsig.so has to find them here */
#define OURS __attribute__((visibility("default")))

size_t zinit_greed, zinit_taken, zinit_streams;

static alloc_func given;

static void *add_up(void *opaque, unsigned items, unsigned size)
{
    zinit_taken += (size_t)items * size;
    return given(opaque, items, size);
}

/* zlib's own. Sought once, since the search may take memory that a test refuses. */
static void seek(void *init, const char *name)
{
    void **found = init;
    if (!*found)
        *found = dlsym(RTLD_NEXT, name);
    if (!*found)
        abort();
}

static void begin(z_streamp z)
{
    if (!z->zalloc) /* not libsig's */
        return;
    void *waste = zinit_greed ? z->zalloc(z->opaque, 1, (unsigned)zinit_greed) : NULL;
    if (waste)
        z->zfree(z->opaque, waste); /* an arena takes nothing back */
    zinit_streams++;
    zinit_taken = 0;
    given = z->zalloc;
    z->zalloc = add_up;
}

OURS int inflateInit2_(z_streamp z, int window_bits, const char *version, int size)
{
    static int (*init)(z_streamp, int, const char *, int);
    seek(&init, "inflateInit2_");
    begin(z);
    return init(z, window_bits, version, size);
}

OURS int deflateInit2_(z_streamp z, int level, int method, int window_bits, int memory, int strategy,
                       const char *version, int size)
{
    static int (*init)(z_streamp, int, int, int, int, int, const char *, int);
    seek(&init, "deflateInit2_");
    begin(z);
    return init(z, level, method, window_bits, memory, strategy, version, size);
}
