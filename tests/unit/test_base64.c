/* test_base64.c: base64 in both alphabets: canonical texts round trip, nothing else is read. */
#include "unit.h"

#include "base64.h"

#include <stdlib.h>
#include <string.h>

/* RFC 4648, section 10, and the places where the alphabets differ. */
static const struct {
    const char *bytes, *standard, *outer;
} known[] = {
    { "", "", "" },
    { "f", "Zg==", "Zg__" },
    { "fo", "Zm8=", "Zm8_" },
    { "foo", "Zm9v", "Zm9v" },
    { "foob", "Zm9vYg==", "Zm9vYg__" },
    { "fooba", "Zm9vYmE=", "Zm9vYmE_" },
    { "foobar", "Zm9vYmFy", "Zm9vYmFy" },
    { "\xFB\xEF\xBE", "++++", "****" },
    { "\xFF\xFF\xFF", "////", "----" },
};

static void reads_and_writes(const struct base64_alphabet *alphabet, const char *bytes, const char *text)
{
    char out[16] = { 0 };
    uint8_t back[16];
    size_t len = strlen(bytes), got;
    ck_assert_uint_eq(base64_encode(alphabet, out, bytes, len), strlen(text));
    ck_assert_msg(strcmp(out, text) == 0, "expected %s, got %s", text, out);
    ck_assert_msg(base64_decode(alphabet, back, sizeof back, &got, text, strlen(text)), "%s: refused", text);
    ck_assert_msg(got == len && memcmp(back, bytes, len) == 0, "%s: other bytes", text);
}

START_TEST(known_text)
{
    reads_and_writes(&base64_standard, known[_i].bytes, known[_i].standard);
    reads_and_writes(&base64_outer, known[_i].bytes, known[_i].outer);
}
END_TEST

static const struct {
    const char *name;
    const struct base64_alphabet *alphabet;
    const char *text;
    size_t len;
} refused[] = {
    { "one digit", &base64_standard, "A", 1 },
    { "two digits", &base64_standard, "AA", 2 },
    { "three digits", &base64_standard, "AAA", 3 },
    { "five digits", &base64_standard, "AAAAA", 5 },
    { "padding lost", &base64_standard, "AAAAAA", 6 },
    { "three of padding", &base64_standard, "A===", 4 },
    { "padding alone", &base64_standard, "====", 4 },
    { "padding alone, one", &base64_standard, "=", 1 },
    { "a group of padding", &base64_standard, "AAAA====", 8 },
    { "padding inside", &base64_standard, "AA==AAAA", 8 },
    { "padding inside a group", &base64_standard, "AA=A", 4 },
    { "padding first", &base64_standard, "=AAA", 4 },
    { "two texts", &base64_standard, "AA==AA==", 8 },
    { "a bit after one byte", &base64_standard, "AB==", 4 },
    { "the highest bit after one byte", &base64_standard, "AI==", 4 },
    { "a bit after two bytes", &base64_standard, "AAB=", 4 },
    { "the highest bit after two bytes", &base64_standard, "AAC=", 4 },
    { "space", &base64_standard, "AA A", 4 },
    { "newline at the end", &base64_standard, "AAAA\n", 5 },
    { "a line of newlines", &base64_standard, "AAAA\n\n\n\n", 8 },
    { "NUL", &base64_standard, "AA\0A", 4 },
    { "byte 0xC1", &base64_standard,
      "AA\xC1"
      "A",
      4 },
    { "outer digits", &base64_standard, "A*A-", 4 },
    { "outer padding", &base64_standard, "AA__", 4 },
    { "base64url digits", &base64_standard, "AA-_", 4 },
    { "standard digits", &base64_outer, "A+A/", 4 },
    { "standard padding", &base64_outer, "AA==", 4 },
    { "mixed padding", &base64_outer, "AA=_", 4 },
    { "underscore as a digit", &base64_outer, "A_AA", 4 },
};

START_TEST(refused_text)
{
    uint8_t out[16];
    size_t got = 99;
    bool read = base64_decode(refused[_i].alphabet, out, sizeof out, &got, refused[_i].text, refused[_i].len);
    ck_assert_msg(!read, "%s: expected a refusal, got %zu bytes", refused[_i].name, got);
    ck_assert_msg(got == 0, "%s: refused with out_len %zu", refused[_i].name, got);
}
END_TEST

/* Of all four-character texts over digits and padding, each is read exactly when it is what encode writes. */
START_TEST(exactly_the_canonical)
{
    static const char tail[] = "=AEIQgwB/+9";
    for (size_t a = 0; a < 64; a++)
        for (size_t b = 0; b < 64; b++)
            for (size_t c = 0; c < sizeof tail; c++)
                for (size_t d = 0; d < sizeof tail; d++) {
                    const char text[4] = { base64_standard.digits[a], base64_standard.digits[b], tail[c],
                                           tail[d] };
                    uint8_t bytes[3];
                    char back[4];
                    size_t len;
                    if (!base64_decode(&base64_standard, bytes, sizeof bytes, &len, text, 4)) {
                        /* a digit in each place would have been three bytes */
                        ck_assert(!tail[c] || !tail[d] || tail[c] == '=' || tail[d] == '=');
                        continue;
                    }
                    ck_assert_uint_eq(base64_encode(&base64_standard, back, bytes, len), 4);
                    ck_assert_msg(memcmp(back, text, 4) == 0, "%.4s is read as what is written %.4s", text,
                                  back);
                }
}
END_TEST

START_TEST(number_of_canonical_texts)
{
    size_t one = 0, two = 0, got;
    uint8_t out[3];
    for (size_t n = 0; n < 64 * 64 * 64; n++) {
        char text[4] = { base64_outer.digits[n >> 12], base64_outer.digits[n >> 6 & 63],
                         base64_outer.digits[n & 63], '_' };
        two += base64_decode(&base64_outer, out, sizeof out, &got, text, 4) && got == 2;
        if (n < 64 * 64) {
            char pair[4] = { base64_outer.digits[n >> 6], base64_outer.digits[n & 63], '_', '_' };
            one += base64_decode(&base64_outer, out, sizeof out, &got, pair, 4) && got == 1;
        }
    }
    ck_assert_uint_eq(one, 256);
    ck_assert_uint_eq(two, 65536);
}
END_TEST

START_TEST(round_trip)
{
    unit_seed();
    for (size_t len = 0; len < 200; len++) {
        /* exact sizes on the heap, so that the sanitizer sees one byte too far */
        uint8_t *bytes = malloc(len + 1), *back = malloc(len + 1);
        char *text = malloc(BASE64_LENGTH(len) + 1);
        size_t got;
        ck_assert(bytes && back && text);
        unit_fill(bytes, len);
        size_t text_len = base64_encode(&base64_outer, text, bytes, len);
        ck_assert_uint_eq(text_len, BASE64_LENGTH(len));
        ck_assert(base64_decode(&base64_outer, back, len, &got, text, text_len));
        ck_assert_uint_eq(got, len);
        ck_assert_int_eq(memcmp(back, bytes, len), 0);
        if (len)
            ck_assert_msg(!base64_decode(&base64_outer, back, len - 1, &got, text, text_len),
                          "%zu bytes were read into one less", len);
        ck_assert(base64_decode(&base64_outer, text, text_len, &got, text, text_len)); /* in place */
        ck_assert_int_eq(memcmp(text, bytes, len), 0);
        free(bytes);
        free(back);
        free(text);
    }
}
END_TEST

static void fill(TCase *tests)
{
    tcase_add_loop_test(tests, known_text, 0, UNIT_ROWS(known));
    tcase_add_loop_test(tests, refused_text, 0, UNIT_ROWS(refused));
    tcase_add_test(tests, exactly_the_canonical);
    tcase_add_test(tests, number_of_canonical_texts);
    tcase_add_test(tests, round_trip);
}

int main(void)
{
    return unit_run("base64", fill);
}
