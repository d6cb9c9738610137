/* clock_fake.c: clock.h for the twins of sigd's programs: time stands still but for what a test writes into the file
 * "clock" beside the program (tests/daemon/twins.py). Never installed, never linked with what is.
 *
 * The file is an array of numbers. SEQ is odd while a test writes TIMES; CHANGES counts its changes. Each process has a
 * slot where it tells how many of them it has handled for good: those that it had seen two turns ago. Behind the slots is
 * what inject.c takes. */
#include "clock.h"

#include "inject.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#define TICK_NS 2000000 /* real time between two looks at the file */
#define SLOTS 64
#define MAGIC 0x6B636F6C63ULL /* "clock" */

struct slot {
    _Atomic uint64_t pid, handled, alarm;
};
struct file {
    _Atomic uint64_t magic, seq, changes, steps, real, boot_ms, synchronised;
    struct slot slots[SLOTS];
    struct inject inject;
};

static struct file *file;
static struct slot *slot;
static int timer = -1;
static uint64_t seen, seen_before, steps;

/* What nobody may find in a program that is installed (tests/meta/test_twins.py). */
extern const char clock_fake[];
const char clock_fake[] = "this is a twin of sigd, for tests alone";

static _Noreturn void give_up(const char *what)
{
    fprintf(stderr, "%s: %s\n", clock_fake, what);
    _exit(70);
}

static struct file *attach(void)
{
    char path[4096];
    if (file)
        return file;
    ssize_t n = readlink("/proc/self/exe", path, sizeof path - sizeof "clock");
    char *slash = n > 0 ? memrchr(path, '/', (size_t)n) : NULL;
    if (!slash)
        give_up("it cannot find itself");
    memcpy(slash + 1, "clock", sizeof "clock");
    int fd = open(path, O_RDWR | O_CLOEXEC);
    file = fd < 0 ? MAP_FAILED : mmap(NULL, sizeof *file, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (file == MAP_FAILED || file->magic != MAGIC)
        give_up("there is no clock beside it");
    close(fd);
    return file;
}

struct clock_now clock_now(void)
{
    const struct file *f = attach();
    struct clock_now now;
    uint64_t seq;
    do {
        seq = f->seq;
        now.real = f->real;
        now.boot_ms = f->boot_ms;
    } while (seq % 2 || seq != f->seq);
    return now;
}

uint64_t clock_real(void)
{
    return clock_now().real;
}

uint64_t clock_boot_ms(void)
{
    return clock_now().boot_ms;
}

/* For durations alone, which stay true. */
uint64_t clock_us(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

bool clock_synchronised(void)
{
    return attach()->synchronised != 0;
}

/* A free one, or that of a process that has ended. */
static struct slot *take_slot(void)
{
    for (size_t i = 0; i < SLOTS; i++) {
        struct slot *s = &attach()->slots[i];
        uint64_t owner = s->pid, own = (uint64_t)getpid();
        bool free = owner == 0 || owner == own || (kill((pid_t)owner, 0) != 0 && errno == ESRCH);
        if (free && atomic_compare_exchange_strong(&s->pid, &owner, own))
            return s;
    }
    give_up("its clock has no room for another process");
    return NULL;
}

int clock_open(void)
{
    if (timer >= 0)
        return timer;
    struct itimerspec each = { { 0, TICK_NS }, { 0, TICK_NS } };
    slot = take_slot();
    slot->handled = 0;
    slot->alarm = UINT64_MAX;
    steps = file->steps;
    timer = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
    if (timer >= 0)
        timerfd_settime(timer, 0, &each, NULL);
    return timer;
}

void clock_alarm(uint64_t boot_ms)
{
    if (slot)
        slot->alarm = boot_ms;
}

bool clock_turn(void)
{
    uint64_t times, before = steps;
    if (read(timer, &times, sizeof times) < 0)
        return false;
    inject_turn(&file->inject);
    slot->handled = seen_before;
    seen_before = seen;
    seen = file->changes;
    steps = file->steps;
    return steps != before;
}

void clock_rfc3339(char out[static CLOCK_RFC3339_SIZE], uint64_t unix_seconds)
{
    time_t t = (time_t)unix_seconds;
    struct tm utc;
    if (!gmtime_r(&t, &utc) || strftime(out, CLOCK_RFC3339_SIZE, "%Y-%m-%dT%H:%M:%SZ", &utc) == 0)
        memcpy(out, "-", 2);
}

uint64_t clock_monotonic_us(void)
{
    return clock_boot_ms() * 1000;
}
