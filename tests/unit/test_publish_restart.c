/* test_publish_restart.c: what one sigd leaves and the next finds, and the names of files that tell. */
#include "published.h"
#include "unit.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- stops -------------------------------------------------------------------------------------- */

START_TEST(a_clean_stop)
{
    published_set("chat", "a", "text");
    published_set("other", "b", "text");
    usersig_page *page = published_open("pub/chat/a.page");
    ck_assert(publish_close(&published, false, PUBLISHED_NOW));
    ck_assert_str_eq(published_read(page), "REVOKED");
    ck_assert_msg(rmdir("pub") == 0, "something is left in pub");
    usersig_page_close(page);
    published_reopen();
}
END_TEST

START_TEST(a_stop_that_keeps)
{
    published_set("chat", "a", "text");
    published_set("chat", "b", "text");
    ino_t inode = place_inode("pub/chat/a.page");
    usersig_page *a = published_open("pub/chat/a.page"), *b = published_open("pub/chat/b.page");
    ck_assert(publish_close(&published, true, PUBLISHED_NOW));
    ck_assert_str_eq(published_read(a), "text");
    published_reopen();
    ck_assert(published_leftovers(",a,", 2));
    ck_assert_str_eq(published_read(a), "text");
    ck_assert_str_eq(published_read(b), "REVOKED");
    published_nothing_at("pub/chat/b.usersig");
    published_nothing_at("pub/chat/b.page");
    ck_assert_str_eq(place_text("pub/chat/a.usersig"), "text\n");
    published_set("chat", "a", "next");
    ck_assert_uint_eq(place_inode("pub/chat/a.page"), inode);
    ck_assert_str_eq(published_read(a), "next");
    ck_assert(publish_close(&published, false, PUBLISHED_NOW));
    ck_assert_str_eq(published_read(a), "REVOKED");
    published_reopen();
    usersig_page_close(a);
    usersig_page_close(b);
}
END_TEST

/* What is kept and never set again goes like what was. */
START_TEST(what_was_kept_is_withdrawn)
{
    published_set("chat", "a", "text");
    usersig_page *page = published_open("pub/chat/a.page");
    publish_close(&published, true, PUBLISHED_NOW);
    published_reopen();
    ck_assert(published_leftovers(",a,", 1));
    ck_assert_uint_eq(publish_heartbeat(&published, PUBLISHED_NOW + 101), 1);
    ck_assert_str_eq(published_read(page), "UNAVAILABLE");
    published_nothing_at("pub/chat/a.usersig");
    ck_assert(publish_withdraw(&published, "chat", "a", PUBLISHED_NOW));
    ck_assert_str_eq(published_read(page), "REVOKED");
    published_nothing_at("pub/chat");
    usersig_page_close(page);
}
END_TEST

START_TEST(leftovers_of_all_kinds)
{
    published_set("chat", "a", "text");
    published_set("chat", "half", "text");
    published_set("chat", "lost", "text");
    publish_close(&published, true, PUBLISHED_NOW);
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
    published_reopen();
    ck_assert_msg(published_leftovers(",a,half,lost,", 1), "%s", published.why);
    ck_assert_str_eq(published_at("pub/chat/a.page"), "text");
    ck_assert_ptr_nonnull(place_text("pub/chat/a.usersig"));
    static const char *const gone[] = { "half.usersig", "half.page",    "lost.usersig", ".a.usersig.new",
                                        ".a.page.new",  "link.usersig", "link.page" };
    for (int i = 0; i < UNIT_ROWS(gone); i++) {
        char path[64];
        snprintf(path, sizeof path, "pub/chat/%s", gone[i]);
        published_nothing_at(path);
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
    published_set("chat", "z", "text");
    publish_close(&published, true, PUBLISHED_NOW);
    ck_assert_int_eq(mkdir("pub/chat/a.usersig", 0755), 0);
    published_reopen();
    ck_assert(!published_leftovers("", 1));
    ck_assert_msg(strstr(published.why, "/pub/chat/a.usersig: cannot be removed: Is a directory"), "%s",
                  published.why);
    published_nothing_at("pub/chat/z.usersig");
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
    published_set("chat", names[_i].name, "text");
    snprintf(path, sizeof path, "pub/chat/%s.page", encoded);
    ck_assert_str_eq(published_at(path), "text");
    publish_close(&published, true, PUBLISHED_NOW);
    published_reopen();
    ck_assert(published_leftovers("", 1));
    published_nothing_at("pub/chat");
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

static void fill(TCase *tests)
{
    tcase_add_checked_fixture(tests, published_set_up, published_tear_down);
    tcase_add_test(tests, a_clean_stop);
    tcase_add_test(tests, a_stop_that_keeps);
    tcase_add_test(tests, what_was_kept_is_withdrawn);
    tcase_add_test(tests, leftovers_of_all_kinds);
    tcase_add_test(tests, leftovers_that_cannot_be_removed);
    tcase_add_loop_test(tests, a_name, 0, UNIT_ROWS(names));
    tcase_add_test(tests, no_name);
}

int main(void)
{
    return unit_run("publish_restart", fill);
}
