/* sigctl reload: a running sigd takes its configuration anew. */
#include "command.h"
#include "ctl_client.h"
#include "exits.h"
#include "options.h"
#include "output.h"

static int run(const struct options *options)
{
    struct ctlframe_request request = { .type = CTLFRAME_RELOAD };
    request.reload.dry_run = options_has(options, OPTION_DRY_RUN);
    if (options->accept.n > CTLFRAME_ACCEPT_MAX)
        return output_fail(EXITS_USAGE, "more than %d times --accept", CTLFRAME_ACCEPT_MAX);
    for (size_t i = 0; i < options->accept.n; i++)
        if (!ctl_client_set(request.reload.accept[i], CTLFRAME_NAME_SIZE, options->accept.items[i]))
            return output_fail(EXITS_USAGE, "--accept %.40s...: no app has so long a name",
                               options->accept.items[i]);
    request.reload.n_accept = (uint32_t)options->accept.n;
    return ctl_client_ask(options->socket, &request, NULL);
}

const struct command ctl_reload_command = {
    .name = "reload",
    .summary = "have sigd take its configuration and keys anew",
    .synopsis = "  sigctl reload [--accept APP]... [--dry-run]\n",
    .about =
        "Returns when every process of sigd works by the new configuration. Where it has a fault, the old one stays in\n"
        "force everywhere, the faults are listed, and the exit status is 78. A configuration that takes away an app, an\n"
        "administrator of an app or an app's last signing key is taken only with --accept APP for that app.\n",
    .examples = "  sigctl check && sigctl reload\n"
                "  sigctl reload --accept oldapp\n",
    .options = OPTION_SOCKET | OPTION_ACCEPT | OPTION_DRY_RUN,
    .run = run,
};
