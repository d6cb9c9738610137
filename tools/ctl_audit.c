/* sigctl audit: is the audit log whole, and which line of it tells of a usersig. */
#include "ctl_audit.h"
#include "command.h"
#include "exits.h"
#include "options.h"
#include "output.h"

#include <string.h>

static int run(const struct options *options)
{
    if (options->word == NULL)
        return output_fail(EXITS_USAGE, "verify or find? See sigctl audit --help");
    if (strcmp(options->word, "verify") == 0)
        return ctl_audit_verify(options);
    if (strcmp(options->word, "find") != 0)
        return output_fail(EXITS_USAGE, "no \"%.32s\": sigctl audit verify, or sigctl audit find",
                           options->word);
    if (options_has(options, OPTION_HEAD))
        return output_fail(EXITS_USAGE, "--head goes with verify");
    return ctl_audit_find(options);
}

const struct command ctl_audit_command = {
    .name = "audit",
    .summary = "whether the audit log is whole; which line tells of a leaked usersig",
    .synopsis = "  sigctl audit verify [FILE]... [--head HEX] [--json]\n"
                "  sigctl audit find [FILE]...\n",
    .about =
        "verify walks the chain of hashes through the log, lists gap records (what a crash or a full disk left), and\n"
        "names the first damage. Give rotated files too, the oldest first; \"-\" is standard input. Only a head that\n"
        "was noted elsewhere (sigd logs it each minute) tells that nothing is missing at the end: --head HEX.\n"
        "Exit status 65: damaged, or without that head.\n"
        "\n"
        "find reads a usersig, or a URL with one, from standard input and prints the line of its signature, and those\n"
        "that tell who got it. Exit status 67: no line does.\n"
        "\n"
        "Without FILE: /var/log/sigd/audit.log. docs/AUDIT.md tells what the lines mean.\n",
    .examples = "  sigctl audit verify /var/log/sigd/audit.log.1 /var/log/sigd/audit.log\n"
                "  zcat audit.log.2.gz | sigctl audit verify - audit.log.1 audit.log\n"
                "  sigctl audit find < leaked.txt\n",
    .options = OPTION_HEAD | OPTION_JSON,
    .word = "verify or find",
    .rest = "FILE",
    .run = run,
};
