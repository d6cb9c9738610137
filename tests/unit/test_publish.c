/* test_publish.c: what lies where, for whom, and what is left when it is withdrawn. */
#include "place.h"
#include "unit.h"

#include "../../sigd/master/publish.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define NOW 1700000000u
#define APP 1400000000u
#define MODE_FILE (S_IFREG | 0440)
#define MODE_ONE_GROUP (S_IFDIR | 0750)
#define MODE_MORE_GROUPS (S_IFDIR | 0711)

static struct publish publish;
static gid_t group, other_group; /* both may be given away by us; the same where we are not root */

static void set_up(void)
{
    place_make();
    group = geteuid() == 0 ? PLACE_STRANGER : getegid();
    other_group = geteuid() == 0 ? PLACE_STRANGER + 1 : getegid();
    ck_assert_msg(publish_open(&publish, place_within("pub")), "%s", publish.why);
}

static void tear_down(void)
{
    publish_close(&publish, true, NOW);
    place_remove();
}

static bool skip_without_root(const char *name)
{
    if (geteuid() == 0)
        return false;
    printf("skip: %s: needs root\n", name);
    return true;
}

static struct proto_credential credential_of(const char *usersig)
{
    struct proto_credential credential = { .issued_at = NOW, .expires_at = NOW + 100, .renew_at = NOW + 66 };
    credential.usersig_len = (uint32_t)strlen(usersig);
    memcpy(credential.usersig, usersig, strlen(usersig));
    snprintf(credential.key, sizeof credential.key, "2026a");
    return credential;
}

static bool set_for(gid_t of, const char *app, const char *identifier, const char *usersig)
{
    struct proto_credential credential = credential_of(usersig);
    return publish_set(&publish, app, APP, identifier, of, &credential, NOW);
}

static void set(const char *app, const char *identifier, const char *usersig)
{
    ck_assert_msg(set_for(group, app, identifier, usersig), "%s", publish.why);
}

static usersig_page *open_page(const char *path)
{
    usersig_page *page;
    int result = usersig_page_open(&page, path, 0);
    ck_assert_msg(result == USERSIG_OK, "%s: %s (%s)", path, usersig_error_name(result), strerror(errno));
    return page;
}

/* The usersig that a page holds, or the name of the error. */
static const char *read_page(const usersig_page *page)
{
    static struct usersig_page_value value;
    int result = usersig_page_read(page, NOW, &value);
    return result == USERSIG_OK ? value.usersig : usersig_error_name(result);
}

static const char *read_path(const char *path)
{
    usersig_page *page = open_page(path);
    const char *text = read_page(page);
    usersig_page_close(page);
    return text;
}

static void nothing_at(const char *path)
{
    ck_assert_msg(place_mode(path) == 0, "%s is still there", path);
}

/* ---- set and withdraw ---------------------------------------------------------------------------- */

START_TEST(both_forms)
{
    struct usersig_page_value value;
    set("chat", "administrator", "first");
    ck_assert_str_eq(place_text("pub/chat/administrator.usersig"), "first\n");
    usersig_page *page = open_page("pub/chat/administrator.page");
    ck_assert_int_eq(usersig_page_read(page, NOW + 1, &value), USERSIG_OK);
    ck_assert_str_eq(value.usersig, "first");
    ck_assert_str_eq(value.identifier, "administrator");
    ck_assert_str_eq(value.key, "2026a");
    ck_assert_uint_eq(value.sdkappid, APP);
    ck_assert_uint_eq(value.expires_at, NOW + 100);
    ck_assert_uint_eq(value.renew_at, NOW + 66);
    ck_assert_uint_eq(value.silence, 1);
    ino_t inode = place_inode("pub/chat/administrator.page");
    set("chat", "administrator", "second, which is longer");
    ck_assert_str_eq(place_text("pub/chat/administrator.usersig"), "second, which is longer\n");
    ck_assert_str_eq(read_page(page), "MALFORMED"); /* spaces are in no usersig */
    set("chat", "administrator", "third");
    ck_assert_str_eq(read_page(page), "third");
    ck_assert_uint_eq(place_inode("pub/chat/administrator.page"), inode);
    ck_assert_uint_eq(publish.n, 1);
    usersig_page_close(page);
}
END_TEST

START_TEST(modes_and_groups)
{
    set("chat", "a", "text");
    ck_assert_uint_eq(place_mode("pub"), S_IFDIR | 0711);
    ck_assert_uint_eq(place_mode("pub/chat"), MODE_ONE_GROUP);
    ck_assert_uint_eq(place_mode("pub/chat/a.usersig"), MODE_FILE);
    ck_assert_uint_eq(place_mode("pub/chat/a.page"), MODE_FILE);
    ck_assert_uint_eq(place_group("pub/chat"), group);
    ck_assert_uint_eq(place_group("pub/chat/a.usersig"), group);
    ck_assert_uint_eq(place_group("pub/chat/a.page"), group);
}
END_TEST

START_TEST(several_groups_in_one_app)
{
    if (skip_without_root("several_groups_in_one_app"))
        return;
    set("chat", "a", "text");
    ck_assert(set_for(other_group, "chat", "b", "text"));
    ck_assert_uint_eq(place_mode("pub/chat"), MODE_MORE_GROUPS);
    ck_assert_uint_eq(place_group("pub/chat"), 0);
    ck_assert_uint_eq(place_group("pub/chat/a.page"), group);
    ck_assert_uint_eq(place_group("pub/chat/b.page"), other_group);
    set("chat", "a", "text");
    ck_assert_uint_eq(place_mode("pub/chat"), MODE_MORE_GROUPS);
    ck_assert(set_for(other_group, "alone", "a", "text"));
    ck_assert_uint_eq(place_mode("pub/alone"), MODE_ONE_GROUP);
    ck_assert(publish_withdraw(&publish, "chat", "b", NOW));
    set("chat", "a", "text");
    ck_assert_uint_eq(place_mode("pub/chat"), MODE_ONE_GROUP);
    ck_assert_uint_eq(place_group("pub/chat"), group);
}
END_TEST

START_TEST(another_group_gets_another_page)
{
    if (skip_without_root("another_group_gets_another_page"))
        return;
    set("chat", "a", "old");
    usersig_page *page = open_page("pub/chat/a.page");
    ck_assert(set_for(other_group, "chat", "a", "new"));
    ck_assert_str_eq(read_page(page), "REVOKED");
    ck_assert_str_eq(read_path("pub/chat/a.page"), "new");
    ck_assert_uint_eq(place_group("pub/chat/a.page"), other_group);
    ck_assert_uint_eq(place_group("pub/chat/a.usersig"), other_group);
    ck_assert_uint_eq(place_group("pub/chat"), other_group);
    usersig_page_close(page);
}
END_TEST

START_TEST(withdrawn)
{
    set("chat", "a", "text");
    set("chat", "b", "more");
    usersig_page *page = open_page("pub/chat/a.page");
    ck_assert(publish_withdraw(&publish, "chat", "a", NOW));
    ck_assert_str_eq(read_page(page), "REVOKED");
    nothing_at("pub/chat/a.usersig");
    nothing_at("pub/chat/a.page");
    ck_assert_str_eq(read_path("pub/chat/b.page"), "more");
    ck_assert(publish_withdraw(&publish, "chat", "a", NOW));
    ck_assert(publish_withdraw(&publish, "chat", "nobody", NOW));
    ck_assert(publish_withdraw(&publish, "nothing", "a", NOW));
    set("chat", "a", "again");
    ck_assert_str_eq(read_page(page), "REVOKED");
    ck_assert_str_eq(read_path("pub/chat/a.page"), "again");
    ck_assert(publish_withdraw(&publish, "chat", "a", NOW));
    ck_assert(publish_withdraw(&publish, "chat", "b", NOW));
    nothing_at("pub/chat");
    usersig_page_close(page);
}
END_TEST

/* The mapping is revoked even where somebody removed or replaced the file. */
START_TEST(withdrawn_without_its_file)
{
    set("chat", "a", "text");
    usersig_page *first = open_page("pub/chat/a.page");
    ck_assert_int_eq(rename("pub/chat/a.page", "pub/chat/b.page"), 0);
    set("chat", "a", "next");
    ck_assert_str_eq(read_page(first), "REVOKED");
    usersig_page *second = open_page("pub/chat/a.page");
    ck_assert_str_eq(read_page(second), "next");
    ck_assert_int_eq(system("rm -r pub/chat"), 0);
    ck_assert(publish_withdraw(&publish, "chat", "a", NOW));
    ck_assert_str_eq(read_page(second), "REVOKED");
    usersig_page_close(first);
    usersig_page_close(second);
}
END_TEST

START_TEST(heartbeat_and_end)
{
    struct usersig_page_value value;
    set("chat", "a", "text");
    usersig_page *page = open_page("pub/chat/a.page");
    ck_assert_uint_eq(publish_heartbeat(&publish, NOW + 60), 0);
    ck_assert_int_eq(usersig_page_read(page, NOW + 70, &value), USERSIG_OK);
    ck_assert_uint_eq(value.silence, 10);
    ck_assert_uint_eq(publish_heartbeat(&publish, NOW + 100), 0);
    ck_assert_str_eq(place_text("pub/chat/a.usersig"), "text\n");
    ck_assert_uint_eq(publish_heartbeat(&publish, NOW + 101), 1);
    nothing_at("pub/chat/a.usersig");
    ck_assert_str_eq(read_page(page), "UNAVAILABLE");
    ck_assert_uint_eq(publish_heartbeat(&publish, NOW + 102), 0);
    set("chat", "a", "renewed");
    ck_assert_str_eq(read_page(page), "renewed");
    ck_assert_str_eq(place_text("pub/chat/a.usersig"), "renewed\n");
    usersig_page_close(page);
}
END_TEST

/* ---- the end of a sigd and the next ---------------------------------------------------------------- */

static const char *kept; /* identifiers that keep_some keeps, between commas */

static bool keep_some(void *arg, const struct publish_left *left)
{
    char name[SIGD_ADMIN_MAX + 3];
    unsigned *asked = arg;
    (*asked)++;
    ck_assert_uint_eq(left->sdkappid, APP);
    ck_assert_str_eq(left->key, "2026a");
    ck_assert_uint_eq(left->group, group);
    ck_assert_uint_eq(left->issued_at, NOW);
    ck_assert_uint_eq(left->expires_at, NOW + 100);
    ck_assert_str_eq(left->app, "chat");
    snprintf(name, sizeof name, ",%s,", left->identifier);
    return strstr(kept, name) != NULL;
}

static bool leftovers(const char *keep, unsigned asked)
{
    unsigned n = 0;
    kept = keep;
    bool done = publish_leftovers(&publish, keep_some, &n, NOW);
    ck_assert_uint_eq(n, asked);
    return done;
}

static void reopen(void)
{
    ck_assert_msg(publish_open(&publish, place_within("pub")), "%s", publish.why);
}

START_TEST(a_clean_stop)
{
    set("chat", "a", "text");
    set("other", "b", "text");
    usersig_page *page = open_page("pub/chat/a.page");
    ck_assert(publish_close(&publish, false, NOW));
    ck_assert_str_eq(read_page(page), "REVOKED");
    ck_assert_msg(rmdir("pub") == 0, "something is left in pub");
    usersig_page_close(page);
    reopen();
}
END_TEST

START_TEST(a_stop_that_keeps)
{
    set("chat", "a", "text");
    set("chat", "b", "text");
    ino_t inode = place_inode("pub/chat/a.page");
    usersig_page *a = open_page("pub/chat/a.page"), *b = open_page("pub/chat/b.page");
    ck_assert(publish_close(&publish, true, NOW));
    ck_assert_str_eq(read_page(a), "text");
    reopen();
    ck_assert(leftovers(",a,", 2));
    ck_assert_str_eq(read_page(a), "text");
    ck_assert_str_eq(read_page(b), "REVOKED");
    nothing_at("pub/chat/b.usersig");
    nothing_at("pub/chat/b.page");
    ck_assert_str_eq(place_text("pub/chat/a.usersig"), "text\n");
    set("chat", "a", "next");
    ck_assert_uint_eq(place_inode("pub/chat/a.page"), inode);
    ck_assert_str_eq(read_page(a), "next");
    ck_assert(publish_close(&publish, false, NOW));
    ck_assert_str_eq(read_page(a), "REVOKED");
    reopen();
    usersig_page_close(a);
    usersig_page_close(b);
}
END_TEST

/* What is kept and never set again goes like what was. */
START_TEST(what_was_kept_is_withdrawn)
{
    set("chat", "a", "text");
    usersig_page *page = open_page("pub/chat/a.page");
    publish_close(&publish, true, NOW);
    reopen();
    ck_assert(leftovers(",a,", 1));
    ck_assert_uint_eq(publish_heartbeat(&publish, NOW + 101), 1);
    ck_assert_str_eq(read_page(page), "UNAVAILABLE");
    nothing_at("pub/chat/a.usersig");
    ck_assert(publish_withdraw(&publish, "chat", "a", NOW));
    ck_assert_str_eq(read_page(page), "REVOKED");
    nothing_at("pub/chat");
    usersig_page_close(page);
}
END_TEST

START_TEST(leftovers_of_all_kinds)
{
    set("chat", "a", "text");
    set("chat", "half", "text");
    set("chat", "lost", "text");
    publish_close(&publish, true, NOW);
    int fd = open("pub/chat/half.page", O_RDWR | O_CLOEXEC);
    if (fd < 0 && chmod("pub/chat/half.page", 0640) == 0)
        fd = open("pub/chat/half.page", O_RDWR | O_CLOEXEC);
    ck_assert_int_eq(pwrite(fd, "\1\0\0\0", 4, offsetof(struct usersig_page_layout, sequence)), 4);
    close(fd);
    ck_assert_int_eq(unlink("pub/chat/lost.page"), 0);
    place_put("pub/chat/.a.usersig.new", "x", 1, 0600);
    place_put("pub/chat/.a.page.new", "x", 1, 0600);
    place_put("pub/chat/README", "x", 1, 0644);
    place_put("pub/chat/%61.usersig", "x", 1, 0644); /* nobody writes "a" so */
    place_put("pub/chat/.hidden", "x", 1, 0644);
    place_put("pub/file", "x", 1, 0644);
    place_put("kept", "x", 1, 0644);
    ck_assert_int_eq(mkdir("elsewhere", 0755), 0);
    place_put("elsewhere/c.usersig", "x", 1, 0644);
    ck_assert_int_eq(symlink("../../kept", "pub/chat/link.usersig"), 0);
    ck_assert_int_eq(symlink("../../kept", "pub/chat/link.page"), 0);
    ck_assert_int_eq(symlink("../elsewhere", "pub/linked"), 0);
    ck_assert_int_eq(mkdir("pub/empty", 0755), 0);
    reopen();
    ck_assert_msg(leftovers(",a,half,lost,", 1), "%s", publish.why);
    ck_assert_str_eq(read_path("pub/chat/a.page"), "text");
    ck_assert_ptr_nonnull(place_text("pub/chat/a.usersig"));
    static const char *const gone[] = { "half.usersig", "half.page",    "lost.usersig", ".a.usersig.new",
                                        ".a.page.new",  "link.usersig", "link.page" };
    for (int i = 0; i < UNIT_ROWS(gone); i++) {
        char path[64];
        snprintf(path, sizeof path, "pub/chat/%s", gone[i]);
        nothing_at(path);
    }
    static const char *const there[] = { "pub/chat/README",
                                         "pub/chat/%61.usersig",
                                         "pub/chat/.hidden",
                                         "pub/file",
                                         "kept",
                                         "elsewhere/c.usersig",
                                         "pub/linked" };
    for (int i = 0; i < UNIT_ROWS(there); i++)
        ck_assert_msg(place_mode(there[i]) != 0, "%s is gone", there[i]);
}
END_TEST

START_TEST(leftovers_that_cannot_be_removed)
{
    set("chat", "z", "text");
    publish_close(&publish, true, NOW);
    ck_assert_int_eq(mkdir("pub/chat/a.usersig", 0755), 0);
    reopen();
    ck_assert(!leftovers("", 1));
    ck_assert_msg(strstr(publish.why, "/pub/chat/a.usersig: cannot be removed: Is a directory"), "%s",
                  publish.why);
    nothing_at("pub/chat/z.usersig");
}
END_TEST

/* ---- what stands in the way ------------------------------------------------------------------------ */

START_TEST(links_in_place_of_files)
{
    static const char zeros[USERSIG_PAGE_SIZE];
    place_put("victim", zeros, sizeof zeros, 0600);
    ck_assert_int_eq(mkdir("pub/chat", 0750), 0);
    ck_assert_int_eq(symlink("../../victim", "pub/chat/a.usersig"), 0);
    ck_assert_int_eq(symlink("../../victim", "pub/chat/a.page"), 0);
    ck_assert_int_eq(symlink("../../victim", "pub/chat/.a.usersig.new"), 0);
    ck_assert_int_eq(symlink("../../victim", "pub/chat/.a.page.new"), 0);
    set("chat", "a", "text");
    ck_assert_uint_eq(place_mode("pub/chat/a.usersig"), MODE_FILE);
    ck_assert_uint_eq(place_mode("pub/chat/a.page"), MODE_FILE);
    ck_assert_str_eq(place_text("victim"), "");
    ck_assert_uint_eq(place_mode("victim"), S_IFREG | 0600);
}
END_TEST

static void make_linked_app(void)
{
    ck_assert_int_eq(mkdir("real", 0755), 0);
    ck_assert_int_eq(symlink("../real", "pub/chat"), 0);
}
static void make_file_as_app(void)
{
    place_put("pub/chat", "x", 1, 0644);
}
static void make_strangers_app(void)
{
    ck_assert_int_eq(mkdir("pub/chat", 0755), 0);
    ck_assert_int_eq(chown("pub/chat", PLACE_STRANGER, PLACE_STRANGER), 0);
}
static void make_directory_as_text(void)
{
    ck_assert_int_eq(mkdir("pub/chat", 0755), 0);
    ck_assert_int_eq(mkdir("pub/chat/a.usersig", 0755), 0);
}
static void make_directory_as_page(void)
{
    ck_assert_int_eq(mkdir("pub/chat", 0755), 0);
    ck_assert_int_eq(mkdir("pub/chat/a.page", 0755), 0);
}

static const struct {
    const char *name;
    void (*make)(void);
    const char *why; /* "": set works */
    bool root;
} ways[] = {
    { "linked directory", make_linked_app,
      "/pub/chat: cannot be opened as a directory: Not a directory; remove it", false },
    { "file for a directory", make_file_as_app, "/pub/chat: cannot be opened as a directory", false },
    { "stranger's directory", make_strangers_app, "/pub/chat: is not uid 0's: remove it", true },
    { "directory for the text", make_directory_as_text,
      "/pub/chat/a.usersig: cannot be written: Is a directory", false },
    { "directory for the page", make_directory_as_page, "/pub/chat/a.page: cannot be made: Is a directory",
      false },
};

START_TEST(in_the_way)
{
    if (ways[_i].root && skip_without_root(ways[_i].name))
        return;
    ways[_i].make();
    bool done = set_for(group, "chat", "a", "text");
    ck_assert_msg(!done && strstr(publish.why, ways[_i].why), "%s: %s", ways[_i].name, publish.why);
    ck_assert_msg(strstr(publish.why, place_path) == publish.why, "%s: no path: %s", ways[_i].name,
                  publish.why);
}
END_TEST

/* One form is done where the other is not possible. */
START_TEST(one_of_two)
{
    make_directory_as_text();
    ck_assert(!set_for(group, "chat", "a", "text"));
    ck_assert_str_eq(read_path("pub/chat/a.page"), "text");
    nothing_at("pub/chat/.a.usersig.new");
    ck_assert(!publish_withdraw(&publish, "chat", "a", NOW));
    nothing_at("pub/chat/a.page");
    ck_assert_msg(strstr(publish.why, "Is a directory; remove it"), "%s", publish.why);
}
END_TEST

/* As another user: only our own groups can be given. */
START_TEST(a_group_that_is_not_ours)
{
    int status;
    if (skip_without_root("a_group_that_is_not_ours"))
        return;
    ck_assert_int_eq(chmod(place_path, 0777 | S_ISVTX), 0);
    pid_t child = fork();
    ck_assert_int_ge(child, 0);
    if (child == 0) {
        struct publish own;
        struct proto_credential credential = credential_of("text");
        if (setresgid(12, 12, 12) != 0 || setresuid(PLACE_STRANGER, PLACE_STRANGER, PLACE_STRANGER) != 0)
            _exit(1);
        if (!publish_open(&own, place_within("own")) ||
            !publish_set(&own, "chat", APP, "a", 12, &credential, NOW) ||
            !publish_set(&own, "chat", APP, "a", 12, &credential, NOW) || own.why[0] != '\0')
            _exit(2);
        if (publish_set(&own, "chat", APP, "b", 13, &credential, NOW) ||
            !strstr(own.why, "cannot be given to group 13: Operation not permitted; start sigd as root"))
            _exit(3);
        if (!publish_close(&own, true, NOW) || !publish_open(&own, place_within("own")) ||
            !publish_set(&own, "chat", APP, "a", 12, &credential, NOW) || !publish_close(&own, false, NOW))
            _exit(4);
        _exit(0);
    }
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert_msg(status == 0, "status %#x", (unsigned)status);
}
END_TEST

/* ---- the directory itself ------------------------------------------------------------------------- */

static void refused(const char *dir, const char *wanted)
{
    struct publish second;
    ck_assert_msg(!publish_open(&second, dir), "%s: opened", dir);
    ck_assert_msg(strstr(second.why, wanted), "%s: expected \"%s\" in \"%s\"", dir, wanted, second.why);
    ck_assert_int_eq(second.dir, -1);
}

START_TEST(directories_that_are_refused)
{
    struct publish second;
    refused(place_within("pub"), "/pub: another sigd publishes there; give each its own publish_dir");
    refused("/proc", "/proc: is on a disk (file system type 0x");
    refused(place_within("a/b"), "mkdir -p");
    place_put("file", "x", 1, 0644);
    refused(place_within("file"), "not a directory");
    ck_assert_int_eq(mkdir("open", 0755), 0);
    ck_assert_int_eq(chmod("open", 0777), 0);
    refused(place_within("open"), "chmod go-w");
    ck_assert_int_eq(chmod("open", 01777), 0);
    refused(place_within("open"), "/open: group or others can write to it (mode 1777): chmod 0711");
    ck_assert_int_eq(chmod("open", 0755), 0);
    ck_assert_msg(publish_open(&second, place_within("open//")), "%s", second.why);
    ck_assert(publish_close(&second, false, NOW));
    if (!skip_without_root("a stranger's directory")) {
        ck_assert_int_eq(chown("open", PLACE_STRANGER, PLACE_STRANGER), 0);
        refused(place_within("open"), "chown root");
    }
}
END_TEST

START_TEST(closed)
{
    struct proto_credential credential = credential_of("text");
    publish_close(&publish, false, NOW);
    ck_assert(!publish_set(&publish, "chat", APP, "a", group, &credential, NOW));
    ck_assert(publish_withdraw(&publish, "chat", "a", NOW));
    ck_assert_uint_eq(publish_heartbeat(&publish, NOW), 0);
    ck_assert(leftovers("", 0));
    ck_assert(publish_close(&publish, false, NOW));
    credential.usersig_len = 0;
    reopen();
    ck_assert(!publish_set(&publish, "chat", APP, "a", group, &credential, NOW));
    nothing_at("pub/chat");
}
END_TEST

START_TEST(many)
{
    char app[16], identifier[16];
    for (int round = 0; round < 2; round++)
        for (int a = 0; a < 8; a++)
            for (int i = 0; i < 16; i++) {
                snprintf(app, sizeof app, "app-%d", a);
                snprintf(identifier, sizeof identifier, "admin-%d", i);
                set(app, identifier, identifier);
            }
    ck_assert_uint_eq(publish.n, 128);
    ck_assert_str_eq(read_path("pub/app-7/admin-15.page"), "admin-15");
    ck_assert_str_eq(read_path("pub/app-0/admin-0.page"), "admin-0");
    ck_assert(publish_close(&publish, false, NOW));
    ck_assert_int_eq(rmdir("pub"), 0);
    reopen();
}
END_TEST

/* ---- names --------------------------------------------------------------------------------------- */

static const struct {
    const char *name, *encoded;
} names[] = {
    { "administrator", "administrator" },
    { "a.b-c_d@e#f", "a.b-c_d@e#f" },
    { ".", "%2E" },
    { "..", "%2E." },
    { ".hidden", "%2Ehidden" },
    { "../../etc/passwd", "%2E.%2F..%2Fetc%2Fpasswd" },
    { "a/b", "a%2Fb" },
    { "a%2Fb", "a%252Fb" },
    { "a b", "a%20b" },
    { "@TIM#x", "@TIM#x" },
    { "\xE7\xAE\xA1", "%E7%AE%A1" },
    { "a.page", "a.page" },
    { "~a", "%7Ea" },
    { "////////////////////////////////",
      "%2F%2F%2F%2F%2F%2F%2F%2F%2F%2F%2F%2F%2F%2F%2F%2F%2F%2F%2F%2F%2F%2F%2F%2F%2F%2F%2F%2F%2F%2F%2F%2F" },
};

START_TEST(a_name)
{
    char encoded[PUBLISH_NAME_SIZE], back[SIGD_ADMIN_MAX + 1], path[PUBLISH_NAME_SIZE + 32];
    publish_name(encoded, names[_i].name);
    ck_assert_str_eq(encoded, names[_i].encoded);
    ck_assert(publish_name_read(back, encoded, strlen(encoded)));
    ck_assert_str_eq(back, names[_i].name);
    set("chat", names[_i].name, "text");
    snprintf(path, sizeof path, "pub/chat/%s.page", encoded);
    ck_assert_str_eq(read_path(path), "text");
    publish_close(&publish, true, NOW);
    reopen();
    unsigned asked = 0;
    kept = "";
    ck_assert(publish_leftovers(&publish, keep_some, &asked, NOW));
    ck_assert_uint_eq(asked, 1);
    nothing_at("pub/chat");
}
END_TEST

START_TEST(no_name)
{
    static const char *const bad[] = { "",    "%",    "%2",   "a%2f",
                                       "%41", "a%2E", "%00",  "a%00",
                                       ".a",  "a b",  "a/b",  "%zz",
                                       "a%",  "%2G",  "%-1a", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" };
    char out[SIGD_ADMIN_MAX + 1];
    for (int i = 0; i < UNIT_ROWS(bad); i++)
        ck_assert_msg(!publish_name_read(out, bad[i], strlen(bad[i])), "\"%s\" is taken for \"%s\"", bad[i],
                      out);
    ck_assert(!publish_name_read(out, "a%20", 3));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("publish");
    TCase *tests = tcase_create("publish");
    tcase_set_timeout(tests, 120);
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, both_forms);
    tcase_add_test(tests, modes_and_groups);
    tcase_add_test(tests, several_groups_in_one_app);
    tcase_add_test(tests, another_group_gets_another_page);
    tcase_add_test(tests, withdrawn);
    tcase_add_test(tests, withdrawn_without_its_file);
    tcase_add_test(tests, heartbeat_and_end);
    tcase_add_test(tests, a_clean_stop);
    tcase_add_test(tests, a_stop_that_keeps);
    tcase_add_test(tests, what_was_kept_is_withdrawn);
    tcase_add_test(tests, leftovers_of_all_kinds);
    tcase_add_test(tests, leftovers_that_cannot_be_removed);
    tcase_add_test(tests, links_in_place_of_files);
    tcase_add_loop_test(tests, in_the_way, 0, UNIT_ROWS(ways));
    tcase_add_test(tests, one_of_two);
    tcase_add_test(tests, a_group_that_is_not_ours);
    tcase_add_test(tests, directories_that_are_refused);
    tcase_add_test(tests, closed);
    tcase_add_test(tests, many);
    tcase_add_loop_test(tests, a_name, 0, UNIT_ROWS(names));
    tcase_add_test(tests, no_name);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
