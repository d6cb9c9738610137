/* warm.c: uses each library once. libsodium and libsecp256k1 load nothing late, OpenSSL nearly everything. */
#define OPENSSL_SUPPRESS_DEPRECATED /* as in libsig: EC_KEY and ECDSA_* */
#include "warm.h"

#include <openssl/crypto.h>
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/obj_mac.h>

/* A signature by a key of the moment takes the way of every other: curve, random numbers with their generator's seed,
 * arithmetic. No openssl.cnf is read: nothing that it names comes into the process that holds keys. */
bool warm_libraries(void)
{
    static const unsigned char hash[32] = { 1 };
    if (!OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG, NULL))
        return false;
    EC_KEY *key = EC_KEY_new_by_curve_name(NID_X9_62_prime256v1);
    ECDSA_SIG *signature = key && EC_KEY_generate_key(key) ? ECDSA_do_sign(hash, sizeof hash, key) : NULL;
    bool works = signature && ECDSA_do_verify(hash, sizeof hash, signature, key) == 1;
    ECDSA_SIG_free(signature);
    EC_KEY_free(key);
    return works;
}
