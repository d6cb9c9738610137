/* test_config_beside.c: what is said of things beside the sockets. */
#include "conf.h"

#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void make(const char *name)
{
    char path[sizeof conf_top + 64];
    snprintf(path, sizeof path, "%s/%s", conf_top, name);
    if (name[strlen(name) - 1] == '/') {
        ck_assert_int_eq(mkdir(path, 0755), 0);
        return;
    }
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL, 0600);
    ck_assert_msg(fd >= 0, "cannot make %s", path);
    close(fd);
}

/* In configs '@' is the temporary directory. */
static const struct {
    const char *name, *made[4], *config;
    const char *said; /* as in struct conf_row */
} rows[] = {
    { "no directory yet", { 0 }, "socket \"s\" { path = \"@/d/s\" }", "" },
    { "an empty one", { "d/" }, "socket \"s\" { path = \"@/d/s\" }", "" },
    { "socket and lock", { "d/", "d/s", "d/s.lock" }, "socket \"s\" { path = \"@/d/s\" }", "" },
    { "another file",
      { "d/", "d/s", "d/key" },
      "socket \"s\"\n{ path = \"@/d/s\" }",
      "3 path: @/d holds \"key\" too, which goes along where the directory is mounted; give socket \"s\" a "
      "directory of its own" },
    { "another directory",
      { "d/", "d/s.lockx/" },
      "socket \"s\" { path = \"@/d/s\" }",
      "2 holds \"s.lockx\"" },
    { "a hidden file", { "d/", "d/.s" }, "socket \"s\" { path = \"@/d/s\" }", "2 holds \".s\"" },
    { "two sockets of ours",
      { "d/", "d/s", "d/t", "d/t.lock" },
      "socket \"s\" { path = \"@/d/s\" }\nsocket \"t\" { path = \"@/d/t\" }",
      "" },
    { "beside two, said once",
      { "d/", "d/x" },
      "socket \"s\" { path = \"@/d/s\" }\nsocket \"t\" { path = \"@/d/t\" }",
      "2 holds \"x\"" },
    { "a socket of another directory",
      { "d/", "e/", "d/t" },
      "socket \"s\" { path = \"@/d/s\" }\nsocket \"t\" { path = \"@/e/t\" }",
      "2 holds \"t\"" },
    { "beside the control socket",
      { "d/", "d/a", "d/a.lock", "d/x" },
      "admin_socket { path = \"@/d/a\" }",
      "2 holds \"x\" too" },
    { "the control socket alone", { "d/", "d/a", "d/a.lock" }, "admin_socket { path = \"@/d/a\" }", "" },
    { "the control socket beside another",
      { "d/", "d/s" },
      "socket \"s\" { path = \"@/d/s\" }\nadmin_socket { path = \"@/d/a\" }",
      "3 path: the control socket is beside socket \"s\"" },
};

/* Writes text with conf_top in place of '@'. */
static char *filled(const char *text)
{
    char *made;
    size_t size;
    FILE *out = open_memstream(&made, &size);
    ck_assert_ptr_nonnull(out);
    for (; *text != '\0'; text++) {
        if (*text == '@')
            fputs(conf_top, out);
        else
            fputc(*text, out);
    }
    fclose(out);
    return made;
}

START_TEST(warns)
{
    char text[16384], *said, *of_socket = NULL;
    char *section = filled(rows[_i].config), *expected = filled(rows[_i].said);
    for (int i = 0; i < 4 && rows[_i].made[i] != NULL; i++)
        make(rows[_i].made[i]);
    snprintf(text, sizeof text, USERS "%s\n%s", section, APP_ALONE(""));
    struct config *config = conf_load(text, strlen(text), &said);
    ck_assert_msg(config != NULL, "%s: refused: %s", rows[_i].name, said);
    /* the usual socket of a config that names none is on this host, and not of the test */
    for (char *line = strtok(said, "\n"); line != NULL; line = strtok(NULL, "\n")) {
        if (strstr(line, ": warning: path: ") == NULL || strstr(line, " /run/sigd ") != NULL)
            continue;
        ck_assert_msg(of_socket == NULL, "%s: more than one line: %s", rows[_i].name, line);
        of_socket = line;
    }
    if (expected[0] == '\0') {
        ck_assert_msg(of_socket == NULL, "%s: expected nothing, got %s", rows[_i].name, of_socket);
    } else {
        char place[32];
        snprintf(place, sizeof place, "sigd.conf:%d: warning: ", atoi(expected));
        ck_assert_msg(of_socket != NULL && strstr(of_socket, place) != NULL &&
                          strstr(of_socket, strchr(expected, ' ') + 1) != NULL,
                      "%s: expected %s, got %s", rows[_i].name, expected, of_socket);
    }
    config_free(config);
    free(said);
    free(section);
    free(expected);
}
END_TEST

static void fill(TCase *tests)
{
    tcase_add_checked_fixture(tests, conf_set_up, conf_tear_down);
    tcase_add_loop_test(tests, warns, 0, UNIT_ROWS(rows));
}

int main(void)
{
    return unit_run("config_beside", fill);
}
