/* sigctl: what the administrator of a host does with sigd. This file: the table of commands. */
#include "command.h"
#include "ctl_options.h"
#include "program.h"

static const struct command *const commands[] = {
    &ctl_init_command,   &ctl_check_command, &ctl_status_command,    &ctl_reload_command, &ctl_flush_command,
    &ctl_freeze_command, &ctl_clock_command, &ctl_log_level_command, &ctl_keygen_command, &ctl_seal_command,
    &ctl_unseal_command, &ctl_probe_command, &ctl_audit_command,
};

static const char help_head[] =
    "sigctl sets up, watches and steers sigd, the daemon that holds the keys of Tencent Cloud Chat (IM) and TRTC apps.\n"
    "\n"
    "Usage\n"
    "  sigctl COMMAND [OPTION]...\n"
    "  sigctl COMMAND --help\n"
    "\n"
    "Commands\n";

static const char help_tail[] =
    "\n"
    "Commands that steer a running sigd use its admin socket and need root or the group that sigd.conf gives it.\n"
    "\n"
    "Environment\n"
    "  SIGCTL_SOCKET  the admin socket, where it is not /run/sigd-admin/admin.sock\n"
    "\n"
    "Results go to standard output, notes and errors to standard error. The exit status is 0, or says what was\n"
    "wrong: sigctl(8) has the list.\n";

int main(int argc, char **argv)
{
    static const struct program program = {
        .name = "sigctl",
        .head = help_head,
        .tail = help_tail,
        .commands = commands,
        .n_commands = sizeof commands / sizeof commands[0],
        .table = &ctl_options_table,
    };
    return program_main(&program, argc, argv);
}
