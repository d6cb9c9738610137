/* sigctl check: what sigd would say of its configuration and keys. */
#include "command.h"
#include "exits.h"
#include "options.h"
#include "output.h"

#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* sigd itself judges: there is one reader of the configuration. */
static int run(const struct options *options)
{
    execl(options->sigd, options->sigd, "--check", "--config", options->config, (char *)NULL);
    return output_fail(EXITS_UNREACHABLE, "cannot run %s: %s; another place is told by --sigd", options->sigd,
                       strerror(errno));
}

const struct command ctl_check_command = {
    .name = "check",
    .summary = "whether sigd would start with its configuration and keys",
    .synopsis = "  sigctl check [--config FILE] [--sigd PATH]\n",
    .about =
        "Runs sigd --check: reads the configuration and the keys as sigd does, lists everything that is wrong, starts\n"
        "nothing. Run it as the user that starts sigd. Exit status 0: good; 78: not.\n",
    .examples = "  sigctl check && sigctl reload\n",
    .options = OPTION_CONFIG | OPTION_SIGD,
    .run = run,
};
