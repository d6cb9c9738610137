/* board.c: shared memory by which the processes tell each other numbers. */
#include "board.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#ifndef F_SEAL_FUTURE_WRITE
#define F_SEAL_FUTURE_WRITE 0x0010
#endif

/* read-only mappings must be able to load a word: no lock beside it */
_Static_assert(ATOMIC_LLONG_LOCK_FREE == 2 && sizeof(board_word) == 8, "no lock-free words of 64 bits");

static const struct {
    const char *name;
    size_t size;
} kinds[BOARD_KINDS] = {
    [BOARD_MASTER] = { "sigd-board-master", sizeof(struct board_master) },
    [BOARD_SIGNER] = { "sigd-board-signer", sizeof(struct board_signer) },
    [BOARD_FRONT] = { "sigd-board-front", sizeof(struct board_front) },
};

void board_open(struct boards *boards)
{
    static struct board_master master;
    static struct board_signer signer;
    static struct board_front front, own;
    *boards = (struct boards){
        .master = &master, .signer = &signer, .own_master = &master, .own_signer = &signer, .own_front = &own
    };
    for (size_t i = 0; i < SIGD_WORKERS_MAX; i++)
        boards->fronts[i] = &front;
}

int board_make(enum board_kind kind)
{
    int fd = memfd_create(kinds[kind].name, MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (fd < 0)
        return -1;
    /* Without a size that is fixed a reader could be killed by SIGBUS; without SEAL a front could keep its own next
     * process from writing. Mode 0600: through /proc/self/fd only our own uid opens it anew. */
    int seals = F_SEAL_SHRINK | F_SEAL_GROW | (kind == BOARD_MASTER ? 0 : F_SEAL_SEAL);
    if (fchmod(fd, 0600) == 0 && ftruncate(fd, (off_t)kinds[kind].size) == 0 &&
        fcntl(fd, F_ADD_SEALS, seals) == 0)
        return fd;
    int error = errno;
    close(fd);
    errno = error;
    return -1;
}

int board_read_only(int fd)
{
    char path[32];
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    return open(path, O_RDONLY | O_CLOEXEC);
}

void *board_map(int fd, enum board_kind kind, bool writable)
{
    struct stat st;
    int seals = fcntl(fd, F_GET_SEALS);
    if (seals < 0 || (seals & (F_SEAL_SHRINK | F_SEAL_GROW)) != (F_SEAL_SHRINK | F_SEAL_GROW) ||
        fstat(fd, &st) != 0 || st.st_size != (off_t)kinds[kind].size)
        return NULL;
    void *map = mmap(NULL, kinds[kind].size, PROT_READ | (writable ? PROT_WRITE : 0), MAP_SHARED, fd, 0);
    return map == MAP_FAILED ? NULL : map;
}

bool board_seal(int fd)
{
    /* Linux before 5.1 does not know it: there the descriptor's mode is what holds */
    return fcntl(fd, F_ADD_SEALS, F_SEAL_FUTURE_WRITE | F_SEAL_SEAL) == 0 ||
           (errno == EINVAL && fcntl(fd, F_ADD_SEALS, F_SEAL_SEAL) == 0);
}

bool board_take(struct boards *boards, const struct proto_board *board, int fd)
{
    if (board->kind >= BOARD_KINDS || board->index >= SIGD_WORKERS_MAX || board->writable > 1 ||
        (board->kind == BOARD_MASTER && board->writable))
        return false;
    void *map = board_map(fd, board->kind, board->writable);
    if (!map)
        return false;
    switch ((enum board_kind)board->kind) {
    case BOARD_SIGNER:
        boards->signer = map;
        if (board->writable)
            boards->own_signer = map;
        return true;
    case BOARD_FRONT:
        boards->fronts[board->index] = map;
        if (board->writable)
            boards->own_front = map;
        return true;
    default: boards->master = map; return true;
    }
}
