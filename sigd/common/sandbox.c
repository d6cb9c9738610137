/* sandbox.c: limits, Landlock and the filter, in this order. */
#include "sandbox.h"

#include "landlock.h"
#include "log.h"

#include <errno.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#ifndef PR_SET_MDWE
#define PR_SET_MDWE 65 /* Linux 6.3 */
#endif
#define MDWE_REFUSE_EXEC_GAIN 1

static bool failed(const char *what)
{
    log_line(LOG_LEVEL_ERROR, "cannot start: the sandbox", "what=%s error=\"%s\"", what, strerror(errno));
    return false;
}

static bool load_filter(enum filter_program program)
{
    if (filter_load(program))
        return true;
    log_line(LOG_LEVEL_ERROR, "cannot start: the kernel takes no seccomp filter",
             "error=\"%s\" mend=\"a kernel with CONFIG_SECCOMP_FILTER (zgrep SECCOMP /proc/config.gz)\"",
             strerror(errno));
    return false;
}

static bool limit(int resource)
{
    const struct rlimit none = { 0, 0 };
    return setrlimit((__rlimit_resource_t)resource, &none) == 0;
}

/* No file grows; the log, where it is a file, is one. */
static bool limit_files(void)
{
    struct stat st;
    return (fstat(STDERR_FILENO, &st) == 0 && S_ISREG(st.st_mode)) || limit(RLIMIT_FSIZE);
}

/* What is mapped stays executable or not; no kernel before 6.3 has it. */
static void freeze_code(void)
{
    prctl(PR_SET_MDWE, MDWE_REFUSE_EXEC_GAIN, 0, 0, 0);
}

bool sandbox_enter(enum filter_program program)
{
    tzset(); /* the C library reads its zone's file at the first time of day, of UTC too */
    freeze_code();
    if (!filter_widened()) {
        if (!limit(RLIMIT_NPROC) || (program == FILTER_FRONT && !limit_files()))
            return failed("limits");
        if (!landlock_nothing())
            return failed("landlock");
    }
    return load_filter(program);
}

bool sandbox_enter_master(const struct landlock_wants *wants)
{
    tzset();
    freeze_code();
    if (landlock_version() == 0)
        log_line(LOG_LEVEL_WARN, "this kernel has no Landlock: sigd goes on without",
                 "mend=\"Linux 5.13 with CONFIG_SECURITY_LANDLOCK, and landlock in its lsm= list\"");
    if (!filter_widened() && !landlock_writes(wants))
        return failed("landlock");
    return load_filter(FILTER_MASTER);
}
