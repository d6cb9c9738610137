/* test_publish.c: what lies where, for whom, and what is left when it is withdrawn. */
#include "published.h"
#include "unit.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define MODE_FILE (S_IFREG | 0440)
#define MODE_ONE_GROUP (S_IFDIR | 0750)
#define MODE_MORE_GROUPS (S_IFDIR | 0711)

/* ---- set and withdraw ---------------------------------------------------------------------------- */

START_TEST(both_forms)
{
    struct usersig_page_value value;
    published_set("chat", "administrator", "first");
    ck_assert_str_eq(place_text("pub/chat/administrator.usersig"), "first\n");
    usersig_page *page = published_open("pub/chat/administrator.page");
    ck_assert_int_eq(usersig_page_read(page, PUBLISHED_NOW + 1, &value), USERSIG_OK);
    ck_assert_str_eq(value.usersig, "first");
    ck_assert_str_eq(value.identifier, "administrator");
    ck_assert_str_eq(value.key, "2026a");
    ck_assert_uint_eq(value.sdkappid, PUBLISHED_APP);
    ck_assert_uint_eq(value.expires_at, PUBLISHED_NOW + 100);
    ck_assert_uint_eq(value.renew_at, PUBLISHED_NOW + 66);
    ck_assert_uint_eq(value.silence, 1);
    ino_t inode = place_inode("pub/chat/administrator.page");
    published_set("chat", "administrator", "second, which is longer");
    ck_assert_str_eq(place_text("pub/chat/administrator.usersig"), "second, which is longer\n");
    ck_assert_str_eq(published_read(page), "MALFORMED"); /* spaces are in no usersig */
    published_set("chat", "administrator", "third");
    ck_assert_str_eq(published_read(page), "third");
    ck_assert_uint_eq(place_inode("pub/chat/administrator.page"), inode);
    ck_assert_uint_eq(published.n, 1);
    usersig_page_close(page);
}
END_TEST

START_TEST(modes_and_groups)
{
    published_set("chat", "a", "text");
    ck_assert_uint_eq(place_mode("pub"), S_IFDIR | 0711);
    ck_assert_uint_eq(place_mode("pub/chat"), MODE_ONE_GROUP);
    ck_assert_uint_eq(place_mode("pub/chat/a.usersig"), MODE_FILE);
    ck_assert_uint_eq(place_mode("pub/chat/a.page"), MODE_FILE);
    ck_assert_uint_eq(place_group("pub/chat"), published_group);
    ck_assert_uint_eq(place_group("pub/chat/a.usersig"), published_group);
    ck_assert_uint_eq(place_group("pub/chat/a.page"), published_group);
}
END_TEST

START_TEST(several_groups_in_one_app)
{
    if (published_skip("several_groups_in_one_app"))
        return;
    published_set("chat", "a", "text");
    ck_assert(published_set_for(published_other_group, "chat", "b", "text"));
    ck_assert_uint_eq(place_mode("pub/chat"), MODE_MORE_GROUPS);
    ck_assert_uint_eq(place_group("pub/chat"), 0);
    ck_assert_uint_eq(place_group("pub/chat/a.page"), published_group);
    ck_assert_uint_eq(place_group("pub/chat/b.page"), published_other_group);
    published_set("chat", "a", "text");
    ck_assert_uint_eq(place_mode("pub/chat"), MODE_MORE_GROUPS);
    ck_assert(published_set_for(published_other_group, "alone", "a", "text"));
    ck_assert_uint_eq(place_mode("pub/alone"), MODE_ONE_GROUP);
    ck_assert(publish_withdraw(&published, "chat", "b", PUBLISHED_NOW));
    published_set("chat", "a", "text");
    ck_assert_uint_eq(place_mode("pub/chat"), MODE_ONE_GROUP);
    ck_assert_uint_eq(place_group("pub/chat"), published_group);
}
END_TEST

START_TEST(another_group_gets_another_page)
{
    if (published_skip("another_group_gets_another_page"))
        return;
    published_set("chat", "a", "old");
    usersig_page *page = published_open("pub/chat/a.page");
    ck_assert(published_set_for(published_other_group, "chat", "a", "new"));
    ck_assert_str_eq(published_read(page), "REVOKED");
    ck_assert_str_eq(published_at("pub/chat/a.page"), "new");
    ck_assert_uint_eq(place_group("pub/chat/a.page"), published_other_group);
    ck_assert_uint_eq(place_group("pub/chat/a.usersig"), published_other_group);
    ck_assert_uint_eq(place_group("pub/chat"), published_other_group);
    usersig_page_close(page);
}
END_TEST

/* Even where the new group cannot be served. */
START_TEST(the_former_group_loses_it)
{
    if (published_skip("the_former_group_loses_it"))
        return;
    published_set("chat", "a", "old");
    usersig_page *page = published_open("pub/chat/a.page");
    ck_assert_int_eq(mkdir("pub/chat/.a.usersig.new", 0700), 0);
    ck_assert_int_eq(mkdir("pub/chat/.a.page.new", 0700), 0);
    ck_assert(!published_set_for(published_other_group, "chat", "a", "new"));
    ck_assert_str_eq(published_read(page), "REVOKED");
    published_nothing_at("pub/chat/a.usersig");
    published_nothing_at("pub/chat/a.page");
    usersig_page_close(page);
}
END_TEST

START_TEST(withdrawn)
{
    published_set("chat", "a", "text");
    published_set("chat", "b", "more");
    usersig_page *page = published_open("pub/chat/a.page");
    ck_assert(publish_withdraw(&published, "chat", "a", PUBLISHED_NOW));
    ck_assert_str_eq(published_read(page), "REVOKED");
    published_nothing_at("pub/chat/a.usersig");
    published_nothing_at("pub/chat/a.page");
    ck_assert_str_eq(published_at("pub/chat/b.page"), "more");
    ck_assert(publish_withdraw(&published, "chat", "a", PUBLISHED_NOW));
    ck_assert(publish_withdraw(&published, "chat", "nobody", PUBLISHED_NOW));
    ck_assert(publish_withdraw(&published, "nothing", "a", PUBLISHED_NOW));
    published_set("chat", "a", "again");
    ck_assert_str_eq(published_read(page), "REVOKED");
    ck_assert_str_eq(published_at("pub/chat/a.page"), "again");
    ck_assert(publish_withdraw(&published, "chat", "a", PUBLISHED_NOW));
    ck_assert(publish_withdraw(&published, "chat", "b", PUBLISHED_NOW));
    published_nothing_at("pub/chat");
    usersig_page_close(page);
}
END_TEST

/* The mapping is revoked even where somebody removed or replaced the file. */
START_TEST(withdrawn_without_its_file)
{
    published_set("chat", "a", "text");
    usersig_page *first = published_open("pub/chat/a.page");
    ck_assert_int_eq(rename("pub/chat/a.page", "pub/chat/b.page"), 0);
    published_set("chat", "a", "next");
    ck_assert_str_eq(published_read(first), "REVOKED");
    usersig_page *second = published_open("pub/chat/a.page");
    ck_assert_str_eq(published_read(second), "next");
    ck_assert_int_eq(system("rm -r pub/chat"), 0);
    ck_assert(publish_withdraw(&published, "chat", "a", PUBLISHED_NOW));
    ck_assert_str_eq(published_read(second), "REVOKED");
    usersig_page_close(first);
    usersig_page_close(second);
}
END_TEST

START_TEST(expired_before_it_is_set)
{
    struct proto_credential credential = published_credential("text");
    ck_assert(publish_set(&published, "chat", PUBLISHED_APP, "a", published_group, &credential,
                          PUBLISHED_NOW + 101));
    published_nothing_at("pub/chat");
    ck_assert(!publish_is_whole(&published, "chat", "a"));
    published_set("chat", "a", "text");
    ck_assert(publish_is_whole(&published, "chat", "a"));
}
END_TEST

START_TEST(pruned)
{
    struct published_keep keep = { ",b,d,", 0 };
    static const char *const identifiers[] = { "a", "b", "c", "d", "e" };
    usersig_page *pages[UNIT_ROWS(identifiers)];
    for (int i = 0; i < UNIT_ROWS(identifiers); i++) {
        char path[32];
        published_set("chat", identifiers[i], "text");
        snprintf(path, sizeof path, "pub/chat/%s.page", identifiers[i]);
        pages[i] = published_open(path);
    }
    ck_assert(publish_prune(&published, published_keep, &keep, PUBLISHED_NOW));
    ck_assert_uint_eq(keep.asked, UNIT_ROWS(identifiers));
    ck_assert_uint_eq(published.n, 2);
    for (int i = 0; i < UNIT_ROWS(identifiers); i++) {
        ck_assert_str_eq(published_read(pages[i]), i % 2 ? "text" : "REVOKED");
        usersig_page_close(pages[i]);
    }
    ck_assert(place_mode("pub/chat/b.usersig") != 0);
    published_nothing_at("pub/chat/a.usersig");
}
END_TEST

START_TEST(heartbeat_and_end)
{
    struct usersig_page_value value;
    published_set("chat", "a", "text");
    usersig_page *page = published_open("pub/chat/a.page");
    ck_assert_uint_eq(publish_heartbeat(&published, PUBLISHED_NOW + 60), 0);
    ck_assert_int_eq(usersig_page_read(page, PUBLISHED_NOW + 70, &value), USERSIG_OK);
    ck_assert_uint_eq(value.silence, 10);
    ck_assert_uint_eq(publish_heartbeat(&published, PUBLISHED_NOW + 100), 0);
    ck_assert_str_eq(place_text("pub/chat/a.usersig"), "text\n");
    ck_assert_uint_eq(publish_heartbeat(&published, PUBLISHED_NOW + 101), 1);
    published_nothing_at("pub/chat/a.usersig");
    ck_assert_str_eq(published_read(page), "UNAVAILABLE");
    ck_assert_uint_eq(publish_heartbeat(&published, PUBLISHED_NOW + 102), 0);
    published_set("chat", "a", "renewed");
    ck_assert_str_eq(published_read(page), "renewed");
    ck_assert_str_eq(place_text("pub/chat/a.usersig"), "renewed\n");
    usersig_page_close(page);
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
    published_set("chat", "a", "text");
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
    if (ways[_i].root && published_skip(ways[_i].name))
        return;
    ways[_i].make();
    bool done = published_set_for(published_group, "chat", "a", "text");
    ck_assert_msg(!done && strstr(published.why, ways[_i].why), "%s: %s", ways[_i].name, published.why);
    ck_assert_msg(strstr(published.why, place_path) == published.why, "%s: no path: %s", ways[_i].name,
                  published.why);
}
END_TEST

/* One form is done where the other is not possible. */
START_TEST(one_of_two)
{
    make_directory_as_text();
    ck_assert(!published_set_for(published_group, "chat", "a", "text"));
    ck_assert_str_eq(published_at("pub/chat/a.page"), "text");
    ck_assert(!publish_is_whole(&published, "chat", "a"));
    published_nothing_at("pub/chat/.a.usersig.new");
    ck_assert(!publish_withdraw(&published, "chat", "a", PUBLISHED_NOW));
    published_nothing_at("pub/chat/a.page");
    ck_assert_msg(strstr(published.why, "Is a directory; remove it"), "%s", published.why);
}
END_TEST

/* As another user: only our own groups can be given. */
START_TEST(a_group_that_is_not_ours)
{
    int status;
    if (published_skip("a_group_that_is_not_ours"))
        return;
    ck_assert_int_eq(chmod(place_path, 0777 | S_ISVTX), 0);
    pid_t child = fork();
    ck_assert_int_ge(child, 0);
    if (child == 0) {
        struct publish own;
        struct proto_credential credential = published_credential("text");
        if (setresgid(12, 12, 12) != 0 || setresuid(PLACE_STRANGER, PLACE_STRANGER, PLACE_STRANGER) != 0)
            _exit(1);
        if (!publish_open(&own, place_within("own")) ||
            !publish_set(&own, "chat", PUBLISHED_APP, "a", 12, &credential, PUBLISHED_NOW) ||
            !publish_set(&own, "chat", PUBLISHED_APP, "a", 12, &credential, PUBLISHED_NOW) ||
            own.why[0] != '\0')
            _exit(2);
        if (publish_set(&own, "chat", PUBLISHED_APP, "b", 13, &credential, PUBLISHED_NOW) ||
            !strstr(own.why, "cannot be given to group 13: Operation not permitted; start sigd as root"))
            _exit(3);
        if (!publish_close(&own, true, PUBLISHED_NOW) || !publish_open(&own, place_within("own")) ||
            !publish_set(&own, "chat", PUBLISHED_APP, "a", 12, &credential, PUBLISHED_NOW) ||
            !publish_close(&own, false, PUBLISHED_NOW))
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
    ck_assert(publish_close(&second, false, PUBLISHED_NOW));
    if (!published_skip("a stranger's directory")) {
        ck_assert_int_eq(chown("open", PLACE_STRANGER, PLACE_STRANGER), 0);
        refused(place_within("open"), "chown root");
    }
}
END_TEST

START_TEST(closed)
{
    struct proto_credential credential = published_credential("text");
    publish_close(&published, false, PUBLISHED_NOW);
    ck_assert(
        !publish_set(&published, "chat", PUBLISHED_APP, "a", published_group, &credential, PUBLISHED_NOW));
    ck_assert(publish_withdraw(&published, "chat", "a", PUBLISHED_NOW));
    ck_assert_uint_eq(publish_heartbeat(&published, PUBLISHED_NOW), 0);
    ck_assert(published_leftovers("", 0));
    ck_assert(publish_close(&published, false, PUBLISHED_NOW));
    credential.usersig_len = 0;
    published_reopen();
    ck_assert(
        !publish_set(&published, "chat", PUBLISHED_APP, "a", published_group, &credential, PUBLISHED_NOW));
    published_nothing_at("pub/chat");
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
                published_set(app, identifier, identifier);
            }
    ck_assert_uint_eq(published.n, 128);
    ck_assert_str_eq(published_at("pub/app-7/admin-15.page"), "admin-15");
    ck_assert_str_eq(published_at("pub/app-0/admin-0.page"), "admin-0");
    ck_assert(publish_close(&published, false, PUBLISHED_NOW));
    ck_assert_int_eq(rmdir("pub"), 0);
    published_reopen();
}
END_TEST

static void fill(TCase *tests)
{
    tcase_add_checked_fixture(tests, published_set_up, published_tear_down);
    tcase_add_test(tests, both_forms);
    tcase_add_test(tests, modes_and_groups);
    tcase_add_test(tests, several_groups_in_one_app);
    tcase_add_test(tests, another_group_gets_another_page);
    tcase_add_test(tests, the_former_group_loses_it);
    tcase_add_test(tests, withdrawn);
    tcase_add_test(tests, withdrawn_without_its_file);
    tcase_add_test(tests, expired_before_it_is_set);
    tcase_add_test(tests, pruned);
    tcase_add_test(tests, heartbeat_and_end);
    tcase_add_test(tests, links_in_place_of_files);
    tcase_add_loop_test(tests, in_the_way, 0, UNIT_ROWS(ways));
    tcase_add_test(tests, one_of_two);
    tcase_add_test(tests, a_group_that_is_not_ours);
    tcase_add_test(tests, directories_that_are_refused);
    tcase_add_test(tests, closed);
    tcase_add_test(tests, many);
}

int main(void)
{
    return unit_run("publish", fill);
}
