/* filter.c: builds and loads the seccomp filter of a program from its table (filter_calls.h).
 *
 * The kernel remembers which calls are allowed whatever their arguments (a bitmap), and runs no filter for them: what is
 * made for each request has no rule about arguments. */
#include "filter.h"

#include "filter_calls.h"

#include <errno.h>
#include <seccomp.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

const char *filter_widened(void)
{
#ifdef FILTER_WIDENED
    return FILTER_WIDENED;
#else
    return NULL;
#endif
}

static bool concerns(unsigned who, enum filter_program program)
{
    unsigned own = program == FILTER_MASTER ? MASTER : program == FILTER_SIGNER ? SIGNER : FRONT;
    return who & own && (!(who & WIDE) || filter_widened());
}

/* Calls that this machine's architecture, or this libseccomp, does not know are left out: nobody can make them. */
static int number_of(const char *name, size_t len)
{
    char one[32];
    if (len >= sizeof one)
        return __NR_SCMP_ERROR;
    memcpy(one, name, len);
    one[len] = '\0';
    return seccomp_syscall_resolve_name(one);
}

/* 0, or a negative error. */
static int allow_names(scmp_filter_ctx filter, const char *names)
{
    int error = 0;
    while (*names && !error) {
        size_t len = strcspn(names, " ");
        int number = number_of(names, len);
        if (number >= 0)
            error = seccomp_rule_add(filter, SCMP_ACT_ALLOW, number, 0);
        names += len;
        names += *names == ' ';
    }
    return error;
}

static int add_rule(scmp_filter_ctx filter, const struct filter_calls_rule *rule)
{
    int number = number_of(rule->name, strlen(rule->name));
    uint32_t action = rule->error ? SCMP_ACT_ERRNO(rule->error) : SCMP_ACT_ALLOW;
    struct scmp_arg_cmp tests[2];
    unsigned n = 0;
    if (number < 0)
        return 0;
    for (; n < 2 && rule->tests[n].op; n++)
        tests[n] = (struct scmp_arg_cmp){ rule->tests[n].argument, rule->tests[n].op, rule->tests[n].a,
                                          rule->tests[n].b };
    return seccomp_rule_add_array(filter, action, number, n, tests);
}

/* abort() in our own name, so that an assertion's end looks like one. */
static int add_abort(scmp_filter_ctx filter, enum filter_program program)
{
    int number = number_of("tgkill", 6);
    struct scmp_arg_cmp tests[2] = { { 2, SCMP_CMP_EQ, SIGABRT, 0 },
                                     { 0, SCMP_CMP_EQ, (scmp_datum_t)getpid(), 0 } };
    return seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, number, program == FILTER_MASTER ? 1 : 2, tests);
}

static int fill(scmp_filter_ctx filter, enum filter_program program)
{
    /* calls of another architecture, and of x32 */
    int error = seccomp_attr_set(filter, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS);
    /* a tree, not a list; the speculation of our own code needs no brake, which old kernels would put on */
    error = error ? error : seccomp_attr_set(filter, SCMP_FLTATR_CTL_OPTIMIZE, 2);
    seccomp_attr_set(filter, SCMP_FLTATR_CTL_SSB, 1);
    seccomp_attr_set(filter, SCMP_FLTATR_API_SYSRAWRC, 1); /* the kernel's errors, not the library's */
    for (size_t i = 0; !error && i < sizeof filter_calls / sizeof filter_calls[0]; i++)
        if (concerns(filter_calls[i].who, program))
            error = allow_names(filter, filter_calls[i].names);
    for (size_t i = 0; !error && i < sizeof filter_calls_rules / sizeof filter_calls_rules[0]; i++)
        if (concerns(filter_calls_rules[i].who, program))
            error = add_rule(filter, &filter_calls_rules[i]);
    return error ? error : add_abort(filter, program);
}

bool filter_load(enum filter_program program)
{
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_KILL_PROCESS);
    if (!filter) {
        errno = ENOMEM;
        return false;
    }
    int error = fill(filter, program);
    error = error ? error : seccomp_load(filter);
    seccomp_release(filter);
    errno = -error;
    return !error;
}
