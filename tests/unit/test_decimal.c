/* test_decimal.c: decimal numbers: digits alone, no leading zero, in range. */
#include "unit.h"

#include "decimal.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static const struct {
    const char *text;
    uint64_t max, value;
} read_rows[] = {
    { "0", UINT64_MAX, 0 },
    { "0", 0, 0 },
    { "1", 1, 1 },
    { "9", UINT64_MAX, 9 },
    { "10", UINT64_MAX, 10 },
    { "4294967295", UINT32_MAX, UINT32_MAX },
    { "9999999999999999999", UINT64_MAX, 9999999999999999999u },
    { "18446744073709551614", UINT64_MAX, UINT64_MAX - 1 },
    { "18446744073709551615", UINT64_MAX, UINT64_MAX },
};

START_TEST(reads)
{
    uint64_t value = 77;
    const char *text = read_rows[_i].text;
    ck_assert_msg(decimal_read(&value, text, strlen(text), read_rows[_i].max), "%s: refused", text);
    ck_assert_msg(value == read_rows[_i].value, "%s: expected %" PRIu64 ", got %" PRIu64, text,
                  read_rows[_i].value, value);
}
END_TEST

static const struct {
    const char *name, *text;
    size_t len;
    uint64_t max;
} refused[] = {
    { "empty", "", 0, UINT64_MAX },
    { "minus", "-1", 2, UINT64_MAX },
    { "minus zero", "-0", 2, UINT64_MAX },
    { "plus", "+1", 2, UINT64_MAX },
    { "leading zero", "01", 2, UINT64_MAX },
    { "two zeros", "00", 2, UINT64_MAX },
    { "fraction", "1.0", 3, UINT64_MAX },
    { "exponent", "1e3", 3, UINT64_MAX },
    { "hex", "0x1", 3, UINT64_MAX },
    { "letter", "a", 1, UINT64_MAX },
    { "space before", " 1", 2, UINT64_MAX },
    { "space after", "1 ", 2, UINT64_MAX },
    { "NUL after", "1", 2, UINT64_MAX },
    { "slash, the byte before 0", "1/", 2, UINT64_MAX },
    { "colon, the byte after 9", "1:", 2, UINT64_MAX },
    { "byte 0xB1", "\xB1", 1, UINT64_MAX },
    { "over max", "2", 1, 1 },
    { "2^32", "4294967296", 10, UINT32_MAX },
    { "2^64", "18446744073709551616", 20, UINT64_MAX },
    { "twenty nines", "99999999999999999999", 20, UINT64_MAX },
    { "21 digits", "100000000000000000000", 21, UINT64_MAX },
    { "21 digits, zeros first", "000000000000000000001", 21, UINT64_MAX },
};

START_TEST(refuses)
{
    uint64_t value;
    ck_assert_msg(!decimal_read(&value, refused[_i].text, refused[_i].len, refused[_i].max),
                  "%s: expected a refusal, got a number", refused[_i].name);
}
END_TEST

static void writes_as_printf(uint64_t value)
{
    char expected[32], got[DECIMAL_MAX + 1] = { 0 };
    uint64_t back;
    int len = snprintf(expected, sizeof expected, "%" PRIu64, value);
    ck_assert_uint_eq(decimal_write(got, value), (unsigned)len);
    ck_assert_msg(strcmp(got, expected) == 0, "expected %s, got %s", expected, got);
    ck_assert(decimal_read(&back, got, (size_t)len, UINT64_MAX) && back == value);
}

START_TEST(writes)
{
    uint64_t power = 1;
    unit_seed();
    for (int digits = 0; digits < 20; digits++, power *= 10) {
        writes_as_printf(power - 1);
        writes_as_printf(power);
    }
    writes_as_printf(UINT64_MAX);
    for (int i = 0; i < 100000; i++)
        writes_as_printf(unit_random() >> unit_below(64));
}
END_TEST

static void fill(TCase *tests)
{
    tcase_add_loop_test(tests, reads, 0, UNIT_ROWS(read_rows));
    tcase_add_loop_test(tests, refuses, 0, UNIT_ROWS(refused));
    tcase_add_test(tests, writes);
}

int main(void)
{
    return unit_run("decimal", fill);
}
