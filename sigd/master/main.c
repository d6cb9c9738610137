/* main.c: sigd: reads the config, opens what only it may open, and supervises the signer and the fronts. */
#include "auditfile.h"
#include "caps.h"
#include "drop.h"
#include "filter.h"
#include "inherited.h"
#include "log.h"
#include "notify.h"
#include "supervise.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

_Static_assert((int)CONFIG_LOG_JSON == LOG_FORMAT_JSON && (int)CONFIG_LOG_DEBUG == LOG_LEVEL_DEBUG,
               "the config counts as the log does");

#define EXIT_USAGE 64 /* as in sysexits.h */
#define EXIT_SYSTEM 71
#define EXIT_CANTCREATE 73
#define EXIT_CONFIG 78

struct options {
    const char *config, *libexec;
    bool check;
};

static const char help[] =
    "usage: sigd [--config FILE] [--check] [--foreground]\n"
    "\n"
    "Holds the keys of Tencent Cloud Chat (IM) and TRTC apps, keeps administrators'\n"
    "usersigs fresh, and serves backends over UNIX sockets: see docs/HTTP.md.\n"
    "\n"
    "  -c, --config FILE      the config (default: " SIGD_CONFIG_FILE ")\n"
    "      --check            read config and keys, say what is wrong, and exit: 0 good, 78 not\n"
    "      --foreground       sigd always stays in the foreground; taken for clearness\n"
    "      --libexec-dir DIR  where sigd-signer and sigd-front are\n"
    "                         (default: " SIGD_LIBEXEC_DIR ")\n"
    "      --version\n"
    "      --help\n"
    "\n"
    "Stops on SIGTERM and SIGINT: new connections are refused, requests under way are\n"
    "answered within 5 s, exit 0.\n";

/* A build that is for tests says so: its sandbox is wider. */
static void show_version(void)
{
    puts("sigd " PACKAGE_VERSION);
    if (filter_widened())
        printf("built with: %s (for tests: the sandbox is wider)\n", filter_widened());
}

/* 0: go on. Otherwise the exit status plus one. */
static int read_options(struct options *options, int argc, char **argv)
{
    enum { OPT_CHECK = 256, OPT_FOREGROUND, OPT_LIBEXEC, OPT_VERSION, OPT_HELP };
    static const struct option known[] = {
        { "config", required_argument, NULL, 'c' },
        { "check", no_argument, NULL, OPT_CHECK },
        { "foreground", no_argument, NULL, OPT_FOREGROUND },
        { "libexec-dir", required_argument, NULL, OPT_LIBEXEC },
        { "version", no_argument, NULL, OPT_VERSION },
        { "help", no_argument, NULL, OPT_HELP },
        { NULL, 0, NULL, 0 },
    };
    int c;
    while ((c = getopt_long(argc, argv, "c:", known, NULL)) != -1)
        switch (c) {
        case 'c': options->config = optarg; break;
        case OPT_CHECK: options->check = true; break;
        case OPT_FOREGROUND: break;
        case OPT_LIBEXEC: options->libexec = optarg; break;
        case OPT_VERSION: show_version(); return 1;
        case OPT_HELP: fputs(help, stdout); return 1;
        default: fputs("sigd --help tells the options\n", stderr); return EXIT_USAGE + 1;
        }
    if (optind < argc) {
        fprintf(stderr, "sigd: unexpected argument '%s'; sigd --help tells the options\n", argv[optind]);
        return EXIT_USAGE + 1;
    }
    return 0;
}

/* Descriptors 0 to 2 must be something: a file opened later must never become standard error. */
static bool open_standard(void)
{
    int fd;
    do
        fd = open("/dev/null", O_RDWR | O_CLOEXEC);
    while (fd >= 0 && fd <= STDERR_FILENO && fcntl(fd, F_SETFD, 0) == 0);
    return fd >= 0 && close(fd) == 0;
}

/* false: and said. */
static bool open_keys(const struct supervise_plan *plan)
{
    char *said = NULL;
    size_t len;
    FILE *errors = open_memstream(&said, &len);
    bool ok = errors && load_open_keys(plan->keys, plan->config, errors);
    if (errors)
        fclose(errors);
    if (said)
        log_report(LOG_LEVEL_ERROR, said);
    free(said);
    return ok;
}

/* Everything that can be wrong before a process is started. The exit status, 0: plan is complete. */
static int prepare(struct supervise_plan *plan, const struct options *options, struct inherited *inherited)
{
    char why[1024];
    if (!open_keys(plan))
        return EXIT_CONFIG;
    if (!children_open(&plan->programs, options->libexec, why, sizeof why)) {
        log_tell("%s", why);
        return EXIT_SYSTEM;
    }
    if (options->check)
        return 0;
    if (!sockets_lock(plan->sockets, plan->config, inherited, why, sizeof why) ||
        (plan->config->has_admin_socket &&
         !(plan->control = control_lock(&plan->config->admin_socket, inherited, why, sizeof why)))) {
        log_tell("socket %s", why);
        return EXIT_CANTCREATE;
    }
    if (!inherited_none_left(inherited, why, sizeof why)) {
        log_tell("%s", why);
        return EXIT_CONFIG;
    }
    if (!auditfile_open(&plan->audit, plan->config->audit_file, why, sizeof why)) {
        log_tell("audit log %s", why);
        return EXIT_CANTCREATE;
    }
    return 0;
}

/* What config_load says: faults are for who starts sigd, warnings go where the log goes. NULL: said, no config. */
static struct config *load_config(const struct options *options)
{
    char *said = NULL;
    size_t len;
    FILE *errors = open_memstream(&said, &len);
    struct config *config = config_load(options->config, errors ? errors : stderr);
    if (!errors)
        return config;
    fclose(errors);
    if (config && !options->check) /* whose answer is for who asked */
        log_set(config->log_format, config->log_level);
    log_report(config ? LOG_LEVEL_WARN : LOG_LEVEL_ERROR, said);
    free(said);
    return config;
}

/* As many descriptors as the hard limit allows: a full config holds 512 keys, twice while the signer is told. false: too
 * few, and said. */
static bool raise_files(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
        return true;
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
    if (limit.rlim_max >= SIGD_FILES_MIN)
        return true;
    log_tell(
        "%llu descriptors are too few for a process of sigd: give it %d at least (ulimit -n, LimitNOFILE=)",
        (unsigned long long)limit.rlim_max, SIGD_FILES_MIN);
    return false;
}

int main(int argc, char **argv)
{
    static struct load_keys keys;
    static struct sockets sockets;
    static struct inherited inherited;
    char why[512];
    struct options options = { SIGD_CONFIG_FILE, SIGD_LIBEXEC_DIR, false };
    int status = read_options(&options, argc, argv);
    if (status)
        return status - 1;
    log_open("master");
    if (!open_standard() || !drop_dumps() || !caps_keep(caps_master())) {
        fprintf(stderr, "sigd: cannot start: %s\n", strerror(errno));
        return EXIT_SYSTEM;
    }
    if (!raise_files())
        return EXIT_SYSTEM;
    if (!inherited_read(&inherited, why, sizeof why)) {
        log_tell("%s", why);
        return EXIT_CONFIG;
    }
    close_range(INHERITED_FIRST + (unsigned)inherited.n, ~0U, 0);
    const char *fault = options.check ? NULL : notify_open();
    if (fault)
        log_line(LOG_LEVEL_WARN, "systemd is not told how sigd is", "reason=\"%s\"", fault);
    struct config *config = load_config(&options);
    if (!config)
        return EXIT_CONFIG;
    struct supervise_plan plan = { .config_path = options.config,
                                   .config = config,
                                   .keys = &keys,
                                   .sockets = &sockets,
                                   .audit = AUDITFILE_CLOSED,
                                   .check_only = options.check };
    status = prepare(&plan, &options, &inherited);
    if (status == 0)
        status = supervise_run(&plan);
    if (status == 0 && options.check)
        printf("sigd: %s: good\n", options.config);
    config_free(plan.config);
    return status;
}
