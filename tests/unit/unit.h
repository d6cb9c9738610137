/* unit.h: what the unit tests share: how a suite runs, where its data is, random values with a printed seed. */
#ifndef UNIT_H
#define UNIT_H

#include <check.h>
#include <stddef.h>
#include <stdint.h>

/* ck_assert_msg for loops of many rounds: Check writes a file at each of its own that passes. */
#define unit_assert(condition, ...)    \
    do {                               \
        if (!(condition))              \
            ck_abort_msg(__VA_ARGS__); \
    } while (0)

#define UNIT_ROWS(table) ((int)(sizeof(table) / sizeof((table)[0])))

/* Runs the tests that fill adds. The exit status of main: 0 when all passed, else 1. */
int unit_run(const char *name, void (*fill)(TCase *tests));

/* The path of tests/data/<name> under the environment's srcdir ("." without it); valid until the next call. */
const char *unit_data(const char *name);

/* Starts the random values: from the environment's USERSIG_SEED, else from the clock. Prints the seed. */
void unit_seed(void);
uint64_t unit_random(void);
uint64_t unit_below(uint64_t end); /* 0 to end - 1 */
void unit_fill(void *out, size_t len);

#endif
