/* test_bounds.c: what a usersig may cost at most, however it was made: decode and verify stay within 48 KiB of stack, take
 * nothing of zlib's arena and nothing from the heap. Diagnose, for trusted callers, may take more of the stack. */
#include "unit.h"

#include "alloc.h"
#include "craft.h"
#include "usersig_diagnose.h"
#include "zinit.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#if defined(__has_include)
#if __has_include(<valgrind/memcheck.h>)
#include <valgrind/memcheck.h>
#endif
#endif
#ifndef VALGRIND_MAKE_MEM_DEFINED
#define VALGRIND_MAKE_MEM_DEFINED(p, len) 0
#endif

#define STACK (1u << 20)
#define PAINT 0xA5
#define BOMB_BOUND (48u * 1024)
#define ZEROS (78u << 20)

#ifdef ALLOC_SANITIZED
#define CAN_MEASURE false /* a sanitizer spreads the stack out */
#else
#define CAN_MEASURE true
#endif

static char *bombs[4];
static size_t bomb_lens[4];
static usersig_key *key;

/* ---- texts --------------------------------------------------------------------------------------- */

/* JSON of len bytes, most of them in one member: how decode likes it least. */
static void pack_json(int which, const char *start, char filling, size_t len)
{
    char *json = malloc(len);
    ck_assert_ptr_nonnull(json);
    memset(json, filling, len);
    memcpy(json, start, strlen(start));
    memcpy(json + len - 2, "\"}", 2);
    bombs[which] = malloc(CRAFT_MAX);
    ck_assert_ptr_nonnull(bombs[which]);
    bomb_lens[which] = craft_pack(bombs[which], json, len);
    free(json);
}

static const struct {
    const char *name;
    uint32_t stage;
} bomb_rows[] = {
    { "78 MB in 100 KB, longer than any usersig", USERSIG_STAGE_LENGTH },
    { "the most zeros in the longest text", USERSIG_STAGE_INFLATE },
    { "8 KiB of JSON, one string", USERSIG_STAGE_VERSION },
    { "8 KiB and one byte", USERSIG_STAGE_INFLATE },
};

/* zlib's stream of as many zeros as fit into size bytes, as a text. */
static void pack_zeros(int which, size_t zeros, size_t packed_max)
{
    uint8_t *packed = malloc(packed_max), *nothing = calloc(1, zeros);
    uLongf len = packed_max;
    ck_assert(packed && nothing && compress2(packed, &len, nothing, zeros, 9) == Z_OK);
    bombs[which] = malloc(2 * CRAFT_MAX);
    ck_assert_ptr_nonnull(bombs[which]);
    size_t first = len < 30000 ? len : 30000; /* craft_base64's most, in whole groups */
    bomb_lens[which] = craft_base64(bombs[which], packed, first);
    for (size_t at = first; at < len; at += 30000)
        bomb_lens[which] +=
            craft_base64(bombs[which] + bomb_lens[which], packed + at, len - at < 30000 ? len - at : 30000);
    free(packed);
    free(nothing);
}

static void prepare(void)
{
    pack_zeros(0, ZEROS, 100000);
    pack_zeros(1, 9200u << 10, 9216);
    pack_json(2, "{\"x\":\"", 'x', 8192);
    pack_json(3, "{\"x\":\"", 'x', 8193);
    ck_assert_uint_gt(bomb_lens[0], 78000);
    ck_assert_uint_le(bomb_lens[1], USERSIG_TEXT_MAX);
    ck_assert_uint_gt(bomb_lens[1], USERSIG_TEXT_MAX - 400);
    ck_assert_int_eq(usersig_key_hmac(&key, "secret", 6), USERSIG_OK);
}

static void discard(void)
{
    for (size_t i = 0; i < sizeof bombs / sizeof bombs[0]; i++)
        free(bombs[i]);
    usersig_key_free(key);
}

/* ---- what it costs ------------------------------------------------------------------------------- */

struct job {
    int (*run)(const char *text, size_t len);
    const char *text;
    size_t len, calls, streams, taken;
    int said;
};

static void *do_job(void *argument)
{
    struct job *job = argument;
    size_t before = zinit_streams;
    alloc_start();
    zinit_taken = 0;
    job->said = job->run(job->text, job->len);
    job->calls = alloc_calls();
    job->streams = zinit_streams - before;
    job->taken = zinit_taken;
    return NULL;
}

/* Bytes from the top of a painted stack to the lowest that was written. */
static size_t depth_of(struct job *job)
{
    pthread_attr_t attributes;
    pthread_t thread;
    uint8_t *stack = aligned_alloc(4096, STACK);
    size_t untouched = 0;
    ck_assert_ptr_nonnull(stack);
    memset(stack, PAINT, STACK);
    ck_assert(!pthread_attr_init(&attributes) && !pthread_attr_setstack(&attributes, stack, STACK));
    int failed = pthread_create(&thread, &attributes, do_job, job);
    failed = failed ? failed : pthread_join(thread, NULL);
    ck_assert_int_eq(failed, 0);
    pthread_attr_destroy(&attributes);
    (void)VALGRIND_MAKE_MEM_DEFINED(stack, STACK);
    while (untouched < STACK && stack[untouched] == PAINT)
        untouched++;
    free(stack);
    return STACK - untouched;
}

static int nothing(const char *text, size_t len)
{
    (void)text;
    return len > 0 ? USERSIG_MALFORMED : USERSIG_OK;
}

static int decode(const char *text, size_t len)
{
    struct usersig_ticket ticket;
    return usersig_decode(&ticket, text, len);
}

static int verify(const char *text, size_t len)
{
    const usersig_key *const keys[] = { key };
    return usersig_verify(keys, 1, text, len, NULL, 0, NULL, NULL);
}

static int diagnose(const char *text, size_t len)
{
    const usersig_key *const keys[] = { key };
    struct usersig_diagnosis diagnosis;
    int error = usersig_diagnose(keys, 1, text, len, NULL, 0, &diagnosis);
    return error ? error : diagnosis.verdict;
}

static const struct {
    const char *name;
    int (*run)(const char *text, size_t len);
    size_t bound;
    bool arena; /* of zlib's: 48 KiB a thread */
} calls[] = {
    { "decode", decode, BOMB_BOUND, false },
    { "verify", verify, BOMB_BOUND, false },
    { "diagnose", diagnose, 64 * 1024, true },
};

START_TEST(a_bomb_costs_little)
{
    struct job idle = { .run = nothing, .text = "x", .len = 1 };
    size_t empty = depth_of(&idle);
    for (int call = 0; call < UNIT_ROWS(calls); call++) {
        struct job job = { .run = calls[call].run, .text = bombs[_i], .len = bomb_lens[_i] };
        size_t depth = depth_of(&job) - empty;
        const char *name = bomb_rows[_i].name, *what = calls[call].name;
        printf("%s: %s: %zu bytes of stack, %zu of the arena in the last of %zu streams\n", name, what, depth,
               job.taken, job.streams);
        fflush(stdout);
        ck_assert_msg(job.said == USERSIG_MALFORMED, "%s: %s: %s", name, what, usersig_error_name(job.said));
        ck_assert_msg(job.calls == 0, "%s: %s: %zu calls of malloc and its kin", name, what, job.calls);
        ck_assert_msg(calls[call].arena || job.streams == 0, "%s: %s makes %zu streams", name, what,
                      job.streams);
        ck_assert_msg(job.taken <= BOMB_BOUND, "%s: %s: %zu bytes of the arena", name, what, job.taken);
        ck_assert_msg(!CAN_MEASURE || depth <= calls[call].bound, "%s: %s: %zu bytes of stack", name, what,
                      depth);
    }
    struct usersig_ticket ticket;
    ck_assert_int_eq(usersig_decode(&ticket, bombs[_i], bomb_lens[_i]), USERSIG_MALFORMED);
    ck_assert_msg(ticket.stage == bomb_rows[_i].stage, "%s: expected stage %u, got %u", bomb_rows[_i].name,
                  bomb_rows[_i].stage, ticket.stage);
}
END_TEST

static void fill(TCase *tests)
{
    tcase_add_unchecked_fixture(tests, prepare, discard); /* once: packing 78 MB takes its time */
    tcase_add_loop_test(tests, a_bomb_costs_little, 0, UNIT_ROWS(bomb_rows));
}

int main(void)
{
    return unit_run("bounds", fill);
}
