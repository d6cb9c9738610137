/* usersig verify: whether a usersig is valid, and if not, why. */
#include "client.h"
#include "command.h"
#include "exits.h"
#include "input.h"
#include "offline.h"
#include "options.h"
#include "output.h"
#include "room.h"
#include "verdict.h"
#include "when.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_FUTURE 300u /* seconds; as sigd */

static int verify_offline(const struct options *options, const char *text, size_t len, uint64_t now,
                          struct verdict *verdict)
{
    struct usersig_ticket ticket;
    usersig_key *key;
    const struct usersig_expect expect = {
        .sdkappid = (uint32_t)options->sdkappid,
        .flags = (options->expected == NULL ? USERSIG_ANY_IDENTIFIER : 0) |
                 (room_asked(options) ? USERSIG_ANY_USERBUF : 0),
        .identifier = options->expected,
        .max_future = MAX_FUTURE,
    };
    int status = offline_key(&key, options);
    if (status != 0)
        return status;
    const usersig_key *const keys[] = { key };
    int error = usersig_verify(keys, 1, text, len, &expect, now, &ticket, NULL);
    usersig_key_free(key);
    if (error != USERSIG_OK && error < USERSIG_MALFORMED)
        return output_fail(error, "%s", usersig_error_text(error));
    if (room_asked(options) &&
        (error == USERSIG_OK || error == USERSIG_EXPIRED || error == USERSIG_NOT_YET_VALID)) {
        int room = room_verdict(options, &ticket.claims, now);
        if (room == USERSIG_WRONG_USERBUF || error == USERSIG_OK)
            error = room;
    }
    verdict->error = error;
    verdict->stage = ticket.stage;
    verdict->claims = ticket.claims;
    verdict->proven = ticket.claims.identifier_len != 0;
    return 0;
}

/* What JSON cannot carry to sigd: it is malformed whoever is asked. */
static bool travels(const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if (text[i] < 0x20 || text[i] > 0x7e)
            return false;
    return len <= USERSIG_TEXT_MAX;
}

static int read_claims(const json_t *json, struct usersig_claims *claims)
{
    const char *identifier;
    uint64_t version, sdkappid;
    int status = client_text(json, "identifier", &identifier);
    if (status == 0)
        status = client_number(json, "version", &version);
    if (status == 0)
        status = client_number(json, "sdkappid", &sdkappid);
    if (status == 0)
        status = client_number(json, "issued_at", &claims->issued_at);
    if (status == 0)
        status = client_number(json, "lifetime", &claims->lifetime);
    if (status != 0)
        return status;
    size_t len = strlen(identifier);
    if (len == 0 || len > USERSIG_IDENTIFIER_MAX || version < 1 || version > 2 || sdkappid > UINT32_MAX)
        return output_fail(EXITS_PROTOCOL, "sigd's answer has claims that no usersig can make");
    memcpy(claims->identifier, identifier, len + 1);
    claims->identifier_len = len;
    claims->version = (int)version;
    claims->sdkappid = (uint32_t)sdkappid;
    return 0;
}

static int read_answer(const json_t *answer, struct verdict *verdict)
{
    const char *name;
    const json_t *claims = json_object_get(answer, "claims"), *key = json_object_get(answer, "key");
    const json_t *valid = json_object_get(answer, "valid");
    int status = client_text(answer, "verdict", &name);
    if (status != 0)
        return status;
    verdict->error = verdict_of_name(name);
    if (verdict->error < 0 || !json_is_boolean(valid) ||
        json_is_true(valid) != (verdict->error == USERSIG_OK))
        return output_fail(EXITS_PROTOCOL, "sigd's verdict makes no sense");
    verdict->proven = json_is_object(claims);
    if (verdict->error == USERSIG_OK && !verdict->proven)
        return output_fail(EXITS_PROTOCOL, "sigd says that it is valid, but not for whom");
    verdict->key = json_string_value(key);
    return verdict->proven ? read_claims(claims, &verdict->claims) : 0;
}

static int ask(const struct options *options, const char *text, size_t len, json_t **answer)
{
    struct client *client;
    json_t *body = json_pack("{s:s%}", "usersig", text, len);
    if (body != NULL && options->expected != NULL)
        json_object_set_new(body, "identifier", json_string(options->expected));
    else if (body != NULL)
        json_object_set_new(body, "any_identifier", json_true());
    if (body != NULL)
        room_add(options, body);
    int status = client_open(&client, options);
    if (status != 0) {
        json_decref(body);
        return status;
    }
    status = client_post(client, "verify", body, answer);
    client_close(client);
    return status;
}

static int verify_by_sigd(const struct options *options, const char *text, size_t len,
                          struct verdict *verdict, json_t **answer)
{
    struct usersig_ticket ticket;
    if (!travels(text, len)) {
        verdict->error = usersig_decode(&ticket, text, len);
        verdict->stage = ticket.stage;
        return 0;
    }
    int status = ask(options, text, len, answer);
    if (status == 0)
        status = read_answer(*answer, verdict);
    if (status == 0 && verdict->error == USERSIG_MALFORMED &&
        usersig_decode(&ticket, text, len) == USERSIG_MALFORMED)
        verdict->stage = ticket.stage;
    return status;
}

static int show(const struct options *options, const struct verdict *verdict, uint64_t now)
{
    if (options_has(options, OPTION_JSON)) {
        int status = output_json(verdict_json(verdict, now));
        return status != 0 ? status : verdict->error;
    }
    verdict_print(verdict, now);
    return verdict->error;
}

static int run(const struct options *options)
{
    struct verdict verdict = { 0 };
    json_t *answer = NULL; /* owns the key's name */
    char *text;
    size_t len;
    uint64_t now = options_has(options, OPTION_NOW) ? options->now : when_now();
    if ((options->expected != NULL) == options_has(options, OPTION_ANY_IDENTIFIER))
        return output_fail(EXITS_USAGE, "whose must it be? Say either --for ID or --any-identifier");
    int status = room_judge(options);
    if (status == 0)
        status = input_usersig(options->word, &text, &len);
    if (status != 0)
        return status;
    if (options_has(options, OPTION_KEY_FILE))
        status = verify_offline(options, text, len, now, &verdict);
    else
        status = verify_by_sigd(options, text, len, &verdict, &answer);
    free(text);
    if (status == 0)
        status = show(options, &verdict, now);
    json_decref(answer);
    return status;
}

const struct command cmd_verify_command = {
    .name = "verify",
    .summary = "whether a usersig is valid, and if not, why",
    .synopsis =
        "  usersig verify [TEXT|@FILE|-] --for ID|--any-identifier [--room N] [--app NAME] [--json]\n"
        "  usersig verify [TEXT|@FILE|-] --for ID|--any-identifier [--room N] --key-file FILE --sdkappid N\n",
    .about =
        "Reads a usersig, or a URL with one, from standard input (or @FILE, or TEXT) and judges it. Exit status\n"
        "0: valid. Else the reason: 16 malformed, 17 wrong kind of key, 18 wrong key, 19 wrong app, 20 wrong\n"
        "identifier, 21 wrong room, or a room where none was asked about (--room, --room-string, and --rights that it\n"
        "must give), 22 expired, 23 issued in the future.\n",
    .examples = "  usersig verify --for alice < usersig.txt\n"
                "  usersig verify @usersig.txt --any-identifier --json\n"
                "  usersig verify @usersig.txt --for alice --key-file chat.key --sdkappid 1400000000\n",
    .options = OPTIONS_DAEMON | OPTIONS_OFFLINE | OPTION_FOR | OPTION_ANY_IDENTIFIER | OPTIONS_ROOM |
               OPTION_NOW | OPTION_JSON,
    .offline = OPTION_SDKAPPID | OPTION_NOW,
    .word = "TEXT",
    .run = run,
};
