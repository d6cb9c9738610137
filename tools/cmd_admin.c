/* usersig admin: the administrator's usersig that sigd keeps. */
#include "client.h"
#include "command.h"
#include "options.h"
#include "output.h"
#include "when.h"

#include <inttypes.h>
#include <stdio.h>

static int ask(const struct options *options, json_t **answer)
{
    struct client *client;
    char seconds[24];
    struct client_pair query[] = { { "as", options->as }, { "min_remaining", NULL } };
    snprintf(seconds, sizeof seconds, "%" PRIu64, options->min_remaining);
    if (options_has(options, OPTION_MIN_REMAINING))
        query[1].value = seconds;
    int status = client_open(&client, options);
    if (status != 0)
        return status;
    status = client_get(client, "admin", query, 2, answer);
    client_close(client);
    return status;
}

static int run(const struct options *options)
{
    json_t *answer;
    const char *usersig, *identifier;
    uint64_t sdkappid, expires_at;
    char when[WHEN_SIZE], distance[WHEN_SIZE];
    int status = ask(options, &answer);
    if (status != 0)
        return status;
    status = client_usersig(answer, &usersig);
    if (status == 0)
        status = client_text(answer, "identifier", &identifier);
    if (status == 0)
        status = client_number(answer, "sdkappid", &sdkappid);
    if (status == 0)
        status = client_number(answer, "expires_at", &expires_at);
    if (status == 0 && options_has(options, OPTION_JSON)) {
        status = output_json(json_incref(answer));
    } else if (status == 0) {
        puts(usersig);
        when_time(expires_at, when);
        when_relative(expires_at, when_now(), distance);
        if (output_is_watched())
            output_note("for %s of %" PRIu64 ", expires %s (%s)", identifier, sdkappid, when, distance);
    }
    json_decref(answer);
    return status;
}

const struct command cmd_admin_command = {
    .name = "admin",
    .summary = "the administrator's usersig that sigd keeps",
    .synopsis = "  usersig admin [--app NAME] [--as ID] [--min-remaining TIME] [--json]\n",
    .about =
        "Prints a usersig for calls of the REST API. sigd renews it long before it ends, so ask each time and keep\n"
        "none. (To have the whole URL composed, see usersig url.)\n",
    .examples = "  usersig admin\n"
                "  usersig admin --as ops --min-remaining 10m --json\n",
    .options = OPTIONS_DAEMON | OPTION_AS | OPTION_MIN_REMAINING | OPTION_JSON,
    .run = run,
};
