/* unit.c: what the unit tests share. */
#include "unit.h"

#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

int unit_run(const char *name, void (*fill)(TCase *tests))
{
#ifdef M_TRIM_THRESHOLD /* zlib's 256 KiB a call would go to the kernel and come back each time */
    mallopt(M_TRIM_THRESHOLD, 16 << 20);
#endif
    Suite *suite = suite_create(name);
    TCase *tests = tcase_create(name);
    tcase_set_timeout(tests, 120); /* seconds; sanitizers and valgrind are slow */
    fill(tests);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

const char *unit_data(const char *name)
{
    static char path[4096];
    const char *top = getenv("srcdir");
    int len = snprintf(path, sizeof path, "%s/tests/data/%s", top ? top : ".", name);
    ck_assert_msg(len > 0 && (size_t)len < sizeof path, "path too long: %s", name);
    return path;
}

static uint64_t state;

void unit_seed(void)
{
    const char *given = getenv("USERSIG_SEED");
    struct timespec now;
    if (given) {
        state = strtoull(given, NULL, 0);
    } else {
        clock_gettime(CLOCK_REALTIME, &now);
        state = (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
    }
    printf("USERSIG_SEED=%llu\n", (unsigned long long)state);
    fflush(stdout);
}

/* splitmix64: any seed will do */
uint64_t unit_random(void)
{
    uint64_t z = state += 0x9E3779B97F4A7C15u;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return z ^ (z >> 31);
}

uint64_t unit_below(uint64_t end)
{
    return unit_random() % end;
}

void unit_fill(void *out, size_t len)
{
    unsigned char *at = out;
    while (len--)
        *at++ = (unsigned char)unit_random();
}
