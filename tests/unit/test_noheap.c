/* test_noheap.c: decode, prove, encode, sign, check and verify take nothing from the heap, in any thread: version 2, and
 * version 1 through libsecp256k1. OpenSSL's P-256 does, and leaves no copy of the scalar in what it gives back. */
#define OPENSSL_SUPPRESS_DEPRECATED
#include "unit.h"

#include "alloc.h"
#include "craft.h"
#include "usersig_diagnose.h"

#include <openssl/ec.h>
#include <openssl/obj_mac.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const uint8_t scalar[32] = "a scalar that is easily found..";

#ifdef WITH_SECP256K1
#define HEAPLESS 2 /* keys that need none */
#else
#define HEAPLESS 1
#endif

#ifndef ALLOC_SANITIZED
static atomic_size_t found;

/* Is a copy of the scalar in p, big-endian or as a number of this machine? */
static void look_at(const void *p, size_t size)
{
    uint8_t number[32];
    for (size_t i = 0; i < sizeof number; i++)
        number[i] = scalar[31 - i];
    found += memmem(p, size, scalar, sizeof scalar) || memmem(p, size, number, sizeof number);
}

static void start_looking(void)
{
    found = 0;
    alloc_freeing = look_at;
}
#endif

static usersig_key *mac_key, *ec_key;
static char p256_pem[CRAFT_MAX];
static size_t p256_len;

static void make_keys(void)
{
    char pem[CRAFT_MAX];
    EC_KEY *made = craft_key(NID_secp256k1, scalar);
    ck_assert_int_eq(usersig_key_pem(&ec_key, pem, craft_pem(pem, made, CRAFT_PKCS8)), USERSIG_OK);
    EC_KEY_free(made);
    made = craft_key(NID_X9_62_prime256v1, scalar);
    p256_len = craft_pem(p256_pem, made, CRAFT_PKCS8);
    EC_KEY_free(made);
    ck_assert_int_eq(usersig_key_hmac(&mac_key, "secret", 6), USERSIG_OK);
}

static void free_keys(void)
{
    usersig_key_free(mac_key);
    usersig_key_free(ec_key);
}

#define TEN "0123456789"
#define LONG                                                                                            \
    TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN \
        "abcde"

/* The template writes the first three of version 2, the general way all else. */
static const struct path {
    const char *name, *identifier;
    uint32_t flags;
    size_t userbuf_len;
} paths[] = {
    { "usual", "alice", 0, 0 },
    { "one byte", "a", 0, 0 },
    { "longest", LONG, USERSIG_ALLOW_UTF8, 0 },
    { "userbuf", "alice", 0, 4 },
    { "longest userbuf", "alice", 0, USERSIG_USERBUF_MAX },
    { "a quote", "\"", 0, 0 },
    { "UTF-8", "\xE7\x88\xB1", USERSIG_ALLOW_UTF8, 0 },
    { "UTF-8 and userbuf", "\xE7\x88\xB1", USERSIG_ALLOW_UTF8, 4 },
    { "longest of all", LONG, USERSIG_ALLOW_UTF8, USERSIG_USERBUF_MAX },
};

/* Everything once, the refusals too; nothing of Check in between, which counts as well. NULL, or what went wrong. */
static const char *do_everything(const usersig_key *key, const struct path *path, size_t *counted)
{
    static const uint8_t userbuf[USERSIG_USERBUF_MAX] = "room";
    const struct usersig_expect expect = { .sdkappid = 1400000000,
                                           .identifier = path->identifier,
                                           .userbuf = userbuf,
                                           .userbuf_len = path->userbuf_len };
    const usersig_key *const keys[] = { key };
    struct usersig_claims claims = { .sdkappid = 1400000000,
                                     .issued_at = 1700000000,
                                     .lifetime = 86400,
                                     .flags = path->flags,
                                     .userbuf_len = path->userbuf_len,
                                     .userbuf = "room" };
    struct usersig_ticket ticket;
    struct usersig_diagnosis diagnosis;
    uint8_t proof[USERSIG_PROOF_MAX];
    char text[USERSIG_ENCODED_MAX];
    size_t len, proof_len, which;
    alloc_start();
    if (usersig_claims_identifier(&claims, path->identifier, strlen(path->identifier), path->flags) ||
        usersig_prove(key, &claims, proof, &proof_len))
        return "prove";
    claims.version = usersig_key_version(key);
    if (usersig_encode(&claims, proof, proof_len, text, sizeof text, &len) ||
        usersig_sign(key, &claims, text, sizeof text, &len) ||
        usersig_sign(key, &claims, text, len, &len) != USERSIG_ERR_SPACE ||
        usersig_sign(key, &claims, text, sizeof text, &len))
        return "encode or sign";
    if (usersig_decode(&ticket, text, len) ||
        usersig_check(keys, 1, &ticket.claims, ticket.proof, ticket.proof_len, &expect, 1700000000, &which) ||
        usersig_verify(keys, 1, text, len, &expect, 1700000000, &ticket, &which) ||
        usersig_verify(keys, 1, text, len, &expect, 1800000000, NULL, NULL) != USERSIG_EXPIRED)
        return "decode, check or verify";
    for (size_t cut = 1; cut < len; cut++) /* streams that do not end make zlib ask for its window */
        if (usersig_verify(keys, 1, text, len - cut, &expect, 1700000000, &ticket, &which) !=
            USERSIG_MALFORMED)
            return "a cut usersig";
    for (size_t cut = 0; cut < len; cut++)
        if (usersig_diagnose(keys, 1, text, len - cut, &expect, 1700000000, &diagnosis) ||
            (cut > 0) != (diagnosis.verdict == USERSIG_MALFORMED))
            return "diagnose";
    *counted = alloc_calls();
    return NULL;
}

START_TEST(counter_counts)
{
    alloc_start();
    char *volatile copy =
        strdup("from inside the C library"); /* volatile: clang drops a pair that nobody sees */
    size_t after_one = alloc_calls();
    free(copy);
    size_t after_two = alloc_calls();
    ck_assert_msg(
        after_one == 1 && after_two == 2,
        "expected 1 and 2 calls, got %zu and %zu (valgrind needs --soname-synonyms=somalloc=nouserintercepts)",
        after_one, after_two);
}
END_TEST

START_TEST(no_heap)
{
    for (int round = 0; round < 3; round++) {
        size_t counted = 99;
        const struct path *path = &paths[_i / HEAPLESS];
        const char *fault = do_everything(_i % HEAPLESS ? ec_key : mac_key, path, &counted);
        ck_assert_msg(!fault, "%s: %s", path->name, fault);
        ck_assert_msg(counted == 0, "%s, round %d: expected no call of malloc and its kin, got %zu",
                      path->name, round, counted);
    }
}
END_TEST

#ifndef ALLOC_SANITIZED
/* While it works with a P-256 key OpenSSL has copies of the scalar on its heap: none is given back as it was. */
START_TEST(no_scalar_in_freed_memory)
{
    struct usersig_claims claims = {
        .sdkappid = 1, .issued_at = 2, .lifetime = 3, .identifier_len = 1, .identifier = "a"
    };
    uint8_t proof[USERSIG_PROOF_MAX];
    size_t proof_len;
    usersig_key *key;
    start_looking();
    char *volatile copy = malloc(100);
    memcpy(copy, scalar, sizeof scalar);
    __asm__ volatile("" : : "r"(copy) : "memory"); /* what is freed next is written all the same */
    free(copy);
    ck_assert_msg(found == 1, "expected the look-out to see 1 copy, got %zu", (size_t)found);
    start_looking();
    int made = usersig_key_pem(&key, p256_pem, p256_len);
    int proven = usersig_prove(key, &claims, proof, &proof_len);
    usersig_key_free(key);
    alloc_freeing = NULL;
    ck_assert_int_eq(made, USERSIG_OK);
    ck_assert_int_eq(proven, USERSIG_OK);
    ck_assert_msg(found == 0, "%zu pieces of freed memory hold the scalar", (size_t)found);
}
END_TEST
#endif

struct outcome {
    const usersig_key *key;
    const struct path *path;
    const char *fault;
    size_t counted;
};

static void *in_a_thread(void *argument)
{
    struct outcome *outcome = argument;
    outcome->fault = do_everything(outcome->key, outcome->path, &outcome->counted);
    return NULL;
}

START_TEST(no_heap_in_a_new_thread)
{
    pthread_t thread;
    struct outcome outcome = { .key = _i % HEAPLESS ? ec_key : mac_key,
                               .path = &paths[_i / HEAPLESS],
                               .counted = 99 };
    int created = pthread_create(&thread, NULL, in_a_thread, &outcome);
    int joined = created ? created : pthread_join(thread, NULL);
    ck_assert_int_eq(joined,
                     0); /* not earlier: Check takes memory even for what holds, while the thread counts */
    ck_assert_msg(!outcome.fault, "%s", outcome.fault);
    ck_assert_msg(outcome.counted == 0, "expected no call of malloc and its kin, got %zu", outcome.counted);
}
END_TEST

static void fill(TCase *tests)
{
    tcase_add_checked_fixture(tests, make_keys, free_keys);
    tcase_add_test(tests, counter_counts);
    tcase_add_loop_test(tests, no_heap, 0, HEAPLESS * UNIT_ROWS(paths));
    tcase_add_loop_test(tests, no_heap_in_a_new_thread, 0, HEAPLESS * UNIT_ROWS(paths));
#ifndef ALLOC_SANITIZED
    const char *preloaded = getenv("LD_PRELOAD");
    if (!preloaded ||
        !strstr(preloaded, "vgpreload")) /* valgrind minds a look at bytes that were never set */
        tcase_add_test(tests, no_scalar_in_freed_memory);
#endif
}

int main(void)
{
    return unit_run("noheap", fill);
}
