/* usersig apis: the endpoints of the REST API. */
#include "apijson.h"
#include "apiname.h"
#include "command.h"
#include "exits.h"
#include "options.h"
#include "output.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Whether each word of pattern, split at spaces, is in the names, the group or the title. */
static bool matches(const struct usersig_rest_api *api, const char *pattern)
{
    char line[512], words[256];
    snprintf(line, sizeof line, "%s/%s %s %s %s", api->service, api->command, api->group, api->title,
             usersig_rest_kind_name(api->kind));
    snprintf(words, sizeof words, "%s", pattern);
    for (char *rest = words, *word; (word = strtok_r(rest, " ", &rest)) != NULL;)
        if (!apiname_contains(line, word))
            return false;
    return true;
}

/* "openim/sendmsg" as it is, in another case, or NULL; where there is a slash. */
static const struct usersig_rest_api *named(const char *pattern)
{
    char service[USERSIG_URL_NAME_MAX + 1];
    const char *slash = pattern != NULL ? strchr(pattern, '/') : NULL;
    size_t len = slash != NULL ? (size_t)(slash - pattern) : 0;
    if (slash == NULL || len >= sizeof service)
        return NULL;
    memcpy(service, pattern, len);
    service[len] = '\0';
    const struct usersig_rest_api *api = usersig_rest_find(service, slash + 1);
    if (api != NULL)
        return api;
    api = apiname_other_case(service, slash + 1);
    if (api != NULL)
        apiname_hint(service, slash + 1);
    return api;
}

static int print_one(const struct usersig_rest_api *api)
{
    static const char *const kinds[] = {
        [USERSIG_REST_READ] = "read: changes nothing, may be repeated",
        [USERSIG_REST_WRITE] = "write: changes what the service keeps",
        [USERSIG_REST_SEND] = "send: reaches people; repeated, it may arrive twice",
    };
    json_t *body = json_loads(api->min_body, 0, NULL);
    char *text = body != NULL ? json_dumps(body, JSON_INDENT(2)) : NULL;
    json_decref(body);
    if (text == NULL)
        return output_fail(USERSIG_ERR_MEMORY, "no memory");
    printf("%s/%s: %s\n\ngroup  %s\nkind   %s\n", api->service, api->command, api->title, api->group,
           kinds[api->kind]);
    if (api->rate != 0)
        printf("rate   %u request%s a second and app\n", (unsigned)api->rate, api->rate == 1 ? "" : "s");
    else
        puts("rate   not documented");
    if (api->items != NULL) {
        printf("pages  %s; the next begins at %s", api->items, api->cursor_in);
        if (api->limit_max != 0)
            printf("; at most %u by %s", (unsigned)api->limit_max, api->limit);
        putchar('\n');
    }
    printf("body   at least, with example values:\n%s\n", text);
    free(text);
    return 0;
}

static bool is_listed(const struct usersig_rest_api *api, const char *group, const char *pattern)
{
    return strcmp(api->group, group) == 0 && (pattern == NULL || matches(api, pattern));
}

/* A group with its heading; how many rows. */
static size_t print_group(const char *group, const char *pattern, bool above)
{
    const struct usersig_rest_api *api = NULL;
    int width = 0;
    size_t n = 0;
    while ((api = usersig_rest_next(api)) != NULL) {
        int len = (int)(strlen(api->service) + strlen(api->command));
        if (is_listed(api, group, pattern) && len > width)
            width = len;
    }
    while ((api = usersig_rest_next(api)) != NULL) {
        if (!is_listed(api, group, pattern))
            continue;
        if (n++ == 0)
            printf("%s%s\n", above ? "\n" : "", group);
        printf("%s/%-*s  %-5s  %s\n", api->service, width - (int)strlen(api->service), api->command,
               usersig_rest_kind_name(api->kind), api->title);
    }
    return n;
}

static size_t add_group(const char *group, const char *pattern, json_t *found)
{
    const struct usersig_rest_api *api = NULL;
    size_t n = 0;
    while ((api = usersig_rest_next(api)) != NULL)
        if (is_listed(api, group, pattern) && json_array_append_new(found, apijson_of(api)) == 0)
            n++;
    return n;
}

/* The catalogue, group after group; into found where that is not NULL. How many. */
static size_t list(const char *pattern, json_t *found)
{
    size_t n = 0;
    for (const char *group = NULL; (group = apiname_next_group(group)) != NULL;)
        n += found != NULL ? add_group(group, pattern, found) : print_group(group, pattern, n != 0);
    return n;
}

static int nothing(const char *pattern)
{
    const char *slash = strchr(pattern, '/');
    char service[USERSIG_URL_NAME_MAX + 1] = "";
    if (slash != NULL && (size_t)(slash - pattern) < sizeof service)
        memcpy(service, pattern, (size_t)(slash - pattern));
    output_fail(EXITS_NOT_FOUND, "nothing in the catalogue has \"%.64s\" in its names, group or title",
                pattern);
    apiname_hint(service, slash != NULL ? slash + 1 : pattern);
    return EXITS_NOT_FOUND;
}

static int run(const struct options *options)
{
    bool json = options_has(options, OPTION_JSON);
    const struct usersig_rest_api *one = named(options->word);
    if (one != NULL)
        return json ? output_json(apijson_of(one)) : print_one(one);
    json_t *found = json ? json_array() : NULL;
    if (list(options->word, found) != 0)
        return json ? output_json(json_pack("{s:o}", "apis", found)) : 0;
    json_decref(found);
    return nothing(options->word);
}

const struct command cmd_apis_command = {
    .name = "apis",
    .summary = "the calls of the REST API: what they take, how often they may be called",
    .synopsis = "  usersig apis [PATTERN] [--json]\n"
                "  usersig apis SERVICE/COMMAND [--json]\n",
    .about =
        "Lists the calls whose names, group or title have all words of PATTERN, or shows one call: its least body,\n"
        "its documented rate, and how a list pages. The catalogue is part of libsig and needs neither sigd nor a\n"
        "network. The service may know more calls than the catalogue; the other commands take those too.\n",
    .examples = "  usersig apis group\n"
                "  usersig apis \"muted list\"\n"
                "  usersig apis openim/sendmsg\n"
                "  usersig apis --json | jq -r '.apis[] | select(.kind == \"send\") | .command'\n",
    .options = OPTION_JSON,
    .word = "PATTERN",
    .run = run,
};
