#include "crew.h"
#include "credential.h"
#include "limiter.h"
#include "output.h"
#include "pace.h"
#include "when.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <usersig_rest.h>

#define REMAINING 60  /* seconds that a credential has yet when it is used */
#define LIMITS_MAX 64 /* APIs; those of a longer list share the last one's */

struct crew {
    const struct options *options;
    pthread_mutex_t lock;
    struct retry_app app;
    struct credential credential;
    struct address address; /* with the credential in force */
    unsigned edition;       /* of it */
    struct {
        const struct usersig_rest_api *api;
        struct limiter limiter;
    } limits[LIMITS_MAX];
    size_t n_limits;
};

int crew_open(struct crew **crew, const struct options *options, struct address *address, unsigned *edition)
{
    struct crew *c = calloc(1, sizeof *c);
    *crew = c;
    if (c == NULL)
        return output_fail(USERSIG_ERR_MEMORY, "no memory");
    c->options = options;
    *edition = c->edition = 1;
    pthread_mutex_init(&c->lock, NULL);
    retry_app_init(&c->app);
    int status = credential_get(&c->credential, options, address);
    c->address = *address;
    return status;
}

void crew_close(struct crew *crew)
{
    if (crew == NULL)
        return;
    pthread_mutex_destroy(&crew->lock);
    explicit_bzero(&crew->address, sizeof crew->address);
    free(crew);
}

/* With lock: the credential in force for one caller. */
static void hand_out(const struct crew *crew, struct address *address, unsigned *edition)
{
    memcpy(address->usersig, crew->address.usersig, sizeof address->usersig);
    memcpy(address->identifier, crew->address.identifier, sizeof address->identifier);
    address->sdkappid = crew->address.sdkappid;
    *edition = crew->edition;
}

/* With lock. */
static int renew(struct crew *crew, bool *changed)
{
    int status = credential_renew(&crew->credential, crew->options, &crew->address, changed);
    crew->edition += *changed;
    return status;
}

int crew_refresh(struct crew *crew, struct address *address, unsigned *edition)
{
    bool changed;
    int status = 0;
    pthread_mutex_lock(&crew->lock);
    if (crew->credential.expires_at < when_now() + REMAINING)
        status = renew(crew, &changed);
    if (crew->edition != *edition)
        hand_out(crew, address, edition);
    pthread_mutex_unlock(&crew->lock);
    return status;
}

int crew_renew(struct crew *crew, struct address *address, unsigned *edition, bool *changed)
{
    int status = 0;
    pthread_mutex_lock(&crew->lock);
    *changed = crew->edition != *edition; /* another caller was first */
    if (!*changed)
        status = renew(crew, changed);
    hand_out(crew, address, edition);
    pthread_mutex_unlock(&crew->lock);
    return status;
}

void crew_wait(struct crew *crew, const struct usersig_rest_api *api, uint64_t rate)
{
    size_t i = 0;
    pthread_mutex_lock(&crew->lock);
    while (i < crew->n_limits && crew->limits[i].api != api)
        i++;
    if (i == LIMITS_MAX)
        i--;
    else if (i == crew->n_limits)
        crew->limits[crew->n_limits++].api = api;
    limiter_rate(&crew->limits[i].limiter, rate);
    uint64_t wait_ms = limiter_take(&crew->limits[i].limiter, pace_now());
    pthread_mutex_unlock(&crew->lock);
    pace_wait(wait_ms);
}

void crew_succeeded(struct crew *crew)
{
    pthread_mutex_lock(&crew->lock);
    retry_succeeded(&crew->app);
    pthread_mutex_unlock(&crew->lock);
}

struct retry_verdict crew_judge(struct crew *crew, struct retry *retry, enum retry_fault fault,
                                uint32_t code_class, unsigned edition)
{
    struct retry_verdict verdict = { .step = RETRY_RENEW };
    pthread_mutex_lock(&crew->lock);
    if (fault == RETRY_CODE && code_class == USERSIG_REST_CREDENTIAL && edition != crew->edition &&
        retry->failures + 1 < RETRY_ATTEMPTS_MAX)
        retry->failures++; /* with the credential that another caller has got since */
    else
        verdict = retry_judge(retry, &crew->app, fault, code_class, pace_now(), pace_chance);
    pthread_mutex_unlock(&crew->lock);
    return verdict;
}
