/* usersig.h: sign, verify and read the usersigs of Tencent Cloud Chat (IM) and TRTC.
 *
 * Rules of the whole API
 *   Model     A usersig is a ticket: claims (who, which app, from when, for how long) and a proof over
 *             them. prove: claims -> proof.  encode: claims + proof -> text.  decode: text -> claims + proof.
 *             check: claims + proof -> verdict.  sign = prove + encode.  verify = decode + check.
 *   Results   Functions that can fail return an enum usersig_error as int: 0 is USERSIG_OK. 1 to 15 say that
 *             the call could not be done, from 16 on they are verdicts on the usersig. The same numbers are
 *             the exit statuses of the tools and, as names in lower case, the errors of sigd.
 *   NULL      Forbidden unless a function says otherwise; where forbidden it is USERSIG_ERR_ARGUMENT, which is
 *             for the caller's own bugs alone: a NULL, an unknown flag, an sdkappid left 0. What others may have
 *             sent never gives it.
 *   Order     Handle, input, now, output. An output is (out, out_size, out_len): out is terminated by a NUL
 *             that out_len does not count; only the real length has to fit, else USERSIG_ERR_SPACE with
 *             out_len = what is needed (again without the NUL), and out holds nothing of it. out NULL with out_size 0
 *             asks for it.
 *   Units     Times are Unix seconds, lifetimes are seconds, lengths are bytes.
 *   Purity    No function reads a clock, the environment, a file or the network, or prints; time is an
 *             argument. (usersig_page_open of usersig_page.h is there to open a file.) decode, and sign and verify with a version 2 key or a version 1 key on secp256k1,
 *             use no heap; P-256, which is OpenSSL's, does, and so does secp256k1 where configure had
 *             --without-secp256k1.
 *   Threads   All functions may be called from any thread at once; a key may be shared between threads. A
 *             key must not be freed while another thread uses it.
 *   Secrets   Keys live in guarded, locked pages and are wiped when freed; copies on the stack are wiped. The
 *             one exception: while usersig_sign or usersig_prove works with a P-256 key, and usersig_key_pem
 *             makes one, OpenSSL has copies of the scalar and of the nonce on its heap, and clears them before
 *             the call returns. No secret appears in an output, a return value or a text.
 *   Memory    Only usersig_key_* allocate, and usersig_page_open, which maps. Structs are plain data in the caller's memory, without ownership.
 *
 * Sources of the format: docs/FORMAT.md in the source tree. */
#ifndef USERSIG_H
#define USERSIG_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__)
#define USERSIG_API __attribute__((visibility("default")))
#define USERSIG_CHECKED __attribute__((visibility("default"), warn_unused_result))
#else
#define USERSIG_API
#define USERSIG_CHECKED
#endif

/* ---- errors and verdicts ------------------------------------------------------------------------- */

enum usersig_error {
    USERSIG_OK = 0,
    USERSIG_ERR_ARGUMENT = 1,      /* the caller's bug: NULL where forbidden, unknown flag */
    USERSIG_ERR_MEMORY = 2,        /* no memory */
    USERSIG_ERR_SPACE = 3,         /* out is too small */
    USERSIG_ERR_CRYPTO = 4,        /* the crypto library failed */
    USERSIG_ERR_KEY = 5,           /* key text or PEM unusable */
    USERSIG_ERR_IDENTIFIER = 6,    /* identifier refused by rule */
    USERSIG_ERR_LIFETIME = 7,      /* lifetime out of range */
    USERSIG_ERR_USERBUF = 8,       /* userbuf too long, or not a room */
    USERSIG_ERR_REQUEST = 9,       /* a part of a URL is invalid */
    USERSIG_ERR_FILE = 10,         /* a page cannot be opened; see errno */
    USERSIG_MALFORMED = 16,        /* cannot be read; see the ticket's stage */
    USERSIG_WRONG_KEY_TYPE = 17,   /* no key of the ticket's version */
    USERSIG_WRONG_KEY = 18,        /* the proof does not match */
    USERSIG_WRONG_SDKAPPID = 19,   /* proven for another app */
    USERSIG_WRONG_IDENTIFIER = 20, /* proven for another identifier */
    USERSIG_WRONG_USERBUF = 21,    /* proven with another userbuf, or with one where none is expected */
    USERSIG_EXPIRED = 22,          /* now > issued_at + lifetime + leeway */
    USERSIG_NOT_YET_VALID = 23,    /* issued_at > now + max_future */
    USERSIG_REVOKED = 24,          /* the page's usersig is withdrawn */
    USERSIG_UNAVAILABLE = 25       /* the page holds no usersig at the moment */
};

/* Static strings, never NULL. name: as above without the prefix, "WRONG_KEY"; "UNKNOWN" for a number outside the enum.
 * text: one English sentence without a full stop. */
USERSIG_API const char *usersig_error_name(int error);
USERSIG_API const char *usersig_error_text(int error);

/* The ErrorCode that Tencent's REST API and SDKs answer in the same case (70001, 70003, ...), 0 for none. */
USERSIG_API int usersig_error_rest_code(int error);

/* ---- claims -------------------------------------------------------------------------------------- */

#define USERSIG_IDENTIFIER_MAX 255       /* bytes; what verify accepts */
#define USERSIG_IDENTIFIER_SIGN_MAX 32   /* bytes; what sign accepts without USERSIG_ALLOW_UTF8 */
#define USERSIG_USERBUF_MAX 512          /* bytes */
#define USERSIG_V1_FIELD_MAX 20          /* digits */
#define USERSIG_TEXT_MAX 12288           /* bytes; the longest text that decode looks at */
#define USERSIG_LIFETIME_MAX 1576800000u /* seconds; 50 years of 365 days */
#define USERSIG_ENCODED_MAX 2048     /* bytes with the NUL; the longest usersig that encode and sign write */
#define USERSIG_PROOF_MAX 64         /* bytes */
#define USERSIG_SIGNED_TEXT_MAX 1280 /* bytes with the NUL; the longest text that is signed */

/* Plain data; all zero = defaults. Strings are NUL-terminated and hold no other NUL. */
struct usersig_claims {
    int version;           /* 1: ECDSA-SHA256, 2: HMAC-SHA256; 0 in sign: the key's */
    uint32_t sdkappid;     /* 1 to 2^32-1 in sign */
    uint32_t flags;        /* USERSIG_ALLOW_UTF8, USERSIG_V1_* */
    uint64_t issued_at;    /* Unix seconds */
    uint64_t lifetime;     /* seconds; sign: 1 to USERSIG_LIFETIME_MAX */
    size_t identifier_len; /* bytes, without the NUL */
    size_t userbuf_len;    /* bytes; 0: none */
    char identifier[USERSIG_IDENTIFIER_MAX + 1];
    uint8_t userbuf[USERSIG_USERBUF_MAX];
    char account_type[USERSIG_V1_FIELD_MAX + 1]; /* version 1 only: digits; "" counts as "0" */
    char appid_at_3rd[USERSIG_V1_FIELD_MAX + 1]; /* the same; "" with one of the flags below */
};
#define USERSIG_ALLOW_UTF8 1u  /* sign: UTF-8 up to USERSIG_IDENTIFIER_MAX, still no control character */
#define USERSIG_V1_NO_APPID 2u /* version 1: the appid_at_3rd line is absent, as from some makers */
#define USERSIG_V1_EMPTY 4u    /* version 1: appid_at_3rd is present and empty, as from others */

/* Sets identifier and identifier_len from len bytes at identifier (no NUL needed).
 * ERR_IDENTIFIER: what sign would refuse under flags (0 or USERSIG_ALLOW_UTF8); then *claims is as before. */
USERSIG_CHECKED int usersig_claims_identifier(struct usersig_claims *claims, const char *identifier,
                                              size_t len, uint32_t flags);

/* issued_at + lifetime, the last second in which the usersig is valid; UINT64_MAX where that overflows.
 * NULL gives 0. */
USERSIG_API uint64_t usersig_claims_expiry(const struct usersig_claims *claims);

/* The exact bytes that a proof is made over: lines "TLS.<name>:<value>\n". For logs of who signed what and for
 * other implementations; at most USERSIG_SIGNED_TEXT_MAX with the NUL. Errors: ERR_SPACE; MALFORMED where the
 * claims could not come from sign or decode (version 0 too, control characters, lengths, fields of version 1). */
USERSIG_CHECKED int usersig_claims_text(const struct usersig_claims *claims, char *out, size_t out_size,
                                        size_t *out_len);

/* ---- tickets ------------------------------------------------------------------------------------- */

/* The step of decode that refused. */
enum usersig_stage {
    USERSIG_STAGE_NONE = 0,
    USERSIG_STAGE_LENGTH = 1,     /* empty, or over USERSIG_TEXT_MAX */
    USERSIG_STAGE_BASE64 = 2,     /* alphabet, padding, non-canonical bits */
    USERSIG_STAGE_INFLATE = 3,    /* not one whole zlib stream, or over 8 KiB */
    USERSIG_STAGE_JSON = 4,       /* not one flat JSON object with unique keys in UTF-8 */
    USERSIG_STAGE_VERSION = 5,    /* TLS.ver is not the string "2.0", and nothing says version 1 */
    USERSIG_STAGE_FIELD = 6,      /* a field is missing, of the wrong type or out of range */
    USERSIG_STAGE_IDENTIFIER = 7, /* empty, too long, control characters */
    USERSIG_STAGE_USERBUF = 8,    /* not a string of canonical base64, empty, or too long */
    USERSIG_STAGE_PROOF = 9       /* TLS.sig is not a proof of this version */
};
USERSIG_API const char *usersig_stage_text(uint32_t stage); /* static, never NULL */

struct usersig_ticket {
    struct usersig_claims claims;
    size_t proof_len;                 /* version 1: 64, version 2: 32 */
    uint8_t proof[USERSIG_PROOF_MAX]; /* version 1: r || s, big-endian; version 2: the MAC */
    uint32_t stage;                   /* enum usersig_stage, when decode refused */
};

/* Reads a usersig without checking its proof: everything in *ticket is somebody's claim until
 * usersig_check or usersig_verify has said USERSIG_OK. text need not be terminated.
 * MALFORMED: *ticket is zero but for stage. No heap. */
USERSIG_CHECKED int usersig_decode(struct usersig_ticket *ticket, const char *text, size_t len);

/* Writes claims and their proof as a usersig. Does not judge the claims beyond what the format needs:
 * ERR_SPACE; MALFORMED where decode would refuse the result (of a version 1 proof: r or s zero). No heap. */
USERSIG_CHECKED int usersig_encode(const struct usersig_claims *claims, const uint8_t *proof,
                                   size_t proof_len, char *out, size_t out_size, size_t *out_len);

/* ---- keys ---------------------------------------------------------------------------------------- */

typedef struct usersig_key usersig_key;

/* Makes a version 2 key of the console's key text as it stands (do not hex-decode it): len bytes, 1 to 4096.
 * On success *key is the caller's, to be freed with usersig_key_free; otherwise *key is NULL.
 * The secret is not kept beyond what HMAC needs; wipe your own copy.
 * Every byte counts: trim a file's last newline yourself. ERR_KEY: empty or too long. ERR_MEMORY. ERR_CRYPTO. */
USERSIG_CHECKED int usersig_key_hmac(usersig_key **key, const void *secret, size_t len);

/* Makes a version 1 key of PEM: one elliptic-curve key on secp256k1 or P-256, private (EC PRIVATE KEY with its curve's
 * name, with or without EC PARAMETERS before it; PRIVATE KEY) or public (PUBLIC KEY), lines ended by LF or CR LF.
 * A private key signs and checks, a public key checks. The curve decides: P-256's signatures are made by OpenSSL,
 * secp256k1's by libsecp256k1; nonces are RFC 6979's with both, so that the same claims give the same proof.
 * On success *key is the caller's, to be freed with usersig_key_free; otherwise *key is NULL. Wipe your own copy.
 * ERR_KEY: anything else, encrypted keys, other curves, curves by their parameters, a scalar out of range, a point off
 * the curve or of another scalar, text around the key. ERR_MEMORY. ERR_CRYPTO. */
USERSIG_CHECKED int usersig_key_pem(usersig_key **key, const char *pem, size_t len);

/* The version of the usersigs that a key makes and checks, 1 or 2; 0 for NULL. */
USERSIG_API int usersig_key_version(const usersig_key *key);

/* Wipes and frees. NULL does nothing. */
USERSIG_API void usersig_key_free(usersig_key *key);

/* ---- the proof ----------------------------------------------------------------------------------- */

/* Proves claims with key. Refuses what must never be signed:
 * ERR_ARGUMENT (sdkappid 0, unknown flags, fields of version 1 that are not digits or contradict the flags),
 * ERR_IDENTIFIER, ERR_LIFETIME, ERR_USERBUF, WRONG_KEY_TYPE (version set and not the key's), ERR_KEY (a public key
 * cannot sign), ERR_CRYPTO. *proof_len is 64 for version 1 (r || s), 32 for version 2. claims->version 0 counts as the
 * key's. Version 2 looks at no field of version 1. */
USERSIG_CHECKED int usersig_prove(const usersig_key *key, const struct usersig_claims *claims,
                                  uint8_t proof[USERSIG_PROOF_MAX], size_t *proof_len);

/* What a verifier asks of a usersig. sdkappid 0 or identifier NULL without their ANY flag is ERR_ARGUMENT:
 * nobody forgets them by accident. userbuf_len 0 without ANY: the ticket must carry none. */
struct usersig_expect {
    uint32_t sdkappid;
    uint32_t flags;
    const char *identifier; /* NUL-terminated */
    const uint8_t *userbuf;
    size_t userbuf_len;
    uint64_t leeway;     /* seconds after the end; 0: none */
    uint64_t max_future; /* seconds; 0: an issue time in the future is not asked about */
};
#define USERSIG_ANY_SDKAPPID 1u
#define USERSIG_ANY_IDENTIFIER 2u
#define USERSIG_ANY_USERBUF 4u

/* Judges claims and proof at the time now: key type, proof, sdkappid, identifier, userbuf, future, expiry, in
 * this order, so that nothing unproven steers the answer. The key decides the algorithm, never the claims.
 * keys: n_keys handles (0 gives WRONG_KEY_TYPE); which_key (may be NULL): index of the one that matched, SIZE_MAX
 * when none did. expect NULL: proof and expiry alone. MACs compare in constant time; s and -s are one ECDSA proof.
 * Besides the verdicts: ERR_ARGUMENT; MALFORMED for claims that decode could not have made; ERR_CRYPTO. */
USERSIG_CHECKED int usersig_check(const usersig_key *const *keys, size_t n_keys,
                                  const struct usersig_claims *claims, const uint8_t *proof, size_t proof_len,
                                  const struct usersig_expect *expect, uint64_t now, size_t *which_key);

/* ---- both halves at once ------------------------------------------------------------------------- */

/* prove + encode. Errors of both. */
USERSIG_CHECKED int usersig_sign(const usersig_key *key, const struct usersig_claims *claims, char *out,
                                 size_t out_size, size_t *out_len);

/* decode + check. ticket (may be NULL) is filled when the proof held, whatever the verdict after it; it is zero but
 * for stage when decode or the proof failed. Errors of both. */
USERSIG_CHECKED int usersig_verify(const usersig_key *const *keys, size_t n_keys, const char *text,
                                   size_t len, const struct usersig_expect *expect, uint64_t now,
                                   struct usersig_ticket *ticket, size_t *which_key);

/* ---- rooms --------------------------------------------------------------------------------------- */

enum usersig_right {
    USERSIG_RIGHT_CREATE_ROOM = 1,
    USERSIG_RIGHT_ENTER_ROOM = 2,
    USERSIG_RIGHT_SEND_AUDIO = 4,
    USERSIG_RIGHT_RECEIVE_AUDIO = 8,
    USERSIG_RIGHT_SEND_VIDEO = 16,
    USERSIG_RIGHT_RECEIVE_VIDEO = 32,
    USERSIG_RIGHT_SEND_SCREEN = 64,
    USERSIG_RIGHT_RECEIVE_SCREEN = 128
};
#define USERSIG_RIGHTS_ALL 255u   /* all eight */
#define USERSIG_RIGHTS_LISTEN 42u /* enter, receive audio and video */

#define USERSIG_ROOM_NAME_MAX 486 /* bytes; what a userbuf leaves beside an identifier of one byte */

/* A room of TRTC and what may be done in it: the content of a PrivateMapKey, which is a usersig with this as userbuf.
 * A room has a number or a name. */
struct usersig_room {
    uint32_t number; /* 1 to 2^32-1; 0: the room has a name */
    uint32_t rights; /* of enum usersig_right, at least one */
    size_t name_len; /* bytes, without the NUL; 0: the room has a number */
    char name[USERSIG_ROOM_NAME_MAX + 1];
    /* decode fills these; usersig_room_userbuf takes them from the claims */
    uint32_t sdkappid, expiry; /* expiry: Unix seconds, the last one */
    size_t identifier_len;
    char identifier[USERSIG_IDENTIFIER_MAX + 1];
};

/* Writes the userbuf for room and the sdkappid, identifier, issue time and lifetime of claims: bytes without a NUL, at
 * most USERSIG_USERBUF_MAX; out may be claims->userbuf. Then set claims->userbuf_len and sign.
 * ERR_ARGUMENT (sdkappid 0), ERR_IDENTIFIER (what no proof may be about), ERR_SPACE. ERR_USERBUF: no number and no
 * name, or both; a name that is not UTF-8 or holds a control character; rights that are none or unknown; an expiry
 * past 2^32-1; too long together. */
USERSIG_CHECKED int usersig_room_userbuf(const struct usersig_room *room, const struct usersig_claims *claims,
                                         uint8_t *out, size_t out_size, size_t *out_len);

/* Reads a userbuf back, strictly: what usersig_room_userbuf can have written, and rights 0. It does not look at the
 * claims around it, which have an identifier, an sdkappid and an expiry of their own. ERR_USERBUF: not a room; *room is
 * zero. */
USERSIG_CHECKED int usersig_room_decode(struct usersig_room *room, const uint8_t *userbuf, size_t len);

/* ---- for callers without this header ------------------------------------------------------------- */

USERSIG_API const char *usersig_version(void); /* of the package, "0.1.0"; static */
USERSIG_API size_t usersig_claims_size(void);  /* sizeof (struct usersig_claims), and so on */
USERSIG_API size_t usersig_ticket_size(void);
USERSIG_API size_t usersig_expect_size(void);
USERSIG_API size_t usersig_room_size(void);

#ifdef __cplusplus
}
#endif
#endif
