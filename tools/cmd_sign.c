/* usersig sign: a usersig for a user. */
#include "client.h"
#include "command.h"
#include "exits.h"
#include "identifier.h"
#include "offline.h"
#include "options.h"
#include "output.h"
#include "room.h"
#include "sign_batch.h"
#include "when.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define LIFETIME_DEFAULT 86400u /* seconds; without sigd */

static void note(const char *identifier, uint64_t sdkappid, uint64_t expires_at)
{
    char when[WHEN_SIZE], distance[WHEN_SIZE];
    when_time(expires_at, when);
    when_relative(expires_at, when_now(), distance);
    if (output_is_watched())
        output_note("for %s of %" PRIu64 ", expires %s (%s)", identifier, sdkappid, when, distance);
}

static int sign_offline(const struct options *options, const char *identifier)
{
    struct usersig_claims claims;
    char text[USERSIG_TEXT_MAX + 1];
    size_t len;
    int status = offline_sign(options, identifier, LIFETIME_DEFAULT, &claims, text, &len);
    if (status != 0)
        return status;
    uint64_t expires_at = usersig_claims_expiry(&claims);
    if (options_has(options, OPTION_JSON))
        return output_json(json_pack("{s:s%, s:s, s:I, s:I, s:I, s:n}", "usersig", text, len, "identifier",
                                     identifier, "sdkappid", (json_int_t)claims.sdkappid, "issued_at",
                                     (json_int_t)claims.issued_at, "expires_at", (json_int_t)expires_at,
                                     "key"));
    puts(text);
    note(identifier, claims.sdkappid, expires_at);
    return 0;
}

static int ask(const struct options *options, const char *identifier, json_t **answer)
{
    struct client *client;
    json_t *body = json_pack("{s:s}", "identifier", identifier);
    if (body != NULL && options_has(options, OPTION_LIFETIME))
        json_object_set_new(body, "lifetime", json_integer((json_int_t)options->lifetime));
    if (body != NULL)
        room_add(options, body);
    int status = client_open(&client, options);
    if (status != 0) {
        json_decref(body);
        return status;
    }
    status = client_post(client, "usersig", body, answer);
    client_close(client);
    return status;
}

static int sign_by_sigd(const struct options *options, const char *identifier)
{
    struct usersig_claims claims = { 0 };
    json_t *answer = NULL;
    const char *usersig, *answered;
    uint64_t sdkappid, expires_at;
    int status = identifier_set(&claims, identifier, 0);
    if (status == 0)
        status = ask(options, identifier, &answer);
    if (status == 0)
        status = client_usersig(answer, &usersig);
    if (status == 0)
        status = client_text(answer, "identifier", &answered);
    if (status == 0 && strcmp(answered, identifier) != 0)
        status = output_fail(EXITS_PROTOCOL, "sigd's answer is for another identifier");
    if (status == 0)
        status = client_number(answer, "sdkappid", &sdkappid);
    if (status == 0)
        status = client_number(answer, "expires_at", &expires_at);
    if (status == 0 && options_has(options, OPTION_JSON)) {
        status = output_json(json_incref(answer));
    } else if (status == 0) {
        puts(usersig);
        note(identifier, sdkappid, expires_at);
    }
    json_decref(answer);
    return status;
}

static int run(const struct options *options)
{
    const char *identifier = options->word != NULL ? options->word : options->identifier;
    if (options_has(options, OPTION_BATCH)) {
        int agreed = room_judge(options);
        return agreed != 0 ? agreed : sign_batch(options);
    }
    if (options_has(options, OPTIONS_BATCH | OPTION_FORMAT))
        return output_fail(EXITS_USAGE, "--jobs, --resume and --format go with --batch");
    if (identifier == NULL)
        return output_fail(EXITS_USAGE,
                           "for whom? usersig sign IDENTIFIER; many: usersig sign --batch < FILE");
    if (options->word != NULL && options->identifier != NULL &&
        strcmp(options->word, options->identifier) != 0)
        return output_fail(EXITS_USAGE, "IDENTIFIER and --identifier name two different users");
    int status = room_judge(options);
    if (status != 0)
        return status;
    if (options_has(options, OPTION_KEY_FILE))
        return sign_offline(options, identifier);
    return sign_by_sigd(options, identifier);
}

const struct command cmd_sign_command = {
    .name = "sign",
    .summary = "make a usersig for a user",
    .synopsis =
        "  usersig sign IDENTIFIER [--app NAME] [--lifetime TIME] [--room N] [--rights N] [--json]\n"
        "  usersig sign IDENTIFIER --key-file FILE --sdkappid N [--lifetime TIME] [--room N] [--utf8] [--json]\n"
        "  usersig sign --batch [--jobs N] [--resume FILE] [--format ndjson|text] [OPTION]... < IDENTIFIERS\n",
    .about =
        "Prints the usersig with which IDENTIFIER logs in. sigd signs where its configuration permits you to, and\n"
        "never for an administrator (see usersig admin). With --key-file it is signed here, for 24 h unless\n"
        "--lifetime says otherwise; the key's file (console text, or PEM) belongs to you or root and has mode 0600.\n"
        "With --room or --room-string it is a PrivateMapKey of TRTC: by sigd with all rights that you may\n"
        "give, here with all that there are, unless --rights says which.\n"
        "\n"
        "With --batch each line of standard input is an identifier, or a JSON object with identifier and, of its\n"
        "own, lifetime, room, room_string and rights. Each is answered in its place, by a JSON object with the\n"
        "usersig or with the error; the exit status is 73 where some failed. With --resume FILE a batch that was\n"
        "stopped goes on when it is run again with the same input and >> the same output.\n",
    .examples = "  usersig sign alice\n"
                "  usersig sign alice --lifetime 7d --json\n"
                "  usersig sign alice --room 4711 --rights 42\n"
                "  usersig sign alice --key-file chat.key --sdkappid 1400000000\n"
                "  usersig sign --batch --lifetime 30d --resume state < identifiers >> usersigs.ndjson\n",
    .options = OPTIONS_DAEMON | OPTIONS_OFFLINE | OPTION_IDENTIFIER | OPTION_LIFETIME | OPTIONS_ROOM |
               OPTION_UTF8 | OPTION_JSON | OPTIONS_BATCH | OPTION_FORMAT,
    .offline = OPTION_SDKAPPID | OPTION_UTF8,
    .word = "IDENTIFIER",
    .run = run,
};
