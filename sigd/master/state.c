/* state.c: what an operator has decided and a restart must not forget. */
#include "state.h"

#include "makedir.h"
#include "names.h"
#include "safefile.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FILE_NAME "state"
#define NEW_NAME "state.new"
#define LINE_SIZE (16 + 2 * (SIGD_NAME_MAX + 1)) /* bytes; longer ones are not ours */

static bool add(struct state *state, const char *app, const char *key)
{
    if (state->n == STATE_LINES_MAX)
        return false;
    struct state_line *line = &state->lines[state->n++];
    snprintf(line->app, sizeof line->app, "%s", app);
    snprintf(line->key, sizeof line->key, "%s", key);
    return true;
}

/* One line without its end. */
static bool take_line(struct state *state, char *text)
{
    char *app = strchr(text, ' ');
    if (!app)
        return false;
    *app++ = '\0';
    if (strcmp(text, "frozen") == 0)
        return names_ok(app) && add(state, app, "");
    char *key = strcmp(text, "revoked") == 0 ? strchr(app, ' ') : NULL;
    if (!key)
        return false;
    *key++ = '\0';
    return names_ok(app) && names_ok(key) && add(state, app, key);
}

static bool read_lines(struct state *state, FILE *file, const char *dir, char *why, size_t why_size)
{
    char text[LINE_SIZE];
    for (unsigned number = 1; fgets(text, sizeof text, file); number++) {
        size_t len = strcspn(text, "\n");
        bool whole = text[len] == '\n';
        text[len] = '\0';
        if (whole && take_line(state, text))
            continue;
        snprintf(why, why_size,
                 "%s/" FILE_NAME
                 ":%u: is no line of sigd's; correct it (frozen <app>, revoked <app> <key>) or "
                 "remove the file, which forgets what was frozen and revoked",
                 dir, number);
        return false;
    }
    if (ferror(file)) {
        snprintf(why, why_size, "%s/" FILE_NAME ": %s", dir, strerror(errno));
        return false;
    }
    return true;
}

/* The file is under the same rules as the config: who could change it could bring a revoked key back. */
static bool read_state(struct state *state, const char *dir, char *why, size_t why_size)
{
    char path[4096];
    if (faccessat(state->dir, FILE_NAME, F_OK, AT_SYMLINK_NOFOLLOW) != 0 && errno == ENOENT)
        return true;
    snprintf(path, sizeof path, "%s/" FILE_NAME, dir);
    int fd = safefile_open(path, 0, why, why_size);
    FILE *file = fd < 0 ? NULL : fdopen(fd, "re");
    bool ok = file && read_lines(state, file, dir, why, why_size);
    if (file)
        fclose(file);
    else if (fd >= 0)
        close(fd);
    return ok;
}

bool state_open(struct state *state, const char *dir, char *why, size_t why_size)
{
    char path[4096];
    *state = (struct state){ .dir = -1 };
    if (!dir)
        return true;
    snprintf(path, sizeof path, "%s/" FILE_NAME, dir);
    if (!makedir_above(path, 0700, why, why_size) || safefile_check_directories(path, why, why_size) != 0)
        return false;
    state->dir = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (state->dir < 0) {
        snprintf(why, why_size, "%s: %s", dir, strerror(errno));
        return false;
    }
    return read_state(state, dir, why, why_size);
}

void state_close(struct state *state)
{
    if (state->dir >= 0)
        close(state->dir);
    *state = (struct state){ .dir = -1 };
}

static size_t find(const struct state *state, const char *app, const char *key)
{
    for (size_t i = 0; i < state->n; i++)
        if (strcmp(state->lines[i].app, app) == 0 && strcmp(state->lines[i].key, key) == 0)
            return i;
    return SIZE_MAX;
}

bool state_is_frozen(const struct state *state, const char *app)
{
    return find(state, app, "") != SIZE_MAX;
}

bool state_is_revoked(const struct state *state, const char *app, const char *key)
{
    return find(state, app, key) != SIZE_MAX;
}

static bool write_lines(const struct state *state, int fd)
{
    FILE *file = fdopen(fd, "we");
    if (!file) {
        close(fd);
        return false;
    }
    for (size_t i = 0; i < state->n; i++) {
        const struct state_line *line = &state->lines[i];
        fprintf(file, "%s %s%s%s\n", line->key[0] ? "revoked" : "frozen", line->app, line->key[0] ? " " : "",
                line->key);
    }
    bool ok = fflush(file) == 0 && !ferror(file) && fsync(fd) == 0;
    return fclose(file) == 0 && ok;
}

static bool save(const struct state *state)
{
    if (state->dir < 0)
        return true;
    unlinkat(state->dir, NEW_NAME, 0);
    int fd = openat(state->dir, NEW_NAME, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd >= 0 && write_lines(state, fd) && renameat(state->dir, NEW_NAME, state->dir, FILE_NAME) == 0)
        return fsync(state->dir) == 0;
    int error = errno;
    unlinkat(state->dir, NEW_NAME, 0);
    errno = error;
    return false;
}

/* Makes next the state, on the disk first. */
static bool change(struct state *state, const struct state *next, char *why, size_t why_size)
{
    if (!save(next)) {
        snprintf(why, why_size, "the state directory cannot be written: %s; nothing was changed",
                 strerror(errno));
        return false;
    }
    *state = *next;
    return true;
}

static bool add_and_save(struct state *state, const char *app, const char *key, char *why, size_t why_size)
{
    static struct state next;
    if (find(state, app, key) != SIZE_MAX)
        return true;
    next = *state;
    if (!add(&next, app, key)) {
        snprintf(why, why_size, "the state holds %d lines already; nothing was changed", STATE_LINES_MAX);
        return false;
    }
    return change(state, &next, why, why_size);
}

static bool remove_and_save(struct state *state, const char *app, const char *key, char *why, size_t why_size)
{
    static struct state next;
    size_t at = find(state, app, key);
    if (at == SIZE_MAX)
        return true;
    next = *state;
    next.lines[at] = next.lines[--next.n];
    return change(state, &next, why, why_size);
}

bool state_freeze(struct state *state, const char *app, bool frozen, char *why, size_t why_size)
{
    return frozen ? add_and_save(state, app, "", why, why_size)
                  : remove_and_save(state, app, "", why, why_size);
}

bool state_revoke(struct state *state, const char *app, const char *key, char *why, size_t why_size)
{
    return add_and_save(state, app, key, why, why_size);
}

bool state_forgive(struct state *state, const char *app, const char *key, char *why, size_t why_size)
{
    return remove_and_save(state, app, key, why, why_size);
}
