/* clock.c: the daemon's only clock, as the kernel keeps it. Nothing changes what it says but the system's clock itself;
 * tests drive twins of the programs, which have another file in place of this one. */
#include "clock.h"

#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <sys/timex.h>
#include <time.h>
#include <unistd.h>

#define APART_MS \
    20          /* two looks at the boot clock this near: the look at the wall clock between them fits both */
#define TRIES 5 /* then the last is taken; a machine so busy has later looks */
#define FAR 9000000000LL /* the year 2255: a timer that is never due, but cancelled when the clock is set */

static struct {
    int both, alarm, steps; /* -1: not open */
    uint64_t due;           /* boot ms; UINT64_MAX: no alarm */
} state = { -1, -1, -1, UINT64_MAX };

uint64_t clock_real(void)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return now.tv_sec < 0 ? 0 : (uint64_t)now.tv_sec;
}

uint64_t clock_boot_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_BOOTTIME, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

uint64_t clock_us(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

struct clock_now clock_now(void)
{
    struct clock_now now = { .boot_ms = clock_boot_ms() };
    for (int i = 0; i < TRIES; i++) {
        uint64_t before = now.boot_ms;
        now.real = clock_real();
        now.boot_ms = clock_boot_ms();
        if (now.boot_ms - before <= APART_MS)
            break;
    }
    return now;
}

bool clock_synchronised(void)
{
    struct timex timex = { .modes = 0 }; /* only reads */
    return adjtimex(&timex) >= 0 && !(timex.status & STA_UNSYNC);
}

/* Steps cancel this timer. Where the kernel has no such timers, steps are seen at each use of the clock alone. */
static void arm_steps(void)
{
    struct itimerspec never = { .it_value = { .tv_sec = FAR } };
    timerfd_settime(state.steps, TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET, &never, NULL);
}

static bool watch(int fd)
{
    struct epoll_event event = { .events = EPOLLIN };
    return fd >= 0 && epoll_ctl(state.both, EPOLL_CTL_ADD, fd, &event) == 0;
}

int clock_open(void)
{
    if (state.both >= 0)
        return state.both;
    state.both = epoll_create1(EPOLL_CLOEXEC);
    state.alarm = timerfd_create(CLOCK_BOOTTIME, TFD_NONBLOCK | TFD_CLOEXEC);
    state.steps = timerfd_create(CLOCK_REALTIME, TFD_NONBLOCK | TFD_CLOEXEC);
    state.due = UINT64_MAX;
    if (state.both >= 0 && watch(state.alarm) && watch(state.steps)) {
        arm_steps();
        return state.both;
    }
    int why = errno;
    close(state.both);
    close(state.alarm);
    close(state.steps);
    state.both = state.alarm = state.steps = -1;
    errno = why;
    return -1;
}

void clock_alarm(uint64_t boot_ms)
{
    if (boot_ms == state.due)
        return;
    struct itimerspec at = { 0 }; /* zero disarms */
    if (boot_ms != UINT64_MAX) {
        at.it_value.tv_sec = (time_t)(boot_ms / 1000);
        at.it_value.tv_nsec = boot_ms ? (long)(boot_ms % 1000) * 1000000 : 1;
    }
    timerfd_settime(state.alarm, TFD_TIMER_ABSTIME, &at, NULL);
    state.due = boot_ms;
}

bool clock_turn(void)
{
    uint64_t times;
    if (read(state.alarm, &times, sizeof times) == sizeof times)
        state.due = UINT64_MAX;
    bool set = read(state.steps, &times, sizeof times) < 0 && errno == ECANCELED;
    if (set)
        arm_steps(); /* before the caller looks at the clock: a step after that look is told again */
    return set;
}

void clock_rfc3339(char out[static CLOCK_RFC3339_SIZE], uint64_t unix_seconds)
{
    time_t t = (time_t)unix_seconds;
    struct tm utc;
    if (unix_seconds > INT64_MAX || !gmtime_r(&t, &utc) ||
        strftime(out, CLOCK_RFC3339_SIZE, "%Y-%m-%dT%H:%M:%SZ", &utc) == 0)
        memcpy(out, "-", 2); /* a year with more than four digits */
}

uint64_t clock_monotonic_us(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}
