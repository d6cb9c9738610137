/* secret.h: secrets of sigctl's commands: in guarded memory, from files under the rules for key files. Functions give 0,
 * or an exit status after a message. */
#ifndef TOOLS_SECRET_H
#define TOOLS_SECRET_H

#include <stddef.h>
#include <stdint.h>
#include <usersig.h>

#define SECRET_MAX 65536 /* bytes; what safefile lets through */

/* From now on this process leaves no core and cannot be traced by its user. */
int secret_begin(void);

/* size bytes of guarded memory in *memory, to be freed with sodium_free, which wipes. */
int secret_memory(void *memory, size_t size);

/* Reads a file into bytes, of SECRET_MAX + 1; name "-": standard input, which must not be a terminal. flags: as safefile
 * takes them. */
int secret_read(const char *name, unsigned flags, uint8_t *bytes, size_t *len);

/* Makes the key of which the bytes of a file, plain or unsealed, are console text or PEM. *key may be NULL: whether they are. */
int secret_key(usersig_key **key, const char *name, const uint8_t *bytes, size_t len);

#endif
