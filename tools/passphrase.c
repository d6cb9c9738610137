#include "passphrase.h"
#include "exits.h"
#include "output.h"
#include "secret.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#define CTRL_C 3
#define CTRL_D 4

enum line { LINE_GOOD, LINE_EMPTY, LINE_LONG, LINE_FAULT };

/* One line, byte by byte, so that a second line is left for who reads next. LINE_FAULT: errno tells. */
static enum line read_line(struct passphrase *out, int fd, bool terminal)
{
    char byte;
    out->len = 0;
    for (;;) {
        ssize_t got = read(fd, &byte, 1);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return LINE_FAULT;
        if (terminal && got == 1 && (byte == CTRL_C || byte == CTRL_D))
            return LINE_EMPTY;
        if (got == 0 || byte == '\n')
            break;
        if (out->len == PASSPHRASE_MAX)
            return LINE_LONG;
        out->text[out->len++] = byte;
    }
    explicit_bzero(&byte, sizeof byte);
    out->text[out->len] = '\0';
    return out->len > 0 ? LINE_GOOD : LINE_EMPTY;
}

static int explain(enum line line, const char *noun, const char *from)
{
    switch (line) {
    case LINE_GOOD: return 0;
    case LINE_LONG: return output_fail(EXITS_USAGE, "a %s has at most %d bytes", noun, PASSPHRASE_MAX);
    case LINE_FAULT:
        return output_fail(EXITS_NO_INPUT, "cannot read the %s from %s: %s", noun, from, strerror(errno));
    case LINE_EMPTY:
    default: return output_fail(EXITS_NO_INPUT, "no %s was given", noun);
    }
}

/* What others end the program with while the echo is off; the terminal's own keys are read as bytes then. */
static const int ending[] = { SIGHUP, SIGINT, SIGQUIT, SIGTERM };
#define N_ENDING (sizeof ending / sizeof ending[0])

static volatile sig_atomic_t asked_at = -1; /* the terminal */
static struct termios before;               /* how it was */

static void end_hidden(int number)
{
    if (asked_at >= 0)
        tcsetattr(asked_at, TCSAFLUSH, &before);
    raise(number); /* SA_RESETHAND: ends the program as it would have been */
}

/* So that the echo comes back whoever ends the program. A signal that is ignored (nohup) stays so. */
static void guard_echo(int tty, struct sigaction old[static N_ENDING])
{
    struct sigaction action = { .sa_handler = end_hidden, .sa_flags = (int)SA_RESETHAND };
    asked_at = tty;
    for (size_t i = 0; i < N_ENDING; i++)
        if (sigaction(ending[i], NULL, &old[i]) == 0 && old[i].sa_handler == SIG_DFL)
            sigaction(ending[i], &action, NULL);
}

static void unguard_echo(const struct sigaction old[static N_ENDING])
{
    for (size_t i = 0; i < N_ENDING; i++)
        if (old[i].sa_handler == SIG_DFL)
            sigaction(ending[i], &old[i], NULL);
    asked_at = -1;
}

/* Without echo, which always comes back. */
static int read_hidden(struct passphrase *out, int tty, const char *noun, const char *prompt)
{
    struct sigaction old[N_ENDING] = { 0 };
    struct termios hidden;
    if (tcgetattr(tty, &before) != 0)
        return output_fail(EXITS_NO_INPUT, "the terminal cannot be asked: %s", strerror(errno));
    hidden = before;
    hidden.c_lflag &= ~(tcflag_t)(ECHO | ECHONL | ISIG);
    hidden.c_lflag |= ICANON;
    hidden.c_cc[VEOL] = CTRL_C; /* ends the line as well */
    guard_echo(tty, old);
    if (tcsetattr(tty, TCSAFLUSH, &hidden) != 0) {
        unguard_echo(old);
        return output_fail(EXITS_NO_INPUT, "the terminal's echo cannot be switched off: %s", strerror(errno));
    }
    dprintf(tty, "%s: ", prompt);
    enum line line = read_line(out, tty, true);
    int fault = errno;
    tcsetattr(tty, TCSAFLUSH, &before);
    unguard_echo(old);
    dprintf(tty, "\n");
    errno = fault;
    return explain(line, noun, "the terminal");
}

static int ask_terminal(struct passphrase *out, const char *what, bool is_new)
{
    char prompt[128];
    struct passphrase *again;
    int tty = open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC);
    if (tty < 0)
        return output_fail(
            EXITS_NO_INPUT,
            "there is no terminal on which to ask for a passphrase: give it with --passphrase-fd N");
    snprintf(prompt, sizeof prompt, "%s for %s", is_new ? "New passphrase" : "Passphrase", what);
    int status = read_hidden(out, tty, "passphrase", prompt);
    if (status == 0 && is_new) {
        status = secret_memory(&again, sizeof *again);
        if (status == 0) {
            status = read_hidden(again, tty, "passphrase", "The same again");
            if (status == 0 &&
                (again->len != out->len || sodium_memcmp(again->text, out->text, out->len) != 0))
                status = output_fail(EXITS_USAGE, "the two passphrases differ; nothing was done");
            sodium_free(again);
        }
    }
    close(tty);
    return status;
}

int passphrase_ask(struct passphrase **passphrase, const char *what, bool is_new, int fd)
{
    char from[32];
    *passphrase = NULL;
    struct passphrase *out;
    int status = secret_memory(&out, sizeof *out);
    if (status != 0)
        return status;
    snprintf(from, sizeof from, "descriptor %d", fd);
    status =
        fd < 0 ? ask_terminal(out, what, is_new) : explain(read_line(out, fd, false), "passphrase", from);
    if (status == 0 && is_new && out->len < PASSPHRASE_MIN)
        status = output_fail(EXITS_USAGE,
                             "a passphrase of %zu bytes is guessed; take %d or more, better four words",
                             out->len, PASSPHRASE_MIN);
    if (status != 0)
        sodium_free(out);
    else
        *passphrase = out;
    return status;
}

int passphrase_line(struct passphrase **line, const char *noun, const char *prompt)
{
    struct passphrase *out;
    int status = secret_memory(&out, sizeof *out);
    if (status != 0)
        return status;
    int tty = open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC);
    if (tty < 0)
        status = output_fail(EXITS_NO_INPUT, "there is no terminal: %s", strerror(errno));
    else
        status = read_hidden(out, tty, noun, prompt);
    if (tty >= 0)
        close(tty);
    if (status != 0)
        sodium_free(out);
    else
        *line = out;
    return status;
}
