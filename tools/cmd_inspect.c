/* usersig inspect: what a usersig says, without a key. */
#include "command.h"
#include "input.h"
#include "options.h"
#include "output.h"
#include "verdict.h"
#include "when.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

static void print(const struct usersig_claims *claims, uint64_t now)
{
    uint64_t end = usersig_claims_expiry(claims);
    char when[WHEN_SIZE], distance[WHEN_SIZE];
    fputs("identifier  ", stdout);
    output_text(claims->identifier, claims->identifier_len);
    printf("\nsdkappid    %" PRIu32 "\n", claims->sdkappid);
    when_time(claims->issued_at, when);
    when_relative(claims->issued_at, now, distance);
    printf("issued      %s (%s)\n", when, distance);
    when_span(claims->lifetime, distance);
    printf("lifetime    %s\n", distance);
    when_time(end, when);
    when_relative(end, now, distance);
    printf("%s     %s (%s)\n", end < now ? "expired" : "expires", when, distance);
    printf("version     %d (%s)\n", claims->version, claims->version == 2 ? "HMAC-SHA256" : "ECDSA-SHA256");
    if (claims->userbuf_len != 0)
        printf("userbuf     %zu bytes (a PrivateMapKey)\n", claims->userbuf_len);
    puts("not verified: anybody can write this; usersig verify checks the proof");
}

static json_t *json(const struct usersig_claims *claims, uint64_t now)
{
    char hex[2 * USERSIG_USERBUF_MAX + 1];
    uint64_t end = usersig_claims_expiry(claims);
    for (size_t i = 0; i < claims->userbuf_len; i++)
        snprintf(hex + 2 * i, 3, "%02x", (unsigned)claims->userbuf[i]);
    return json_pack("{s:b, s:o, s:I, s:I, s:b, s:s?}", "verified", 0, "claims", verdict_claims_json(claims),
                     "expires_at", (json_int_t)(end > INT64_MAX ? INT64_MAX : end), "remaining",
                     (json_int_t)(end <= now              ? 0
                                  : end - now > INT64_MAX ? INT64_MAX
                                                          : end - now),
                     "expired", end < now, "userbuf", claims->userbuf_len == 0 ? NULL : hex);
}

static int run(const struct options *options)
{
    struct usersig_ticket ticket;
    char *text;
    size_t len;
    uint64_t now = options_has(options, OPTION_NOW) ? options->now : when_now();
    int status = input_usersig(options->word, &text, &len);
    if (status != 0)
        return status;
    status = usersig_decode(&ticket, text, len);
    free(text);
    if (status == USERSIG_MALFORMED)
        return output_fail(status, "not a whole usersig: %s", usersig_stage_text(ticket.stage));
    if (status != USERSIG_OK)
        return output_fail(status, "%s", usersig_error_text(status));
    if (options_has(options, OPTION_JSON))
        return output_json(json(&ticket.claims, now));
    print(&ticket.claims, now);
    return 0;
}

const struct command cmd_inspect_command = {
    .name = "inspect",
    .summary = "show what a usersig says, without a key",
    .synopsis = "  usersig inspect [TEXT|@FILE|-] [--json]\n",
    .about =
        "Reads a usersig, or a URL with one, from standard input (or @FILE, or TEXT) and shows whom it is for and\n"
        "until when. It proves nothing: see usersig verify. Exit status 16: it cannot be read, and why.\n",
    .examples = "  usersig inspect < usersig.txt\n"
                "  usersig inspect @request-url.txt --json\n",
    .options = OPTION_NOW | OPTION_JSON,
    .word = "TEXT",
    .run = run,
};
