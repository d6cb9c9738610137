#include "input.h"
#include "exits.h"
#include "output.h"
#include "readall.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <usersig.h>

#define USERSIG_INPUT_MAX 65536 /* bytes; a usersig is at most USERSIG_TEXT_MAX, a URL little more */
#define PARAMETER "usersig="
#define PARAMETER_LEN (sizeof PARAMETER - 1)

static int read_word(const char *word, char **text, size_t *len)
{
    size_t n = strlen(word);
    if (output_is_watched())
        output_note("warning: an argument is visible to every user in the process list; give it on standard "
                    "input or as @FILE");
    if (access(word, F_OK) == 0)
        output_note("note: there is a file of this name; to read it, write @ before it");
    *text = malloc(n + 1);
    if (*text == NULL)
        return output_fail(USERSIG_ERR_MEMORY, "no memory");
    memcpy(*text, word, n + 1);
    *len = n;
    return 0;
}

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static void trim(char *text, size_t *len)
{
    size_t end = *len, start = 0;
    while (end > 0 && is_space(text[end - 1]))
        end--;
    while (start < end && is_space(text[start]))
        start++;
    memmove(text, text + start, end - start);
    *len = end - start;
}

static int hex(char c)
{
    return c >= '0' && c <= '9'   ? c - '0'
           : c >= 'a' && c <= 'f' ? c - 'a' + 10
           : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                  : -1;
}

/* In place; false where a % is not followed by two hex digits. */
static bool percent_decode(char *text, size_t *len)
{
    size_t out = 0;
    for (size_t i = 0; i < *len; i++) {
        if (text[i] != '%') {
            text[out++] = text[i];
            continue;
        }
        int high = i + 2 < *len ? hex(text[i + 1]) : -1, low = high >= 0 ? hex(text[i + 2]) : -1;
        if (low < 0)
            return false;
        text[out++] = (char)(high << 4 | low);
        i += 2;
    }
    *len = out;
    return true;
}

/* Where the next usersig parameter's value begins, from position at on; len where there is none. */
static size_t find_parameter(const char *text, size_t len, size_t at)
{
    for (; at + PARAMETER_LEN <= len; at++)
        if (memcmp(text + at, PARAMETER, PARAMETER_LEN) == 0 &&
            (at == 0 || text[at - 1] == '?' || text[at - 1] == '&'))
            return at + PARAMETER_LEN;
    return len;
}

static bool has_scheme(const char *text, size_t len)
{
    for (size_t i = 0; i + 3 <= len; i++)
        if (memcmp(text + i, "://", 3) == 0)
            return true;
    return false;
}

/* A usersig has no "=", so a text with "usersig=" is a URL, a query, or a config line around a URL. */
static int reduce_url(char *text, size_t *len)
{
    size_t start = find_parameter(text, *len, 0), end = start;
    if (start == *len) {
        if (has_scheme(text, *len))
            return output_fail(EXITS_DATA, "this URL has no usersig parameter");
        return 0;
    }
    if (find_parameter(text, *len, start) != *len)
        return output_fail(EXITS_DATA, "this URL has more than one usersig parameter");
    while (end < *len && text[end] != '&' && text[end] != '#' && text[end] != '"' && !is_space(text[end]))
        end++;
    memmove(text, text + start, end - start);
    *len = end - start;
    if (!percent_decode(text, len))
        return output_fail(EXITS_DATA,
                           "the usersig in this URL has a %% without two hex digits: it was cut, or "
                           "encoded wrongly");
    return 0;
}

int input_text(const char *word, const char *what, size_t max, char **text, size_t *len)
{
    int status;
    if (word == NULL || strcmp(word, "-") == 0) {
        if (isatty(STDIN_FILENO) == 1)
            output_note("reading %s from the terminal; end with Ctrl-D", what);
        status = readall_open(STDIN_FILENO, "standard input", max, text, len);
    } else if (word[0] == '@') {
        status = readall_file(word + 1, max, text, len);
    } else {
        status = read_word(word, text, len);
    }
    if (status != 0)
        return status;
    trim(*text, len);
    (*text)[*len] = '\0';
    if (*len != 0)
        return 0;
    free(*text);
    *text = NULL;
    return output_fail(EXITS_DATA, "there is nothing to read: %s is expected", what);
}

int input_usersig(const char *word, char **text, size_t *len)
{
    int status = input_text(word, "a usersig or a URL", USERSIG_INPUT_MAX, text, len);
    if (status != 0)
        return status;
    status = reduce_url(*text, len);
    if (status != 0) {
        free(*text);
        *text = NULL;
    }
    return status;
}
