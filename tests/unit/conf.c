/* conf.c: configs for tests. */
#include "conf.h"

#include <fcntl.h>
#include <ftw.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

const char conf_everything[] =
    "app \"one\" { sdkappid = 20000001 region = \"singapore\" lifetime = 90s max_lifetime = 2w url_lifetime = 5m\n"
    "  reserved = {\"ops\", \"root\"} raw_userbuf = true\n"
    "  key \"old\" { file = \"/etc/sigd/old.key\" not_after = \"2026-07-01T00:00:00Z\" revoked = true }\n"
    "  key \"new\" { file = \"/etc/sigd/new.key\" not_before = \"2026-01-01T00:00:00Z\" }\n"
    "  admin \"administrator\" { lifetime = 12h min_remaining = 1h }\n"
    "  admin \"robot 2\" { publish_group = 9 }\n"
    "  allow { users = {0, 1000} groups = {5, 6, 7} sockets = {\"b\"} may = {\"admin\", \"url\"} admins = {\"robot 2\"} }\n"
    "  allow { sockets = {\"a\", \"b\"} may = {\"sign\", \"verify\"} identifiers = {\"u_*\", '?'} max_lifetime = 1d rights = 15 rate = 50 }\n"
    "}\n"
    "socket \"a\" { path = \"/run/a.sock\" mode = 0600 group = 7 }\n"
    "socket \"b\" { path = \"/run/b.sock\" apps = {\"two\", \"one\"} }\n"
    "socket \"c\" { path = \"/run/c.sock\" apps = {\"two\"} }\n"
    "admin_socket { path = \"/run/sigd-admin/admin.sock\" mode = 0640 group = 8 }\n"
    "app \"two\" { sdkappid = 20000002 key \"k\" { file = \"/k\" } }\n"
    "app \"three\" { sdkappid = 20000003 admin \"away\" { usersig_file = \"/etc/sigd/away\" min_remaining = 2h } }\n"
    "workers = 4 allow_swap = true publish_dir = \"/run/sigd-pub\" state_dir = \"/var/lib/sigd\" keep_on_stop = true\n"
    "master_key = \"/etc/sigd/master\" key_files = kubernetes ids = in_namespace unsynced = refuse\n"
    "log { format = \"json\" level = \"debug\" }\n"
    "audit { file = \"/var/log/a\" sync = batch }\n"
    "users { signer = 4001 front = 4002 }\n";

char conf_top[4096], conf_path[4200];

void conf_set_up(void)
{
    const char *base = getenv("TMPDIR");
    char *real = realpath(base == NULL || base[0] == '\0' ? "/tmp" : base, NULL);
    ck_assert_ptr_nonnull(real);
    snprintf(conf_top, sizeof conf_top, "%s/config.XXXXXX", real);
    free(real);
    ck_assert_ptr_nonnull(mkdtemp(conf_top));
    snprintf(conf_path, sizeof conf_path, "%s/sigd.conf", conf_top);
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
    (void)st;
    (void)type;
    (void)ftw;
    return remove(path);
}

void conf_tear_down(void)
{
    nftw(conf_top, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

void conf_write(const char *text, size_t length)
{
    int fd = open(conf_path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(write(fd, text, length), (ssize_t)length);
    close(fd);
}

struct config *conf_load(const char *text, size_t length, char **said)
{
    size_t size;
    FILE *errors = open_memstream(said, &size);
    ck_assert_ptr_nonnull(errors);
    conf_write(text, length);
    struct config *config = config_load(conf_path, errors);
    fclose(errors);
    return config;
}

/* Takes the next line of *rest, which is changed; NULL at the end. */
static char *next_line(char **rest)
{
    char *line = *rest;
    if (line == NULL || *line == '\0')
        return NULL;
    char *end = strchr(line, '\n');
    if (end != NULL)
        *end++ = '\0';
    *rest = end;
    return line;
}

static bool is_of_the_host(const char *line)
{
    static const char *const said[] = { ": warning: no user for the ",
                                        ": warning: no state_dir: ", " too, which goes along where ",
                                        ": warning: this user namespace " };
    for (size_t i = 0; i < sizeof said / sizeof said[0]; i++) {
        if (strstr(line, said[i]) != NULL)
            return true;
    }
    return false;
}

/* The same without what not every host is told. */
static char *next_heard(char **rest)
{
    char *line = next_line(rest);
    while (line != NULL && is_of_the_host(line))
        line = next_line(rest);
    return line;
}

void conf_check_said(const struct conf_row *row, const char *said)
{
    char *heard = strdup(said), *wanted = strdup(row->said), *heard_rest = heard, *wanted_rest = wanted;
    char *line, *expected, begin[sizeof conf_path + 16];
    ck_assert_msg(heard != NULL && wanted != NULL, "no memory");
    while ((expected = next_line(&wanted_rest)) != NULL) {
        char *text = strchr(expected, ' ') + 1;
        snprintf(begin, sizeof begin, "%s:%d: ", conf_path, atoi(expected));
        line = next_heard(&heard_rest);
        ck_assert_msg(line != NULL && strncmp(line, begin, strlen(begin)) == 0 && strstr(line, text) != NULL,
                      "%s: expected a line \"%s...%s\" in:\n%s", row->name, begin, text, said);
    }
    line = next_heard(&heard_rest);
    ck_assert_msg(line == NULL, "%s: did not expect \"%s\" in:\n%s", row->name, line, said);
    free(heard);
    free(wanted);
}

void conf_check_row(const struct conf_row *row, bool is_good)
{
    char *said;
    struct config *config = conf_load(row->text, strlen(row->text), &said);
    conf_check_said(row, said);
    ck_assert_msg((config != NULL) == is_good, "%s: expected %s, got the other; said: %s", row->name,
                  is_good ? "a config" : "NULL", said);
    config_free(config);
    free(said);
}
