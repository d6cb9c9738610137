/* test_safefile_volume.c: files as Kubernetes and systemd put them, and what only looks like them. */
#include "../../sigd/common/safefile.h"
#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <grp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define STRANGER 12345 /* a uid that is neither root's nor ours */
#define OUR_GROUP 23456
#define OTHER_GROUP 34567

static char top[4096]; /* the temporary directory, which is also the working directory */

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
    (void)st;
    (void)type;
    (void)ftw;
    return remove(path);
}

static void set_up(void)
{
    const char *base = getenv("TMPDIR");
    char *real = realpath(base == NULL || base[0] == '\0' ? "/tmp" : base, NULL);
    ck_assert_ptr_nonnull(real);
    snprintf(top, sizeof top, "%s/volume.XXXXXX", real);
    free(real);
    ck_assert_ptr_nonnull(mkdtemp(top));
    ck_assert_int_eq(chdir(top), 0);
    umask(0);
}

static void tear_down(void)
{
    ck_assert_int_eq(chdir("/"), 0);
    nftw(top, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

static void put(const char *path, mode_t mode, gid_t gid)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL, 0600);
    ck_assert_msg(fd >= 0, "cannot make %s: %s", path, strerror(errno));
    ck_assert_int_eq(fchown(fd, (uid_t)-1, gid), 0);
    ck_assert_int_eq(fchmod(fd, mode), 0);
    close(fd);
}

/* As the kubelet lays out a secret: the last names are links through ..data, which it turns at once to new data. */
static void make_volume(mode_t mode, gid_t gid)
{
    ck_assert_int_eq(mkdir("v", 0700), 0);
    ck_assert_int_eq(chmod("v", 03777), 0);
    ck_assert_int_eq(mkdir("v/..2026_11_23.1", 0755), 0);
    put("v/..2026_11_23.1/key", mode, gid);
    ck_assert_int_eq(symlink("..2026_11_23.1", "v/..data"), 0);
    ck_assert_int_eq(symlink("..data/key", "v/key"), 0);
}

static void make_0400(void)
{
    make_volume(0400, getgid());
}
static void make_0440(void)
{
    make_volume(0440, OUR_GROUP);
}
static void make_0440_primary(void)
{
    make_volume(0440, getgid());
}
static void make_0440_others(void)
{
    make_volume(0440, OTHER_GROUP);
}
static void make_0444(void)
{
    make_volume(0444, OUR_GROUP);
}
static void make_0460(void)
{
    make_volume(0460, OUR_GROUP);
}
static void make_strangers_link(void)
{
    make_0400();
    ck_assert_int_eq(lchown("v/key", STRANGER, STRANGER), 0);
}
static void make_strangers_data(void)
{
    make_0400();
    ck_assert_int_eq(lchown("v/..data", STRANGER, STRANGER), 0);
}

static void relink(const char *target)
{
    ck_assert_int_eq(unlink("v/key"), 0);
    ck_assert_int_eq(symlink(target, "v/key"), 0);
}

static void make_up(void)
{
    make_0400();
    put("secret", 0400, getgid());
    relink("../secret");
}
static void make_up_and_down(void)
{
    make_0400();
    relink("../v/..data/key");
}
static void make_sibling(void) /* whose name begins like the volume's */
{
    make_0400();
    ck_assert_int_eq(mkdir("v2", 0755), 0);
    put("v2/key", 0400, getgid());
    relink("../v2/key");
}
static void make_absolute(void)
{
    char target[sizeof top + 32];
    make_0400();
    snprintf(target, sizeof target, "%s/v/..data/key", top);
    relink(target);
}
static void make_link_to_link(void)
{
    make_0400();
    ck_assert_int_eq(symlink("..data/key", "v/second"), 0);
    relink("second");
}
static void make_loop(void)
{
    make_0400();
    relink("key");
}
static void make_dangling(void)
{
    make_0400();
    relink("..data/none");
}
static void make_to_directory(void)
{
    make_0400();
    relink("..data");
}
static void make_open_data(void)
{
    make_0400();
    ck_assert_int_eq(chmod("v/..2026_11_23.1", 0777), 0);
}

static void make_credential(gid_t gid)
{
    ck_assert_int_eq(mkdir("v", 0550), 0);
    put("v/key", 0440, gid);
}
static void make_roots_credential(void)
{
    make_credential(0);
}
static void make_others_credential(void)
{
    make_credential(OUR_GROUP);
}

#define SECRET SAFEFILE_SECRET
#define VOLUME (SAFEFILE_SECRET | SAFEFILE_KUBERNETES)
#define CREDENTIAL (SAFEFILE_SECRET | SAFEFILE_CREDENTIAL)

static const struct {
    const char *name;
    void (*make)(void);
    const char *path;
    unsigned flags;
    const char *fault; /* in the message; NULL: opened */
} rows[] = {
    { "0400", make_0400, "v/key", VOLUME, NULL },
    { "0400 by the way that needs no flag", make_0400, "v/..data/key", SECRET, NULL },
    { "0400 without the flag", make_0400, "v/key", SECRET, "v/key: is a symbolic link" },
    { "0440 of a group of ours", make_0440, "v/key", VOLUME, NULL },
    { "0440 of the primary group", make_0440_primary, "v/key", VOLUME, NULL },
    { "0440 without the flag", make_0440, "v/..data/key", SECRET, "(mode 0440); chmod 600" },
    { "0440 of another group", make_0440_others, "v/key", VOLUME, "(mode 0440, gid 34567); give the volume" },
    { "0444", make_0444, "v/key", VOLUME, "(mode 0444, gid 23456); give the volume defaultMode: 0400" },
    { "group may write", make_0460, "v/key", VOLUME, "(mode 0460, gid 23456)" },
    { "a stranger's link", make_strangers_link, "v/key", VOLUME, "v/key: symbolic link owned by uid 12345" },
    { "a stranger's data", make_strangers_data, "v/key", VOLUME,
      "v/..data: symbolic link owned by uid 12345" },
    { "out of the volume", make_up, "v/key", VOLUME, "v/key: symbolic link that leads out of " },
    { "out and in again", make_up_and_down, "v/key", VOLUME, NULL },
    { "to the next volume", make_sibling, "v/key", VOLUME, "v/key: symbolic link that leads out of " },
    { "absolute", make_absolute, "v/key", VOLUME, "v/key: symbolic link that leads out of " },
    { "link to a link", make_link_to_link, "v/key", VOLUME, "v/second: is a symbolic link" },
    { "link to itself", make_loop, "v/key", VOLUME, "v/key: is a symbolic link" },
    { "dangling", make_dangling, "v/key", VOLUME, "v/..2026_11_23.1/none: no such file" },
    { "to a link to a directory", make_to_directory, "v/key", VOLUME, "v/..data: is a symbolic link" },
    { "data open to others", make_open_data, "v/key", VOLUME, "chmod go-w" },
    { "credential", make_roots_credential, "v/key", CREDENTIAL, NULL },
    { "credential without the flag", make_roots_credential, "v/key", SECRET, "(mode 0440); chmod 600" },
    { "credential of a group", make_others_credential, "v/key", CREDENTIAL, "(mode 0440); chmod 600" },
    { "no volume's way for credentials", make_0400, "v/key", CREDENTIAL, "v/key: is a symbolic link" },
};

START_TEST(opens_or_refuses)
{
    static const gid_t groups[] = { OUR_GROUP };
    char why[512] = "nothing was said";
    if (getuid() != 0) {
        fprintf(stderr, "SKIPPED, needs root: safefile_volume: %s\n", rows[_i].name);
        return;
    }
    ck_assert_int_eq(setgroups(1, groups), 0);
    rows[_i].make();
    int fd = safefile_open(rows[_i].path, rows[_i].flags, why, sizeof why);
    if (rows[_i].fault == NULL)
        ck_assert_msg(fd >= 0, "%s: expected a descriptor, got \"%s\"", rows[_i].name, why);
    else
        ck_assert_msg(fd == -1 && strstr(why, rows[_i].fault) != NULL,
                      "%s: expected \"%s\", got %d and \"%s\"", rows[_i].name, rows[_i].fault, fd, why);
    if (fd >= 0)
        close(fd);
}
END_TEST

START_TEST(leaks_no_descriptor)
{
    char why[512];
    make_volume(0400, getgid());
    for (int i = 0; i < 100; i++) {
        int fd = safefile_open("v/key", VOLUME, why, sizeof why);
        ck_assert_msg(fd < 32, "round %d: descriptor %d", i, fd);
        if (fd >= 0)
            close(fd);
        else /* only root can make root's links */
            ck_assert_msg(getuid() != 0 && strstr(why, "only root's are followed") != NULL, "%s", why);
        ck_assert_int_eq(safefile_open("v/none", VOLUME, why, sizeof why), -1);
    }
}
END_TEST

static void fill(TCase *tests)
{
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_loop_test(tests, opens_or_refuses, 0, UNIT_ROWS(rows));
    tcase_add_test(tests, leaks_no_descriptor);
}

int main(void)
{
    return unit_run("safefile_volume", fill);
}
