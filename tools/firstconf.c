#include "firstconf.h"
#include "exits.h"
#include "names.h"
#include "output.h"

#include <grp.h>
#include <pwd.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <usersig_rest.h>

/* Printable ASCII without what ends a text or is expanded in sigd.conf. */
static bool quotable(const char *text)
{
    for (const char *p = text; *p != '\0'; p++)
        if (*p < 0x20 || *p >= 0x7f || *p == '"' || *p == '\\' || *p == '$')
            return false;
    return *text != '\0';
}

static int check_users(const struct options_list *users)
{
    for (size_t i = 0; i < users->n; i++)
        if (!quotable(users->items[i]) || getpwnam(users->items[i]) == NULL)
            return output_fail(
                EXITS_USAGE,
                "there is no user \"%.40s\" on this host: name the user that your backend runs as",
                users->items[i]);
    return users->n > 0 ? 0 : output_fail(EXITS_USAGE, "who may call sigd? --user NAME");
}

int firstconf_check(const struct firstconf *values)
{
    if (!names_ok(values->app))
        return output_fail(EXITS_USAGE, "\"%.40s\" is no name for an app: it is " NAMES_RULE, values->app);
    if (usersig_region_host(values->region, 0) == NULL) {
        char names[256] = "";
        const char *name;
        for (size_t i = 0; (name = usersig_region_name(i)) != NULL; i++)
            snprintf(names + strlen(names), sizeof names - strlen(names), "%s%s", i == 0 ? "" : ", ", name);
        return output_fail(EXITS_USAGE, "\"%.32s\" is no data centre: it is one of %s", values->region,
                           names);
    }
    for (size_t i = 0; i < values->admins->n; i++)
        if (!quotable(values->admins->items[i]) || strlen(values->admins->items[i]) > SIGD_ADMIN_MAX)
            return output_fail(EXITS_USAGE, "\"%.40s\" is no administrator: an identifier of 1 to %d bytes",
                               values->admins->items[i], SIGD_ADMIN_MAX);
    if (!quotable(values->key_file) || values->key_file[0] != '/')
        return output_fail(EXITS_USAGE,
                           "%.200s: sigd.conf takes a path from the root, without quotes, \\ and $",
                           values->key_file);
    return check_users(values->users);
}

static void write_list(FILE *out, const char *word, const struct options_list *list)
{
    fprintf(out, "%s = {", word);
    for (size_t i = 0; i < list->n; i++)
        fprintf(out, "%s\"%s\"", i == 0 ? "" : ", ", list->items[i]);
    fputc('}', out);
}

/* Who may connect: the group that all the users share, else everybody; who gets an answer is the app's matter. */
static void write_socket(FILE *out, const struct options_list *users)
{
    const struct passwd *user = getpwnam(users->items[0]);
    gid_t gid = user != NULL ? user->pw_gid : (gid_t)-1;
    bool shared = user != NULL;
    for (size_t i = 1; i < users->n; i++)
        shared &= (user = getpwnam(users->items[i])) != NULL && user->pw_gid == gid;
    const struct group *group = shared ? getgrgid(gid) : NULL;
    if (group != NULL && quotable(group->gr_name))
        fprintf(out, "socket \"main\" { path = \"/run/sigd/sigd.sock\"  mode = 0660  group = \"%s\" }\n",
                group->gr_name);
    else
        fputs("# the users have no group in common: everybody may connect, but only they are served\n"
              "socket \"main\" { path = \"/run/sigd/sigd.sock\"  mode = 0666 }\n",
              out);
}

static void write_app(FILE *out, const struct firstconf *values)
{
    fprintf(out, "app \"%s\" {\n    sdkappid = %lu\n    region   = \"%s\"\n", values->app,
            (unsigned long)values->sdkappid, values->region);
    fprintf(out, "    key \"%s\" { file = \"%s\" }\n", values->key_name, values->key_file);
    for (size_t i = 0; i < values->admins->n; i++)
        fprintf(out, "    admin \"%s\" { lifetime = \"24h\"  min_remaining = \"10m\" }\n",
                values->admins->items[i]);
    fputs(
        "    # users of the service get usersigs of up to a week; patterns in identifiers narrow for whom\n    allow { ",
        out);
    write_list(out, "users", values->users);
    fputs("  may = {\"admin\", \"url\", \"sign\", \"verify\"}\n            ", out);
    write_list(out, "admins", values->admins);
    fputs("  identifiers = {\"*\"}  max_lifetime = \"7d\" }\n}\n", out);
}

char *firstconf_text(const struct firstconf *values, size_t *len)
{
    char *text = NULL;
    FILE *out = open_memstream(&text, len);
    if (out == NULL)
        return NULL;
    fputs(
        "# sigd.conf, begun by sigctl init; sigd.conf(5) has all words. After a change: sigctl check && sigctl reload\n",
        out);
    write_socket(out, values->users);
    fputs("admin_socket { path = \"/run/sigd-admin/admin.sock\" }\n"
          "state_dir = \"/var/lib/sigd\"\n"
          "audit { file = \"/var/log/sigd/audit.log\"  sync = \"1s\" }\n",
          out);
    if (getpwnam("sigd-signer") != NULL && getpwnam("sigd-front") != NULL)
        fputs("users { signer = \"sigd-signer\"  front = \"sigd-front\" }\n", out);
    write_app(out, values);
    bool bad = ferror(out) != 0;
    if (fclose(out) != 0 || bad) {
        free(text);
        return NULL;
    }
    return text;
}
