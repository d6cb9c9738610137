/* sigctl flush: takes back an administrator's credential. */
#include "command.h"
#include "ctl_client.h"
#include "exits.h"
#include "options.h"
#include "output.h"

static int run(const struct options *options)
{
    struct ctlframe_request request = { .type = CTLFRAME_FLUSH };
    if (options->word2 == NULL)
        return output_fail(EXITS_USAGE, "which? sigctl flush APP ADMIN");
    if (!ctl_client_set(request.flush.app, sizeof request.flush.app, options->word) ||
        !ctl_client_set(request.flush.admin, sizeof request.flush.admin, options->word2))
        return output_fail(EXITS_USAGE, "no app or administrator has so long a name");
    return ctl_client_ask(options->socket, &request, NULL);
}

const struct command ctl_flush_command = {
    .name = "flush",
    .summary = "sign an administrator's usersig anew and withdraw the old one",
    .synopsis = "  sigctl flush APP ADMIN\n",
    .about =
        "For a usersig of an administrator that somebody else may have: invalidate what was issued up to now with the\n"
        "REST call kick first, then flush. sigd signs a new one with a later issue time and withdraws the old one from\n"
        "its answers, files and pages; the command returns when that is done.\n",
    .examples = "  sigctl flush chat administrator\n",
    .options = OPTION_SOCKET,
    .word = "APP",
    .word2 = "ADMIN",
    .run = run,
};
