/* verdict.h: the answer of verify, for people and for programs, wherever it came from. */
#ifndef TOOLS_VERDICT_H
#define TOOLS_VERDICT_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <usersig.h>

struct verdict {
    int error;       /* USERSIG_OK or a verdict */
    bool proven;     /* claims hold what the proof covers */
    const char *key; /* the key's name, NULL: not known */
    struct usersig_claims claims;
    uint32_t stage; /* of a malformed one */
};

/* By its name in lower case; -1: no verdict. */
int verdict_of_name(const char *name);

uint64_t verdict_remaining(const struct verdict *verdict, uint64_t now);
void verdict_print(const struct verdict *verdict, uint64_t now);
json_t *verdict_json(const struct verdict *verdict, uint64_t now);

/* {"version", "sdkappid", "identifier", "issued_at", "lifetime"} */
json_t *verdict_claims_json(const struct usersig_claims *claims);

#endif
