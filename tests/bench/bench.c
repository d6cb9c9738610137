/* bench.c: how fast libsig is beside what else there is. All works take turns, round after round, so that a change of
 * the machine's speed meets them alike; of each the least round counts, and the median is told. One JSON line each.
 * ROUNDS in the environment: how many, 15 without it, 9 at least. */
#include "bomb.h"
#include "node.h"
#include "page.h"
#include "v1.h"
#include "work.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define ROUNDS_MAX 1001

static const struct work {
    const char *name;
    bool (*run)(size_t n);
    size_t n; /* operations in a round: some ten milliseconds */
} works[] = {
    { "sign_v2", work_sign, 40000 },
    { "openssl+zlib9", work_sign_plain, 1000 },
    { "verify_v2_own", work_verify_own, 15000 },
    { "verify_v2_zlib9", work_verify_zlib9, 10000 },
    { "zlib+jansson+openssl", work_verify_plain, 2000 },
    { "url", work_url, 60000 },
    { "page_read", page_reading, 200000 },
    { "bomb", bomb_inflating, 10000 },
    { "bomb_longest", bomb_longest, 50 },
    { "sign_v1", v1_sign, 500 },
    { "openssl sign", v1_sign_plain, 50 },
    { "verify_v1", v1_verify, 500 },
    { "openssl verify", v1_verify_plain, 50 },
};
enum {
    SIGN,
    SIGN_PLAIN,
    VERIFY_OWN,
    VERIFY_ZLIB9,
    VERIFY_PLAIN,
    URL,
    PAGE,
    BOMB,
    BOMB_LONGEST,
    SIGN_V1,
    SIGN_V1_PLAIN,
    VERIFY_V1,
    VERIFY_V1_PLAIN,
    WORKS
};
_Static_assert(sizeof works / sizeof works[0] == WORKS, "one name for each work");

/* What is told: a work beside its baseline, or beside a limit in nanoseconds. */
static const struct {
    int work, baseline; /* baseline -1: limit_ns instead */
    const char *limit;
    double limit_ns;
} lines[] = {
    { SIGN, SIGN_PLAIN, NULL, 0 },
    { VERIFY_ZLIB9, VERIFY_PLAIN, NULL, 0 },
    { VERIFY_OWN, VERIFY_PLAIN, NULL, 0 },
    { URL, -1, "5 million a second", 200 },
    { PAGE, -1, "100 nanoseconds", 100 },
    { BOMB, -1, "100 microseconds", 100000 },
    { BOMB_LONGEST, -1, "100 microseconds", 100000 },
    { SIGN_V1, SIGN_V1_PLAIN, NULL, 0 },
    { VERIFY_V1, VERIFY_V1_PLAIN, NULL, 0 },
};

static double spent[WORKS + 1][ROUNDS_MAX]; /* ns of one operation; the last row is node's */

static double now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static bool run_round(size_t round, bool node)
{
    for (size_t i = 0; i < WORKS; i++) {
        double start = now_ns();
        if (!works[i].run(works[i].n)) {
            fprintf(stderr, "bench: %s failed\n", works[i].name);
            return false;
        }
        spent[i][round] = (now_ns() - start) / (double)works[i].n;
    }
    if (node && !node_sign(500, &spent[WORKS][round])) {
        fprintf(stderr, "bench: node failed\n");
        return false;
    }
    return true;
}

static void tell(const char *bench, const double *work, const char *baseline, double baseline_ns,
                 size_t rounds)
{
    printf("{\"bench\":\"%s\",\"ns_per_op\":%.1f,\"median_ns\":%.1f,\"baseline\":\"%s\",\"baseline_ns\":%.1f,"
           "\"ratio\":%.2f}\n",
           bench, work[0], work[rounds / 2], baseline, baseline_ns, baseline_ns / work[0]);
}

static void tell_all(size_t rounds, const char *no_node)
{
    double own, plain;
    for (size_t i = 0; i <= WORKS; i++)
        qsort(spent[i], rounds, sizeof spent[i][0], compare);
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        int baseline = lines[i].baseline;
        tell(works[lines[i].work].name, spent[lines[i].work],
             baseline < 0 ? lines[i].limit : works[baseline].name,
             baseline < 0 ? lines[i].limit_ns : spent[baseline][0], rounds);
    }
    if (no_node)
        printf("{\"bench\":\"sign_v2_node\",\"skipped\":\"%s\"}\n", no_node);
    else
        tell("sign_v2_node", spent[SIGN], "npm tls-sig-api-v2", spent[WORKS][0], rounds);
    work_lengths(&own, &plain);
    printf(
        "{\"bench\":\"text_length\",\"characters\":%.1f,\"baseline\":\"zlib level 9\",\"baseline_characters\":%.1f,"
        "\"ratio\":%.3f}\n",
        own, plain, plain / own);
}

int main(void)
{
    const char *given = getenv("ROUNDS");
    size_t rounds = given ? strtoul(given, NULL, 10) : 15;
    if (rounds < 9 || rounds > ROUNDS_MAX) {
        fprintf(stderr, "bench: ROUNDS: 9 to %d\n", ROUNDS_MAX);
        return 64;
    }
    if (!work_prepare() || !v1_prepare() || !page_prepare()) {
        fprintf(stderr, "bench: libsig or the baseline does not work\n");
        return 1;
    }
    const char *no_node = node_start();
    for (size_t round = 0; round < rounds; round++)
        if (!run_round(round, !no_node))
            return 1;
    node_stop();
    tell_all(rounds, no_node);
    return 0;
}
