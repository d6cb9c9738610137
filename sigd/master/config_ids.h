/* config_ids.h: users and groups by name (NSS) or number. Only the master looks names up. */
#ifndef SIGD_CONFIG_IDS_H
#define SIGD_CONFIG_IDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* gid may be NULL; it is the user's primary group, and for a number that no user has, the same number.
 * False: why says why, naming text. */
bool config_ids_user(const char *text, uid_t *uid, gid_t *gid, char *why, size_t why_size);
bool config_ids_group(const char *text, gid_t *gid, char *why, size_t why_size);

/* The kernel shows every id without a mapping as this one, so that it says nothing of who it is: what /proc/sys/kernel
 * says. Is it an id of that kind? 65534 is one whatever is said there. */
uint32_t config_ids_overflow_uid(void);
uint32_t config_ids_overflow_gid(void);
bool config_ids_is_overflow_uid(uid_t uid);
bool config_ids_is_overflow_gid(gid_t gid);

#endif
