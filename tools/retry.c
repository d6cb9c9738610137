#include "retry.h"

#include <usersig_rest.h>

#define TENTHS_MAX (RETRY_BUDGET * 10)
#define BOUND_MAX_MS 8000
#define BLOCKED_SPREAD_MS 5000

static uint32_t class_of(enum retry_fault fault, uint32_t code_class)
{
    switch (fault) {
    case RETRY_CODE: return code_class;
    case RETRY_NOT_SENT:
    case RETRY_LOST:
    case RETRY_GATEWAY: return USERSIG_REST_TRANSIENT;
    case RETRY_FINAL:
    default: return USERSIG_REST_FIX;
    }
}

void retry_app_init(struct retry_app *app)
{
    *app = (struct retry_app){ .tenths = TENTHS_MAX };
}

void retry_succeeded(struct retry_app *app)
{
    if (app->tenths < TENTHS_MAX)
        app->tenths++;
}

static struct retry_verdict stop(enum retry_why why)
{
    return (struct retry_verdict){ .step = RETRY_STOP, .why = why };
}

/* Full jitter: anything up to a bound that doubles with each failure. */
static uint64_t back_off(uint64_t first, unsigned failures, uint64_t (*chance)(uint64_t end))
{
    uint64_t bound = first;
    for (unsigned i = 1; i < failures && bound < BOUND_MAX_MS; i++)
        bound *= 2;
    return chance(bound < BOUND_MAX_MS ? bound : BOUND_MAX_MS);
}

struct retry_verdict retry_judge(struct retry *retry, struct retry_app *app, enum retry_fault fault,
                                 uint32_t code_class, uint64_t now, uint64_t (*chance)(uint64_t end))
{
    struct retry_verdict verdict = { .step = RETRY_AGAIN };
    retry->failures++;
    switch (class_of(fault, code_class)) {
    case USERSIG_REST_BACK_OFF: verdict.wait_ms = back_off(1000, retry->failures, chance); break;
    case USERSIG_REST_TRANSIENT:
        if (fault != RETRY_NOT_SENT && !retry->may_be_repeated)
            return stop(RETRY_WHY_DONE);
        verdict.wait_ms = back_off(200, retry->failures, chance);
        break;
    case USERSIG_REST_CREDENTIAL:
        if (app->renewed && now - app->renewed_at < RETRY_RENEW_MS)
            return stop(RETRY_WHY_RENEWED);
        verdict.step = RETRY_RENEW;
        break;
    case USERSIG_REST_WAIT:
        if (!retry->waits_blocked)
            return stop(RETRY_WHY_NOT_ASKED);
        verdict.wait_ms = RETRY_BLOCKED_MS + chance(BLOCKED_SPREAD_MS);
        break;
    default: return stop(RETRY_WHY_FINAL); /* FIX, UNSURE; LATER, of which nobody says when */
    }
    if (retry->failures >= RETRY_ATTEMPTS_MAX)
        return stop(RETRY_WHY_ATTEMPTS);
    if (now + verdict.wait_ms >= retry->until)
        return stop(RETRY_WHY_TIME);
    if (app->tenths < 10)
        return stop(RETRY_WHY_BUDGET);
    app->tenths -= 10;
    if (verdict.step == RETRY_RENEW) {
        app->renewed = true;
        app->renewed_at = now;
    }
    return verdict;
}
