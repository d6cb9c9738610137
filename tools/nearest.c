#include "nearest.h"

#include <stdint.h>
#include <string.h>

#define LETTERS_MAX NEAREST_LETTERS_MAX

/* Edits between two words: a letter more, less or other, or two neighbours swapped. */
static size_t distance(const char *a, size_t a_len, const char *b, size_t b_len)
{
    size_t rows[3][LETTERS_MAX + 1]; /* row i is rows[i % 3] */
    for (size_t j = 0; j <= b_len; j++)
        rows[0][j] = j;
    for (size_t i = 1; i <= a_len; i++) {
        size_t *row = rows[i % 3], *above = rows[(i - 1) % 3], *two_above = rows[(i + 1) % 3];
        row[0] = i;
        for (size_t j = 1; j <= b_len; j++) {
            size_t change = above[j - 1] + (a[i - 1] != b[j - 1]);
            row[j] = (above[j] < row[j - 1] ? above[j] : row[j - 1]) + 1;
            if (change < row[j])
                row[j] = change;
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] &&
                two_above[j - 2] + 1 < row[j])
                row[j] = two_above[j - 2] + 1;
        }
    }
    return rows[a_len % 3][b_len];
}

size_t nearest_distance(const char *a, const char *b)
{
    size_t a_len = strlen(a), b_len = strlen(b);
    return a_len > LETTERS_MAX || b_len > LETTERS_MAX ? SIZE_MAX : distance(a, a_len, b, b_len);
}

const char *nearest_word(const char *word, size_t len, const char *const *words, size_t n)
{
    const char *best = NULL;
    size_t best_distance = (len + 2) / 3 + 1;
    if (len > LETTERS_MAX)
        return NULL;
    for (size_t i = 0; i < n; i++) {
        size_t their_len = strlen(words[i]);
        if (their_len > LETTERS_MAX)
            continue;
        size_t d = distance(word, len, words[i], their_len);
        if (d < best_distance) {
            best = words[i];
            best_distance = d;
        }
    }
    return best;
}
