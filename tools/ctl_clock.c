/* sigctl clock: what sigd thinks of the clock. */
#include "command.h"
#include "ctl_client.h"
#include "exits.h"
#include "options.h"
#include "output.h"

#include <string.h>

static int run(const struct options *options)
{
    struct ctlframe_request request = { .type = CTLFRAME_CLOCK };
    if (options->word != NULL && strcmp(options->word, "accept") != 0 && strcmp(options->word, "show") != 0)
        return output_fail(EXITS_USAGE, "\"%.32s\" is neither show nor accept", options->word);
    request.clock.accept = options->word != NULL && strcmp(options->word, "accept") == 0;
    return ctl_client_ask(options->socket, &request, NULL);
}

const struct command ctl_clock_command = {
    .name = "clock",
    .summary = "whether sigd trusts the clock; accept: it is right as it is",
    .synopsis = "  sigctl clock [show|accept]\n",
    .about =
        "sigd stops signing when the clock cannot be right: before the last line of its audit log, or after a jump\n"
        "forward of more than an hour. It goes on by itself when the kernel says that the clock is synchronised.\n"
        "accept tells it that you have looked and that the time is right.\n",
    .examples = "  date -u && sigctl clock accept\n",
    .options = OPTION_SOCKET,
    .word = "show|accept",
    .run = run,
};
