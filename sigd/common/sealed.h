/* sealed.h: keys under lock in files: the form of docs/SEALED.md, and master keys. What becomes plain here goes into
 * memory that the caller has from sodium_malloc. Only the signer and sigctl link this. */
#ifndef SIGD_SEALED_H
#define SIGD_SEALED_H

#include "sizes.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SEALED_CONTENT_MAX 16384 /* bytes of a key, as console text or PEM */
#define SEALED_FILE_MAX 24576    /* bytes of a sealed file */
#define SEALED_LOCK_SIZE 32      /* the key of the lock: the master key, or what is made of a passphrase */
#define SEALED_ID_SIZE 8
#define SEALED_SALT_SIZE 16

enum sealed_lock { SEALED_BY_MASTER = 1, SEALED_BY_PASSPHRASE };

/* The lines before the data; all of them are bound to it. */
struct sealed_head {
    char app[SIGD_NAME_MAX + 1], key[SIGD_NAME_MAX + 1];
    enum sealed_lock lock;
    uint8_t master_id[SEALED_ID_SIZE]; /* by master */
    uint64_t ops, memory;              /* by passphrase: of Argon2id; memory in bytes */
    uint8_t salt[SEALED_SALT_SIZE];
};

enum sealed_result {
    SEALED_OK = 0,
    SEALED_FORM,    /* cut, changed, or never a sealed file */
    SEALED_VERSION, /* a form of a later release */
    SEALED_OTHER_APP,
    SEALED_OTHER_KEY,
    SEALED_NO_MASTER, /* under a master key, and there is none */
    SEALED_OTHER_MASTER,
    SEALED_PASSPHRASE, /* under a passphrase, and a master key was tried */
    SEALED_DAMAGED,    /* the lock does not fit the data */
    SEALED_MEMORY,
    SEALED_RESULTS
};

/* A sentence that names the mend, shorter than 128 bytes. */
const char *sealed_text(enum sealed_result result);

/* Does a file begin as sealed files do, of whatever version? */
bool sealed_is(const char *text, size_t len);

enum sealed_result sealed_read_head(struct sealed_head *head, const char *text, size_t len);

/* The content of a file whose head was read. content has SEALED_CONTENT_MAX bytes. */
enum sealed_result sealed_open(const struct sealed_head *head, const uint8_t lock[static SEALED_LOCK_SIZE],
                               const char *text, size_t len, uint8_t *content, size_t *content_len);

/* The whole file of 1 to SEALED_CONTENT_MAX bytes of content into text, of SEALED_FILE_MAX bytes. The names in head
 * are good ones. */
enum sealed_result sealed_make(const struct sealed_head *head, const uint8_t lock[static SEALED_LOCK_SIZE],
                               const uint8_t *content, size_t content_len, char *text, size_t *len);

/* A master key between guard pages, read-only. */
struct sealed_master {
    uint8_t key[SEALED_LOCK_SIZE];
    uint8_t id[SEALED_ID_SIZE];
};

/* Reads fd, which must hold exactly a master key. may_swap: memory that cannot be locked will do. NULL: *why is a
 * sentence. */
struct sealed_master *sealed_master_read(int fd, bool may_swap, const char **why);
void sealed_master_free(struct sealed_master *master); /* wipes; NULL does nothing */

/* Reads head and content of a file that must be that of this key of this app, under this master key (NULL: there is
 * none). */
enum sealed_result sealed_open_for(const char *app, const char *key, const struct sealed_master *master,
                                   const char *text, size_t len, uint8_t *content, size_t *content_len);

#endif
