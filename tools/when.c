#include "when.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

static const struct {
    char letter;
    const char *name;
    uint64_t seconds;
} units[] = {
    { 'w', "w", 604800 }, { 'd', "d", 86400 }, { 'h', "h", 3600 }, { 'm', "min", 60 }, { 's', "s", 1 },
};
#define N_UNITS (sizeof units / sizeof units[0])

/* Digits up to the first other byte, which *end tells. 0; -1: no digit; 1: over 64 bits. */
static int digits(const char *text, uint64_t *number, const char **end)
{
    uint64_t n = 0;
    int over = 0;
    const char *p = text;
    for (; *p >= '0' && *p <= '9'; p++) {
        uint64_t digit = (uint64_t)(*p - '0');
        over |= n > (UINT64_MAX - digit) / 10;
        n = n * 10 + digit;
    }
    *end = p;
    if (p == text)
        return -1;
    *number = n;
    return over;
}

int when_parse(const char *text, uint64_t *seconds)
{
    const char *end;
    uint64_t n, unit = 1;
    int result = digits(text, &n, &end);
    if (result < 0)
        return -1;
    if (*end != '\0') {
        size_t u = 0;
        while (u < N_UNITS && units[u].letter != *end)
            u++;
        if (u == N_UNITS || end[1] != '\0')
            return -1;
        unit = units[u].seconds;
    }
    if (result != 0 || n > UINT64_MAX / unit)
        return 1;
    *seconds = n * unit;
    return 0;
}

int when_number(const char *text, uint64_t max, uint64_t *number)
{
    const char *end;
    uint64_t n;
    if (digits(text, &n, &end) != 0 || *end != '\0' || n > max)
        return -1;
    *number = n;
    return 0;
}

uint64_t when_now(void)
{
    time_t now = time(NULL);
    return now < 0 ? 0 : (uint64_t)now;
}

void when_span(uint64_t seconds, char out[static WHEN_SIZE])
{
    size_t u = 1; /* days are the largest unit in output */
    while (u + 1 < N_UNITS && seconds < units[u].seconds)
        u++;
    uint64_t whole = seconds / units[u].seconds, rest = seconds % units[u].seconds;
    int n = snprintf(out, WHEN_SIZE, "%" PRIu64 " %s", whole, units[u].name);
    if (u + 1 == N_UNITS || whole >= 100)
        return;
    rest /= units[u + 1].seconds;
    if (rest != 0)
        snprintf(out + n, WHEN_SIZE - (size_t)n, " %" PRIu64 " %s", rest, units[u + 1].name);
}

void when_time(uint64_t time, char out[static WHEN_SIZE])
{
    struct tm tm;
    time_t t = (time_t)time;
    if (time > 253402300799u || gmtime_r(&t, &tm) == NULL) /* the end of the year 9999 */
        snprintf(out, WHEN_SIZE, "second %" PRIu64, time);
    else
        strftime(out, WHEN_SIZE, "%Y-%m-%d %H:%M:%S UTC", &tm);
}

void when_relative(uint64_t time, uint64_t now, char out[static WHEN_SIZE])
{
    char span[WHEN_SIZE];
    when_span(time > now ? time - now : now - time, span);
    if (time == now)
        snprintf(out, WHEN_SIZE, "now");
    else if (time > now)
        snprintf(out, WHEN_SIZE, "in %.40s", span);
    else
        snprintf(out, WHEN_SIZE, "%.40s ago", span);
}
