/* test_config_words.c: the forms of single values. */
#include "../../sigd/master/config_words.h"
#include "unit.h"

static const struct {
    char kind; /* d: duration, t: time, m: mode */
    const char *text;
    uint64_t value; /* 77: refused, and left as it was */
} words[] = {
    { 'd', "1s", 1 },
    { 'd', "2m", 120 },
    { 'd', "3h", 10800 },
    { 'd', "4d", 345600 },
    { 'd', "5w", 3024000 },
    { 'd', "0s", 0 },
    { 'd', "30500568904943w", 30500568904943 * UINT64_C(604800) },
    { 'd', "30500568904944w", 77 },
    { 'd', "", 77 },
    { 'd', "s", 77 },
    { 'd', "1", 77 },
    { 'd', "1S", 77 },
    { 'd', "1y", 77 },
    { 'd', "1 h", 77 },
    { 'd', " 1h", 77 },
    { 'd', "1h ", 77 },
    { 'd', "1hs", 77 },
    { 'd', "01h", 77 },
    { 'd', "+1h", 77 },
    { 'd', "1.5h", 77 },
    { 'd', "1h30m", 77 },
    { 't', "1970-01-01T00:00:00Z", 0 },
    { 't', "2026-01-01T00:00:00Z", 1767225600 },
    { 't', "2028-02-29T23:59:59Z", 1835481599 },
    { 't', "2106-02-07T06:28:16Z", UINT64_C(4294967296) },
    { 't', "2027-02-29T00:00:00Z", 77 },
    { 't', "1969-12-31T23:59:59Z", 77 },
    { 't', "2026-13-01T00:00:00Z", 77 },
    { 't', "2026-00-01T00:00:00Z", 77 },
    { 't', "2026-01-00T00:00:00Z", 77 },
    { 't', "2026-01-01T24:00:00Z", 77 },
    { 't', "2026-01-01T00:60:00Z", 77 },
    { 't', "2026-01-01T00:00:60Z", 77 },
    { 't', "2026-01-01T00:00:00z", 77 },
    { 't', "2026-01-01 00:00:00Z", 77 },
    { 't', "2026-01-01T00:00:00", 77 },
    { 't', "2026-01-01", 77 },
    { 't', "2026-01-01T00:00:00.0Z", 77 },
    { 't', "+026-01-01T00:00:00Z", 77 },
    { 't', "", 77 },
    { 'm', "0000", 0 },
    { 'm', "0660", 0660 },
    { 'm', "0777", 0777 },
    { 'm', "660", 77 },
    { 'm', "1660", 77 },
    { 'm', "00660", 77 },
    { 'm', "0668", 77 },
    { 'm', "0x66", 77 },
    { 'm', "", 77 },
};

START_TEST(reads_words)
{
    uint64_t value = 77;
    mode_t mode = 77;
    bool is_good = words[_i].kind == 'd'   ? config_words_duration(words[_i].text, &value)
                   : words[_i].kind == 't' ? config_words_time(words[_i].text, &value)
                                           : config_words_mode(words[_i].text, &mode);
    if (words[_i].kind == 'm')
        value = mode;
    ck_assert_msg(value == words[_i].value && is_good == (value != 77),
                  "%c \"%s\": expected %llu, got %llu (%s)", words[_i].kind, words[_i].text,
                  (unsigned long long)words[_i].value, (unsigned long long)value,
                  is_good ? "taken" : "refused");
}
END_TEST

static void fill(TCase *tests)
{
    tcase_add_loop_test(tests, reads_words, 0, UNIT_ROWS(words));
}

int main(void)
{
    return unit_run("config_words", fill);
}
