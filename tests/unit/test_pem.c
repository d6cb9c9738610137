/* test_pem.c: which PEM is a key: OpenSSL's forms of keys on two curves, and everything near them. */
#define OPENSSL_SUPPRESS_DEPRECATED
#include "unit.h"

#include "craft.h"

#include <openssl/ec.h>
#include <openssl/obj_mac.h>
#include <openssl/pem.h>
#include <stdlib.h>
#include <string.h>

static const uint8_t scalar[32] = { 0x17, 2, 3, 4, 5, 6, 7, 8, 9, 10, [31] = 0x99 };
static const struct usersig_claims claims = {
    .version = 1, .sdkappid = 1, .issued_at = 2, .lifetime = 3, .identifier_len = 1, .identifier = "a"
};

/* What usersig_key_pem says of an exact copy, which the sanitizer watches the end of. */
static int load(usersig_key **key, const char *pem, size_t len)
{
    char *exact = malloc(len ? len : 1);
    ck_assert_ptr_nonnull(exact);
    memcpy(exact, pem, len);
    int got = usersig_key_pem(key, exact, len);
    free(exact);
    ck_assert(got == USERSIG_OK ? *key != NULL : *key == NULL);
    return got;
}

static void refused(const char *name, const char *pem, size_t len)
{
    usersig_key *key = (usersig_key *)(uintptr_t)&claims; /* anything but NULL */
    int got = load(&key, pem, len);
    ck_assert_msg(got == USERSIG_ERR_KEY, "%s: expected ERR_KEY, got %s:\n%.*s", name,
                  usersig_error_name(got), (int)len, pem);
}

/* Is it the key that OpenSSL calls theirs? */
static void accepted(const char *name, const char *pem, size_t len, EC_KEY *theirs, bool is_private)
{
    usersig_key *key, *judge;
    uint8_t proof[USERSIG_PROOF_MAX];
    char text[USERSIG_SIGNED_TEXT_MAX], whole[CRAFT_MAX];
    size_t text_len, proof_len;
    int got = load(&key, pem, len);
    ck_assert_msg(got == USERSIG_OK, "%s: expected OK, got %s:\n%.*s", name, usersig_error_name(got),
                  (int)len, pem);
    ck_assert_int_eq(usersig_claims_text(&claims, text, sizeof text, &text_len), USERSIG_OK);
    got = usersig_prove(key, &claims, proof, &proof_len);
    ck_assert_msg(got == (is_private ? USERSIG_OK : USERSIG_ERR_KEY), "%s: prove: %s", name,
                  usersig_error_name(got));
    if (is_private) {
        ck_assert_msg(craft_verify(theirs, text, text_len, proof), "%s: another scalar", name);
    } else {
        ck_assert_int_eq(usersig_key_pem(&judge, whole, craft_pem(whole, theirs, CRAFT_SEC1)), USERSIG_OK);
        ck_assert_int_eq(usersig_prove(judge, &claims, proof, &proof_len), USERSIG_OK);
        usersig_key_free(judge);
    }
    const usersig_key *const keys[] = { key };
    ck_assert_msg(usersig_check(keys, 1, &claims, proof, proof_len, NULL, 2, NULL) == USERSIG_OK,
                  "%s: another point", name);
    usersig_key_free(key);
}

static const int nids[] = { NID_secp256k1, NID_X9_62_prime256v1 };

START_TEST(forms)
{
    EC_KEY *key = craft_key(nids[_i], scalar);
    char pem[CRAFT_MAX], parameters[CRAFT_MAX];
    for (int compressed = 0; compressed <= 1; compressed++) {
        EC_KEY_set_conv_form(key, compressed ? POINT_CONVERSION_COMPRESSED : POINT_CONVERSION_UNCOMPRESSED);
        accepted("SEC1", pem, craft_pem(pem, key, CRAFT_SEC1), key, true);
        accepted("PKCS8", pem, craft_pem(pem, key, CRAFT_PKCS8), key, true);
        accepted("public", pem, craft_pem(pem, key, CRAFT_PUBLIC), key, false);
    }
    EC_KEY_set_conv_form(key, POINT_CONVERSION_HYBRID);
    refused("hybrid point", pem, craft_pem(pem, key, CRAFT_PUBLIC));
    EC_KEY_set_conv_form(key, POINT_CONVERSION_UNCOMPRESSED);
    EC_KEY_set_enc_flags(key, EC_PKEY_NO_PUBKEY);
    accepted("SEC1 without a point", pem, craft_pem(pem, key, CRAFT_SEC1), key, true);
    accepted("PKCS8 without a point", pem, craft_pem(pem, key, CRAFT_PKCS8), key, true);
    EC_KEY_set_enc_flags(key, EC_PKEY_NO_PARAMETERS);
    refused("SEC1 without a curve", pem, craft_pem(pem, key, CRAFT_SEC1));
    EC_KEY_set_enc_flags(key, 0);

    /* as openssl ecparam -genkey writes it */
    BIO *bio = BIO_new(BIO_s_mem());
    ck_assert_int_eq(PEM_write_bio_ECPKParameters(bio, EC_KEY_get0_group(key)), 1);
    int len = BIO_read(bio, parameters, sizeof parameters);
    BIO_free(bio);
    refused("parameters alone", parameters, (size_t)len);
    size_t all = (size_t)len + craft_pem(parameters + len, key, CRAFT_SEC1);
    accepted("parameters and SEC1", parameters, all, key, true);

    EC_KEY *explicit = EC_KEY_dup(key);
    EC_GROUP *group = EC_GROUP_dup(EC_KEY_get0_group(key));
    EC_GROUP_set_asn1_flag(group, OPENSSL_EC_EXPLICIT_CURVE);
    ck_assert_int_eq(EC_KEY_set_group(explicit, group), 1);
    refused("explicit parameters", pem, craft_pem(pem, explicit, CRAFT_SEC1));
    refused("explicit parameters, PKCS8", pem, craft_pem(pem, explicit, CRAFT_PKCS8));
    refused("explicit parameters, public", pem, craft_pem(pem, explicit, CRAFT_PUBLIC));
    EC_GROUP_free(group);
    EC_KEY_free(explicit);
    EC_KEY_free(key);
}
END_TEST

START_TEST(encrypted)
{
    EC_KEY *key = craft_key(nids[_i], scalar);
    EVP_PKEY *pkey = EVP_PKEY_new();
    char pem[CRAFT_MAX], password[] = "password";
    ck_assert_int_eq(EVP_PKEY_set1_EC_KEY(pkey, key), 1);
    BIO *bio = BIO_new(BIO_s_mem());
    ck_assert_int_eq(
        PEM_write_bio_ECPrivateKey(bio, key, EVP_aes_128_cbc(), (unsigned char *)password, 8, NULL, NULL), 1);
    refused("SEC1, encrypted", pem, (size_t)BIO_read(bio, pem, sizeof pem));
    ck_assert_int_eq(PEM_write_bio_PKCS8PrivateKey(bio, pkey, EVP_aes_128_cbc(), password, 8, NULL, NULL), 1);
    refused("PKCS8, encrypted", pem, (size_t)BIO_read(bio, pem, sizeof pem));
    BIO_free(bio);
    EVP_PKEY_free(pkey);
    EC_KEY_free(key);
}
END_TEST

START_TEST(other_keys)
{
    static const int others[] = { NID_secp384r1, NID_secp521r1, NID_secp224r1, NID_brainpoolP256r1,
                                  NID_X9_62_prime192v1 };
    static const char *const kinds[] = { "RSA", "ED25519", "X25519" };
    static const uint8_t small[32] = { [31] = 7 };
    char pem[CRAFT_MAX];
    for (int i = 0; i < UNIT_ROWS(others); i++)
        for (int form = CRAFT_SEC1; form <= CRAFT_PUBLIC; form++) {
            EC_KEY *key = craft_key(others[i], small);
            refused(OBJ_nid2sn(others[i]), pem, craft_pem(pem, key, (enum craft_form)form));
            EC_KEY_free(key);
        }
    for (int i = 0; i < UNIT_ROWS(kinds); i++) {
        EVP_PKEY *pkey = EVP_PKEY_Q_keygen(NULL, NULL, kinds[i], (size_t)1024);
        BIO *bio = BIO_new(BIO_s_mem());
        ck_assert_int_eq(PEM_write_bio_PKCS8PrivateKey(bio, pkey, NULL, NULL, 0, NULL, NULL), 1);
        refused(kinds[i], pem, (size_t)BIO_read(bio, pem, sizeof pem));
        ck_assert_int_eq(PEM_write_bio_PUBKEY(bio, pkey), 1);
        refused(kinds[i], pem, (size_t)BIO_read(bio, pem, sizeof pem));
        BIO_free(bio);
        EVP_PKEY_free(pkey);
    }
}
END_TEST

/* Replaces each from in pem by to; its length. */
static size_t replaced(char *out, const char *pem, const char *from, const char *to)
{
    char *at = out;
    for (const char *next; (next = strstr(pem, from)); pem = next + strlen(from)) {
        memcpy(at, pem, (size_t)(next - pem));
        at = stpcpy(at + (next - pem), to);
    }
    return (size_t)(stpcpy(at, pem) - out);
}

START_TEST(around_the_key)
{
    EC_KEY *key = craft_key(nids[_i], scalar);
    char out[CRAFT_MAX];
    for (int form = CRAFT_SEC1; form <= CRAFT_PUBLIC; form++) {
        bool is_private = form != CRAFT_PUBLIC;
        char pem[2048], other[CRAFT_MAX], *end;
        size_t len = craft_pem(other, key, (enum craft_form)form);
        memcpy(pem, other, len + 1);
        accepted("CR LF", out, replaced(out, pem, "\n", "\r\n"), key, is_private);
        accepted("spaces at line ends", out, replaced(out, pem, "\n", " \t\n"), key, is_private);
        accepted("no newline at the end", pem, len - 1, key, is_private);
        sprintf(out, "\r\n \n%s\n\n", pem);
        accepted("white space around", out, strlen(out), key, is_private);

        for (size_t cut = 2; cut < len; cut++)
            refused("cut", pem, len - cut);
        for (size_t skip = 1; skip < len; skip++)
            refused("without its start", pem + skip, len - skip);
        refused("with its NUL", pem, len + 1);
        sprintf(out, "# a comment\n%s", pem);
        refused("text before", out, strlen(out));
        sprintf(out, "%sx\n", pem);
        refused("text behind", out, strlen(out));
        sprintf(out, "\xEF\xBB\xBF%s", pem);
        refused("BOM", out, strlen(out));
        sprintf(out, "%s%s", pem, pem);
        refused("twice", out, strlen(out));
        refused("another label", out, replaced(out, pem, "KEY-----", "KEYS-----"));
        refused("lower case", out, replaced(out, pem, "BEGIN", "begin"));
        refused("label of a certificate", out,
                replaced(out, pem, is_private ? "PRIVATE KEY" : "PUBLIC KEY", "CERTIFICATE"));
        replaced(out, pem, "KEY-----\n", "KEY-----\nProc-Type: 4,CLEAR\n\n");
        refused("a header", out, strlen(out));
        memcpy(out, pem, len + 1);
        end = strstr(out, "-----END");
        end[5] = 'F';
        refused("its end damaged", out, len);
    }
    EC_KEY_free(key);
}
END_TEST

/* Every changed character is refused: the point beside the scalar tells. */
START_TEST(damaged)
{
    EC_KEY *key = craft_key(nids[_i], scalar);
    usersig_key *made;
    char pem[CRAFT_MAX];
    unit_seed();
    for (int round = 0; round < 5000; round++) {
        size_t len = craft_pem(pem, key, CRAFT_SEC1), at = unit_below(len);
        char was = pem[at];
        pem[at] = (char)unit_random();
        if (pem[at] == was || (was == '\n' && pem[at] && strchr(" \t\r", pem[at])))
            continue;
        ck_assert_msg(usersig_key_pem(&made, pem, len) == USERSIG_ERR_KEY, "0x%02x for 0x%02x at %zu:\n%s",
                      (unsigned char)pem[at], (unsigned char)was, at, pem);
    }
    EC_KEY_free(key);
}
END_TEST

START_TEST(points)
{
    EC_KEY *key = craft_key(nids[_i], scalar);
    unsigned char der[256], *at = der, wrong[256];
    char pem[CRAFT_MAX], body[512];
    int len = i2d_ECPrivateKey(key, &at);
    ck_assert_int_gt(len, 100);
    for (int i = 0; i < 4; i++) {
        memcpy(wrong, der, (size_t)len);
        switch (i) {
        case 0: break;
        case 1: wrong[len - 1] ^= 1; break; /* y: off the curve */
        case 2: wrong[7 + 31] ^= 1; break;  /* the scalar: another point's */
        case 3: memset(wrong + 7, 0, 32); break;
        }
        EVP_EncodeBlock((unsigned char *)body, wrong, len);
        sprintf(pem, "-----BEGIN EC PRIVATE KEY-----\n%s\n-----END EC PRIVATE KEY-----\n", body);
        if (i == 0)
            accepted("as it is", pem, strlen(pem), key, true);
        else
            refused("another point", pem, strlen(pem));
    }
    at = der;
    len = i2d_EC_PUBKEY(key, &at);
    der[len - 1] ^= 1;
    EVP_EncodeBlock((unsigned char *)body, der, len);
    sprintf(pem, "-----BEGIN PUBLIC KEY-----\n%s\n-----END PUBLIC KEY-----\n", body);
    refused("off the curve", pem, strlen(pem));
    memset(der + len - 64, 0, 64);
    EVP_EncodeBlock((unsigned char *)body, der, len);
    sprintf(pem, "-----BEGIN PUBLIC KEY-----\n%s\n-----END PUBLIC KEY-----\n", body);
    refused("zeros", pem, strlen(pem));
    EC_KEY_free(key);
}
END_TEST

START_TEST(arguments)
{
    usersig_key *key;
    char big[20000];
    memset(big, '\n', sizeof big);
    ck_assert_int_eq(usersig_key_pem(NULL, "x", 1), USERSIG_ERR_ARGUMENT);
    ck_assert_int_eq(usersig_key_pem(&key, NULL, 1), USERSIG_ERR_ARGUMENT);
    refused("empty", "", 0);
    refused("SIZE_MAX's text", "x", 1);
    refused("white space", big, 100);
    refused("too long", big, sizeof big);
    refused("the console's key of version 2",
            "5bd2850fff3ecb11d7c805251c51ee463a25727bddc2385f3fa8bfee1bb93b5e", 64);
}
END_TEST

static void fill(TCase *tests)
{
    tcase_add_loop_test(tests, forms, 0, 2);
    tcase_add_loop_test(tests, encrypted, 0, 2);
    tcase_add_test(tests, other_keys);
    tcase_add_loop_test(tests, around_the_key, 0, 2);
    tcase_add_loop_test(tests, damaged, 0, 2);
    tcase_add_loop_test(tests, points, 0, 2);
    tcase_add_test(tests, arguments);
}

int main(void)
{
    return unit_run("pem", fill);
}
