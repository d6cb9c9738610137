#include "verdict.h"
#include "output.h"
#include "when.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

static const struct {
    int error;
    const char *advice;
} table[] = {
    { USERSIG_OK, NULL },
    { USERSIG_MALFORMED, "copy it whole, decode it from a URL once only, and keep its * - _ as they are" },
    { USERSIG_WRONG_KEY_TYPE,
      "it is of another version than the app's keys: sign anew with the app's present key" },
    { USERSIG_WRONG_KEY, "it was signed with another app's key, an old key, or the key with a newline or in "
                         "hex-decoded form: compare with the console, then sign anew" },
    { USERSIG_WRONG_SDKAPPID,
      "use it with the app that it names, or sign one for the app that you ask about" },
    { USERSIG_WRONG_IDENTIFIER, "send it with the identifier that it names, or sign one for the other" },
    { USERSIG_WRONG_USERBUF,
      "a PrivateMapKey is for one TRTC room and a plain usersig for none: say which room with --room, or sign "
      "another" },
    { USERSIG_EXPIRED, "make a new one; the next time, well before the old one ends" },
    { USERSIG_NOT_YET_VALID,
      "the clock of the host that signed is ahead (or this one's is late): set both by NTP" },
};
#define N_TABLE (sizeof table / sizeof table[0])

int verdict_of_name(const char *name)
{
    for (size_t i = 0; i < N_TABLE; i++) {
        const char *theirs = usersig_error_name(table[i].error);
        if (strcasecmp(theirs, name) == 0 && strcmp(theirs, name) != 0)
            return table[i].error;
    }
    return -1;
}

static const char *advice_of(int error)
{
    for (size_t i = 0; i < N_TABLE; i++)
        if (table[i].error == error)
            return table[i].advice;
    return NULL;
}

uint64_t verdict_remaining(const struct verdict *verdict, uint64_t now)
{
    uint64_t end = verdict->proven ? usersig_claims_expiry(&verdict->claims) : 0;
    return end > now ? end - now : 0;
}

static void print_claims(const struct verdict *verdict, uint64_t now)
{
    const struct usersig_claims *claims = &verdict->claims;
    uint64_t end = usersig_claims_expiry(claims);
    char when[WHEN_SIZE], distance[WHEN_SIZE];
    output_text(claims->identifier, claims->identifier_len);
    when_time(end, when);
    when_relative(end, now, distance);
    printf(" of %" PRIu32 ", %s %s (%s)", claims->sdkappid, end < now ? "expired" : "expires", when,
           distance);
    if (verdict->error == USERSIG_NOT_YET_VALID) {
        when_time(claims->issued_at, when);
        when_relative(claims->issued_at, now, distance);
        printf(", issued %s (%s)", when, distance);
    }
    if (verdict->key != NULL) {
        fputs(", key \"", stdout);
        output_text(verdict->key, strlen(verdict->key));
        putchar('"');
    }
    putchar('\n');
}

void verdict_print(const struct verdict *verdict, uint64_t now)
{
    int code = usersig_error_rest_code(verdict->error);
    if (verdict->error == USERSIG_OK) {
        fputs("valid: ", stdout);
        print_claims(verdict, now);
        return;
    }
    printf("refused: %s", usersig_error_text(verdict->error));
    if (code != 0)
        printf(" (ErrorCode %d of the service)", code);
    putchar('\n');
    if (verdict->error == USERSIG_MALFORMED && verdict->stage != USERSIG_STAGE_NONE)
        printf("  where: %s\n", usersig_stage_text(verdict->stage));
    if (verdict->proven) {
        fputs("  it is for ", stdout);
        print_claims(verdict, now);
    }
    const char *advice = advice_of(verdict->error);
    if (advice != NULL)
        printf("  to do: %s\n", advice);
}

static json_t *integer(uint64_t n)
{
    return json_integer(n > INT64_MAX ? INT64_MAX : (json_int_t)n);
}

json_t *verdict_claims_json(const struct usersig_claims *claims)
{
    return json_pack("{s:i, s:o, s:s%, s:o, s:o}", "version", claims->version, "sdkappid",
                     integer(claims->sdkappid), "identifier", claims->identifier, claims->identifier_len,
                     "issued_at", integer(claims->issued_at), "lifetime", integer(claims->lifetime));
}

json_t *verdict_json(const struct verdict *verdict, uint64_t now)
{
    char name[32];
    size_t i = 0;
    for (const char *p = usersig_error_name(verdict->error); *p != '\0' && i + 1 < sizeof name; p++)
        name[i++] = *p >= 'A' && *p <= 'Z' ? (char)(*p - 'A' + 'a') : *p;
    name[i] = '\0';
    return json_pack("{s:b, s:s, s:i, s:o, s:s?, s:o}", "valid", verdict->error == USERSIG_OK, "verdict",
                     name, "rest_code", usersig_error_rest_code(verdict->error), "claims",
                     verdict->proven ? verdict_claims_json(&verdict->claims) : json_null(), "key",
                     verdict->key, "remaining", integer(verdict_remaining(verdict, now)));
}
