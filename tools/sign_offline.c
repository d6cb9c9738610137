#include "sign_offline.h"
#include "batch.h"
#include "identifier.h"
#include "lines.h"
#include "when.h"

#include <string.h>

/* The claims but for the times, which are set. */
static bool claim(const struct sign_offline *all, struct sign_line *line, struct usersig_claims *claims)
{
    char why[IDENTIFIER_FAULT_SIZE];
    int error = usersig_claims_identifier(claims, line->identifier, line->len, all->flags);
    if (error != USERSIG_OK) {
        identifier_fault(line->identifier, line->len, error, all->flags, why);
        return fault_claims(&line->fault, error, why);
    }
    claims->lifetime = line->lifetime;
    claims->userbuf_len = 0;
    if (!line->with_room)
        return true;
    error = line->room.name_len > USERSIG_ROOM_NAME_MAX
                ? USERSIG_ERR_USERBUF
                : usersig_room_userbuf(&line->room, claims, claims->userbuf, sizeof claims->userbuf,
                                       &claims->userbuf_len);
    return error == USERSIG_OK ||
           fault_claims(
               &line->fault, error,
               "the room's name is UTF-8 without control characters, not too long beside the identifier, "
               "with at least one right, and the end is before 2^32");
}

static void sign_one(const struct sign_offline *all, struct batch_chunk *chunk, struct usersig_claims *claims,
                     struct sign_line *line)
{
    char text[USERSIG_ENCODED_MAX];
    size_t len;
    if (line->fault.code == 0 && claim(all, line, claims)) {
        int error = usersig_sign(all->key, claims, text, sizeof text, &len);
        if (error == USERSIG_OK) {
            sign_line_put(&chunk->out, line, all->bare, text, len, claims->issued_at,
                          usersig_claims_expiry(claims));
            return;
        }
        fault_claims(&line->fault, error, "it was not signed");
    }
    sign_line_put_fault(&chunk->out, line, all->bare);
    chunk->failed++;
}

int sign_offline_work(void *worker, struct batch_chunk *chunk)
{
    const struct sign_offline *all = worker;
    const char *at = NULL, *text;
    size_t len;
    struct usersig_claims claims = {
        .version = usersig_key_version(all->key),
        .flags = all->flags,
        .sdkappid = all->sdkappid,
        .issued_at = when_now(),
    };
    struct sign_line line;
    while (lines_next(chunk->in, chunk->in_len, &at, &text, &len)) {
        sign_line_read(&line, &all->defaults, text, len);
        sign_one(all, chunk, &claims, &line);
        sign_line_free(&line);
    }
    return 0;
}
