#include "output.h"
#include "exits.h"

#include <errno.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <usersig.h>

static const char *program_name = "", *command_name;

void output_program(const char *name)
{
    program_name = name;
}

void output_command(const char *name)
{
    command_name = name;
}

/* One character of UTF-8 at p: its length in bytes, 0 when it is none (overlong, surrogate, cut, too large). */
static size_t utf8(const unsigned char *p, size_t len, uint32_t *c)
{
    static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
    size_t n = p[0] < 0x80 ? 1 : p[0] >= 0xf0 ? 4 : p[0] >= 0xe0 ? 3 : 2;
    if (n == 1) {
        *c = p[0];
        return 1;
    }
    if (p[0] < 0xc2 || p[0] > 0xf4 || n > len)
        return 0;
    *c = p[0] & (0x7fu >> n);
    for (size_t i = 1; i < n; i++) {
        if ((p[i] & 0xc0) != 0x80)
            return 0;
        *c = *c << 6 | (p[i] & 0x3f);
    }
    return *c < least[n] || *c > 0x10ffff || (*c >= 0xd800 && *c <= 0xdfff) ? 0 : n;
}

/* Characters that move the cursor, hide, or make a reader see another order than the bytes have. */
static bool is_hostile(uint32_t c)
{
    return c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0xad || c == 0x061c || (c >= 0x200b && c <= 0x200f) ||
           (c >= 0x2028 && c <= 0x202e) || (c >= 0x2060 && c <= 0x206f) || c == 0xfeff ||
           (c >= 0xfff9 && c <= 0xfffb) || c >= 0xe0000;
}

static void print(FILE *stream, const char *text, size_t len)
{
    const unsigned char *p = (const unsigned char *)text;
    for (size_t i = 0; i < len;) {
        uint32_t c = 0;
        size_t n = utf8(p + i, len - i, &c);
        if (n == 0) {
            fprintf(stream, "\\x%02x", p[i]);
            n = 1;
        } else if (c < 0x80 && is_hostile(c)) {
            fprintf(stream, "\\x%02x", (unsigned)c);
        } else if (is_hostile(c)) {
            fprintf(stream, "\\u{%x}", (unsigned)c);
        } else {
            fwrite(p + i, 1, n, stream);
        }
        i += n;
    }
}

__attribute__((format(printf, 1, 0))) static void say(const char *format, va_list arguments)
{
    char line[2048];
    int n = vsnprintf(line, sizeof line, format, arguments);
    size_t len = n < 0 ? 0 : (size_t)n;
    if (len >= sizeof line)
        len = sizeof line - 1;
    fprintf(stderr, "%s: ", program_name);
    if (command_name != NULL)
        fprintf(stderr, "%s: ", command_name);
    print(stderr, line, len);
    fputc('\n', stderr);
}

#undef output_fail /* the analyzer's */
int output_fail(int status, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    say(format, arguments);
    va_end(arguments);
    return status;
}

void output_note(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    say(format, arguments);
    va_end(arguments);
}

bool output_is_watched(void)
{
    return isatty(STDERR_FILENO) == 1;
}

void output_text(const char *text, size_t len)
{
    print(stdout, text, len);
}

int output_json(json_t *value)
{
    int failed = value == NULL || json_dumpf(value, stdout, JSON_ENSURE_ASCII) != 0;
    json_decref(value);
    if (failed && !ferror(stdout))
        return output_fail(USERSIG_ERR_MEMORY, "no memory");
    putchar('\n');
    return 0;
}

int output_end(int status)
{
    errno = 0;
    if (fflush(stdout) == 0 && !ferror(stdout))
        return status;
    return output_fail(EXITS_OUTPUT, "cannot write to standard output: %s",
                       errno != 0 ? strerror(errno) : "write error");
}
