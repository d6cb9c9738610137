/* retry.h: whether a call that failed is made again, and when. Pure: time and chance are arguments.
 *
 *   back-off      (60007 60011 60018 60019) the service did nothing: again after a while, whatever the call
 *   transient     (60008 60014 70169 70202 70500), HTTP 429 and 5xx, a lost connection: it may have been done:
 *                 again where the call may be repeated
 *   no connection nothing was sent: again, at the standby host
 *   credential    (70001) again with another one, one a minute and app at most
 *   wait          (70050) after a minute, where that is asked for
 *   all others    never
 *
 * Waits are random between 0 and a bound that doubles ("full jitter"), so that programs that failed together do not
 * return together. A budget that successes fill holds back a program whose calls mostly fail. */
#ifndef TOOLS_RETRY_H
#define TOOLS_RETRY_H

#include <stdbool.h>
#include <stdint.h>

#define RETRY_ATTEMPTS_MAX 8
#define RETRY_BUDGET 10        /* repeats without a success in between */
#define RETRY_BLOCKED_MS 60000 /* after 70050, at least */
#define RETRY_RENEW_MS 60000   /* between two new credentials */

enum retry_fault {
    RETRY_CODE,     /* the service answered an ErrorCode */
    RETRY_NOT_SENT, /* no connection */
    RETRY_LOST,     /* a connection, but no answer in time */
    RETRY_GATEWAY,  /* HTTP 429 or 5xx */
    RETRY_FINAL,    /* anything else */
};

enum retry_step {
    RETRY_STOP,
    RETRY_AGAIN, /* after wait_ms */
    RETRY_RENEW, /* the same, with another credential */
};

enum retry_why {                      /* it stops */
                 RETRY_WHY_FINAL,     /* it would fail again */
                 RETRY_WHY_DONE,      /* it may have been done */
                 RETRY_WHY_TIME,      /* the time is up */
                 RETRY_WHY_ATTEMPTS,  /* often enough */
                 RETRY_WHY_BUDGET,    /* nothing succeeds */
                 RETRY_WHY_RENEWED,   /* it has just got a new credential */
                 RETRY_WHY_NOT_ASKED, /* a minute's wait */
};

/* Of all calls of a program for one app. */
struct retry_app {
    unsigned tenths;     /* of a repeat */
    bool renewed;        /* has got a new credential, at: */
    uint64_t renewed_at; /* milliseconds */
};

/* Of one call. */
struct retry {
    uint64_t until;       /* milliseconds: the deadline of all attempts together */
    unsigned failures;    /* so far */
    bool may_be_repeated; /* nothing is lost when it is done twice */
    bool waits_blocked;   /* 70050 */
};

struct retry_verdict {
    enum retry_step step;
    enum retry_why why; /* of RETRY_STOP */
    uint64_t wait_ms;
};

void retry_app_init(struct retry_app *app);

/* After a call that succeeded. */
void retry_succeeded(struct retry_app *app);

/* After a failure. chance: uniform from 0 to its argument. code_class: enum usersig_rest_class,
 * of RETRY_CODE alone. */
struct retry_verdict retry_judge(struct retry *retry, struct retry_app *app, enum retry_fault fault,
                                 uint32_t code_class, uint64_t now, uint64_t (*chance)(uint64_t end));

#endif
