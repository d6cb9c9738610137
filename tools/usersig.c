/* usersig: makes, checks and reads usersigs, through sigd or with a key in a file. This file: the table of commands. */
#include "command.h"
#include "options.h"
#include "program.h"

static const struct command *const commands[] = {
    &cmd_url_command,     &cmd_call_command,   &cmd_sign_command, &cmd_admin_command,   &cmd_verify_command,
    &cmd_inspect_command, &cmd_status_command, &cmd_apis_command, &cmd_explain_command, &cmd_export_command,
};

static const char help_head[] =
    "usersig makes, checks and reads usersigs: the signed texts with which users log in to Tencent Cloud Chat (IM)\n"
    "and TRTC, and with which a backend calls the REST API as an administrator of its app.\n"
    "\n"
    "Usage\n"
    "  usersig COMMAND [OPTION]...\n"
    "  usersig COMMAND --help\n"
    "\n"
    "Commands\n";

static const char help_tail[] =
    "\n"
    "Commands ask the daemon sigd, which alone holds the keys, over its UNIX socket. Without sigd, url, call,\n"
    "sign and verify work with the key in a file: --key-file FILE --sdkappid N. inspect, apis, explain and export\n"
    "need neither.\n"
    "\n"
    "Examples\n"
    "  usersig sign alice --lifetime 7d\n"
    "  usersig sign --batch < identifiers > usersigs.ndjson\n"
    "  usersig url group_open_http_svc/get_appid_group_list --curl-config | curl -K - -d '{}'\n"
    "  usersig inspect < usersig.txt\n"
    "  usersig explain 70009\n"
    "\n"
    "Environment\n"
    "  SIGD_SOCKET   sigd's socket, where it is not /run/sigd/sigd.sock\n"
    "  SIGD_APP      the app in sigd.conf, where you may use several\n"
    "\n"
    "Results go to standard output, notes and errors to standard error. The exit status is 0, or says what was\n"
    "wrong: usersig(1) has the list. Start with usersig status.\n";

int main(int argc, char **argv)
{
    static const struct program program = {
        .name = "usersig",
        .head = help_head,
        .tail = help_tail,
        .commands = commands,
        .n_commands = sizeof commands / sizeof commands[0],
        .table = &options_table,
    };
    return program_main(&program, argc, argv);
}
