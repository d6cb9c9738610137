/* usersig status: whether sigd answers, and what it lets the caller do. */
#include "client.h"
#include "command.h"
#include "exits.h"
#include "options.h"
#include "output.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static void print_list(const char *label, const json_t *names)
{
    const json_t *name;
    size_t i;
    printf("  %-15s", label);
    json_array_foreach(names, i, name)
    {
        fputs(i == 0 ? "" : ", ", stdout);
        output_text(json_string_value(name), json_string_length(name));
    }
    puts(json_array_size(names) == 0 ? "none" : "");
}

static void print(const struct options *options, const json_t *apps)
{
    const json_t *app;
    size_t i;
    fputs("socket ", stdout);
    output_text(options->socket, strlen(options->socket));
    puts(": sigd answers");
    json_array_foreach(apps, i, app)
    {
        fputs("app ", stdout);
        output_text(json_string_value(json_object_get(app, "name")),
                    json_string_length(json_object_get(app, "name")));
        printf(": sdkappid %" JSON_INTEGER_FORMAT "%s\n",
               json_integer_value(json_object_get(app, "sdkappid")),
               json_is_true(json_object_get(app, "frozen")) ? ", FROZEN by its operator" : "");
        print_list("you may", json_object_get(app, "may"));
        print_list("administrators", json_object_get(app, "admins"));
    }
}

/* Programs get an answer about an unreachable sigd, too: that is what they asked. */
static int print_json(const struct options *options, bool reachable, const json_t *apps)
{
    json_t *list = apps != NULL ? json_deep_copy(apps) : json_array();
    return output_json(
        json_pack("{s:s, s:b, s:o}", "socket", options->socket, "reachable", reachable, "apps", list));
}

static int run(const struct options *options)
{
    struct client *client;
    json_t *answer = NULL;
    int status = client_open(&client, options);
    if (status != 0)
        return status;
    status = client_apps(client, &answer);
    client_close(client);
    const json_t *apps = json_object_get(answer, "apps");
    if (status == 0 && json_array_size(apps) == 0)
        status = output_fail(EXITS_NOT_PERMITTED, "sigd answers, but permits you nothing");
    if (options_has(options, OPTION_JSON)) {
        int written = print_json(options, status != EXITS_UNREACHABLE, apps);
        status = written != 0 ? written : status;
    } else if (status == 0) {
        print(options, apps);
    }
    json_decref(answer);
    return status;
}

const struct command cmd_status_command = {
    .name = "status",
    .summary = "whether sigd answers, and what you may do",
    .synopsis = "  usersig status [--socket PATH] [--json]\n",
    .about =
        "Shows the socket and each app on which sigd's configuration permits you something. Exit status 69: no\n"
        "answer; 77: an answer, but you may do nothing. --json writes the state in these cases, too.\n",
    .examples = "  usersig status\n"
                "  usersig status --json | jq -r '.apps[].name'\n",
    .options = OPTION_SOCKET | OPTION_JSON,
    .run = run,
};
