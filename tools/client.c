#include "client.h"
#include "exits.h"
#include "options.h"
#include "output.h"
#include "transfer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <usersig.h>

struct client {
    struct transfer *transfer;
    char *app; /* NULL: not yet known */
};

static int no_memory(void)
{
    return output_fail(USERSIG_ERR_MEMORY, "no memory");
}

int client_open(struct client **client, const struct options *options)
{
    struct client *c = calloc(1, sizeof *c);
    *client = NULL;
    if (c == NULL)
        return no_memory();
    if (options->app != NULL && (c->app = strdup(options->app)) == NULL) {
        free(c);
        return no_memory();
    }
    int status = transfer_open(&c->transfer, options->socket);
    if (status != 0) {
        client_close(c);
        return status;
    }
    *client = c;
    return 0;
}

void client_close(struct client *client)
{
    if (client == NULL)
        return;
    transfer_close(client->transfer);
    free(client->app);
    free(client);
}

int client_text(const json_t *answer, const char *name, const char **text)
{
    const json_t *member = json_object_get(answer, name);
    if (!json_is_string(member) || strlen(json_string_value(member)) != json_string_length(member))
        return output_fail(EXITS_PROTOCOL, "sigd's answer has no text \"%s\"", name);
    *text = json_string_value(member);
    return 0;
}

int client_number(const json_t *answer, const char *name, uint64_t *number)
{
    const json_t *member = json_object_get(answer, name);
    if (!json_is_integer(member) || json_integer_value(member) < 0)
        return output_fail(EXITS_PROTOCOL, "sigd's answer has no number \"%s\"", name);
    *number = (uint64_t)json_integer_value(member);
    return 0;
}

bool client_is_usersig(const char *text)
{
    static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789*-_";
    size_t len = strlen(text);
    return len != 0 && len <= USERSIG_TEXT_MAX && strspn(text, alphabet) == len;
}

int client_usersig(const json_t *answer, const char **usersig)
{
    int status = client_text(answer, "usersig", usersig);
    if (status == 0 && !client_is_usersig(*usersig))
        status = output_fail(EXITS_PROTOCOL, "sigd's answer has a usersig that is none");
    return status;
}

static int check_names(const json_t *app, const char *member)
{
    const json_t *names = json_object_get(app, member), *name;
    size_t i;
    if (!json_is_array(names))
        return output_fail(EXITS_PROTOCOL, "sigd's answer has no list \"%s\"", member);
    json_array_foreach(names, i, name)
    {
        if (!json_is_string(name))
            return output_fail(EXITS_PROTOCOL, "sigd's list \"%s\" holds something that is no text", member);
    }
    return 0;
}

int client_apps(struct client *client, json_t **answer)
{
    const json_t *apps, *app;
    size_t i;
    int status = transfer_ask(client->transfer, "/v1/apps", NULL, answer);
    if (status != 0)
        return status;
    apps = json_object_get(*answer, "apps");
    if (!json_is_array(apps))
        status = output_fail(EXITS_PROTOCOL, "sigd's answer has no list \"apps\"");
    json_array_foreach(apps, i, app)
    {
        const char *name;
        uint64_t sdkappid;
        if (status == 0)
            status = client_text(app, "name", &name);
        if (status == 0)
            status = client_number(app, "sdkappid", &sdkappid);
        if (status == 0)
            status = check_names(app, "may");
        if (status == 0)
            status = check_names(app, "admins");
    }
    if (status != 0) {
        json_decref(*answer);
        *answer = NULL;
    }
    return status;
}

/* Several apps and nobody said which. */
static int ask_which(const json_t *apps)
{
    char list[512] = "";
    const json_t *app;
    size_t i, len = 0;
    json_array_foreach(apps, i, app)
    {
        const char *name = json_string_value(json_object_get(app, "name"));
        int n = snprintf(list + len, sizeof list - len, "%s%.32s", i == 0 ? "" : ", ", name);
        if (n < 0 || (size_t)n >= sizeof list - len)
            break;
        len += (size_t)n;
    }
    return output_fail(EXITS_USAGE, "which app? Say --app NAME or set SIGD_APP to one of: %s", list);
}

int client_app(struct client *client, const char **app)
{
    if (client->app == NULL) {
        json_t *answer;
        int status = client_apps(client, &answer);
        if (status != 0)
            return status;
        const json_t *apps = json_object_get(answer, "apps");
        if (json_array_size(apps) == 0) {
            status = output_fail(EXITS_NO_APP, "sigd has no app on which you may do anything");
        } else if (json_array_size(apps) > 1) {
            status = ask_which(apps);
        } else {
            client->app = strdup(json_string_value(json_object_get(json_array_get(apps, 0), "name")));
            if (client->app == NULL)
                status = no_memory();
        }
        json_decref(answer);
        if (status != 0)
            return status;
    }
    *app = client->app;
    return 0;
}

/* /v1/apps/<app>/<rest>?<query>, for the caller to free. */
static int compose(struct client *client, const char *rest, const struct client_pair *query, size_t n_query,
                   char **path)
{
    const char *app;
    size_t size;
    char separator = '?';
    int status = client_app(client, &app);
    if (status != 0)
        return status;
    FILE *stream = open_memstream(path, &size);
    if (stream == NULL)
        return no_memory();
    fputs("/v1/apps/", stream);
    transfer_escape(stream, app);
    fprintf(stream, "/%s", rest);
    for (size_t i = 0; i < n_query; i++) {
        if (query[i].value == NULL)
            continue;
        fprintf(stream, "%c%s=", separator, query[i].name);
        transfer_escape(stream, query[i].value);
        separator = '&';
    }
    if (fclose(stream) == 0)
        return 0;
    free(*path);
    return no_memory();
}

int client_get(struct client *client, const char *rest, const struct client_pair *query, size_t n_query,
               json_t **answer)
{
    char *path;
    int status = compose(client, rest, query, n_query, &path);
    if (status != 0)
        return status;
    status = transfer_ask(client->transfer, path, NULL, answer);
    free(path);
    return status;
}

int client_post(struct client *client, const char *rest, json_t *body, json_t **answer)
{
    char *path, *text = NULL;
    int status = body == NULL ? no_memory() : compose(client, rest, NULL, 0, &path);
    if (status == 0) {
        text = json_dumps(body, JSON_COMPACT);
        status = text == NULL ? no_memory() : transfer_ask(client->transfer, path, text, answer);
        free(path);
    }
    free(text);
    json_decref(body);
    return status;
}

int client_try(struct client *client, const char *rest, const char *body, struct transfer_reply *reply)
{
    char *path;
    int status = compose(client, rest, NULL, 0, &path);
    if (status != 0)
        return status;
    status = transfer_try(client->transfer, path, body, reply);
    free(path);
    return status;
}

int client_explain(const struct client *client, const struct transfer_reply *reply)
{
    return transfer_explain(client->transfer, reply);
}
