/* test_inflate.c: whole zlib streams alone, from every maker, sizes to the byte; a check sum like zlib's. */
#include "unit.h"

#include "adler.h"
#include "inflate.h"

#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#define OUT_MAX 8192
static uint8_t packed[65536], out[OUT_MAX];

static void inflates_to(bool expected, const char *what, const uint8_t *in, size_t len, size_t out_size)
{
    /* exact sizes, so that the sanitizer sees one byte too far */
    uint8_t *from = malloc(len ? len : 1), *to = malloc(out_size ? out_size : 1);
    size_t got = 99;
    ck_assert(from && to);
    memcpy(from, in, len);
    bool result = inflate_stream(to, out_size, &got, from, len);
    ck_assert_msg(result == expected, "%s: expected %d, got %d", what, expected, result);
    ck_assert_msg(result || got == 0, "%s: refused with out_len %zu", what, got);
    if (result)
        memcpy(out, to, got);
    free(from);
    free(to);
}

static size_t pack(const void *text, size_t len, int level, int window_bits, int strategy)
{
    z_stream z = { .next_in = (z_const Bytef *)(uintptr_t)text,
                   .avail_in = (uInt)len,
                   .next_out = packed,
                   .avail_out = sizeof packed };
    ck_assert_int_eq(deflateInit2(&z, level, Z_DEFLATED, window_bits, 8, strategy), Z_OK);
    ck_assert_int_eq(deflate(&z, Z_FINISH), Z_STREAM_END);
    ck_assert_int_eq(deflateEnd(&z), Z_OK);
    return sizeof packed - z.avail_out;
}

static const char text[] = "{\"TLS.ver\":\"2.0\",\"TLS.identifier\":\"alice\",\"TLS.sdkappid\":1400000000}";

START_TEST(takes_every_maker)
{
    for (int level = 0; level <= 9; level++)
        for (int window = 9; window <= 15; window++)
            for (int strategy = Z_DEFAULT_STRATEGY; strategy <= Z_FIXED; strategy++) {
                size_t len = pack(text, sizeof text, level, window, strategy);
                inflates_to(true, "a whole stream", packed, len, sizeof text);
                ck_assert_mem_eq(out, text, sizeof text);
            }
}
END_TEST

START_TEST(refuses_what_is_not_one_stream)
{
    size_t len = pack(text, sizeof text, 9, 15, Z_DEFAULT_STRATEGY);
    inflates_to(false, "nothing", packed, 0, OUT_MAX);
    for (size_t cut = 1; cut < len; cut++)
        inflates_to(false, "cut", packed, cut, OUT_MAX);
    packed[len] = 0;
    inflates_to(false, "a byte after the stream", packed, len + 1, OUT_MAX);
    memcpy(packed + len, packed, len);
    inflates_to(false, "two streams", packed, 2 * len, OUT_MAX);
    for (size_t byte = len - 4; byte < len; byte++)
        for (int bit = 0; bit < 8; bit++) {
            packed[byte] ^= (uint8_t)(1 << bit);
            inflates_to(false, "a wrong check sum", packed, len, OUT_MAX);
            packed[byte] ^= (uint8_t)(1 << bit);
        }
    inflates_to(true, "the stream after all these", packed, len, OUT_MAX);
    inflates_to(false, "raw deflate", packed, pack(text, sizeof text, 9, -15, 0), OUT_MAX);
    inflates_to(false, "gzip", packed, pack(text, sizeof text, 9, 31, 0), OUT_MAX);
}
END_TEST

START_TEST(refuses_a_preset_dictionary)
{
    z_stream z = { .next_in = (z_const Bytef *)(uintptr_t)text,
                   .avail_in = sizeof text,
                   .next_out = packed,
                   .avail_out = sizeof packed };
    ck_assert_int_eq(deflateInit(&z, 9), Z_OK);
    ck_assert_int_eq(deflateSetDictionary(&z, (const Bytef *)"TLS.identifier", 14), Z_OK);
    ck_assert_int_eq(deflate(&z, Z_FINISH), Z_STREAM_END);
    ck_assert_int_eq(deflateEnd(&z), Z_OK);
    inflates_to(false, "a preset dictionary", packed, sizeof packed - z.avail_out, OUT_MAX);
}
END_TEST

START_TEST(output_size)
{
    static uint8_t zeros[OUT_MAX + 1];
    size_t len = pack(zeros, OUT_MAX, 9, 15, Z_DEFAULT_STRATEGY);
    inflates_to(true, "as much as fits", packed, len, OUT_MAX);
    inflates_to(false, "one byte less room", packed, len, OUT_MAX - 1);
    inflates_to(false, "no room", packed, len, 0);
    len = pack(zeros, OUT_MAX + 1, 9, 15, Z_DEFAULT_STRATEGY);
    inflates_to(false, "one byte too much", packed, len, OUT_MAX);
    len = pack(zeros, OUT_MAX, 0, 15, Z_DEFAULT_STRATEGY);
    inflates_to(true, "stored, as much as fits", packed, len, OUT_MAX);
    len = pack(zeros, 0, 9, 15, Z_DEFAULT_STRATEGY);
    inflates_to(true, "an empty stream", packed, len, OUT_MAX);
}
END_TEST

START_TEST(bomb)
{
    const size_t size = 20u << 20;
    uint8_t *zeros = calloc(1, size);
    ck_assert_ptr_nonnull(zeros);
    size_t len = pack(zeros, size, 9, 15, Z_DEFAULT_STRATEGY);
    free(zeros);
    inflates_to(false, "20 MB of zeros", packed, len, OUT_MAX);
}
END_TEST

START_TEST(check_sum)
{
    static uint8_t bytes[ADLER_LEN_MAX];
    unit_seed();
    for (size_t len = 0; len <= sizeof bytes; len += 1 + len / 8) {
        uint32_t start = (uint32_t)unit_below(ADLER_MODULUS) << 16 | (uint32_t)unit_below(ADLER_MODULUS);
        unit_fill(bytes, len);
        if (len & 1)
            memset(bytes, 0xFF, len);
        uint32_t expected = (uint32_t)adler32(start, bytes, (uInt)len), got = adler_sum(start, bytes, len);
        ck_assert_msg(got == expected, "%zu bytes after %08x: expected %08x, got %08x", len, start, expected,
                      got);
    }
    memset(bytes, 0xFF, sizeof bytes);
    ck_assert_uint_eq(adler_sum(0xFFF0FFF0, bytes, sizeof bytes), adler32(0xFFF0FFF0, bytes, sizeof bytes));
}
END_TEST

static void fill(TCase *tests)
{
    tcase_add_test(tests, takes_every_maker);
    tcase_add_test(tests, refuses_what_is_not_one_stream);
    tcase_add_test(tests, refuses_a_preset_dictionary);
    tcase_add_test(tests, output_size);
    tcase_add_test(tests, bomb);
    tcase_add_test(tests, check_sum);
}

int main(void)
{
    return unit_run("inflate", fill);
}
