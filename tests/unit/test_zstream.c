/* test_zstream.c: one zlib stream in, one out: whole streams alone, sizes to the byte. */
#include "unit.h"

#include "usersig.h"
#include "zstream.h"

#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#define OUT_MAX 8192
static uint8_t packed[65536], out[OUT_MAX];

static void inflates_to(int expected, const char *what, const uint8_t *in, size_t len, size_t out_size)
{
    /* exact sizes, so that the sanitizer sees one byte too far */
    uint8_t *from = malloc(len ? len : 1), *to = malloc(out_size ? out_size : 1);
    size_t got = 99;
    ck_assert(from && to);
    memcpy(from, in, len);
    int result = zstream_inflate(to, out_size, &got, from, len);
    ck_assert_msg(result == expected, "%s: expected %s, got %s", what, usersig_error_name(expected),
                  usersig_error_name(result));
    ck_assert_msg(result == USERSIG_OK || got == 0, "%s: refused with out_len %zu", what, got);
    if (!result)
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
                inflates_to(USERSIG_OK, "a whole stream", packed, len, sizeof text);
                ck_assert_mem_eq(out, text, sizeof text);
            }
}
END_TEST

START_TEST(refuses_what_is_not_one_stream)
{
    size_t len = pack(text, sizeof text, 9, 15, Z_DEFAULT_STRATEGY);
    inflates_to(USERSIG_MALFORMED, "nothing", packed, 0, OUT_MAX);
    for (size_t cut = 1; cut < len; cut++)
        inflates_to(USERSIG_MALFORMED, "cut", packed, cut, OUT_MAX);
    packed[len] = 0;
    inflates_to(USERSIG_MALFORMED, "a byte after the stream", packed, len + 1, OUT_MAX);
    memcpy(packed + len, packed, len);
    inflates_to(USERSIG_MALFORMED, "two streams", packed, 2 * len, OUT_MAX);
    for (size_t byte = len - 4; byte < len; byte++)
        for (int bit = 0; bit < 8; bit++) {
            packed[byte] ^= (uint8_t)(1 << bit);
            inflates_to(USERSIG_MALFORMED, "a wrong check sum", packed, len, OUT_MAX);
            packed[byte] ^= (uint8_t)(1 << bit);
        }
    inflates_to(USERSIG_OK, "the stream after all these", packed, len, OUT_MAX);
    inflates_to(USERSIG_MALFORMED, "raw deflate", packed, pack(text, sizeof text, 9, -15, 0), OUT_MAX);
    inflates_to(USERSIG_MALFORMED, "gzip", packed, pack(text, sizeof text, 9, 31, 0), OUT_MAX);
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
    inflates_to(USERSIG_MALFORMED, "a preset dictionary", packed, sizeof packed - z.avail_out, OUT_MAX);
}
END_TEST

START_TEST(output_size)
{
    static uint8_t zeros[OUT_MAX + 1];
    size_t len = pack(zeros, OUT_MAX, 9, 15, Z_DEFAULT_STRATEGY);
    inflates_to(USERSIG_OK, "as much as fits", packed, len, OUT_MAX);
    inflates_to(USERSIG_MALFORMED, "one byte less room", packed, len, OUT_MAX - 1);
    inflates_to(USERSIG_MALFORMED, "no room", packed, len, 0);
    len = pack(zeros, OUT_MAX + 1, 9, 15, Z_DEFAULT_STRATEGY);
    inflates_to(USERSIG_MALFORMED, "one byte too much", packed, len, OUT_MAX);
    len = pack(zeros, OUT_MAX, 0, 15, Z_DEFAULT_STRATEGY);
    inflates_to(USERSIG_OK, "stored, as much as fits", packed, len, OUT_MAX);
    len = pack(zeros, 0, 9, 15, Z_DEFAULT_STRATEGY);
    inflates_to(USERSIG_OK, "an empty stream", packed, len, OUT_MAX);
}
END_TEST

START_TEST(bomb)
{
    const size_t size = 20u << 20;
    uint8_t *zeros = calloc(1, size);
    ck_assert_ptr_nonnull(zeros);
    size_t len = pack(zeros, size, 9, 15, Z_DEFAULT_STRATEGY);
    free(zeros);
    inflates_to(USERSIG_MALFORMED, "20 MB of zeros", packed, len, OUT_MAX);
}
END_TEST

/* Of random texts, packable or not: header 78 DA, readable by zlib itself, exact in its use of space. */
START_TEST(deflate_round_trip)
{
    unit_seed();
    for (size_t len = 0; len < ZSTREAM_DEFLATE_MAX; len += 1 + len / 16) {
        uint8_t in[ZSTREAM_DEFLATE_MAX];
        size_t packed_len, got;
        uLongf back_len = OUT_MAX;
        unit_fill(in, len);
        if (len & 1)
            for (size_t i = 0; i < len; i++)
                in[i] = (uint8_t)("TLS.:\"01"[in[i] & 7]);
        ck_assert_int_eq(zstream_deflate(packed, sizeof packed, &packed_len, in, len), USERSIG_OK);
        ck_assert_uint_eq(packed[0], 0x78);
        ck_assert_uint_eq(packed[1], 0xDA);
        ck_assert_uint_le(packed_len, len + 64);
        ck_assert_int_eq(uncompress(out, &back_len, packed, packed_len), Z_OK);
        ck_assert_msg(back_len == len && memcmp(out, in, len) == 0, "%zu bytes: zlib reads others", len);
        inflates_to(USERSIG_OK, "own stream", packed, packed_len, OUT_MAX);
        ck_assert_msg(memcmp(out, in, len) == 0, "%zu bytes: read back as others", len);
        ck_assert_int_eq(zstream_deflate(packed, packed_len + 1, &got, in, len), USERSIG_OK);
        ck_assert_uint_eq(got, packed_len);
    }
}
END_TEST

START_TEST(deflate_space)
{
    size_t needed, got;
    ck_assert_int_eq(zstream_deflate(packed, sizeof packed, &needed, (const uint8_t *)text, sizeof text),
                     USERSIG_OK);
    for (size_t size = 0; size < needed; size++) {
        uint8_t *exact = malloc(size ? size : 1);
        ck_assert_ptr_nonnull(exact);
        int result = zstream_deflate(exact, size, &got, (const uint8_t *)text, sizeof text);
        ck_assert_msg(result == USERSIG_ERR_SPACE && got == 0, "%zu of %zu bytes: expected ERR_SPACE, got %s",
                      size, needed, usersig_error_name(result));
        free(exact);
    }
}
END_TEST

static void fill(TCase *tests)
{
    tcase_add_test(tests, takes_every_maker);
    tcase_add_test(tests, refuses_what_is_not_one_stream);
    tcase_add_test(tests, refuses_a_preset_dictionary);
    tcase_add_test(tests, output_size);
    tcase_add_test(tests, bomb);
    tcase_add_test(tests, deflate_round_trip);
    tcase_add_test(tests, deflate_space);
}

int main(void)
{
    return unit_run("zstream", fill);
}
