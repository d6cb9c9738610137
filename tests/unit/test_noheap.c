/* test_noheap.c: decode, prove, encode, sign, check and verify take nothing from the heap, in any thread: version 2, and
 * version 1 through libsecp256k1. OpenSSL's P-256 does, and leaves no copy of the scalar in what it gives back. */
#define OPENSSL_SUPPRESS_DEPRECATED
#include "unit.h"

#include "craft.h"
#include "usersig_diagnose.h"

#include <openssl/ec.h>
#include <openssl/obj_mac.h>
#include <malloc.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static atomic_size_t calls;

static const uint8_t scalar[32] = "a scalar that is easily found..";

#ifdef WITH_SECP256K1
#define HEAPLESS 2 /* keys that need none */
#else
#define HEAPLESS 1
#endif

/* The C library lets a program bring its own malloc, and calls it from every shared library too; a sanitizer has
 * taken that place already and offers a hook instead. */
#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) || __has_feature(memory_sanitizer)
#define SANITIZED 1
#endif
#endif
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__) || defined(SANITIZED)

int __sanitizer_install_malloc_and_free_hooks(void (*)(const volatile void *, size_t),
                                              void (*)(const volatile void *));

static void count_malloc(const volatile void *p, size_t size)
{
    (void)p;
    (void)size;
    calls++;
}

static void count_free(const volatile void *p)
{
    calls += p != NULL;
}

static void start_counting(void)
{
    static int installed;
    if (!installed)
        ck_assert_int_gt(__sanitizer_install_malloc_and_free_hooks(count_malloc, count_free), 0);
    installed = 1;
    calls = 0;
}

#else

#define CAN_LOOK /* a sanitizer's hook no longer knows the size of what is freed */
static atomic_size_t found;
static atomic_bool looking;

static void start_looking(void)
{
    found = 0;
    looking = true;
}

/* Is a copy of the scalar in p, big-endian or as a number of this machine? */
static void look_at(const void *p, size_t size)
{
    uint8_t number[32];
    if (!looking)
        return;
    for (size_t i = 0; i < sizeof number; i++)
        number[i] = scalar[31 - i];
    found += memmem(p, size, scalar, sizeof scalar) || memmem(p, size, number, sizeof number);
}

#define OURS __attribute__((visibility("default")))
extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t n, size_t size);
extern void *__libc_realloc(void *p, size_t size);
extern void __libc_free(void *p);

OURS void *malloc(size_t size)
{
    calls++;
    return __libc_malloc(size);
}

OURS void *calloc(size_t n, size_t size)
{
    calls++;
    return __libc_calloc(n, size);
}

OURS void *realloc(void *p, size_t size)
{
    calls++;
    return __libc_realloc(p, size);
}

OURS void free(void *p)
{
    calls += p != NULL;
    look_at(p, p ? malloc_usable_size(p) : 0);
    __libc_free(p);
}

static void start_counting(void)
{
    calls = 0;
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

/* Everything once, the refusals too; nothing of Check in between, which counts as well. NULL, or what went wrong. */
static const char *do_everything(const usersig_key *key, size_t *counted)
{
    static const struct usersig_expect alice = {
        .sdkappid = 1400000000, .identifier = "alice", .userbuf = (const uint8_t *)"room", .userbuf_len = 4
    };
    const usersig_key *const keys[] = { key };
    struct usersig_claims claims = { .sdkappid = 1400000000,
                                     .issued_at = 1700000000,
                                     .lifetime = 86400,
                                     .userbuf_len = 4,
                                     .userbuf = { 'r', 'o', 'o', 'm' } };
    struct usersig_ticket ticket;
    struct usersig_diagnosis diagnosis;
    uint8_t proof[USERSIG_PROOF_MAX];
    char text[1024];
    size_t len, proof_len, which;
    start_counting();
    if (usersig_claims_identifier(&claims, "alice", 5, 0) || usersig_prove(key, &claims, proof, &proof_len))
        return "prove";
    claims.version = usersig_key_version(key);
    if (usersig_encode(&claims, proof, proof_len, text, sizeof text, &len) ||
        usersig_sign(key, &claims, text, sizeof text, &len) ||
        usersig_sign(key, &claims, text, len, &len) != USERSIG_ERR_SPACE ||
        usersig_sign(key, &claims, text, sizeof text, &len))
        return "encode or sign";
    if (usersig_decode(&ticket, text, len) ||
        usersig_check(keys, 1, &ticket.claims, ticket.proof, ticket.proof_len, &alice, 1700000000, &which) ||
        usersig_verify(keys, 1, text, len, &alice, 1700000000, &ticket, &which) ||
        usersig_verify(keys, 1, text, len, &alice, 1800000000, NULL, NULL) != USERSIG_EXPIRED)
        return "decode, check or verify";
    for (size_t cut = 1; cut < len; cut++) /* streams that do not end make zlib ask for its window */
        if (usersig_verify(keys, 1, text, len - cut, &alice, 1700000000, &ticket, &which) !=
            USERSIG_MALFORMED)
            return "a cut usersig";
    for (size_t cut = 0; cut < len; cut++)
        if (usersig_diagnose(keys, 1, text, len - cut, &alice, 1700000000, &diagnosis) ||
            (cut > 0) != (diagnosis.verdict == USERSIG_MALFORMED))
            return "diagnose";
    *counted = calls;
    return NULL;
}

START_TEST(counter_counts)
{
    start_counting();
    char *volatile copy =
        strdup("from inside the C library"); /* volatile: clang drops a pair that nobody sees */
    size_t after_one = calls;
    free(copy);
    size_t after_two = calls;
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
        const char *fault = do_everything(_i ? ec_key : mac_key, &counted);
        ck_assert_msg(!fault, "%s", fault);
        ck_assert_msg(counted == 0, "round %d: expected no call of malloc and its kin, got %zu", round,
                      counted);
    }
}
END_TEST

#ifdef CAN_LOOK
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
    looking = false;
    ck_assert_int_eq(made, USERSIG_OK);
    ck_assert_int_eq(proven, USERSIG_OK);
    ck_assert_msg(found == 0, "%zu pieces of freed memory hold the scalar", (size_t)found);
}
END_TEST
#endif

struct outcome {
    const usersig_key *key;
    const char *fault;
    size_t counted;
};

static void *in_a_thread(void *argument)
{
    struct outcome *outcome = argument;
    outcome->fault = do_everything(outcome->key, &outcome->counted);
    return NULL;
}

START_TEST(no_heap_in_a_new_thread)
{
    pthread_t thread;
    struct outcome outcome = { .key = _i ? ec_key : mac_key, .counted = 99 };
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
    tcase_add_loop_test(tests, no_heap, 0, HEAPLESS);
    tcase_add_loop_test(tests, no_heap_in_a_new_thread, 0, HEAPLESS);
#ifdef CAN_LOOK
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
