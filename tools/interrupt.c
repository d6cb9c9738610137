#include "interrupt.h"

#include <errno.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

static const int signals[] = { SIGINT, SIGTERM };
#define N_SIGNALS (sizeof signals / sizeof signals[0])

static volatile sig_atomic_t came;
static int told;

static void note(int number)
{
    const uint64_t one = 1;
    int kept = errno;
    came = number;
    if (write(told, &one, sizeof one) < 0) /* it cannot be full */
        abort();
    errno = kept;
}

void interrupt_catch(int eventfd)
{
    struct sigaction action = { .sa_handler = note, .sa_flags = (int)SA_RESETHAND | SA_RESTART }, is;
    told = eventfd;
    came = 0;
    for (size_t i = 0; i < N_SIGNALS; i++)
        if (sigaction(signals[i], NULL, &is) == 0 && is.sa_handler != SIG_IGN) /* nohup */
            sigaction(signals[i], &action, NULL);
}

bool interrupt_came(void)
{
    return came != 0;
}

void interrupt_leave(void)
{
    const struct sigaction usual = { .sa_handler = SIG_DFL };
    struct sigaction is;
    for (size_t i = 0; i < N_SIGNALS; i++)
        if (sigaction(signals[i], NULL, &is) == 0 && is.sa_handler == note)
            sigaction(signals[i], &usual, NULL);
    if (came != 0)
        raise(came);
}
