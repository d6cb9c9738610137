/* sizes.h: the sizes that master, signer and front agree on. */
#ifndef SIGD_SIZES_H
#define SIGD_SIZES_H

#define SIGD_NAME_MAX 32    /* bytes of an app's, key's or socket's name: [A-Za-z0-9._-] */
#define SIGD_ADMIN_MAX 32   /* bytes of an administrator's identifier */
#define SIGD_PATTERN_MAX 64 /* bytes of an identifier pattern or a reserved name */
#define SIGD_PATH_MAX 107   /* bytes of a socket's path (sockaddr_un) */

#define SIGD_APPS_MAX 64
#define SIGD_KEYS_MAX 8      /* an app */
#define SIGD_ADMINS_MAX 16   /* an app; the console allows 10 */
#define SIGD_RESERVED_MAX 64 /* an app */
#define SIGD_RULES_MAX 64    /* an app */
#define SIGD_RULE_IDS_MAX 32 /* uids, and gids, a rule */
#define SIGD_RULE_PATTERNS_MAX 32
#define SIGD_SOCKETS_MAX 16
#define SIGD_WORKERS_MAX 16

#define SIGD_FILES_KEPT 128 /* descriptors of a front that are no clients' */
#define SIGD_FILES_MIN 256  /* a process: with less, packets of descriptors could come cut */

#define SIGD_KEY_FILE_MAX 65536 /* bytes */

/* What a caller may do on an app: bits of `may`. */
#define SIGD_MAY_ADMIN 1u
#define SIGD_MAY_URL 2u
#define SIGD_MAY_SIGN 4u
#define SIGD_MAY_VERIFY 8u

#endif
