/* inject.c: one system call, as somebody who has taken over the process would make it. */
#include "inject.h"

#include <errno.h>
#include <unistd.h>

void inject_turn(struct inject *inject)
{
    long a[6];
    if (inject->pid != (uint64_t)getpid())
        return;
    for (int i = 0; i < 6; i++)
        a[i] =
            inject->arguments[i] == INJECT_TEXT ? (long)(uintptr_t)inject->text : (long)inject->arguments[i];
    errno = 0;
    inject->error =
        syscall((long)inject->number, a[0], a[1], a[2], a[3], a[4], a[5]) < 0 ? (uint64_t)errno : 0;
    inject->pid = 0;
}
