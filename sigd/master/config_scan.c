/* config_scan.c: a look at the bytes before libconfuse has them.
 *
 * libconfuse 3.3 expands environment variables, drops bytes that it has no token for ("a*" becomes "a"), ends values at
 * \0, takes the end of the file for every brace that is still open, and loses what follows an open comment. Each of
 * these changes the meaning of a policy without a word, hence this file. */
#include "config_scan.h"

#include "sizes.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define DEPTH_MAX 4 /* app { key { } } needs 2 */

enum expected { WORD, AFTER_WORD, AFTER_TITLE, VALUE, LIST };

struct scanner {
    struct config_scan *scan;
    struct config_fault_list *faults;
    char *at;
    int line;
    enum expected expected;
    bool list_is_empty;
    size_t depth;
    int opened[DEPTH_MAX];
    bool lost; /* what follows cannot be told apart any more */
};

static void lost(struct scanner *s, int line, const char *what)
{
    config_fault_add(s->faults, line, "%s", what);
    s->lost = true;
}

/* The byte becomes harmless, so that the rest of the file can still be judged. */
static void bad_byte(struct scanner *s, const char *what)
{
    config_fault_add(s->faults, s->line, "%s", what);
    *s->at = '_';
}

static bool read_all(struct config_scan *scan, int fd, struct config_fault_list *faults)
{
    size_t room = SIGD_KEY_FILE_MAX + 1;
    scan->text = malloc(room + 1);
    if (scan->text == NULL) {
        config_fault_add(faults, 0, "%s: no memory", faults->path);
        return false;
    }
    while (scan->length < room) {
        ssize_t n = read(fd, scan->text + scan->length, room - scan->length);
        if (n == 0)
            break;
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0) {
            config_fault_add(faults, 0, "%s: cannot be read: %s", faults->path, strerror(errno));
            return false;
        }
        scan->length += (size_t)n;
    }
    scan->text[scan->length] = '\0';
    if (scan->length < room)
        return true;
    config_fault_add(faults, 0, "%s: over %d bytes; it must be shorter", faults->path, SIGD_KEY_FILE_MAX);
    return false;
}

/* Blanks a comment that runs to the end of the line. */
static void skip_line_comment(struct scanner *s)
{
    while (*s->at != '\n' && s->at < s->scan->text + s->scan->length)
        *s->at++ = ' ';
}

static void skip_block_comment(struct scanner *s)
{
    const char *end = s->scan->text + s->scan->length;
    int line = s->line;
    s->at[0] = s->at[1] = ' ';
    for (s->at += 2; s->at < end; s->at++) {
        if (s->at[0] == '*' && s->at[1] == '/') {
            s->at[0] = s->at[1] = ' ';
            s->at += 2;
            return;
        }
        if (*s->at == '\n')
            s->line++;
        else
            *s->at = ' ';
    }
    lost(s, line, "comment that is never closed; end it with */");
}

/* A word, a title or a value was read. */
static void string_read(struct scanner *s, bool is_quoted)
{
    switch (s->expected) {
    case WORD:
        if (is_quoted)
            config_fault_add(s->faults, s->line,
                             "a word of the grammar stands in quotes; write it without them");
        s->expected = AFTER_WORD;
        break;
    case AFTER_WORD: s->expected = AFTER_TITLE; break;
    case AFTER_TITLE: break; /* libconfuse says what is missing */
    case VALUE: s->expected = WORD; break;
    case LIST: s->list_is_empty = false; break;
    }
}

static bool is_control(char c)
{
    return (unsigned char)c < 0x20 || c == 0x7f;
}

static bool is_variable(const char *p)
{
    return p[0] == '$' && p[1] == '{';
}

static const char no_variables[] = "\"${\": variables are not expanded, since they could widen a pattern; "
                                   "write the value itself";

/* Leaves s->at behind the closing quote. */
static void read_quoted(struct scanner *s)
{
    const char *end = s->scan->text + s->scan->length;
    char quote = *s->at++;
    while (s->at < end && *s->at != quote && *s->at != '\n' && *s->at != '\0') {
        bool is_pair = s->at[0] == '\\' && (s->at[1] == '\\' || s->at[1] == quote);
        if (is_control(*s->at))
            bad_byte(s, "control character inside quotes; take it out");
        else if (is_variable(s->at))
            bad_byte(s, no_variables);
        else if (*s->at == '\\' && quote == '"' && !is_pair)
            bad_byte(s, "backslash inside quotes; only \\\\ and \\\" can be written");
        s->at += is_pair ? 2 : 1;
    }
    if (*s->at != quote) {
        lost(s, s->line,
             "quotes that are not closed in this line; end the value with the quote that it began with");
        return;
    }
    s->at++;
    string_read(s, true);
}

/* As libconfuse divides it, but that '*' and '+', which it would drop, stay a part of the word. */
static bool ends_plain(const char *p)
{
    return *p == '\0' || strchr(" \t\r\n#\"'={}(),", *p) != NULL ||
           (p[0] == '/' && (p[1] == '/' || p[1] == '*')) || (p[0] == '+' && p[1] == '=');
}

static void read_plain(struct scanner *s)
{
    for (; !ends_plain(s->at); s->at++) {
        if (is_variable(s->at))
            bad_byte(s, no_variables);
        else if (is_control(*s->at))
            bad_byte(s, "control character; take it out");
        else if (*s->at == '*' || *s->at == '+' || *s->at == '|')
            bad_byte(s, "'*', '+' or '|' outside quotes; put the value in quotes");
        else if (*s->at == '/' && ends_plain(s->at + 1))
            bad_byte(s, "'/' at the end of a value without quotes; put the value in quotes");
    }
    string_read(s, false);
}

static void open_brace(struct scanner *s)
{
    if (s->expected == VALUE) {
        s->expected = LIST;
        s->list_is_empty = true;
        return;
    }
    if (s->depth == DEPTH_MAX) {
        lost(s, s->line, "braces nested too deeply");
        return;
    }
    s->opened[s->depth++] = s->line;
    s->expected = WORD;
}

static void close_brace(struct scanner *s)
{
    if (s->expected == LIST && s->list_is_empty)
        config_fault_add(s->faults, s->line,
                         "empty list, which could be read as all or as none; take the line out");
    else if (s->expected != LIST && s->depth > 0)
        s->scan->lines[s->scan->n_lines++] = s->opened[--s->depth];
    s->expected = WORD;
}

/* One byte outside quotes and comments. */
static void read_byte(struct scanner *s)
{
    switch (*s->at) {
    case '\n': s->line++; break;
    case '{': open_brace(s); break;
    case '}': close_brace(s); break;
    case '=': s->expected = VALUE; break;
    case '\r':
        if (s->at[1] != '\n')
            bad_byte(s, "carriage return inside a line; take it out");
        break;
    default: break; /* white space, and what libconfuse judges itself */
    }
    s->at++;
}

static void scan_all(struct scanner *s)
{
    const char *end = s->scan->text + s->scan->length;
    while (s->at < end && !s->lost) {
        if (*s->at == '\0')
            lost(s, s->line, "NUL byte; this is not a text file");
        else if (*s->at == '#' || (s->at[0] == '/' && s->at[1] == '/'))
            skip_line_comment(s);
        else if (s->at[0] == '/' && s->at[1] == '*')
            skip_block_comment(s);
        else if (*s->at == '"' || *s->at == '\'')
            read_quoted(s);
        else if (ends_plain(s->at))
            read_byte(s);
        else
            read_plain(s);
    }
    if (!s->lost && s->expected == LIST)
        lost(s, s->line, "list that is never closed; end it with '}'");
    while (!s->lost && s->depth > 0)
        lost(s, s->opened[s->depth - 1], "section that is opened here and never closed; end it with '}'");
}

bool config_scan_read(struct config_scan *scan, int fd, struct config_fault_list *faults)
{
    *scan = (struct config_scan){ 0 };
    if (!read_all(scan, fd, faults)) {
        config_scan_free(scan);
        return false;
    }
    scan->lines = calloc(scan->length + 1, sizeof *scan->lines); /* one a brace is enough */
    if (scan->lines == NULL) {
        config_fault_add(faults, 0, "%s: no memory", faults->path);
        config_scan_free(scan);
        return false;
    }
    struct scanner s = { .scan = scan, .faults = faults, .at = scan->text, .line = 1, .expected = WORD };
    scan_all(&s);
    if (s.lost)
        config_scan_free(scan);
    return !s.lost;
}

void config_scan_free(struct config_scan *scan)
{
    free(scan->text);
    free(scan->lines);
    *scan = (struct config_scan){ 0 };
}
