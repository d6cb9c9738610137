/* fuzz_inflate.c: inflate_stream takes what zlib's inflate takes, with the same bytes, and nothing else. Each input is
 * tried as it is, and with the end that its blocks would need: the right check sum gets what is damaged past it. */
#include "fuzz.h"

#include "inflate.h"

#include <stdbool.h>
#define ZLIB_CONST
#include <zlib.h>

#define OUT_MAX 8192
static z_stream whole, blocks;

/* zlib's verdict on one whole stream with nothing after it. */
static bool by_zlib(uint8_t *out, size_t *out_len, size_t out_size, const uint8_t *in, size_t len)
{
    FUZZ_MUST(inflateReset(&whole) == Z_OK);
    whole.next_in = in;
    whole.avail_in = (uInt)len;
    whole.next_out = out;
    whole.avail_out = (uInt)out_size;
    bool taken = inflate(&whole, Z_FINISH) == Z_STREAM_END && whole.avail_in == 0;
    *out_len = taken ? out_size - whole.avail_out : 0;
    return taken;
}

static void same(const uint8_t *data, size_t size)
{
    static uint8_t expected[OUT_MAX];
    size_t expected_len, len, out_size = OUT_MAX;
    bool theirs = by_zlib(expected, &expected_len, out_size, data, size);
    uint8_t *in = fuzz_copy(data, size);
    if (theirs)
        out_size = expected_len; /* exactly what it needs */
    uint8_t *out = fuzz_room(out_size);
    bool ours = inflate_stream(out, out_size, &len, in, size);
    FUZZ_MUST(ours == theirs && len == expected_len);
    FUZZ_MUST(!ours || memcmp(out, expected, len) == 0);
    free(out);
    if (theirs && expected_len > 0) { /* one byte less */
        out = fuzz_room(expected_len - 1);
        FUZZ_MUST(!inflate_stream(out, expected_len - 1, &len, in, size) && len == 0);
        free(out);
    }
    free(in);
}

/* Drops what follows the last block and gives the check sum. */
static void mended(const uint8_t *data, size_t size)
{
    static uint8_t out[OUT_MAX];
    FUZZ_MUST(inflateReset(&blocks) == Z_OK);
    blocks.next_in = data + 2;
    blocks.avail_in = (uInt)(size - 2);
    blocks.next_out = out;
    blocks.avail_out = OUT_MAX;
    if (inflate(&blocks, Z_FINISH) != Z_STREAM_END)
        return;
    size_t end = size - blocks.avail_in;
    uLong sum = adler32(adler32(0, NULL, 0), out, (uInt)(OUT_MAX - blocks.avail_out));
    uint8_t *stream = fuzz_room(end + 4);
    memcpy(stream, data, end);
    stream[0] = 0x78;
    stream[1] = 0xDA;
    for (size_t i = 0; i < 4; i++)
        stream[end + i] = (uint8_t)(sum >> (24 - 8 * i));
    same(stream, end + 4);
    free(stream);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (!whole.state) {
        FUZZ_MUST(inflateInit(&whole) == Z_OK);
        FUZZ_MUST(inflateInit2(&blocks, -15) == Z_OK);
    }
    same(data, size);
    if (size > 2)
        mended(data, size);
    return 0;
}
