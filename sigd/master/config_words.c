/* config_words.c: parsers of single values. Strict: each value has one spelling, so that a typing error is none. */
#include "config_words.h"

#include "sizes.h"

#include <string.h>
#include <time.h>

#define DIGITS "0123456789"

bool config_words_number(const char *text, uint64_t max, uint64_t *number)
{
    uint64_t n = 0;
    size_t length = strspn(text, DIGITS);
    if (length == 0 || text[length] != '\0' || (text[0] == '0' && length > 1))
        return false;
    for (size_t i = 0; i < length; i++) {
        uint64_t digit = (uint64_t)(text[i] - '0');
        if (digit > max || n > (max - digit) / 10)
            return false;
        n = 10 * n + digit;
    }
    *number = n;
    return true;
}

bool config_words_duration(const char *text, uint64_t *seconds)
{
    static const char units[] = "smhdw";
    static const uint64_t unit_seconds[] = { 1, 60, 3600, 86400, 604800 };
    char digits[20];
    uint64_t n;
    size_t length = strspn(text, DIGITS);
    if (length == 0 || length >= sizeof digits || text[length] == '\0' || text[length + 1] != '\0')
        return false;
    const char *unit = strchr(units, text[length]);
    memcpy(digits, text, length);
    digits[length] = '\0';
    if (unit == NULL || !config_words_number(digits, UINT64_MAX / unit_seconds[unit - units], &n))
        return false;
    *seconds = n * unit_seconds[unit - units];
    return true;
}

/* The number that the two or four digits at text make. */
static int field(const char *text, size_t digits)
{
    int n = 0;
    for (size_t i = 0; i < digits; i++)
        n = 10 * n + (text[i] - '0');
    return n;
}

bool config_words_time(const char *text, uint64_t *seconds)
{
    static const char form[] = "dddd-dd-ddTdd:dd:ddZ";
    if (strlen(text) != strlen(form))
        return false;
    for (size_t i = 0; form[i] != '\0'; i++) {
        if (form[i] == 'd' ? strchr(DIGITS, text[i]) == NULL : text[i] != form[i])
            return false;
    }
    struct tm given = { .tm_year = field(text, 4) - 1900,
                        .tm_mon = field(text + 5, 2) - 1,
                        .tm_mday = field(text + 8, 2),
                        .tm_hour = field(text + 11, 2),
                        .tm_min = field(text + 14, 2),
                        .tm_sec = field(text + 17, 2) };
    struct tm made = given;
    time_t t = timegm(&made);
    /* timegm turns February 30 into March 2; what it changed was no date */
    if (t < 0 || made.tm_year != given.tm_year || made.tm_mon != given.tm_mon ||
        made.tm_mday != given.tm_mday || made.tm_hour != given.tm_hour || made.tm_min != given.tm_min ||
        made.tm_sec != given.tm_sec)
        return false;
    *seconds = (uint64_t)t;
    return true;
}

bool config_words_mode(const char *text, mode_t *mode)
{
    if (strlen(text) != 4 || text[0] != '0' || strspn(text, "01234567") != 4)
        return false;
    *mode = (mode_t)((text[1] - '0') * 64 + (text[2] - '0') * 8 + (text[3] - '0'));
    return true;
}

bool config_words_bool(const char *text, bool *value)
{
    if (strcmp(text, "true") != 0 && strcmp(text, "false") != 0)
        return false;
    *value = text[0] == 't';
    return true;
}

bool config_words_pattern(const char *text)
{
    size_t length = strlen(text);
    for (size_t i = 0; i < length; i++) {
        if (text[i] < 0x20 || text[i] > 0x7e)
            return false;
    }
    return length >= 1 && length <= SIGD_PATTERN_MAX;
}
