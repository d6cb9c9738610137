/* test_safefile.c: each fault that safefile names, made on purpose in a temporary directory. */
#include "../../sigd/common/safefile.h"

#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define STRANGER 12345 /* a uid that is neither root's nor ours */

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
    snprintf(top, sizeof top, "%s/safefile.XXXXXX", real);
    free(real);
    ck_assert_ptr_nonnull(mkdtemp(top));
    ck_assert_int_eq(chdir(top), 0);
    umask(022);
}

static void tear_down(void)
{
    ck_assert_int_eq(chdir("/"), 0);
    nftw(top, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

/* ---- what the rows are made of -------------------------------------------------------------------- */

static void put_size(const char *path, mode_t mode, off_t size)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL, 0600);
    ck_assert_msg(fd >= 0, "cannot make %s: %s", path, strerror(errno));
    ck_assert_int_eq(ftruncate(fd, size), 0);
    ck_assert_int_eq(fchmod(fd, mode), 0);
    close(fd);
}

static void put(const char *path, mode_t mode)
{
    put_size(path, mode, 10);
}

static void make_dir(const char *path, mode_t mode)
{
    ck_assert_int_eq(mkdir(path, 0700), 0);
    ck_assert_int_eq(chmod(path, mode), 0);
}

static void link_to(const char *target, const char *path)
{
    ck_assert_int_eq(symlink(target, path), 0);
}

static void give_away(const char *path)
{
    ck_assert_int_eq(lchown(path, STRANGER, STRANGER), 0);
}

static void make_0600(void)
{
    put("key", 0600);
}
static void make_0644(void)
{
    put("key", 0644);
}
static void make_0640(void)
{
    put("key", 0640);
}
static void make_0604(void)
{
    put("key", 0604);
}
static void make_0400(void)
{
    put("key", 0400);
}
static void make_0664(void)
{
    put("key", 0664);
}
static void make_0646(void)
{
    put("key", 0646);
}
static void make_64k(void)
{
    put_size("key", 0600, 65536);
}
static void make_64k_and_1(void)
{
    put_size("key", 0600, 65537);
}
static void make_empty(void)
{
    put_size("key", 0600, 0);
}
static void make_nothing(void)
{
}
static void make_fifo(void)
{
    ck_assert_int_eq(mkfifo("key", 0600), 0);
}
static void make_directory(void)
{
    make_dir("key", 0700);
}
static void make_odd_name(void)
{
    put("it's my key", 0644);
}

static void make_socket(void)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX, .sun_path = "key" };
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    ck_assert_int_eq(bind(fd, (const struct sockaddr *)&address, sizeof address), 0);
    close(fd);
}

static void make_symlink(void)
{
    put("real", 0600);
    link_to("real", "key");
}

static void make_dangling(void)
{
    link_to("nowhere", "key");
}

static void make_hard_link(void)
{
    put("key", 0600);
    ck_assert_int_eq(link("key", "other"), 0);
}

static void make_in(mode_t mode)
{
    make_dir("d", 0755);
    put("d/key", 0600);
    ck_assert_int_eq(chmod("d", mode), 0);
}

static void make_in_0755(void)
{
    make_in(0755);
}
static void make_in_0711(void)
{
    make_in(0711);
}
static void make_in_1777(void)
{
    make_in(01777);
}
static void make_in_0777(void)
{
    make_in(0777);
}
static void make_in_0775(void)
{
    make_in(0775);
}
static void make_in_0757(void)
{
    make_in(0757);
}

static void make_two_down(void) /* the directory at fault is not the last */
{
    make_dir("d", 0755);
    make_dir("d/e", 0755);
    put("d/e/key", 0600);
    ck_assert_int_eq(chmod("d", 0777), 0);
}

static void make_through_file(void)
{
    put("d", 0600);
}

static void make_linked_dir(void)
{
    make_in(0755);
    link_to("d", "l");
}

static void make_linked_dir_absolute(void)
{
    char target[sizeof top + 8];
    make_in(0755);
    snprintf(target, sizeof target, "%s/d", top);
    link_to(target, "l");
}

static void make_linked_dir_open(void) /* the link is ours, what it leads to is anybody's */
{
    make_in(0777);
    link_to("d", "l");
}

static void make_linked_up(void)
{
    make_in(0755);
    make_dir("e", 0755);
    link_to("../d/../d/.", "e/l");
}

static void make_loop(void)
{
    link_to("l", "l");
}

static void make_chain(int links)
{
    char name[16], target[16] = "d";
    make_in(0755);
    for (int i = 1; i <= links; i++) {
        if (i == links)
            strcpy(name, "l");
        else
            snprintf(name, sizeof name, "l%d", i);
        link_to(target, name);
        strcpy(target, name);
    }
}

static void make_chain_of_8(void)
{
    make_chain(8);
}
static void make_chain_of_9(void)
{
    make_chain(9);
}

static void make_strangers(void)
{
    put("key", 0600);
    give_away("key");
}

static void make_strangers_dir(void)
{
    make_in(0755);
    give_away("d");
}

static void make_strangers_link(void)
{
    make_linked_dir();
    give_away("l");
}

static void make_roots_for_stranger(void)
{
    make_in(0755);
    ck_assert_int_eq(chmod("d/key", 0644), 0);
}

/* ---- the rows ------------------------------------------------------------------------------------- */

enum { ANYBODY, ROOT_ONLY, AS_STRANGER /* root, who becomes a stranger before the call */ };

static const struct row {
    const char *name;
    void (*make)(void);
    const char *path;
    unsigned flags;
    const char *fault, *remedy; /* both in the message, '@' is the temporary directory; fault NULL: opened */
    int who;
} rows[] = {
    { "0600 secret", make_0600, "key", SAFEFILE_SECRET, NULL, NULL, ANYBODY },
    { "0400 secret", make_0400, "key", SAFEFILE_SECRET, NULL, NULL, ANYBODY },
    { "0644 is fine for config", make_0644, "key", 0, NULL, NULL, ANYBODY },
    { "0640 is fine for config", make_0640, "key", 0, NULL, NULL, ANYBODY },
    { "empty", make_empty, "key", SAFEFILE_SECRET, NULL, NULL, ANYBODY },
    { "64 KiB", make_64k, "key", SAFEFILE_SECRET, NULL, NULL, ANYBODY },
    { "dots and slashes", make_0600, ".//./key", SAFEFILE_SECRET, NULL, NULL, ANYBODY },
    { "secret for all", make_0644, "key", SAFEFILE_SECRET,
      "@/key: holds a secret and is open to group or others (mode 0644)", "chmod 600 @/key", ANYBODY },
    { "secret for the group", make_0640, "key", SAFEFILE_SECRET, "(mode 0640)", "chmod 600 @/key", ANYBODY },
    { "secret for others", make_0604, "key", SAFEFILE_SECRET, "(mode 0604)", "chmod 600 @/key", ANYBODY },
    { "config group-writable", make_0664, "key", 0, "@/key: group or others can write to it (mode 0664)",
      "chmod go-w @/key", ANYBODY },
    { "config world-writable", make_0646, "key", 0, "@/key: group or others can write to it (mode 0646)",
      "chmod go-w @/key", ANYBODY },
    { "command is quoted", make_odd_name, "it's my key", SAFEFILE_SECRET, "@/it's my key: holds",
      "chmod 600 '@/it'\\''s my key'", ANYBODY },
    { "over 64 KiB", make_64k_and_1, "key", SAFEFILE_SECRET, "@/key: 65537 bytes", "at most 65536", ANYBODY },
    { "missing", make_nothing, "key", 0, "@/key: no such file", "", ANYBODY },
    { "missing directory", make_nothing, "d/key", 0, "@/d: no such directory", "install -d -m 755 @/d",
      ANYBODY },
    { "symbolic link", make_symlink, "key", 0, "@/key: is a symbolic link", "name the file", ANYBODY },
    { "dangling link", make_dangling, "key", 0, "@/key: is a symbolic link", "", ANYBODY },
    { "FIFO", make_fifo, "key", 0, "@/key: is a FIFO", "", ANYBODY },
    { "socket", make_socket, "key", 0, "@/key: is a socket", "", ANYBODY },
    { "directory", make_directory, "key", 0, "@/key: is a directory", "", ANYBODY },
    { "slash at the end", make_directory, "key/", 0, "@/key: is a directory", "", ANYBODY },
    { "slash behind a file", make_0600, "key/", 0, "@/key: not a directory", "", ANYBODY },
    { "dot", make_nothing, ".", 0, "@: is a directory", "", ANYBODY },
    { "dot dot", make_directory, "key/..", 0, "@/key: is a directory", "", ANYBODY },
    { "hard link", make_hard_link, "key", SAFEFILE_SECRET, "@/key: has 2 hard links",
      "find / -samefile @/key", ANYBODY },
    { "directory 0755", make_in_0755, "d/key", SAFEFILE_SECRET, NULL, NULL, ANYBODY },
    { "directory 0711", make_in_0711, "d/key", SAFEFILE_SECRET, NULL, NULL, ANYBODY },
    { "directory 1777", make_in_1777, "d/key", SAFEFILE_SECRET, NULL, NULL, ANYBODY },
    { "directory 0777", make_in_0777, "d/key", SAFEFILE_SECRET,
      "@/d: directory that group or others can write to (mode 0777)", "chmod go-w @/d", ANYBODY },
    { "directory 0775", make_in_0775, "d/key", SAFEFILE_SECRET, "@/d: directory", "chmod go-w @/d", ANYBODY },
    { "directory 0757", make_in_0757, "d/key", 0, "@/d: directory", "chmod go-w @/d", ANYBODY },
    { "directory further up", make_two_down, "d/e/key", 0, "@/d: directory", "chmod go-w @/d", ANYBODY },
    { "file as directory", make_through_file, "d/key", 0, "@/d: not a directory", "", ANYBODY },
    { "linked directory", make_linked_dir, "l/key", SAFEFILE_SECRET, NULL, NULL, ANYBODY },
    { "linked by an absolute path", make_linked_dir_absolute, "l/key", SAFEFILE_SECRET, NULL, NULL, ANYBODY },
    { "linked with dot dot", make_linked_up, "e/l/key", SAFEFILE_SECRET, NULL, NULL, ANYBODY },
    { "linked, then a bad directory", make_linked_dir_open, "l/key", 0, "@/d: directory", "chmod go-w @/d",
      ANYBODY },
    { "loop of links", make_loop, "l/key", 0, "@/l: more than 8 symbolic links", "name their target",
      ANYBODY },
    { "8 links", make_chain_of_8, "l/key", 0, NULL, NULL, ANYBODY },
    { "9 links", make_chain_of_9, "l/key", 0, "more than 8 symbolic links", "", ANYBODY },
    { "stranger's file", make_strangers, "key", SAFEFILE_SECRET, "@/key: owned by uid 12345",
      "chown root @/key", ROOT_ONLY },
    { "stranger's directory", make_strangers_dir, "d/key", 0, "@/d: owned by uid 12345", "chown root @/d",
      ROOT_ONLY },
    { "stranger's link", make_strangers_link, "l/key", 0, "@/l: symbolic link owned by uid 12345",
      "name its target", ROOT_ONLY },
    { "root's file for somebody else", make_roots_for_stranger, "d/key", 0, NULL, NULL, AS_STRANGER },
    { "own file in root's directory", make_strangers, "key", SAFEFILE_SECRET, NULL, NULL, AS_STRANGER },
    { "own link in root's directory", make_strangers_link, "l/key", 0,
      "@/d/key: cannot be opened: Permission denied", "", AS_STRANGER },
};

static void expand(char *out, size_t size, const char *text)
{
    size_t n = 0;
    for (; *text != '\0' && n + sizeof top < size; text++) {
        if (*text == '@')
            n += (size_t)snprintf(out + n, size - n, "%s", top);
        else
            out[n++] = *text;
    }
    out[n] = '\0';
}

static void check_message(const struct row *row, const char *path, const char *why)
{
    char wanted[3 * sizeof top];
    expand(wanted, sizeof wanted, row->fault);
    ck_assert_msg(strstr(why, wanted) != NULL, "%s (%s): expected \"%s\" in \"%s\"", row->name, path, wanted,
                  why);
    expand(wanted, sizeof wanted, row->remedy);
    ck_assert_msg(strstr(why, wanted) != NULL, "%s (%s): expected \"%s\" in \"%s\"", row->name, path, wanted,
                  why);
}

static void open_and_check(const struct row *row, const char *path)
{
    char why[512] = "nothing was said";
    struct stat st;
    int fd = safefile_open(path, row->flags, why, sizeof why);
    if (row->fault != NULL) {
        ck_assert_msg(fd == -1, "%s (%s): expected \"%s\", got descriptor %d", row->name, path, row->fault,
                      fd);
        check_message(row, path, why);
        return;
    }
    ck_assert_msg(fd >= 0, "%s (%s): expected a descriptor, got \"%s\"", row->name, path, why);
    ck_assert_int_eq(fstat(fd, &st), 0);
    ck_assert_msg(S_ISREG(st.st_mode), "%s: not a regular file", row->name);
    ck_assert_msg((fcntl(fd, F_GETFD) & FD_CLOEXEC) != 0, "%s: FD_CLOEXEC is not set", row->name);
    close(fd);
}

/* True: the row needs root, and this is not root. */
static bool is_skipped(const char *name, int who)
{
    if (who == ANYBODY || getuid() == 0)
        return false;
    fprintf(stderr, "SKIPPED, needs root: safefile: %s\n", name);
    return true;
}

START_TEST(opens_or_refuses)
{
    const struct row *row = &rows[_i];
    char absolute[sizeof top + 64];
    if (is_skipped(row->name, row->who))
        return;
    row->make();
    if (row->who == AS_STRANGER) {
        ck_assert_int_eq(chmod(top, 0755), 0);
        ck_assert_int_eq(setresuid(STRANGER, STRANGER, 0), 0);
    }
    snprintf(absolute, sizeof absolute, "%s/%s", top, row->path);
    open_and_check(row, row->path);
    open_and_check(row, absolute);
    if (row->who == AS_STRANGER)
        ck_assert_int_eq(setresuid(0, 0, 0), 0);
}
END_TEST

static const struct {
    const char *name, *path, *fault;
} elsewhere[] = {
    { "empty path", "", "the path is empty" },
    { "root", "/", "/: is a directory" },
    { "above root", "/..", "/: is a directory" },
    { "device", "/dev/null", "/dev/null: is a character device" },
    { "proc's link", "/proc/self/exe", "/exe: is a symbolic link" },
};

START_TEST(refuses_elsewhere)
{
    char why[512] = "nothing was said";
    int fd = safefile_open(elsewhere[_i].path, 0, why, sizeof why);
    ck_assert_msg(fd == -1 && strstr(why, elsewhere[_i].fault) != NULL,
                  "%s: expected \"%s\", got %d and \"%s\"", elsewhere[_i].name, elsewhere[_i].fault, fd, why);
}
END_TEST

START_TEST(refuses_long_paths)
{
    static const size_t lengths[] = { 255, 256, 4095, 4096, 5000, 70000 };
    for (size_t i = 0; i < sizeof lengths / sizeof lengths[0]; i++) {
        for (int slashes = 0; slashes < 2; slashes++) {
            char why[512] = "";
            char *path = malloc(lengths[i] + 1);
            ck_assert_ptr_nonnull(path);
            memset(path, 'a', lengths[i]);
            for (size_t j = 0; slashes && j < lengths[i]; j += 100)
                path[j] = '/';
            path[lengths[i]] = '\0';
            ck_assert_int_eq(safefile_open(path, 0, why, sizeof why), -1);
            ck_assert_msg(why[0] != '\0', "%zu bytes: no reason given", lengths[i]);
            ck_assert_int_eq(safefile_check_directories(path, why, sizeof why),
                             slashes || lengths[i] > 4000 ? -1 : 0);
            free(path);
        }
    }
}
END_TEST

START_TEST(keeps_within_why)
{
    char why[16];
    memset(why, 'x', sizeof why);
    ck_assert_int_eq(safefile_open("missing", 0, why, 8), -1);
    ck_assert_uint_eq(strlen(why), 7);
    ck_assert_int_eq(why[8], 'x');
    ck_assert_int_eq(safefile_open("missing", 0, NULL, 0), -1);
}
END_TEST

static const struct {
    const char *name;
    void (*make)(void);
    const char *path, *fault;
    int who;
} directories[] = {
    { "file need not be there", make_nothing, "new.sock", NULL, ANYBODY },
    { "nor be safe", make_symlink, "key", NULL, ANYBODY },
    { "sticky directory", make_in_1777, "d/new", NULL, ANYBODY },
    { "linked directory", make_linked_dir, "l/new", NULL, ANYBODY },
    { "writable directory", make_in_0777, "d/new", "chmod go-w @/d", ANYBODY },
    { "missing directory", make_nothing, "d/new", "@/d: no such directory", ANYBODY },
    { "loop", make_loop, "l/new", "more than 8 symbolic links", ANYBODY },
    { "stranger's directory", make_strangers_dir, "d/new", "chown root @/d", ROOT_ONLY },
    { "stranger's link", make_strangers_link, "l/new", "@/l: symbolic link owned by uid 12345", ROOT_ONLY },
};

START_TEST(checks_directories)
{
    char why[512] = "nothing was said", wanted[3 * sizeof top] = "";
    if (is_skipped(directories[_i].name, directories[_i].who))
        return;
    directories[_i].make();
    int result = safefile_check_directories(directories[_i].path, why, sizeof why);
    if (directories[_i].fault == NULL) {
        ck_assert_msg(result == 0, "%s: expected 0, got %d and \"%s\"", directories[_i].name, result, why);
        return;
    }
    expand(wanted, sizeof wanted, directories[_i].fault);
    ck_assert_msg(result == -1 && strstr(why, wanted) != NULL,
                  "%s: expected -1 and \"%s\", got %d and \"%s\"", directories[_i].name, wanted, result, why);
}
END_TEST

START_TEST(leaks_no_descriptor)
{
    char why[512];
    make_linked_dir();
    for (int i = 0; i < 100; i++) {
        int fd = safefile_open("l/key", 0, why, sizeof why);
        ck_assert_msg(fd >= 0 && fd < 32, "round %d: descriptor %d", i, fd);
        close(fd);
        ck_assert_int_eq(safefile_open("l/none", 0, why, sizeof why), -1);
        ck_assert_int_eq(safefile_open("none/none", 0, why, sizeof why), -1);
        ck_assert_int_eq(safefile_open("l/key/none", 0, why, sizeof why), -1);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("safefile");
    TCase *tcase = tcase_create("files");
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_loop_test(tcase, opens_or_refuses, 0, (int)(sizeof rows / sizeof rows[0]));
    tcase_add_loop_test(tcase, refuses_elsewhere, 0, (int)(sizeof elsewhere / sizeof elsewhere[0]));
    tcase_add_loop_test(tcase, checks_directories, 0, (int)(sizeof directories / sizeof directories[0]));
    tcase_add_test(tcase, refuses_long_paths);
    tcase_add_test(tcase, keeps_within_why);
    tcase_add_test(tcase, leaks_no_descriptor);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
