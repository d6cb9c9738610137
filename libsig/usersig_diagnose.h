/* usersig_diagnose.h: why a usersig is refused, or will be, and what to do. The rules of usersig.h hold here too.
 *
 * For trusted callers: a diagnosis says more than a verdict, and about usersigs that nothing has proven. Never show it
 * to whoever sent the usersig. No claim, key or part of one is in it. */
#ifndef USERSIG_DIAGNOSE_H
#define USERSIG_DIAGNOSE_H

#include "usersig.h"

#ifdef __cplusplus
extern "C" {
#endif

/* What people really meet. The first in the order of verify: the text, the key, the claims, the times. Where faults of a
 * text lie over each other, the one nearest to its maker. */
enum usersig_cause {
    USERSIG_CAUSE_NONE = 0,    /* nothing is wrong */
    USERSIG_CAUSE_UNKNOWN = 1, /* unreadable in no known way; verdict and stage say where */
    /* the text */
    USERSIG_CAUSE_EMPTY = 2,         /* no text, or white space alone */
    USERSIG_CAUSE_TOO_LONG = 3,      /* over USERSIG_TEXT_MAX */
    USERSIG_CAUSE_CUT = 4,           /* its end is missing */
    USERSIG_CAUSE_PADDING = 5,       /* the '_' at its end are lost */
    USERSIG_CAUSE_PERCENT = 6,       /* still percent-encoded */
    USERSIG_CAUSE_PERCENT_TWICE = 7, /* percent-encoded twice or more */
    USERSIG_CAUSE_WHITE_SPACE = 8,   /* white space in it or around it, or quotes around it */
    USERSIG_CAUSE_BASE64 = 9,        /* RFC 4648's + / = where * - _ belong */
    USERSIG_CAUSE_BASE64URL = 10,    /* RFC 4648's base64url, where - and _ mean something else */
    USERSIG_CAUSE_RAW_DEFLATE = 11,  /* deflate without the zlib wrapper */
    USERSIG_CAUSE_GZIP = 12,         /* gzip instead of zlib */
    USERSIG_CAUSE_PLAIN_JSON = 13,   /* ancient: not compressed */
    USERSIG_CAUSE_TEXT_TIME = 14,    /* ancient: TLS.time is a date with an offset */
    USERSIG_CAUSE_CONTROL = 15,      /* a control character in the identifier: forged, or a faulty form */
    /* the key */
    USERSIG_CAUSE_NO_KEY = 16,      /* no key was given */
    USERSIG_CAUSE_V1_TICKET = 17,   /* made with a key pair, judged with a console key text */
    USERSIG_CAUSE_V2_TICKET = 18,   /* made with a console key text, judged with a key pair */
    USERSIG_CAUSE_HEX_KEY = 19,     /* key text on the one side, its hex-decoded bytes on the other */
    USERSIG_CAUSE_KEY_NEWLINE = 20, /* the key has a line end on one side */
    USERSIG_CAUSE_KEY_SPACE = 21,   /* the key has spaces, quotes or a byte order mark on one side */
    USERSIG_CAUSE_KEY_CASE = 22,    /* the key's hex digits are in the other case */
    USERSIG_CAUSE_PEM_AS_KEY =
        23, /* a PEM's text was used as a version 2 key: a forgery where the PEM is public */
    USERSIG_CAUSE_OTHER_KEY = 24, /* made with another key under every hypothesis that was tried */
    /* the claims */
    USERSIG_CAUSE_OTHER_SDKAPPID = 32,
    USERSIG_CAUSE_OTHER_IDENTIFIER = 33,
    USERSIG_CAUSE_PRIVATE_MAP_KEY = 34, /* has a userbuf where none is expected */
    USERSIG_CAUSE_NO_USERBUF = 35,      /* has none where one is expected */
    USERSIG_CAUSE_OTHER_USERBUF = 36,
    /* the times */
    USERSIG_CAUSE_ISSUED_MILLISECONDS = 40, /* TLS.time is in milliseconds */
    USERSIG_CAUSE_LIFETIME_ZERO = 41,       /* expires as it is issued */
    USERSIG_CAUSE_LIFETIME_ABSOLUTE = 42, /* the lifetime is a point in time (2^31-1 is not taken for one) */
    USERSIG_CAUSE_LIFETIME_MILLISECONDS = 43, /* over 50 years, or whole days in milliseconds */
    USERSIG_CAUSE_ISSUED_FUTURE = 44,         /* later than now + max_future (where that is 0: 300 s) */
    USERSIG_CAUSE_EXPIRED = 45
};

struct usersig_diagnosis {
    int verdict;    /* of usersig_verify; OK with a cause: good for now, and yet not what its maker meant */
    int rest_code;  /* the ErrorCode to expect of the service; 0: none is known */
    uint32_t cause; /* enum usersig_cause */
    uint32_t stage; /* enum usersig_stage, when decode refused */
};

/* Judges as usersig_verify does, and says why. Keys hold no key text, so that what is wrong with one (hex, newline) is
 * OTHER_KEY here. No heap where verify takes none.
 * OK: *diagnosis is filled, whatever it says. Else the ERR_ errors of verify, and *diagnosis is zero. */
USERSIG_CHECKED int usersig_diagnose(const usersig_key *const *keys, size_t n_keys, const char *text,
                                     size_t len, const struct usersig_expect *expect, uint64_t now,
                                     struct usersig_diagnosis *diagnosis);

/* The same from the text of one key as it stands in file or console, secret_len bytes, 1 to 4096: it also tries what
 * people make of a key by mistake. All copies are in guarded memory and wiped. A PEM counts as a key pair. Besides the
 * above: ERR_KEY; ERR_MEMORY. */
USERSIG_CHECKED int usersig_diagnose_secret(const void *secret, size_t secret_len, const char *text,
                                            size_t len, const struct usersig_expect *expect, uint64_t now,
                                            struct usersig_diagnosis *diagnosis);

/* Static strings, never NULL. name: as above without the prefix, "HEX_KEY"; "UNKNOWN_CAUSE" for a number outside the
 * enum. advice: one line on what to do, without a full stop. */
USERSIG_API const char *usersig_cause_name(uint32_t cause);
USERSIG_API const char *usersig_cause_advice(uint32_t cause);

/* For callers without this header: sizeof (struct usersig_diagnosis). */
USERSIG_API size_t usersig_diagnosis_size(void);

#ifdef __cplusplus
}
#endif
#endif
