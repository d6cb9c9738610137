/* sigctl status: how a running sigd is. */
#include "command.h"
#include "ctl_client.h"
#include "exits.h"
#include "options.h"
#include "output.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void print_text(const json_t *text)
{
    if (json_is_string(text))
        output_text(json_string_value(text), json_string_length(text));
    else
        putchar('-');
}

static void print_member(const char *before, const json_t *object, const char *name)
{
    const json_t *value = json_object_get(object, name);
    fputs(before, stdout);
    if (json_is_integer(value))
        printf("%" JSON_INTEGER_FORMAT, json_integer_value(value));
    else
        print_text(value);
}

/* "; label a, b", or nothing for an empty list. */
static void print_list(const char *label, const json_t *object, const char *name)
{
    const json_t *item, *list = json_object_get(object, name);
    size_t i;
    json_array_foreach(list, i, item)
    {
        printf("%s", i == 0 ? label : ", ");
        if (json_is_integer(item))
            printf("%" JSON_INTEGER_FORMAT, json_integer_value(item));
        else
            print_text(item);
    }
}

static void print_app(const json_t *app)
{
    const json_t *item;
    size_t i;
    print_member("app ", app, "name");
    print_member(", sdkappid ", app, "sdkappid");
    if (json_is_true(json_object_get(app, "raw_userbuf")))
        fputs(", raw_userbuf", stdout);
    puts(json_is_true(json_object_get(app, "frozen")) ? ", FROZEN" : "");
    json_array_foreach(json_object_get(app, "keys"), i, item)
    {
        print_member("  key ", item, "name");
        print_member(": ", item, "state");
        if (json_is_string(json_object_get(item, "not_before")))
            print_member(", from ", item, "not_before");
        if (json_is_string(json_object_get(item, "not_after")))
            print_member(", until ", item, "not_after");
        putchar('\n');
    }
    json_array_foreach(json_object_get(app, "admins"), i, item)
    {
        print_member("  admin ", item, "identifier");
        print_member(": issued ", item, "issued_at");
        print_member(", expires ", item, "expires_at");
        print_member(", renewal due ", item, "renew_at");
        print_member(", key ", item, "key");
        putchar('\n');
    }
    json_array_foreach(json_object_get(app, "allow"), i, item)
    {
        print_list("  allow ", item, "may");
        print_list("; uids ", item, "uids");
        print_list("; gids ", item, "gids");
        print_list("; sockets ", item, "sockets");
        print_list("; admins ", item, "admins");
        print_list("; identifiers ", item, "identifiers");
        print_member("; max_lifetime ", item, "max_lifetime");
        if (json_integer_value(json_object_get(item, "rate")) > 0)
            print_member("; rate ", item, "rate");
        if (json_integer_value(json_object_get(item, "rights")) > 0)
            print_member("; rights ", item, "rights");
        putchar('\n');
    }
}

static void print(const json_t *status)
{
    const json_t *item;
    size_t i;
    print_member("sigd ", status, "version");
    print_member(", pid ", status, "pid");
    print_member(", up ", status, "uptime");
    print_member(" s, configuration ", status, "generation");
    putchar('\n');
    if (json_is_string(json_object_get(status, "clock"))) {
        print_member("clock ", status, "clock");
        putchar('\n');
    }
    json_array_foreach(json_object_get(status, "sockets"), i, item)
    {
        print_member("socket ", item, "name");
        print_member(": ", item, "path");
        putchar('\n');
    }
    print_member("signer: pid ", status, "signer");
    putchar('\n');
    json_array_foreach(json_object_get(status, "workers"), i, item)
    {
        print_member("front: pid ", item, "pid");
        puts(json_is_true(json_object_get(item, "ready")) ? "" : ", not ready");
    }
    item = json_object_get(status, "sandbox");
    if (json_is_integer(json_object_get(item, "landlock")) &&
        !json_integer_value(json_object_get(item, "landlock")))
        puts("sandbox: no Landlock in this kernel");
    if (json_is_string(json_object_get(item, "widened"))) {
        print_member("sandbox: wider, a build for tests: ", item, "widened");
        putchar('\n');
    }
    json_array_foreach(json_object_get(status, "apps"), i, item) print_app(item);
}

static int run(const struct options *options)
{
    struct ctlframe_request request = { .type = CTLFRAME_STATUS };
    char *text = NULL;
    int status = ctl_client_ask(options->socket, &request, &text);
    if (status != 0) {
        free(text);
        return status;
    }
    json_t *root = text != NULL ? json_loads(text, JSON_REJECT_DUPLICATES, NULL) : NULL;
    free(text);
    if (!json_is_object(root)) {
        json_decref(root);
        return output_fail(EXITS_PROTOCOL, "sigd's status is no JSON object");
    }
    if (options_has(options, OPTION_JSON))
        return output_json(root);
    print(root);
    json_decref(root);
    return 0;
}

const struct command ctl_status_command = {
    .name = "status",
    .summary = "how sigd is: processes, apps, keys, administrators, who may do what",
    .synopsis = "  sigctl status [--json]\n",
    .about =
        "Shows names, numbers and times, never a key or a usersig. Users and groups are shown as the numbers that sigd\n"
        "has made of their names. Exit status 69: sigd does not answer.\n",
    .examples = "  sigctl status\n"
                "  sigctl status --json | jq -r '.apps[].keys[] | select(.state == \"signs\").name'\n",
    .options = OPTION_SOCKET | OPTION_JSON,
    .run = run,
};
