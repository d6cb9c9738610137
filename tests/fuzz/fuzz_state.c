/* fuzz_state.c: the file of state, of which apps are frozen and keys revoked: what is taken is every line of it, and is
 * written and read again the same. The input: the file. */
#include "fuzz.h"

#include "names.h"
#include "state.h"

#include <fcntl.h>
#include <unistd.h>

static char dir[64];
static int file = -1;

static void remove_all(void)
{
    char path[96];
    snprintf(path, sizeof path, "%s/state", dir);
    unlink(path);
    rmdir(dir);
}

static void open_once(void)
{
    const char *base = getenv("TMPDIR");
    char path[96];
    if (dir[0])
        return;
    FUZZ_MUST(snprintf(dir, sizeof dir, "%s/fuzz-XXXXXX", base && strlen(base) < 40 ? base : "/tmp") > 0);
    FUZZ_MUST(mkdtemp(dir) != NULL && atexit(remove_all) == 0);
    snprintf(path, sizeof path, "%s/state", dir);
    file = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    FUZZ_MUST(file >= 0);
}

/* Lines as state.c would write them. */
static size_t write_lines(const struct state *state, char *out, size_t size)
{
    size_t len = 0;
    for (size_t i = 0; i < state->n; i++) {
        const struct state_line *line = &state->lines[i];
        FUZZ_MUST(names_ok(line->app) && (!line->key[0] || names_ok(line->key)));
        len += (size_t)snprintf(out + len, size - len, line->key[0] ? "revoked %s %s\n" : "frozen %s\n",
                                line->app, line->key);
        FUZZ_MUST(len < size);
    }
    return len;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct state state;
    static char text[65536];
    char why[512];
    open_once();
    FUZZ_MUST(pwrite(file, data, size, 0) == (ssize_t)size && ftruncate(file, (off_t)size) == 0);
    memset(why, 0, sizeof why);
    bool ok = state_open(&state, dir, why, sizeof why);
    FUZZ_MUST(ok == (why[0] == '\0') && memchr(why, '\0', sizeof why));
    if (ok) {
        size_t len = write_lines(&state, text, sizeof text);
        FUZZ_MUST(len == size && memcmp(text, data, len) == 0);
        for (size_t i = 0; i < state.n; i++)
            FUZZ_MUST(state.lines[i].key[0] ? state_is_revoked(&state, state.lines[i].app, state.lines[i].key)
                                            : state_is_frozen(&state, state.lines[i].app));
    }
    state_close(&state);
    return 0;
}
