/* spare.c: one descriptor that is kept for the moment when there are no others. */
#include "spare.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

void spare_keep(struct spare *spare, int copy_of)
{
    if (spare->fd < 0)
        spare->fd = fcntl(copy_of, F_DUPFD_CLOEXEC, 0);
}

int spare_accept(struct spare *spare, int listener)
{
    if (spare->fd < 0) {
        errno = EMFILE;
        return -1;
    }
    close(spare->fd);
    spare->fd = -1;
    return accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
}
