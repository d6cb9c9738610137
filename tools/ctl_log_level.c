/* sigctl log-level: how much sigd logs. */
#include "command.h"
#include "ctl_client.h"
#include "exits.h"
#include "options.h"
#include "output.h"

static int run(const struct options *options)
{
    struct ctlframe_request request = { .type = CTLFRAME_LOG_LEVEL };
    if (options->word == NULL)
        return output_fail(EXITS_USAGE, "which? sigctl log-level error|warn|info|debug");
    if (!ctl_client_set(request.log_level.level, sizeof request.log_level.level, options->word))
        return output_fail(EXITS_USAGE, "\"%.32s\" is no level: error, warn, info, debug", options->word);
    return ctl_client_ask(options->socket, &request, NULL);
}

const struct command ctl_log_level_command = {
    .name = "log-level",
    .summary = "log more or less, until the next start or reload",
    .synopsis = "  sigctl log-level error|warn|info|debug\n",
    .about = "Sets the least urgent level that every process of sigd writes to its log, from now on.\n",
    .examples = "  sigctl log-level debug\n",
    .options = OPTION_SOCKET,
    .word = "LEVEL",
    .run = run,
};
