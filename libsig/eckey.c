/* eckey.c: DER of elliptic-curve keys: RFC 5915 (SEC 1), RFC 5208 (PKCS #8), RFC 5480 (public). */
#include "eckey.h"

#include <string.h>

enum {
    INTEGER = 0x02,
    BIT_STRING = 0x03,
    OCTET_STRING = 0x04,
    OID = 0x06,
    SEQUENCE = 0x30,
    CONTEXT_0 = 0xA0,
    CONTEXT_1 = 0xA1
};

struct der {
    const uint8_t *at, *end;
};

/* One element of that tag; lengths in their shortest form. */
static bool take(struct der *in, uint8_t tag, struct der *content)
{
    const uint8_t *s = in->at;
    if (in->end - s < 2 || s[0] != tag)
        return false;
    size_t len = s[1], more = 0;
    if (len > 0x80)
        more = len - 0x80;
    if (len == 0x80 || more > 2 || (size_t)(in->end - s) < 2 + more)
        return false;
    if (more) {
        len = s[2];
        if (more == 2)
            len = len << 8 | s[3];
        if (len < (more == 2 ? 0x100u : 0x80u))
            return false;
    }
    s += 2 + more;
    if ((size_t)(in->end - s) < len)
        return false;
    *content = (struct der){ s, s + len };
    in->at = s + len;
    return true;
}

static bool is_at_end(const struct der *in)
{
    return in->at == in->end;
}

static bool next_is(const struct der *in, uint8_t tag)
{
    return in->at < in->end && *in->at == tag;
}

static bool is_bytes(const struct der *content, const void *bytes, size_t len)
{
    return (size_t)(content->end - content->at) == len && memcmp(content->at, bytes, len) == 0;
}

/* INTEGER value, of one byte. */
static bool take_small(struct der *in, uint8_t value)
{
    struct der content;
    return take(in, INTEGER, &content) && is_bytes(&content, &value, 1);
}

static bool take_curve(struct der *in, enum eckey_curve *curve)
{
    static const uint8_t p256[] = { 0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x03, 0x01, 0x07 };
    static const uint8_t secp256k1[] = { 0x2B, 0x81, 0x04, 0x00, 0x0A };
    struct der oid;
    if (!take(in, OID, &oid))
        return false;
    *curve = is_bytes(&oid, p256, sizeof p256) ? ECKEY_P256 : ECKEY_SECP256K1;
    return *curve == ECKEY_P256 || is_bytes(&oid, secp256k1, sizeof secp256k1);
}

/* AlgorithmIdentifier: id-ecPublicKey and a curve */
static bool take_algorithm(struct der *in, enum eckey_curve *curve)
{
    static const uint8_t ec_public_key[] = { 0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x02, 0x01 };
    struct der algorithm, oid;
    return take(in, SEQUENCE, &algorithm) && take(&algorithm, OID, &oid) &&
           is_bytes(&oid, ec_public_key, sizeof ec_public_key) && take_curve(&algorithm, curve) &&
           is_at_end(&algorithm);
}

static bool take_point(struct der *in, struct eckey *key)
{
    struct der bits;
    if (!take(in, BIT_STRING, &bits) || is_at_end(&bits) || *bits.at++ != 0)
        return false;
    size_t len = (size_t)(bits.end - bits.at);
    if (!(len == 65 && bits.at[0] == 4) && !(len == 33 && (bits.at[0] == 2 || bits.at[0] == 3)))
        return false;
    memcpy(key->point, bits.at, len);
    key->point_len = len;
    return true;
}

/* ECPrivateKey; curve: what the PKCS #8 around it says, NULL without one, and then the curve must be in here. */
static bool read_private(struct eckey *key, struct der in, const enum eckey_curve *curve)
{
    struct der sequence, scalar, content;
    enum eckey_curve own;
    if (!take(&in, SEQUENCE, &sequence) || !is_at_end(&in) || !take_small(&sequence, 1) ||
        !take(&sequence, OCTET_STRING, &scalar))
        return false;
    size_t len = (size_t)(scalar.end - scalar.at);
    if (len == 0 || len > ECKEY_SCALAR_LEN) /* old makers leave leading zeros out */
        return false;
    memcpy(key->scalar + ECKEY_SCALAR_LEN - len, scalar.at, len);
    key->has_scalar = true;
    if (next_is(&sequence, CONTEXT_0)) {
        if (!take(&sequence, CONTEXT_0, &content) || !take_curve(&content, &own) || !is_at_end(&content) ||
            (curve && own != *curve))
            return false;
        curve = &own;
    }
    if (!curve)
        return false;
    key->curve = *curve;
    if (next_is(&sequence, CONTEXT_1) &&
        (!take(&sequence, CONTEXT_1, &content) || !take_point(&content, key) || !is_at_end(&content)))
        return false;
    return is_at_end(&sequence);
}

static bool read_pkcs8(struct eckey *key, struct der in)
{
    struct der sequence, octets, attributes;
    enum eckey_curve curve;
    if (!take(&in, SEQUENCE, &sequence) || !is_at_end(&in) || !take_small(&sequence, 0) ||
        !take_algorithm(&sequence, &curve) || !take(&sequence, OCTET_STRING, &octets))
        return false;
    if (next_is(&sequence, CONTEXT_0) && !take(&sequence, CONTEXT_0, &attributes))
        return false;
    return is_at_end(&sequence) && read_private(key, octets, &curve);
}

static bool read_public(struct eckey *key, struct der in)
{
    struct der sequence;
    return take(&in, SEQUENCE, &sequence) && is_at_end(&in) && take_algorithm(&sequence, &key->curve) &&
           take_point(&sequence, key) && is_at_end(&sequence);
}

bool eckey_read(struct eckey *key, const struct pem *pem)
{
    const struct der in = { pem->der, pem->der + pem->der_len };
    memset(key, 0, sizeof *key);
    switch (pem->form) {
    case PEM_SEC1: return read_private(key, in, NULL);
    case PEM_PKCS8: return read_pkcs8(key, in);
    case PEM_PUBLIC: return read_public(key, in);
    default: return false;
    }
}
