/* safefile.h: opens files that hold credentials or decide about them, and refuses what somebody else could have
 * put there. Also used by tools/usersig, which applies the same rule. Knows nothing of keys or config. */
#ifndef SIGD_SAFEFILE_H
#define SIGD_SAFEFILE_H

#include <stddef.h>
#include <sys/types.h>

#define SAFEFILE_SECRET 1u /* a key: no bit for group and others */
#define SAFEFILE_KUBERNETES \
    2u /* a volume: root's link inside of its directory; mode 0440 for a group of ours */
#define SAFEFILE_CREDENTIAL 4u /* of systemd: mode 0440 for root's group */

/* Opens path for reading (O_NOFOLLOW, O_NONBLOCK, O_CLOEXEC) and checks what was opened: a regular file, one link,
 * at most 64 KiB, owned by root or by this process's real uid, not writable by group or others (SECRET: mode & 077 = 0).
 * Every directory above it must be owned by root or that uid and not be writable by others unless sticky; a symbolic
 * link among the directories is followed only where root or that uid owns it.
 * Returns the descriptor, or -1 with a sentence in why that names the path, the fault and what mends it
 * (the chmod or chown to run). why_size: 512 is enough. */
int safefile_open(const char *path, unsigned flags, char *why, size_t why_size);

/* Checks the directories above path only (for files that are to be made: sockets, logs). 0, or -1 and why. */
int safefile_check_directories(const char *path, char *why, size_t why_size);

#endif
