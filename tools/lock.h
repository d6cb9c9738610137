/* lock.h: what opens and closes sealed files: a master key or a passphrase. Functions give 0, or an exit status after
 * a message. */
#ifndef TOOLS_LOCK_H
#define TOOLS_LOCK_H

#include "sealed.h"

struct passphrase;

struct lock {
    const char *master_file; /* NULL: by passphrase */
    int passphrase_fd;       /* -1: from the terminal */
    struct sealed_master *master;
    struct passphrase *passphrase; /* NULL: not asked for yet */
};

/* master_file NULL: by passphrase, which is asked for when it is needed. flags: as safefile takes
 * them. */
int lock_open(struct lock *lock, const char *master_file, unsigned flags, int passphrase_fd);
void lock_close(struct lock *lock);

/* Reads the sealed file's head and content. content has SEALED_CONTENT_MAX bytes of guarded memory. */
int lock_unseal(struct lock *lock, const char *name, const char *text, size_t len, struct sealed_head *head,
                uint8_t *content, size_t *content_len);

/* Seals content for head's app and key into text, of SEALED_FILE_MAX bytes, and sees that it opens again. */
int lock_seal(struct lock *lock, struct sealed_head *head, const uint8_t *content, size_t content_len,
              char *text, size_t *len);

#endif
