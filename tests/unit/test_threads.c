/* test_threads.c: one key, many threads, each signing and verifying. */
#include "unit.h"

#include "usersig.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>

#define THREADS 8
#define ROUNDS 500

static usersig_key *key;

struct job {
    pthread_t thread;
    uint32_t sdkappid;
    int failed; /* the first result that was not expected */
};

static void *work(void *argument)
{
    struct job *job = argument;
    const usersig_key *const keys[] = { key };
    for (uint64_t round = 0; round < ROUNDS && !job->failed; round++) {
        struct usersig_claims claims = { .sdkappid = job->sdkappid, .issued_at = round, .lifetime = 1 };
        struct usersig_expect expect = { .sdkappid = job->sdkappid, .identifier = claims.identifier };
        struct usersig_ticket ticket;
        char text[512];
        size_t len;
        claims.identifier_len = (size_t)snprintf(claims.identifier, sizeof claims.identifier, "user-%u-%u",
                                                 job->sdkappid, (unsigned)round);
        job->failed = usersig_sign(key, &claims, text, sizeof text, &len);
        if (!job->failed)
            job->failed = usersig_verify(keys, 1, text, len, &expect, round, &ticket, NULL);
        if (!job->failed && strcmp(ticket.claims.identifier, claims.identifier) != 0)
            job->failed = -1;
        if (!job->failed &&
            usersig_verify(keys, 1, text, len - 4, &expect, round, NULL, NULL) != USERSIG_MALFORMED)
            job->failed = -2;
    }
    return NULL;
}

START_TEST(one_key_for_all)
{
    struct job jobs[THREADS];
    ck_assert_int_eq(usersig_key_hmac(&key, "secret", 6), USERSIG_OK);
    for (uint32_t i = 0; i < THREADS; i++) {
        jobs[i] = (struct job){ .sdkappid = i + 1 };
        ck_assert_int_eq(pthread_create(&jobs[i].thread, NULL, work, &jobs[i]), 0);
    }
    for (int i = 0; i < THREADS; i++) {
        ck_assert_int_eq(pthread_join(jobs[i].thread, NULL), 0);
        ck_assert_msg(jobs[i].failed == 0, "thread %d: got %d (%s)", i, jobs[i].failed,
                      usersig_error_name(jobs[i].failed));
    }
    usersig_key_free(key);
}
END_TEST

static void fill(TCase *tests)
{
    tcase_add_test(tests, one_key_for_all);
}

int main(void)
{
    return unit_run("threads", fill);
}
