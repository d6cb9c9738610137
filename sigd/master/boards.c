/* boards.c: makes the boards of all processes and passes them to the children. */
#include "boards.h"

#include <unistd.h>

/* A board that somebody else writes and we see. */
static const void *make(int *fd, enum board_kind kind)
{
    *fd = board_make(kind);
    return *fd < 0 ? NULL : board_map(*fd, kind, false);
}

bool boards_grow(struct boards_all *all, unsigned workers)
{
    while (all->n_fronts < workers) {
        int fd;
        const struct board_front *front = make(&fd, BOARD_FRONT);
        if (!front) {
            if (fd >= 0)
                close(fd);
            return false;
        }
        all->see.fronts[all->n_fronts] = front;
        all->fronts[all->n_fronts++] = fd;
    }
    return true;
}

bool boards_make(struct boards_all *all, unsigned workers)
{
    *all = (struct boards_all){ .signer = -1 };
    board_open(&all->see);
    all->master = board_make(BOARD_MASTER);
    struct board_master *own = all->master < 0 ? NULL : board_map(all->master, BOARD_MASTER, true);
    if (!own || !board_seal(all->master))
        return false;
    all->see.master = all->see.own_master = own;
    const struct board_signer *signer = make(&all->signer, BOARD_SIGNER);
    if (!signer)
        return false;
    all->see.signer = signer;
    return boards_grow(all, workers);
}

static bool send_board(struct chan *child, int fd, const struct proto_board *board)
{
    if (board->writable)
        return chan_send(child, PROTO_BOARD, board, fd);
    int copy = board_read_only(fd);
    bool ok = copy >= 0 && chan_send(child, PROTO_BOARD, board, copy);
    if (copy >= 0)
        close(copy);
    return ok;
}

bool boards_send_front(const struct boards_all *all, struct chan *child, unsigned index)
{
    return send_board(child, all->fronts[index], &(struct proto_board){ BOARD_FRONT, index, 0 });
}

bool boards_send(const struct boards_all *all, struct chan *child, enum board_kind own, unsigned index)
{
    bool ok = send_board(child, all->master, &(struct proto_board){ BOARD_MASTER, 0, 0 }) &&
              send_board(child, all->signer, &(struct proto_board){ BOARD_SIGNER, 0, own == BOARD_SIGNER });
    for (unsigned i = 0; ok && i < all->n_fronts; i++)
        ok = send_board(child, all->fronts[i],
                        &(struct proto_board){ BOARD_FRONT, i, own == BOARD_FRONT && i == index });
    return ok;
}

void boards_close(struct boards_all *all)
{
    if (all->master >= 0)
        close(all->master);
    if (all->signer >= 0)
        close(all->signer);
    for (unsigned i = 0; i < all->n_fronts; i++)
        close(all->fronts[i]);
    *all = (struct boards_all){ .master = -1, .signer = -1 };
    board_open(&all->see);
}
