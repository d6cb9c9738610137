/* test_namespace.c: maps of user namespaces, and this process's own before and after it has one. */
#include "../../sigd/master/namespace.h"
#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const struct {
    const char *name, *map;
    bool is_identity;
} maps[] = {
    { "the first namespace", "         0          0 4294967295\n", true },
    { "in two ranges", "0 0 1000\n1000 1000 4294966295\n", true },
    { "in two ranges, the later first", "1000 1000 4294966295\n0 0 1000\n", true },
    { "a part", "         0          0      65536\n", false },
    { "all but one", "0 0 4294967294\n", false },
    { "a hole", "0 0 1000\n1001 1001 4294966294\n", false },
    { "moved", "         0     100000      65536\n", false },
    { "moved, and the rest", "0 1 1\n1 0 1\n2 2 4294967293\n", false },
    { "one user", "      1000       1000          1\n", false },
    { "no map yet", "", false },
    { "cut", "         0          0 4294967295", false },
    { "two numbers", "0 4294967295\n", false },
    { "four numbers", "0 0 4294967295 0\n", false },
    { "a letter", "0 0 4294967295x\n", false },
    { "negative", "0 0 -1\n", false },
    { "too long a number", "0 0 00000000004294967295\n", false },
    { "an empty line", "\n0 0 4294967295\n", false },
};

START_TEST(reads_maps)
{
    bool found = namespace_is_identity(maps[_i].map);
    ck_assert_msg(found == maps[_i].is_identity, "%s: expected %d, got %d", maps[_i].name,
                  maps[_i].is_identity, found);
}
END_TEST

static bool write_map(const char *path, const char *text)
{
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    ssize_t n = fd < 0 ? -1 : write(fd, text, strlen(text));
    if (fd >= 0)
        close(fd);
    return n == (ssize_t)strlen(text);
}

/* In a process of its own, as every test of Check. */
START_TEST(sees_its_own)
{
    char one[32];
    uid_t uid = getuid();
    if (unshare(CLONE_NEWUSER) != 0) {
        fprintf(stderr, "SKIPPED, no user namespaces here (%s): namespace: own map\n", strerror(errno));
        return;
    }
    ck_assert_msg(!namespace_shows_ids(), "a namespace without a map shows nobody");
    snprintf(one, sizeof one, "%lu %lu 1\n", (unsigned long)uid, (unsigned long)uid);
    if (!write_map("/proc/self/uid_map", one)) {
        fprintf(stderr, "SKIPPED, no map can be written here (%s): namespace: own map\n", strerror(errno));
        return;
    }
    ck_assert_msg(!namespace_shows_ids(), "a namespace of one user shows one");
}
END_TEST

static void fill(TCase *tests)
{
    tcase_add_loop_test(tests, reads_maps, 0, UNIT_ROWS(maps));
    tcase_add_test(tests, sees_its_own);
}

int main(void)
{
    return unit_run("namespace", fill);
}
