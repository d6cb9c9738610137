#include "lock.h"
#include "exits.h"
#include "output.h"
#include "passphrase.h"
#include "safefile.h"
#include "secret.h"

#include <sodium.h>
#include <string.h>
#include <unistd.h>

/* Argon2id's work for what is sealed here: 256 MiB, most of a second. */
#define OPS crypto_pwhash_OPSLIMIT_MODERATE
#define MEMORY crypto_pwhash_MEMLIMIT_MODERATE

int lock_open(struct lock *lock, const char *master_file, unsigned flags, int passphrase_fd)
{
    char why[512];
    const char *fault;
    *lock = (struct lock){ .master_file = master_file, .passphrase_fd = passphrase_fd };
    if (master_file == NULL)
        return 0;
    int fd = safefile_open(master_file, flags, why, sizeof why);
    if (fd < 0)
        return output_fail(EXITS_NO_INPUT, "%s", why);
    lock->master = sealed_master_read(fd, true, &fault);
    close(fd);
    return lock->master != NULL ? 0 : output_fail(EXITS_DATA, "%s: %s", master_file, fault);
}

void lock_close(struct lock *lock)
{
    sealed_master_free(lock->master);
    sodium_free(lock->passphrase);
    *lock = (struct lock){ .passphrase_fd = -1 };
}

/* The key of the lock that head asks for, in guarded memory. */
static int derive(struct lock *lock, const struct sealed_head *head, bool is_new, uint8_t **key)
{
    int status = 0;
    if (lock->master == NULL && lock->passphrase == NULL)
        status = passphrase_ask(&lock->passphrase, is_new ? "the sealed file" : head->key, is_new,
                                lock->passphrase_fd);
    if (status == 0)
        status = secret_memory(key, SEALED_LOCK_SIZE);
    if (status != 0)
        return status;
    if (lock->master != NULL) {
        memcpy(*key, lock->master->key, SEALED_LOCK_SIZE);
    } else if (crypto_pwhash(*key, SEALED_LOCK_SIZE, lock->passphrase->text, lock->passphrase->len,
                             head->salt, head->ops, (size_t)head->memory,
                             crypto_pwhash_ALG_ARGON2ID13) != 0) {
        sodium_free(*key);
        return output_fail(USERSIG_ERR_MEMORY, "no memory: the passphrase takes %zu MiB of it",
                           (size_t)(head->memory >> 20));
    }
    return 0;
}

static int wrong_master(const struct lock *lock, const char *name, const struct sealed_head *head)
{
    char theirs[2 * SEALED_ID_SIZE + 1], ours[2 * SEALED_ID_SIZE + 1];
    sodium_bin2hex(theirs, sizeof theirs, head->master_id, sizeof head->master_id);
    sodium_bin2hex(ours, sizeof ours, lock->master->id, sizeof lock->master->id);
    return output_fail(EXITS_DATA, "%s is sealed under the master key %s, and %s is %s", name, theirs,
                       lock->master_file, ours);
}

static int refuse(const struct lock *lock, const char *name, enum sealed_result result)
{
    if (result == SEALED_MEMORY)
        return output_fail(USERSIG_ERR_MEMORY, "no memory");
    if (result == SEALED_DAMAGED && lock->master == NULL)
        return output_fail(EXITS_DATA, "%s: the passphrase is wrong, or the file is damaged", name);
    return output_fail(EXITS_DATA, "%s: %s", name, sealed_text(result));
}

int lock_unseal(struct lock *lock, const char *name, const char *text, size_t len, struct sealed_head *head,
                uint8_t *content, size_t *content_len)
{
    uint8_t *key;
    if (!sealed_is(text, len))
        return output_fail(EXITS_DATA, "%s is no sealed file", name);
    enum sealed_result result = sealed_read_head(head, text, len);
    if (result != SEALED_OK)
        return refuse(lock, name, result);
    if (lock->master != NULL && head->lock == SEALED_BY_PASSPHRASE)
        return output_fail(EXITS_DATA, "%s is sealed with a passphrase, not under a master key", name);
    if (lock->master == NULL && head->lock == SEALED_BY_MASTER)
        return output_fail(EXITS_DATA, "%s is sealed under a master key, not with a passphrase", name);
    if (lock->master != NULL && memcmp(lock->master->id, head->master_id, sizeof head->master_id) != 0)
        return wrong_master(lock, name, head);
    int status = derive(lock, head, false, &key);
    if (status != 0)
        return status;
    result = sealed_open(head, key, text, len, content, content_len);
    sodium_free(key);
    return result == SEALED_OK ? 0 : refuse(lock, name, result);
}

int lock_seal(struct lock *lock, struct sealed_head *head, const uint8_t *content, size_t content_len,
              char *text, size_t *len)
{
    uint8_t *key, *again;
    size_t again_len;
    head->lock = lock->master != NULL ? SEALED_BY_MASTER : SEALED_BY_PASSPHRASE;
    if (lock->master != NULL) {
        memcpy(head->master_id, lock->master->id, sizeof head->master_id);
    } else {
        head->ops = OPS;
        head->memory = MEMORY;
        randombytes_buf(head->salt, sizeof head->salt);
    }
    int status = secret_memory(&again, SEALED_CONTENT_MAX);
    if (status != 0)
        return status;
    status = derive(lock, head, true, &key);
    if (status == 0) {
        if (sealed_make(head, key, content, content_len, text, len) != SEALED_OK ||
            sealed_open(head, key, text, *len, again, &again_len) != SEALED_OK || again_len != content_len ||
            sodium_memcmp(again, content, content_len) != 0)
            status = output_fail(USERSIG_ERR_CRYPTO, "sealing failed: no memory, or a fault of libsodium");
        sodium_free(key);
    }
    sodium_free(again);
    return status;
}
