#include "jobs.h"
#include "exits.h"
#include "options.h"
#include "output.h"

#include <unistd.h>

int jobs_judge(const struct options *options)
{
    if (options_has(options, OPTION_JOBS) && (options->jobs == 0 || options->jobs > JOBS_MAX))
        return output_fail(EXITS_USAGE, "--jobs takes a whole number from 1 to %d", JOBS_MAX);
    return 0;
}

size_t jobs_count(const struct options *options, size_t times)
{
    long processors = sysconf(_SC_NPROCESSORS_ONLN);
    size_t jobs = options_has(options, OPTION_JOBS) ? (size_t)options->jobs
                                                    : (processors > 0 ? (size_t)processors : 1) * times;
    return jobs > JOBS_MAX ? JOBS_MAX : jobs;
}
