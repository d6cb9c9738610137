/* hmac.h: HMAC-SHA256 (RFC 2104) from midstates: the key's two blocks are hashed once, when the key is made. */
#ifndef LIBSIG_HMAC_H
#define LIBSIG_HMAC_H

/* SHA256_CTX is OpenSSL's one hash state that is plain memory of ours: midstates are as good as the key and must stay
 * in guarded pages, while HMAC() and EVP keep theirs on the heap. It is deprecated in OpenSSL 3, and still there. */
#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/sha.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* SHA-NI code leaves the midstates in vector registers, where a core file or a later spill would find them: these
 * functions clear all that a callee may use. */
#if defined(__has_attribute)
#if __has_attribute(zero_call_used_regs)
#define HMAC_CLEARS __attribute__((zero_call_used_regs("all")))
#endif
#endif
#ifndef HMAC_CLEARS
#define HMAC_CLEARS
#endif

#define HMAC_LEN SHA256_DIGEST_LENGTH

struct hmac_key {
    SHA256_CTX inner, outer;
};

HMAC_CLEARS bool hmac_init(struct hmac_key *key, const void *secret, size_t len);
HMAC_CLEARS bool hmac_compute(const struct hmac_key *key, const void *text, size_t len,
                              uint8_t mac[static HMAC_LEN]);

#endif
