/* v1.c: version 1 over secp256k1, by libsig and by OpenSSL's EVP with the key kept. */
#include "v1.h"

#include "usersig.h"

#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#define NOW 1700000000u

static EVP_PKEY *theirs;
static usersig_key *ours;
static struct usersig_claims claims = {
    .version = 1, .sdkappid = 1400000000, .issued_at = NOW, .lifetime = 86400
};
static char signed_text[USERSIG_SIGNED_TEXT_MAX], usersig[USERSIG_ENCODED_MAX];
static size_t signed_len, usersig_len;
static unsigned char der[128];
static size_t der_len;

static bool make_keys(void)
{
    char *pem;
    BIO *out = BIO_new(BIO_s_mem());
    theirs = EVP_EC_gen("secp256k1");
    if (!out || !theirs || PEM_write_bio_PrivateKey(out, theirs, NULL, NULL, 0, NULL, NULL) != 1)
        return false;
    long len = BIO_get_mem_data(out, &pem);
    bool made = usersig_key_pem(&ours, pem, (size_t)len) == USERSIG_OK;
    BIO_free(out);
    return made;
}

bool v1_prepare(void)
{
    return make_keys() && usersig_claims_identifier(&claims, "administrator", 13, 0) == USERSIG_OK &&
           usersig_claims_text(&claims, signed_text, sizeof signed_text, &signed_len) == USERSIG_OK &&
           v1_sign(1) && v1_sign_plain(1) && v1_verify(1) && v1_verify_plain(1);
}

bool v1_sign(size_t n)
{
    bool ok = true;
    while (ok && n--)
        ok = usersig_sign(ours, &claims, usersig, sizeof usersig, &usersig_len) == USERSIG_OK;
    return ok;
}

bool v1_verify(size_t n)
{
    const usersig_key *const keys[] = { ours };
    const struct usersig_expect expect = { .sdkappid = 1400000000, .identifier = "administrator" };
    bool ok = true;
    while (ok && n--)
        ok = usersig_verify(keys, 1, usersig, usersig_len, &expect, NOW, NULL, NULL) == USERSIG_OK;
    return ok;
}

bool v1_sign_plain(size_t n)
{
    bool ok = true;
    while (ok && n--) {
        EVP_MD_CTX *context = EVP_MD_CTX_new();
        der_len = sizeof der;
        ok = context && EVP_DigestSignInit(context, NULL, EVP_sha256(), NULL, theirs) == 1 &&
             EVP_DigestSign(context, der, &der_len, (const unsigned char *)signed_text, signed_len) == 1;
        EVP_MD_CTX_free(context);
    }
    return ok;
}

bool v1_verify_plain(size_t n)
{
    bool ok = true;
    while (ok && n--) {
        EVP_MD_CTX *context = EVP_MD_CTX_new();
        ok = context && EVP_DigestVerifyInit(context, NULL, EVP_sha256(), NULL, theirs) == 1 &&
             EVP_DigestVerify(context, der, der_len, (const unsigned char *)signed_text, signed_len) == 1;
        EVP_MD_CTX_free(context);
    }
    return ok;
}
