/* work.c: what is timed, on a thousand claims that are the same in each run. */
#include "work.h"

#include "bomb.h"
#include "plain.h"
#include "usersig.h"
#include "usersig_rest.h"

#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#define NOW 1750000000u
#define TEXT_MAX 512

static const char key_text[] = "5bd2850fff3ecb11d7c805251c51ee463a25727bddc2385f3fa8bfee1bb93b5e";
static usersig_key *key;
static struct usersig_claims claims[WORK_CLAIMS];
static char own[WORK_CLAIMS][TEXT_MAX], zlib9[WORK_CLAIMS][TEXT_MAX];
static size_t own_len[WORK_CLAIMS], zlib9_len[WORK_CLAIMS];

static uint64_t random_below(uint64_t end)
{
    static uint64_t state = 42; /* splitmix64 */
    uint64_t z = state += 0x9E3779B97F4A7C15u;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return (z ^ (z >> 31)) % end;
}

/* Names, numbered names, phone numbers, hexadecimal, anything of letters and digits. */
static void random_identifier(char out[static 40])
{
    static const char *const names[] = { "administrator", "admin", "rest_admin" };
    static const char *const stems[] = { "user", "user_", "u", "uid-", "anchor_", "test" };
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-.@";
    size_t len;
    switch (random_below(5)) {
    case 0: snprintf(out, 40, "%s", names[random_below(3)]); break;
    case 1: snprintf(out, 40, "%s%u", stems[random_below(6)], (unsigned)random_below(1000000000)); break;
    case 2: snprintf(out, 40, "1%010" PRIu64, random_below(10000000000)); break;
    case 3:
        snprintf(out, 40, "%08x%08x", (unsigned)random_below(1ull << 32), (unsigned)random_below(1ull << 32));
        break;
    default:
        len = 1 + random_below(32);
        for (size_t i = 0; i < len; i++)
            out[i] = digits[random_below(sizeof digits - 1)];
        out[len] = '\0';
    }
}

static void random_claims(struct usersig_claims *c)
{
    static const uint32_t lifetimes[] = { 3600, 7200, 86400, 604800, 2592000, 15552000, 31536000 };
    char identifier[40];
    random_identifier(identifier);
    memset(c, 0, sizeof *c);
    c->version = 2;
    c->sdkappid = (uint32_t)(1400000000 + random_below(200000000));
    c->issued_at = NOW - random_below(1000);
    c->lifetime = random_below(8) ? lifetimes[random_below(7)] : 1000 + random_below(10000000);
    c->identifier_len = strlen(identifier);
    memcpy(c->identifier, identifier, c->identifier_len);
}

bool work_prepare(void)
{
    plain_keep_heap();
    if (usersig_key_hmac(&key, key_text, strlen(key_text)) || !bomb_prepare())
        return false;
    for (size_t i = 0; i < WORK_CLAIMS; i++) {
        random_claims(&claims[i]);
        struct plain_claims plain = { claims[i].identifier, claims[i].sdkappid, claims[i].issued_at,
                                      claims[i].lifetime };
        char text[PLAIN_MAX];
        zlib9_len[i] = plain_sign(text, key_text, &plain);
        if (!zlib9_len[i] || zlib9_len[i] >= TEXT_MAX ||
            usersig_sign(key, &claims[i], own[i], TEXT_MAX, &own_len[i]))
            return false;
        memcpy(zlib9[i], text, zlib9_len[i]);
    }
    return true;
}

bool work_sign(size_t n)
{
    char text[TEXT_MAX];
    size_t len, failed = 0;
    for (size_t i = 0; i < n; i++)
        failed += usersig_sign(key, &claims[i % WORK_CLAIMS], text, sizeof text, &len) != USERSIG_OK;
    return failed == 0;
}

bool work_sign_plain(size_t n)
{
    char text[PLAIN_MAX];
    size_t failed = 0;
    for (size_t i = 0; i < n; i++) {
        const struct usersig_claims *c = &claims[i % WORK_CLAIMS];
        struct plain_claims plain = { c->identifier, c->sdkappid, c->issued_at, c->lifetime };
        failed += plain_sign(text, key_text, &plain) == 0;
    }
    return failed == 0;
}

static bool verify(char texts[WORK_CLAIMS][TEXT_MAX], const size_t *lens, size_t n)
{
    const usersig_key *const keys[] = { key };
    size_t failed = 0;
    for (size_t i = 0; i < n; i++) {
        const struct usersig_claims *c = &claims[i % WORK_CLAIMS];
        const struct usersig_expect expect = { .sdkappid = c->sdkappid, .identifier = c->identifier };
        struct usersig_ticket ticket;
        failed += usersig_verify(keys, 1, texts[i % WORK_CLAIMS], lens[i % WORK_CLAIMS], &expect, NOW,
                                 &ticket, NULL) != USERSIG_OK;
    }
    return failed == 0;
}

bool work_verify_own(size_t n)
{
    return verify(own, own_len, n);
}

bool work_verify_zlib9(size_t n)
{
    return verify(zlib9, zlib9_len, n);
}

bool work_verify_plain(size_t n)
{
    size_t failed = 0;
    for (size_t i = 0; i < n; i++) {
        size_t at = i % WORK_CLAIMS;
        failed += !plain_verify(zlib9[at], zlib9_len[at], key_text, claims[at].identifier,
                                claims[at].sdkappid, NOW);
    }
    return failed == 0;
}

bool work_url(size_t n)
{
    char url[1024];
    size_t len, failed = 0;
    for (size_t i = 0; i < n; i++) {
        size_t at = i % WORK_CLAIMS;
        const struct usersig_request request = { .service = "group_open_http_svc",
                                                 .command = "get_appid_group_list",
                                                 .identifier = claims[at].identifier,
                                                 .usersig = own[at],
                                                 .usersig_len = own_len[at],
                                                 .sdkappid = claims[at].sdkappid,
                                                 .random = (uint32_t)i };
        failed += usersig_url(&request, url, sizeof url, &len) != USERSIG_OK;
    }
    return failed == 0;
}

void work_lengths(double *ours, double *plain)
{
    *ours = *plain = 0;
    for (size_t i = 0; i < WORK_CLAIMS; i++) {
        *ours += (double)own_len[i] / WORK_CLAIMS;
        *plain += (double)zlib9_len[i] / WORK_CLAIMS;
    }
}
