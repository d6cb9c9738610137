/* plain.c: the baseline of the benchmark. Nobody's code: what the libraries' manuals lead to. */
#include "plain.h"

#include <inttypes.h>
#include <jansson.h>
#include <malloc.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdio.h>
#include <string.h>
#include <zlib.h>

void plain_keep_heap(void)
{
    mallopt(M_TRIM_THRESHOLD, 64 << 20);
    mallopt(M_MMAP_THRESHOLD, 64 << 20);
}

static bool mac_of(unsigned char mac[static 32], const char *key, const char *identifier, uint64_t sdkappid,
                   uint64_t issued_at, uint64_t lifetime)
{
    char text[PLAIN_MAX];
    unsigned mac_len = 0;
    int len = snprintf(text, sizeof text,
                       "TLS.identifier:%s\nTLS.sdkappid:%" PRIu64 "\nTLS.time:%" PRIu64
                       "\nTLS.expire:%" PRIu64 "\n",
                       identifier, sdkappid, issued_at, lifetime);
    return len > 0 && (size_t)len < sizeof text &&
           HMAC(EVP_sha256(), key, (int)strlen(key), (const unsigned char *)text, (size_t)len, mac,
                &mac_len) &&
           mac_len == 32;
}

static void map(char *text, size_t len, const char from[static 3], const char to[static 3])
{
    for (size_t i = 0; i < len; i++)
        if (text[i] == from[0])
            text[i] = to[0];
        else if (text[i] == from[1])
            text[i] = to[1];
        else if (text[i] == from[2])
            text[i] = to[2];
}

size_t plain_sign(char out[static PLAIN_MAX], const char *key, const struct plain_claims *claims)
{
    unsigned char mac[32], packed[PLAIN_MAX];
    char sig[64], json[1024];
    uLongf packed_len = sizeof packed;
    if (!mac_of(mac, key, claims->identifier, claims->sdkappid, claims->issued_at, claims->lifetime))
        return 0;
    EVP_EncodeBlock((unsigned char *)sig, mac, sizeof mac);
    int len = snprintf(json, sizeof json,
                       "{\"TLS.ver\":\"2.0\",\"TLS.identifier\":\"%s\",\"TLS.sdkappid\":%" PRIu32
                       ",\"TLS.expire\":%" PRIu64 ",\"TLS.time\":%" PRIu64 ",\"TLS.sig\":\"%s\"}",
                       claims->identifier, claims->sdkappid, claims->lifetime, claims->issued_at, sig);
    if (len < 0 || (size_t)len >= sizeof json ||
        compress2(packed, &packed_len, (const unsigned char *)json, (uLong)len, 9) != Z_OK ||
        packed_len > PLAIN_MAX / 2)
        return 0;
    int text_len = EVP_EncodeBlock((unsigned char *)out, packed, (int)packed_len);
    map(out, (size_t)text_len, "+/=", "*-_");
    return (size_t)text_len;
}

static bool judge(json_t *root, const char *key, const char *identifier, uint32_t sdkappid, uint64_t now)
{
    const char *version, *name, *sig;
    json_int_t app, issued_at, lifetime;
    unsigned char mac[32], given[64];
    if (json_unpack(root, "{s:s, s:s, s:I, s:I, s:I, s:s}", "TLS.ver", &version, "TLS.identifier", &name,
                    "TLS.sdkappid", &app, "TLS.time", &issued_at, "TLS.expire", &lifetime, "TLS.sig", &sig))
        return false;
    return strcmp(version, "2.0") == 0 && strlen(sig) == 44 &&
           EVP_DecodeBlock(given, (const unsigned char *)sig, 44) == 33 &&
           mac_of(mac, key, name, (uint64_t)app, (uint64_t)issued_at, (uint64_t)lifetime) &&
           CRYPTO_memcmp(mac, given, sizeof mac) == 0 && strcmp(name, identifier) == 0 &&
           (uint64_t)app == sdkappid && now <= (uint64_t)issued_at + (uint64_t)lifetime;
}

bool plain_verify(const char *text, size_t len, const char *key, const char *identifier, uint32_t sdkappid,
                  uint64_t now)
{
    char standard[PLAIN_MAX];
    unsigned char packed[PLAIN_MAX], json[8192];
    uLongf json_len = sizeof json;
    if (len == 0 || len % 4 || len >= sizeof standard)
        return false;
    memcpy(standard, text, len);
    map(standard, len, "*-_", "+/=");
    int packed_len = EVP_DecodeBlock(packed, (const unsigned char *)standard, (int)len);
    if (packed_len <= 0)
        return false;
    packed_len -= (standard[len - 1] == '=') + (standard[len - 2] == '=');
    if (uncompress(json, &json_len, packed, (uLong)packed_len) != Z_OK)
        return false;
    json_t *root = json_loadb((const char *)json, json_len, 0, NULL);
    bool valid = root && judge(root, key, identifier, sdkappid, now);
    json_decref(root);
    return valid;
}
