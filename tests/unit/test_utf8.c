/* test_utf8.c: UTF-8 by RFC 3629, by its edges and by counting. */
#include "unit.h"

#include "utf8.h"

#include <stdbool.h>
#include <string.h>

static const struct {
    const char *name, *text;
    bool valid;
} rows[] = {
    { "empty", "", true },
    { "ASCII", "alice", true },
    { "DEL", "\x7F", true },
    { "U+0080", "\xC2\x80", true },
    { "U+07FF", "\xDF\xBF", true },
    { "U+0800", "\xE0\xA0\x80", true },
    { "U+D7FF", "\xED\x9F\xBF", true },
    { "U+E000", "\xEE\x80\x80", true },
    { "U+FFFD", "\xEF\xBF\xBD", true },
    { "U+FFFF", "\xEF\xBF\xBF", true },
    { "U+10000", "\xF0\x90\x80\x80", true },
    { "U+10FFFF", "\xF4\x8F\xBF\xBF", true },
    { "Chinese", "\xE5\xB0\x8F\xE5\x86\x9B", true },
    { "mixed", "a\xC3\xA9\xF0\x9F\x98\x80z", true },
    { "continuation alone", "\x80", false },
    { "continuation at the end", "a\xBF", false },
    { "two bytes, cut", "\xC3", false },
    { "three bytes, cut after one", "\xE5", false },
    { "three bytes, cut after two", "\xE5\xB0", false },
    { "four bytes, cut after three", "\xF0\x9F\x98", false },
    { "two bytes, then ASCII",
      "\xC3"
      "a",
      false },
    { "three bytes, then a lead", "\xE5\xB0\xC3\xA9", false },
    { "long form of NUL", "\xC0\x80", false },
    { "long form of /", "\xC0\xAF", false },
    { "long form of DEL", "\xC1\xBF", false },
    { "long form of U+07FF", "\xE0\x9F\xBF", false },
    { "long form of U+FFFF", "\xF0\x8F\xBF\xBF", false },
    { "surrogate D800", "\xED\xA0\x80", false },
    { "surrogate DFFF", "\xED\xBF\xBF", false },
    { "surrogate pair (CESU-8)", "\xED\xA0\xBD\xED\xB8\x80", false },
    { "U+110000", "\xF4\x90\x80\x80", false },
    { "lead F5", "\xF5\x80\x80\x80", false },
    { "five bytes", "\xF8\x88\x80\x80\x80", false },
    { "FE", "\xFE", false },
    { "FF", "\xFF", false },
    { "Latin-1", "caf\xE9", false },
};

START_TEST(row)
{
    bool valid = utf8_valid(rows[_i].text, strlen(rows[_i].text));
    unit_assert(valid == rows[_i].valid, "%s: expected %d, got %d", rows[_i].name, rows[_i].valid, valid);
}
END_TEST

START_TEST(nul_is_a_character)
{
    ck_assert(utf8_valid("a\0b", 3));
    ck_assert(!utf8_valid("a\0\x80", 3));
}
END_TEST

START_TEST(every_code_point)
{
    for (uint32_t code = 0; code <= 0x10FFFF; code++) {
        char out[5] = { 0 };
        size_t expected = code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
        bool surrogate = code >= 0xD800 && code <= 0xDFFF;
        size_t n = utf8_write(out, code);
        unit_assert(n == expected, "U+%04X: expected %zu bytes, got %zu", code, expected, n);
        unit_assert(out[n] == 0, "U+%04X: wrote beyond its bytes", code);
        unit_assert(utf8_valid(out, n) == !surrogate, "U+%04X: expected valid %d", code, !surrogate);
        unit_assert(!utf8_valid(out, n - 1) || n == 1, "U+%04X: valid without its last byte", code);
    }
}
END_TEST

/* As many valid sequences as code points of that length, so that no other form is valid. */
START_TEST(two_and_three_bytes_counted)
{
    size_t two = 0, three = 0;
    for (uint32_t n = 0x8000; n <= 0xFFFF; n++) {
        char text[2] = { (char)(n >> 8), (char)n };
        two += utf8_valid(text, 2);
    }
    for (uint32_t n = 0xE00000; n <= 0xFFFFFF; n++) {
        char text[3] = { (char)(n >> 16), (char)(n >> 8), (char)n };
        three += utf8_valid(text, 3);
    }
    ck_assert_uint_eq(two, 0x800 - 0x80);
    ck_assert_uint_eq(three, 0x10000 - 0x800 - 0x800);
}
END_TEST

/* F0 to FF with bytes at the edges of all ranges: F0 takes 4 of these second bytes, F1 to F3 take 6, F4 takes 2; each
 * further byte 6. */
START_TEST(four_bytes_counted)
{
    static const unsigned char edge[] = { 0x00, 0x7F, 0x80, 0x8F, 0x90, 0x9F, 0xA0, 0xBF, 0xC0, 0xFF };
    size_t valid = 0;
    for (unsigned lead = 0xF0; lead <= 0xFF; lead++)
        for (size_t n = 0; n < 1000; n++) {
            char text[4] = { (char)lead, (char)edge[n / 100], (char)edge[n / 10 % 10], (char)edge[n % 10] };
            valid += utf8_valid(text, 4);
        }
    ck_assert_uint_eq(valid, (4 + 3 * 6 + 2) * 36);
}
END_TEST

static void fill(TCase *tests)
{
    tcase_add_loop_test(tests, row, 0, UNIT_ROWS(rows));
    tcase_add_test(tests, nul_is_a_character);
    tcase_add_test(tests, every_code_point);
    tcase_add_test(tests, two_and_three_bytes_counted);
    tcase_add_test(tests, four_bytes_counted);
}

int main(void)
{
    return unit_run("utf8", fill);
}
