/* usersig_page.h: an administrator's usersig in a page of shared memory, as sigd publishes it, read without a system
 * call. The rules of usersig.h hold here too, but that opening a page opens and maps a file, and takes memory for the
 * handle.
 *
 * sigd writes <publish_dir>/<app>/<administrator>.page and changes it in place, so that a page is opened once and read
 * before every use. A sequence number in the page makes a reader see whole values alone. Layout: docs/PAGES.md. */
#ifndef USERSIG_PAGE_H
#define USERSIG_PAGE_H

#include "usersig.h"

#ifdef __cplusplus
extern "C" {
#endif

#define USERSIG_PAGE_SIZE 4096       /* bytes of the file */
#define USERSIG_PAGE_VERSION 1       /* of the layout */
#define USERSIG_PAGE_KEY_MAX 63      /* bytes of a key's name */
#define USERSIG_PAGE_MAGIC "USERSIG" /* 8 bytes with the NUL */

enum usersig_page_state {
    USERSIG_PAGE_EMPTY = 0,  /* nothing is published at the moment */
    USERSIG_PAGE_LIVE = 1,   /* a usersig is published */
    USERSIG_PAGE_REVOKED = 2 /* withdrawn: this page will never hold a usersig again */
};

/* The layout, in the host's byte order; what is not used is zero. For publishers: readers call usersig_page_read, since
 * the page changes under whoever looks at it. */
struct usersig_page_layout {
    char magic[8];      /* USERSIG_PAGE_MAGIC */
    uint32_t version;   /* USERSIG_PAGE_VERSION */
    uint32_t size;      /* USERSIG_PAGE_SIZE */
    uint32_t sequence;  /* odd while what follows is being written */
    uint32_t check;     /* CRC-32, as zlib's, of the bytes from state to the end of usersig */
    uint64_t heartbeat; /* Unix seconds, stamped each second */
    uint32_t state;     /* enum usersig_page_state */
    uint32_t sdkappid;
    uint64_t issued_at, expires_at,
        renew_at; /* Unix seconds; expires_at is the last one in which it is valid */
    uint32_t identifier_len, key_len, usersig_len, reserved;
    char identifier[USERSIG_IDENTIFIER_MAX + 1];
    char key[USERSIG_PAGE_KEY_MAX + 1]; /* the name of the key that signed */
    char reserved2[112];
    char usersig[USERSIG_ENCODED_MAX];
};

/* What a page holds, copied. Strings are NUL-terminated. */
struct usersig_page_value {
    uint64_t issued_at, expires_at; /* Unix seconds; expires_at is the last one in which it is valid */
    uint64_t renew_at;              /* Unix seconds; about when sigd puts a newer one in its place */
    uint64_t silence;               /* seconds since sigd's last heartbeat, which comes each second */
    size_t identifier_len, key_len, usersig_len;
    uint32_t sdkappid, reserved;
    char identifier[USERSIG_IDENTIFIER_MAX + 1];
    char key[USERSIG_PAGE_KEY_MAX + 1];
    char usersig[USERSIG_ENCODED_MAX];
};

typedef struct usersig_page usersig_page;

#define USERSIG_PAGE_ANY_OWNER 1u /* open: whoever owns the file; for directories that you trust */

/* Opens a page for reading; *page is the caller's, to be freed with usersig_page_close, and NULL on an error. What it
 * holds is not looked at yet. Refused is what somebody else could have put there or could cut while it is read: the path's
 * last part may not be a symbolic link, and the file must be regular, with one link, of the size of a page, not writable
 * by group or others, and owned by root or the caller (effective uid) without USERSIG_PAGE_ANY_OWNER.
 * ERR_FILE: it cannot be opened, errno says why (ENOENT: nothing is published); or it is refused, errno is EPERM.
 * MALFORMED: not a page of this version. ERR_MEMORY. ERR_ARGUMENT: NULL, an unknown flag. */
USERSIG_CHECKED int usersig_page_open(usersig_page **page, const char *path, uint32_t flags);

/* Copies what the page holds at the time now (Unix seconds). No system call, no heap. An error leaves *value zero.
 * EXPIRED. REVOKED: sigd withdrew it, and will publish in a new file, if at all: close and open again. UNAVAILABLE:
 * nothing is there at the moment, or a publisher died while it wrote: ask again later. MALFORMED: fields that contradict
 * one another or the layout. ERR_ARGUMENT. */
USERSIG_CHECKED int usersig_page_read(const usersig_page *page, uint64_t now,
                                      struct usersig_page_value *value);

/* Unmaps and frees. NULL does nothing. No other thread may be reading. */
USERSIG_API void usersig_page_close(usersig_page *page);

USERSIG_API size_t usersig_page_value_size(void); /* for callers without this header */

#ifdef __cplusplus
}
#endif
#endif
