/* zstream.c: makes one zlib stream (RFC 1950); zlib's state in a thread-local arena, no heap. */
#include "zstream.h"

#include "usersig.h"

#include <stdlib.h>
#include <zlib.h>

/* What zlib 1.2 and 1.3 ask for: 40 KiB with the window and tables chosen below. */
#define ARENA_SIZE (48u * 1024)
#define DEFLATE_WINDOW_BITS 12 /* 4 KiB: the longest text is shorter */
#define DEFLATE_MEM_LEVEL 5

static _Thread_local struct {
    size_t used;
    _Alignas(16) unsigned char bytes[ARENA_SIZE];
} arena;

/* Another zlib (zlib-ng in its compatible form) may want more than the arena has: then the heap serves. */
static void *arena_alloc(void *opaque, unsigned items, unsigned size)
{
    size_t want = ((size_t)items * size + 15) & ~(size_t)15;
    (void)opaque;
    if (want > ARENA_SIZE - arena.used)
        return calloc(items, size);
    arena.used += want;
    return arena.bytes + (arena.used - want);
}

static void arena_free(void *opaque, void *p)
{
    (void)opaque;
    uintptr_t at = (uintptr_t)p, start = (uintptr_t)arena.bytes;
    if (at < start || at >= start + ARENA_SIZE)
        free(p);
}

static z_stream stream_on_arena(const uint8_t *in, size_t len, uint8_t *out, size_t out_size)
{
    arena.used = 0;
    return (z_stream){
        .zalloc = arena_alloc,
        .zfree = arena_free,
        .next_in = (z_const Bytef *)(uintptr_t)in, /* zlib's prototype lacks the const */
        .avail_in = (uInt)len,
        .next_out = out,
        .avail_out = (uInt)out_size,
    };
}

enum zstream_end zstream_probe(enum zstream_form form, uint8_t *out, size_t out_size, size_t *out_len,
                               const uint8_t *in, size_t len)
{
    static const int window_bits[] = { [ZSTREAM_ZLIB] = 15, [ZSTREAM_RAW] = -15, [ZSTREAM_GZIP] = 15 + 16 };
    z_stream z = stream_on_arena(in, len, out, out_size);
    *out_len = 0;
    if (inflateInit2(&z, window_bits[form]) != Z_OK)
        return ZSTREAM_BAD;
    int result = inflate(&z, Z_FINISH);
    *out_len = out_size - z.avail_out;
    inflateEnd(&z);
    if (z.avail_in > 0)
        return ZSTREAM_BAD;
    if (result == Z_BUF_ERROR && z.avail_out > 0)
        return ZSTREAM_CUT;
    return result == Z_STREAM_END ? ZSTREAM_WHOLE : ZSTREAM_BAD;
}

/* zlib writes a smaller window into the header; every maker of usersigs says 32 KiB there (0x78) and some reader
 * might look. So the stream is made raw, and header and check sum are ours. */
int zstream_deflate(uint8_t *out, size_t out_size, size_t *out_len, const uint8_t *in, size_t len)
{
    const size_t header = 2, trailer = 4;
    *out_len = 0;
    if (out_size < header + trailer)
        return USERSIG_ERR_SPACE;
    z_stream z = stream_on_arena(in, len, out + header, out_size - header - trailer);
    if (deflateInit2(&z, 9, Z_DEFLATED, -DEFLATE_WINDOW_BITS, DEFLATE_MEM_LEVEL, Z_DEFAULT_STRATEGY) != Z_OK)
        return USERSIG_ERR_MEMORY;
    int result = deflate(&z, Z_FINISH);
    size_t raw = out_size - header - trailer - z.avail_out;
    deflateEnd(&z);
    if (result != Z_STREAM_END)
        return USERSIG_ERR_SPACE;
    uLong sum = adler32(adler32(0, NULL, 0), in, (uInt)len);
    out[0] = 0x78; /* deflate, 32 KiB window */
    out[1] = 0xDA; /* level 9; makes the header a multiple of 31 */
    for (size_t i = 0; i < trailer; i++)
        out[header + raw + i] = (uint8_t)(sum >> (24 - 8 * i));
    *out_len = header + raw + trailer;
    return USERSIG_OK;
}
