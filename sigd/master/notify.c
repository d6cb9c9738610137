/* notify.c: systemd's protocol of states. */
#include "notify.h"

#include "clock.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static int channel = -1;
static struct sockaddr_un address;
static socklen_t address_len;
static uint64_t interval_ms, due_ms; /* of the watchdog; 0: none */

static const char *read_address(const char *path)
{
    size_t len = strlen(path);
    if ((path[0] != '/' && path[0] != '@') || len < 2)
        return "NOTIFY_SOCKET is neither a path nor an abstract name";
    if (len >= sizeof address.sun_path)
        return "NOTIFY_SOCKET is too long";
    address.sun_family = AF_UNIX;
    memcpy(address.sun_path, path, len);
    if (path[0] == '@')
        address.sun_path[0] = '\0';
    address_len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len);
    channel = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    return channel >= 0 ? NULL : strerror(errno);
}

/* 0: none, or for another process. */
static uint64_t read_interval(const char *usec, const char *pid)
{
    char *end;
    if (usec == NULL || *usec < '0' || *usec > '9')
        return 0;
    if (pid != NULL && (strtol(pid, &end, 10) != getpid() || *end != '\0'))
        return 0;
    errno = 0;
    uint64_t value = strtoull(usec, &end, 10);
    if (errno != 0 || *end != '\0' || value == 0)
        return 0;
    return value / 2000 > 0 ? value / 2000 : 1; /* twice as often as is asked for */
}

const char *notify_open(void)
{
    const char *path = getenv("NOTIFY_SOCKET");
    const char *fault = path != NULL ? read_address(path) : NULL;
    interval_ms = channel >= 0 ? read_interval(getenv("WATCHDOG_USEC"), getenv("WATCHDOG_PID")) : 0;
    unsetenv("NOTIFY_SOCKET");
    unsetenv("WATCHDOG_USEC");
    unsetenv("WATCHDOG_PID");
    return fault;
}

bool notify_is_abstract(void)
{
    return channel >= 0 && address.sun_path[0] == '\0';
}

/* A manager that does not listen is its own affair. */
static void say(const char *text)
{
    if (channel >= 0)
        (void)!sendto(channel, text, strlen(text), MSG_NOSIGNAL, (const struct sockaddr *)&address,
                      address_len);
}

void notify_ready(void)
{
    say("READY=1");
}

void notify_reloading(void)
{
    char text[64];
    snprintf(text, sizeof text, "RELOADING=1\nMONOTONIC_USEC=%" PRIu64, clock_monotonic_us());
    say(text);
}

void notify_stopping(void)
{
    say("STOPPING=1");
}

void notify_status(const char *format, ...)
{
    char text[512] = "STATUS=";
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text + 7, sizeof text - 7, format, arguments);
    va_end(arguments);
    for (char *newline = text; (newline = strchr(newline, '\n')) != NULL;)
        *newline = ' '; /* what follows it would be another word of the protocol */
    say(text);
}

uint64_t notify_watchdog(uint64_t now_ms)
{
    if (interval_ms == 0)
        return UINT64_MAX;
    if (now_ms >= due_ms) {
        say("WATCHDOG=1");
        due_ms = now_ms + interval_ms;
    }
    return due_ms;
}
