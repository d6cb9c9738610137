/* sigctl freeze: stops signing, and lets it go on. */
#include "command.h"
#include "ctl_client.h"
#include "exits.h"
#include "options.h"
#include "output.h"

static int run(const struct options *options)
{
    struct ctlframe_request request = { .type = CTLFRAME_FREEZE };
    request.freeze.off = options_has(options, OPTION_OFF);
    if ((options->word != NULL) == options_has(options, OPTION_ALL))
        return output_fail(EXITS_USAGE, "which? sigctl freeze APP, or sigctl freeze --all");
    if (options->word != NULL &&
        (*options->word == '\0' ||
         !ctl_client_set(request.freeze.app, sizeof request.freeze.app, options->word)))
        return output_fail(EXITS_USAGE, "no app has such a name");
    return ctl_client_ask(options->socket, &request, NULL);
}

const struct command ctl_freeze_command = {
    .name = "freeze",
    .summary = "stop signing for an app or for all, or go on",
    .synopsis = "  sigctl freeze APP|--all [--off]\n",
    .about =
        "Until freeze --off nothing is signed for the app, and its administrators' usersigs are not given out. That\n"
        "outlives a restart of sigd. usersigs that are out stay valid: the service does not know of it.\n",
    .examples = "  sigctl freeze chat\n"
                "  sigctl freeze --all --off\n",
    .options = OPTION_SOCKET | OPTION_ALL | OPTION_OFF,
    .word = "APP",
    .run = run,
};
