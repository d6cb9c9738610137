/* ticket.h: what the two versions of a usersig share: the members of its JSON, and how its parts are written. */
#ifndef LIBSIG_TICKET_H
#define LIBSIG_TICKET_H

#include "flatjson.h"
#include "usersig.h"

#include <stdbool.h>

enum ticket_field {
    TICKET_IDENTIFIER, /* of both versions */
    TICKET_TIME,
    TICKET_USERBUF,
    TICKET_SIG,
    TICKET_VER, /* of version 2 */
    TICKET_SDKAPPID,
    TICKET_EXPIRE,
    TICKET_SDK_APPID, /* of version 1 */
    TICKET_EXPIRE_AFTER,
    TICKET_ACCOUNT_TYPE,
    TICKET_APPID_AT_3RD,
    TICKET_VERSION,
    TICKET_FIELDS
};

struct ticket_members {
    struct flatjson_member member[TICKET_FIELDS];
    bool present[TICKET_FIELDS];
};

/* The field as a string, NULL where it is missing or of another type. */
const struct flatjson_text *ticket_string(const struct ticket_members *members, enum ticket_field field);

/* Is text exactly literal? */
bool ticket_is(const struct flatjson_text *text, const char *literal);

/* Identifier and userbuf, which both versions write alike. The stage that refused. */
enum usersig_stage ticket_identifier(struct usersig_claims *claims, const struct ticket_members *members);
enum usersig_stage ticket_userbuf(struct usersig_claims *claims, const struct ticket_members *members);

/* Write at out and return what comes behind. */
char *ticket_put(char *out, const char *text, size_t len);
#define TICKET_PUT(out, literal) ticket_put(out, literal, sizeof literal - 1)
char *ticket_put_number(char *out, uint64_t value);
char *ticket_put_identifier(char *out, const struct usersig_claims *claims); /* escaped */
char *ticket_put_bytes(char *out, const void *bytes, size_t len);            /* base64 */

#define TICKET_V2_PROOF_LEN 32 /* HMAC-SHA256 */

/* What a version can write: 510 bytes of identifier, 684 of userbuf, 96 of proof, 300 of the rest at most. */
#define TICKET_JSON_MAX 2048

/* ticket_v1.c, ticket_v2.c. read fills ticket and returns the stage that refused; write takes claims that claims_ok
 * has passed and returns the length, 0 where proof is not of the version's form. */
enum usersig_stage ticket_v1_read(struct usersig_ticket *ticket, const struct ticket_members *members);
enum usersig_stage ticket_v2_read(struct usersig_ticket *ticket, const struct ticket_members *members);
size_t ticket_v1_write(char out[static TICKET_JSON_MAX], const struct usersig_claims *claims,
                       const uint8_t *proof, size_t proof_len);
size_t ticket_v2_write(char out[static TICKET_JSON_MAX], const struct usersig_claims *claims,
                       const uint8_t *proof, size_t proof_len);

#endif
