#include "foresee.h"
#include "apiname.h"
#include "exits.h"
#include "offline.h"
#include "options.h"
#include "output.h"
#include "urlparts.h"
#include "when.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <usersig_diagnose.h>

#define MAX_FUTURE 300u /* seconds; as sigd */

__attribute__((format(printf, 2, 3))) static void note(struct foresight *f, const char *format, ...)
{
    va_list arguments;
    if (f->n_notes == FORESEE_NOTES_MAX)
        return;
    va_start(arguments, format);
    vsnprintf(f->notes[f->n_notes], sizeof f->notes[0], format, arguments);
    va_end(arguments);
    f->n_notes++;
}

__attribute__((format(printf, 4, 5))) static int wrong(struct foresight *f, int status, int code,
                                                       const char *format, ...)
{
    va_list arguments;
    f->status = status;
    f->code = code;
    va_start(arguments, format);
    vsnprintf(f->found, sizeof f->found, format, arguments);
    va_end(arguments);
    return 0;
}

/* ---- a usersig ----------------------------------------------------------------------------------- */

/* In words; the verdict is set. */
static void describe(struct foresight *f, const struct usersig_claims *claims,
                     const struct usersig_expect *expect, uint64_t now)
{
    char when[WHEN_SIZE], distance[WHEN_SIZE];
    uint64_t end = usersig_claims_expiry(claims);
    switch (f->status) {
    case USERSIG_WRONG_SDKAPPID:
        snprintf(f->found, sizeof f->found, "the usersig is for SDKAppID %u, the request names %u",
                 (unsigned)claims->sdkappid, (unsigned)expect->sdkappid);
        break;
    case USERSIG_WRONG_IDENTIFIER:
        snprintf(f->found, sizeof f->found, "the usersig is for \"%s\", the request names \"%s\"",
                 claims->identifier, expect->identifier);
        break;
    case USERSIG_EXPIRED:
        when_time(end, when);
        when_relative(end, now, distance);
        snprintf(f->found, sizeof f->found, "it expired %s (%s)", when, distance);
        break;
    case USERSIG_NOT_YET_VALID:
        when_time(claims->issued_at, when);
        when_relative(claims->issued_at, now, distance);
        snprintf(f->found, sizeof f->found, "it is issued in the future, %s (%s)", when, distance);
        break;
    default: snprintf(f->found, sizeof f->found, "%s", usersig_error_text(f->status)); break;
    }
}

static void take(struct foresight *f, const struct usersig_diagnosis *diagnosis)
{
    f->status = diagnosis->verdict;
    f->code = diagnosis->rest_code;
    if (diagnosis->cause == USERSIG_CAUSE_NONE)
        return;
    f->cause = usersig_cause_name(diagnosis->cause);
    f->advice = usersig_cause_advice(diagnosis->cause);
}

/* The claims alone, in the order of the service: what a key would have to prove first is left out. */
static void judge_claims(struct foresight *f, const struct usersig_claims *claims,
                         const struct usersig_expect *expect, uint64_t now)
{
    struct usersig_diagnosis d = { 0 };
    if (claims->sdkappid != expect->sdkappid)
        d = (struct usersig_diagnosis){ .verdict = USERSIG_WRONG_SDKAPPID,
                                        .cause = USERSIG_CAUSE_OTHER_SDKAPPID };
    else if (expect->identifier != NULL && strcmp(claims->identifier, expect->identifier) != 0)
        d = (struct usersig_diagnosis){ .verdict = USERSIG_WRONG_IDENTIFIER,
                                        .cause = USERSIG_CAUSE_OTHER_IDENTIFIER };
    else if (usersig_claims_expiry(claims) < now || claims->lifetime == 0)
        d = (struct usersig_diagnosis){ .verdict = USERSIG_EXPIRED,
                                        .cause = claims->lifetime == 0 ? USERSIG_CAUSE_LIFETIME_ZERO
                                                                       : USERSIG_CAUSE_EXPIRED };
    else if (claims->issued_at > now + MAX_FUTURE)
        d = (struct usersig_diagnosis){ .verdict = USERSIG_NOT_YET_VALID,
                                        .cause = USERSIG_CAUSE_ISSUED_FUTURE };
    d.rest_code = usersig_error_rest_code(d.verdict);
    take(f, &d);
}

int foresee_usersig(const struct options *options, const char *text, size_t len, uint32_t sdkappid,
                    const char *identifier, struct foresight *f)
{
    struct usersig_ticket ticket;
    struct usersig_diagnosis diagnosis;
    uint64_t now = options_has(options, OPTION_NOW) ? options->now : when_now();
    struct usersig_expect expect = { .sdkappid = sdkappid,
                                     .identifier = identifier,
                                     .flags = identifier == NULL ? USERSIG_ANY_IDENTIFIER : 0,
                                     .max_future = MAX_FUTURE };
    int malformed = usersig_decode(&ticket, text, len);
    if (expect.sdkappid == 0)
        expect.sdkappid = options->sdkappid != 0 ? (uint32_t)options->sdkappid
                          : malformed == 0       ? ticket.claims.sdkappid
                                                 : 1;
    f->proven = options->key_file != NULL && malformed == 0;
    if (options->key_file == NULL && malformed == 0) {
        judge_claims(f, &ticket.claims, &expect, now);
        note(f, "the signature was not checked: for that give --key-file FILE --sdkappid %u",
             (unsigned)ticket.claims.sdkappid);
    } else {
        int status = options->key_file != NULL
                         ? offline_diagnose(options, text, len, &expect, now, &diagnosis)
                         : usersig_diagnose(NULL, 0, text, len, &expect, now, &diagnosis);
        if (status != 0)
            return status;
        take(f, &diagnosis);
    }
    if (f->status == USERSIG_MALFORMED)
        snprintf(f->found, sizeof f->found, "not a whole usersig: %s", usersig_stage_text(ticket.stage));
    else if (f->status != 0)
        describe(f, &ticket.claims, &expect, now);
    else if (f->cause != NULL)
        snprintf(f->found, sizeof f->found, "good for now, and yet hardly what its maker meant");
    return 0;
}

/* ---- a URL --------------------------------------------------------------------------------------- */

static bool is_service_host(const char *host)
{
    const char *name;
    for (size_t i = 0; (name = usersig_region_name(i)) != NULL; i++)
        if (strcmp(host, usersig_region_host(name, 0)) == 0 ||
            strcmp(host, usersig_region_host(name, 1)) == 0)
            return true;
    return false;
}

/* Up to the credential. Returns whether something is wrong. */
static bool wrong_address(const struct urlparts *parts, struct foresight *f)
{
    const struct urlparts_value *const values[] = { &parts->sdkappid, &parts->identifier, &parts->usersig,
                                                    &parts->random, &parts->contenttype };
    const struct usersig_rest_api *same;
    if (!parts->https)
        return wrong(f, USERSIG_ERR_REQUEST, 0, "the service speaks HTTPS alone"), true;
    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++)
        if (values[i]->twice || values[i]->broken)
            return wrong(f, USERSIG_ERR_REQUEST, 60002, "%s",
                         values[i]->twice ? "a parameter is there twice"
                                          : "a value is cut or has a % without two hex digits"),
                   true;
    if (parts->service[0] == '\0' || parts->command[0] == '\0')
        return wrong(f, USERSIG_ERR_REQUEST, 60009, "the path is not /v4/SERVICE/COMMAND"), true;
    same = apiname_other_case(parts->service, parts->command);
    if (same != NULL && usersig_rest_find(parts->service, parts->command) == NULL)
        return wrong(f, USERSIG_ERR_REQUEST, 60009,
                     "upper and lower case count: the service knows %s/%s, the URL has %s/%s", same->service,
                     same->command, parts->service, parts->command),
               true;
    return false;
}

static bool wrong_caller(const struct urlparts *parts, uint64_t *sdkappid, struct foresight *f)
{
    if (!parts->sdkappid.there || parts->sdkappid.len == 0)
        return wrong(f, USERSIG_ERR_REQUEST, 60012, "there is no sdkappid="), true;
    if (when_number(parts->sdkappid.text, UINT32_MAX, sdkappid) != 0 || *sdkappid == 0)
        return wrong(f, USERSIG_ERR_REQUEST, 60006, "sdkappid= is no number from 1 to 4294967295"), true;
    if (!parts->identifier.there || parts->identifier.len == 0)
        return wrong(f, USERSIG_ERR_REQUEST, 60004, "there is no identifier="), true;
    if (!parts->usersig.there || parts->usersig.len == 0)
        return wrong(f, USERSIG_ERR_REQUEST, 70002, "there is no usersig="), true;
    return false;
}

int foresee_url(const struct options *options, const struct urlparts *parts, struct foresight *f)
{
    uint64_t number, sdkappid = 0;
    if (wrong_address(parts, f) || wrong_caller(parts, &sdkappid, f))
        return 0;
    if (options->key_file != NULL && options->sdkappid != sdkappid)
        return output_fail(EXITS_USAGE,
                           "the URL names SDKAppID %u, --sdkappid %u: give the key of the app that it names",
                           (unsigned)sdkappid, (unsigned)options->sdkappid);
    int status = foresee_usersig(options, parts->usersig.text, parts->usersig.len, (uint32_t)sdkappid,
                                 parts->identifier.text, f);
    if (status != 0 || f->status != 0)
        return status;
    if (!parts->random.there || when_number(parts->random.text, UINT32_MAX, &number) != 0)
        return wrong(f, USERSIG_ERR_REQUEST, 0, "random= must be a number from 0 to 4294967295");
    if (strcmp(parts->contenttype.text, "json") != 0)
        return wrong(f, USERSIG_ERR_REQUEST, 0, "contenttype= must be json, in lower case");
    if (usersig_rest_find(parts->service, parts->command) == NULL)
        note(f, "the catalogue does not have %s/%s: the service may (else 60009)", parts->service,
             parts->command);
    if (!is_service_host(parts->host))
        note(f, "%.128s is no host of the service's data centres", parts->host);
    note(f, "whether \"%.64s\" is an administrator of the app (else 60010) the service alone knows",
         parts->identifier.text);
    return 0;
}
