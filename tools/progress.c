#include "progress.h"
#include "output.h"
#include "pace.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define EVERY_MS 200
#define BAR_MAX 40
#define LINE_SIZE 256

void progress_start(struct progress *progress, const char *what, uint64_t first, uint64_t first_part)
{
    *progress = (struct progress){
        .what = what,
        /* a terminal that shows the results, too, would show a muddle */
        .shown = output_is_watched() && isatty(STDOUT_FILENO) != 1,
        .started_ms = pace_now(),
        .first = first,
        .first_part = first_part,
    };
    progress->next_ms = progress->started_ms + EVERY_MS;
}

static size_t columns(void)
{
    struct winsize size;
    if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col >= 40)
        return size.ws_col < LINE_SIZE ? size.ws_col : LINE_SIZE - 1;
    return 80;
}

/* 1234567 as "1,234,567". */
static void grouped(uint64_t number, char out[static 32])
{
    char digits[24];
    int len = snprintf(digits, sizeof digits, "%" PRIu64, number), to = 0;
    for (int i = 0; i < len; i++) {
        if (i != 0 && (len - i) % 3 == 0)
            out[to++] = ',';
        out[to++] = digits[i];
    }
    out[to] = '\0';
}

static void put_bar(char *line, size_t size, size_t room, uint64_t part, uint64_t whole)
{
    char bar[BAR_MAX + 1];
    size_t width = room < 12 ? 0 : room - 12 < BAR_MAX ? room - 12 : BAR_MAX;
    size_t full = (size_t)((double)part / (double)whole * (double)width);
    memset(bar, ' ', sizeof bar);
    memset(bar, '#', full < width ? full : width);
    bar[width] = '\0';
    size_t len = strlen(line);
    if (width != 0)
        snprintf(line + len, size - len, "  [%s] %3u %%", bar,
                 (unsigned)((double)part * 100 / (double)whole));
}

void progress_show(struct progress *progress, uint64_t items, uint64_t part, uint64_t whole)
{
    uint64_t now = progress->shown ? pace_now() : 0;
    if (!progress->shown || now < progress->next_ms)
        return;
    progress->next_ms = now + EVERY_MS;
    progress->drawn = true;
    char line[LINE_SIZE], tail[64] = "", count[32], rate[32];
    double seconds = (double)(now - progress->started_ms) / 1000;
    double done = (double)(items - progress->first);
    grouped(items, count);
    grouped((uint64_t)(done / seconds), rate);
    snprintf(line, sizeof line, "%s  %s  %s/s", progress->what, count, rate);
    if (whole != 0 && part > progress->first_part && part <= whole) {
        uint64_t left = (uint64_t)(seconds * (double)(whole - part) / (double)(part - progress->first_part));
        snprintf(tail, sizeof tail, "  %" PRIu64 ":%02u left", left / 60, (unsigned)(left % 60));
        size_t used = strlen(line) + strlen(tail), width = columns();
        put_bar(line, sizeof line, used < width ? width - used : 0, part, whole);
    }
    fprintf(stderr, "\r%.*s%s\033[K", (int)(columns() - strlen(tail) - 1), line, tail);
    fflush(stderr);
}

void progress_end(struct progress *progress)
{
    if (progress->drawn)
        fputs("\r\033[K", stderr);
    progress->shown = progress->drawn = false;
}
