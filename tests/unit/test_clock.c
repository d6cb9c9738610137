/* test_clock.c: the kernel's clock as sigd asks for it: alarms, and word of steps, which the test makes up. */
#include "unit.h"

#include "clock.h"

#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/timerfd.h>
#include <sys/timex.h>
#include <time.h>
#include <unistd.h>

/* Nobody sets this machine's clock: the link option --wrap=read lets the test speak for a timer that was cancelled. */
ssize_t __real_read(int fd, void *out, size_t size);
ssize_t __wrap_read(int fd, void *out, size_t size);
static int cancelled = -1, cancelled_times;

ssize_t __wrap_read(int fd, void *out, size_t size)
{
    if (fd != cancelled)
        return __real_read(fd, out, size);
    cancelled = -1;
    cancelled_times++;
    errno = ECANCELED;
    return -1;
}

/* What /proc says of the timer of this clock: the descriptor, flags and seconds. */
static int find_timer(int clock_id, unsigned *flags, long long *seconds)
{
    for (int fd = 0; fd < 64; fd++) {
        char path[64], line[128];
        int id = -1;
        snprintf(path, sizeof path, "/proc/self/fdinfo/%d", fd);
        FILE *file = fopen(path, "re");
        while (file && fgets(line, sizeof line, file)) {
            sscanf(line, "clockid: %d", &id);
            sscanf(line, "settime flags: %o", flags);
            sscanf(line, "it_value: (%lld", seconds);
        }
        if (file)
            fclose(file);
        if (id == clock_id)
            return fd;
    }
    return -1;
}

static bool is_ready(int timeout_ms)
{
    struct pollfd ready = { .fd = clock_open(), .events = POLLIN };
    return poll(&ready, 1, timeout_ms) == 1;
}

START_TEST(both_clocks_are_the_kernels)
{
    struct timespec before, after;
    clock_gettime(CLOCK_REALTIME, &before);
    struct clock_now now = clock_now();
    uint64_t real = clock_real();
    clock_gettime(CLOCK_REALTIME, &after);
    ck_assert(now.real >= (uint64_t)before.tv_sec && real >= now.real && real <= (uint64_t)after.tv_sec);
    clock_gettime(CLOCK_BOOTTIME, &after);
    ck_assert(clock_boot_ms() >= now.boot_ms);
    ck_assert(now.boot_ms / 1000 <= (uint64_t)after.tv_sec);
    ck_assert(now.boot_ms / 1000 + 60 > (uint64_t)after.tv_sec);
}
END_TEST

START_TEST(one_descriptor)
{
    int fd = clock_open();
    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(clock_open(), fd);
    ck_assert(!is_ready(0));
    ck_assert(!clock_turn()); /* with nothing to be told of */
}
END_TEST

START_TEST(an_alarm_comes_when_it_is_due)
{
    ck_assert(clock_open() >= 0);
    uint64_t due = clock_boot_ms() + 30;
    clock_alarm(due);
    ck_assert(is_ready(10000));
    ck_assert_uint_ge(clock_boot_ms(), due);
    ck_assert(!clock_turn());
    ck_assert(!is_ready(0)); /* once */
    clock_alarm(due);        /* the same again: it has passed */
    ck_assert(is_ready(10000));
    ck_assert(!clock_turn());
}
END_TEST

START_TEST(an_alarm_that_has_passed_is_due)
{
    static const uint64_t passed[] = { 0, 1, 999, 1000 };
    ck_assert(clock_open() >= 0);
    clock_alarm(passed[_i]);
    ck_assert(is_ready(10000));
    ck_assert(!clock_turn());
    ck_assert(!is_ready(0));
}
END_TEST

START_TEST(an_alarm_is_put_off_and_taken_back)
{
    unsigned flags;
    long long seconds = -1;
    ck_assert(clock_open() >= 0);
    clock_alarm(0);
    ck_assert(is_ready(10000));
    clock_alarm(clock_boot_ms() + 3600 * 1000);
    ck_assert(!is_ready(0));
    ck_assert_int_ge(find_timer(CLOCK_BOOTTIME, &flags, &seconds), 0);
    ck_assert(seconds > 3500 && seconds <= 3600);
    clock_alarm(UINT64_MAX);
    ck_assert_int_ge(find_timer(CLOCK_BOOTTIME, &flags, &seconds), 0);
    ck_assert_int_eq(seconds, 0);
    ck_assert(!is_ready(0));
}
END_TEST

START_TEST(steps_are_told)
{
    unsigned flags = 0;
    long long seconds = 0;
    ck_assert(clock_open() >= 0);
    cancelled = find_timer(CLOCK_REALTIME, &flags, &seconds);
    ck_assert_int_ge(cancelled, 0);
    ck_assert_uint_eq(flags, TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET);
    ck_assert_int_gt(seconds, 1000000000); /* not due in our life */
    ck_assert(clock_turn());
    ck_assert_int_eq(cancelled_times, 1);
    flags = 0;
    ck_assert_int_ge(find_timer(CLOCK_REALTIME, &flags, &seconds), 0);
    ck_assert_uint_eq(flags, TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET); /* armed again */
    ck_assert(!clock_turn());
}
END_TEST

START_TEST(the_kernels_word)
{
    struct timex timex = { .modes = 0 };
    int state = adjtimex(&timex);
    bool synchronised = clock_synchronised();
    struct timex again = { .modes = 0 };
    adjtimex(&again);
    if ((timex.status ^ again.status) & STA_UNSYNC)
        return; /* it changed its mind meanwhile */
    ck_assert_int_eq(synchronised, state >= 0 && !(timex.status & STA_UNSYNC));
}
END_TEST

static const struct {
    uint64_t unix_seconds;
    const char *text;
} texts[] = {
    { 0, "1970-01-01T00:00:00Z" },
    { 951782400, "2000-02-29T00:00:00Z" },
    { 2147483647, "2038-01-19T03:14:07Z" },
    { 2147483648, "2038-01-19T03:14:08Z" },
    { 4294967296, "2106-02-07T06:28:16Z" },
    { 253402300799, "9999-12-31T23:59:59Z" },
    { 253402300800, "-" },
    { UINT64_MAX, "-" },
    { INT64_MAX, "-" },
};

START_TEST(times_as_text)
{
    char text[CLOCK_RFC3339_SIZE];
    clock_rfc3339(text, texts[_i].unix_seconds);
    ck_assert_str_eq(text, texts[_i].text);
}
END_TEST

static void fill(TCase *tests)
{
    tcase_add_test(tests, both_clocks_are_the_kernels);
    tcase_add_test(tests, one_descriptor);
    tcase_add_test(tests, an_alarm_comes_when_it_is_due);
    tcase_add_loop_test(tests, an_alarm_that_has_passed_is_due, 0, 4);
    tcase_add_test(tests, an_alarm_is_put_off_and_taken_back);
    tcase_add_test(tests, steps_are_told);
    tcase_add_test(tests, the_kernels_word);
    tcase_add_loop_test(tests, times_as_text, 0, UNIT_ROWS(texts));
}

int main(void)
{
    return unit_run("clock", fill);
}
