/* test_zstream.c: one zlib stream that zlib itself reads back, sizes to the byte. */
#include "unit.h"

#include "usersig.h"
#include "zstream.h"

#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#define OUT_MAX 8192
static uint8_t packed[65536], out[OUT_MAX];

static const char text[] = "{\"TLS.ver\":\"2.0\",\"TLS.identifier\":\"alice\",\"TLS.sdkappid\":1400000000}";

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
    tcase_add_test(tests, deflate_round_trip);
    tcase_add_test(tests, deflate_space);
}

int main(void)
{
    return unit_run("zstream", fill);
}
