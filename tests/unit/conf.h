/* conf.h: configs for tests: pieces of them, a file to write them to, and what config_load is to say. */
#ifndef CONF_H
#define CONF_H

#include "../../sigd/master/config.h"
#include "unit.h"

#define USERS "users { signer = 64001 front = 64002 }\n"
#define KEY "key \"k\" { file = \"/etc/sigd/k\" }\n"
#define ADMIN "admin \"administrator\" { }\n"
#define ALLOW "allow { users = {0} may = {\"admin\", \"url\", \"sign\", \"verify\"} }\n"
#define APP_ALONE(body) "app \"chat\" { sdkappid = 1400000000\n" KEY ADMIN ALLOW body "\n}\n"
/* body begins in line 6; line 2 is app, 3 key, 4 admin, 5 allow */
#define APP(body) USERS APP_ALONE(body)
/* body begins in line 5, in an allow that is opened in line 4 */
#define RULE(body) \
    USERS "app \"chat\" { sdkappid = 1\n" KEY "allow {\n" body "\n}\n" ADMIN "admin \"second\" { }\n}\n"
#define SIGNS(body) RULE("users = {0} may = {\"sign\"}\n" body)
/* body is line 2, behind a whole app is line 7 on */
#define TOP(body)   \
    USERS body "\n" \
               "app \"chat\" { sdkappid = 1\n" KEY ADMIN ALLOW "}\n"
#define APP_KEY(words) \
    USERS "app \"chat\" { sdkappid = 1\n" ADMIN ALLOW "key \"k\" { file = \"/k\"\n" words "\n}\n}\n"
#define APP_ADMIN(title, words) \
    USERS "app \"chat\" { sdkappid = 1\n" KEY "admin " title " {\n" words "\n}\n}\n"
#define SOCKET(words) TOP("socket \"main\" {\n" words "\n}")
#define S32 "12345678901234567890123456789012"
#define S64 S32 S32
#define PATH_107 "/" S32 S32 S32 "1234567890"

/* said: one line for each fault or warning, in order: its line, a space, a part of what is said. "" for a config
 * that is good and without warnings. */
struct conf_row {
    const char *name, *text, *said;
};

/* The temporary directory and sigd.conf in it; conf_top has no symbolic links. Fixtures of a test case. */
extern char conf_top[4096], conf_path[4200];
void conf_set_up(void);
void conf_tear_down(void); /* takes all that is in the directory along */

void conf_write(const char *text, size_t length);

/* Loads text; *said (to be freed) is what config_load wrote. */
struct config *conf_load(const char *text, size_t length, char **said);

/* Fails unless what was said is what the row expects. What only some hosts are told is left out of account: that there
 * are no users (root), no state_dir, what is beside a socket, and that a user namespace is in the way. */
void conf_check_said(const struct conf_row *row, const char *said);

/* Loads row->text and checks all. */
void conf_check_row(const struct conf_row *row, bool is_good);

/* A config that has every word, without a fault. */
extern const char conf_everything[];

#endif
