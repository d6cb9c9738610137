/* fuzz_inflate.c: inflate_stream takes what zlib's inflate takes, with the same bytes, and nothing else. Each input is
 * tried twice, the second time with check sums that both hold for right: a sum that damage has made wrong would hide what
 * inflate_stream makes of damaged blocks. */
#include "fuzz.h"

#include "adler.h"
#include "inflate.h"

#include <stdbool.h>
#define ZLIB_CONST
#include <zlib.h>

#define OUT_MAX 8192
static z_stream whole;
static const uint8_t *blind; /* the sum that is right for now; NULL: the real one */

/* In the place of libsig's own, which has tests of its own. */
uint32_t adler_sum(uint32_t adler, const void *bytes, size_t len)
{
    if (blind)
        return (uint32_t)blind[0] << 24 | (uint32_t)blind[1] << 16 | (uint32_t)blind[2] << 8 | blind[3];
    return (uint32_t)adler32(adler, bytes, (uInt)len);
}

/* zlib's verdict on one whole stream with nothing after it. */
static bool by_zlib(uint8_t *out, size_t *out_len, size_t out_size, const uint8_t *in, size_t len)
{
    FUZZ_MUST(inflateReset(&whole) == Z_OK && inflateValidate(&whole, !blind) == Z_OK);
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

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (!whole.state)
        FUZZ_MUST(inflateInit(&whole) == Z_OK);
    blind = NULL;
    same(data, size);
    if (size >= 4) {
        blind = data + size - 4;
        same(data, size);
    }
    return 0;
}
