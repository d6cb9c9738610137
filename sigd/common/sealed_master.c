/* sealed_master.c: master keys: 32 random bytes in a file of their own. */
#include "sealed.h"

#include <errno.h>
#include <sodium.h>
#include <unistd.h>

/* size bytes of fd from offset on, or as many as there are; -1: it cannot be read. */
static ssize_t read_at(int fd, uint8_t *out, size_t size, off_t offset)
{
    size_t len = 0;
    while (len < size) {
        ssize_t got = pread(fd, out + len, size - len, offset + (off_t)len);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return -1;
        if (got == 0)
            break;
        len += (size_t)got;
    }
    return (ssize_t)len;
}

/* NULL, or a sentence. */
static const char *fill(struct sealed_master *master, int fd)
{
    uint8_t more;
    ssize_t len = read_at(fd, master->key, sizeof master->key, 0);
    if (len < 0)
        return "the master key's file cannot be read";
    if (len != sizeof master->key || read_at(fd, &more, 1, sizeof master->key) != 0 ||
        sodium_is_zero(master->key, sizeof master->key))
        return "this is no master key, which is 32 random bytes: make one with sigctl keygen --master FILE";
    return NULL;
}

/* Which master key it is, without saying what it is. */
static void identify(struct sealed_master *master)
{
    static const uint8_t constant[] = "sigd: which master key";
    crypto_generichash(master->id, sizeof master->id, master->key, sizeof master->key, constant,
                       sizeof constant - 1);
    sodium_stackzero(4096);
}

struct sealed_master *sealed_master_read(int fd, bool may_swap, const char **why)
{
    struct sealed_master *master = sodium_malloc(sizeof *master);
    *why = "memory for the master key cannot be had";
    if (master == NULL)
        return NULL;
    /* libsodium asks for the lock and goes on without it; asking again tells */
    *why =
        !may_swap && sodium_mlock(master, sizeof *master) != 0
            ? "the master key cannot be locked in memory: raise RLIMIT_MEMLOCK to 8 MiB (ulimit -l 8192), or set "
              "allow_swap = true"
            : fill(master, fd);
    if (*why != NULL) {
        sodium_free(master);
        return NULL;
    }
    identify(master);
    sodium_mprotect_readonly(master);
    return master;
}

void sealed_master_free(struct sealed_master *master)
{
    sodium_free(master);
}
