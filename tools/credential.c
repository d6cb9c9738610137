#include "credential.h"
#include "client.h"
#include "exits.h"
#include "offline.h"
#include "options.h"
#include "output.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define LIFETIME_DEFAULT 3600u /* seconds; without sigd */

int credential_sign(const struct options *options, struct address *address, uint64_t *expires_at)
{
    struct usersig_claims claims;
    size_t len;
    const char *identifier = options->identifier != NULL ? options->identifier : options->as;
    if (identifier == NULL)
        return output_fail(EXITS_USAGE, "--key-file needs --identifier ID, an administrator of the app");
    if (options->identifier != NULL && options->as != NULL && strcmp(options->identifier, options->as) != 0)
        return output_fail(EXITS_USAGE, "--identifier and --as name two different administrators");
    int status = offline_sign(options, identifier, LIFETIME_DEFAULT, &claims, address->usersig, &len);
    if (status != 0)
        return status;
    memcpy(address->identifier, claims.identifier, sizeof address->identifier);
    address->sdkappid = claims.sdkappid;
    *expires_at = usersig_claims_expiry(&claims);
    return 0;
}

static bool lists(const json_t *names, const char *wanted)
{
    const json_t *name;
    size_t i;
    json_array_foreach(names, i, name)
    {
        if (strcmp(json_string_value(name), wanted) == 0)
            return true;
    }
    return false;
}

/* Which way sigd permits: a URL says the app's host too. */
static int ask_rights(struct credential *credential, struct client *client)
{
    const json_t *app;
    json_t *answer;
    const char *name;
    size_t i;
    int status = client_app(client, &name);
    if (status == 0)
        status = client_apps(client, &answer);
    if (status != 0)
        return status;
    credential->by_url = true; /* so that sigd itself says no, where the app is not in the list */
    json_array_foreach(json_object_get(answer, "apps"), i, app)
    {
        if (strcmp(json_string_value(json_object_get(app, "name")), name) != 0)
            continue;
        credential->by_admin = lists(json_object_get(app, "may"), "admin");
        credential->by_url = lists(json_object_get(app, "may"), "url") || !credential->by_admin;
    }
    json_decref(answer);
    return 0;
}

static int ask_url(struct credential *credential, struct client *client, const struct options *options,
                   struct address *address)
{
    char rest[2 * USERSIG_URL_NAME_MAX + 8];
    const struct client_pair query = { "as", options->as };
    json_t *answer = NULL;
    const char *url;
    snprintf(rest, sizeof rest, "url/%s/%s", address->service, address->command);
    int status = client_get(client, rest, &query, 1, &answer);
    if (status == 0)
        status = client_text(answer, "url", &url);
    if (status == 0)
        status = client_number(answer, "expires_at", &credential->expires_at);
    if (status == 0)
        status = address_read(address, url);
    json_decref(answer);
    return status;
}

static int ask_admin(struct credential *credential, struct client *client, const struct options *options,
                     uint64_t min_remaining, struct address *address)
{
    char seconds[24];
    const struct client_pair query[] = { { "as", options->as },
                                         { "min_remaining", min_remaining != 0 ? seconds : NULL } };
    json_t *answer = NULL;
    const char *usersig = NULL, *identifier = NULL;
    uint64_t sdkappid = 0;
    snprintf(seconds, sizeof seconds, "%" PRIu64, min_remaining);
    int status = client_get(client, "admin", query, 2, &answer);
    if (status == 0)
        status = client_usersig(answer, &usersig);
    if (status == 0)
        status = client_text(answer, "identifier", &identifier);
    if (status == 0)
        status = client_number(answer, "sdkappid", &sdkappid);
    if (status == 0)
        status = client_number(answer, "expires_at", &credential->expires_at);
    if (status == 0 && (strlen(identifier) > USERSIG_IDENTIFIER_MAX || sdkappid > UINT32_MAX))
        status = output_fail(EXITS_PROTOCOL, "sigd's answer has an identifier or SDKAppID that is none");
    if (status == 0) {
        snprintf(address->identifier, sizeof address->identifier, "%s", identifier);
        snprintf(address->usersig, sizeof address->usersig, "%s", usersig);
        address->sdkappid = (uint32_t)sdkappid;
    }
    json_decref(answer);
    return status;
}

static int ask(struct credential *credential, const struct options *options, uint64_t min_remaining,
               struct address *address)
{
    struct client *client;
    int status = client_open(&client, options);
    if (status != 0)
        return status;
    if (!credential->by_url && !credential->by_admin)
        status = ask_rights(credential, client);
    if (status == 0 && min_remaining != 0 && credential->by_admin)
        status = ask_admin(credential, client, options, min_remaining, address);
    else if (status == 0 && credential->by_url)
        status = ask_url(credential, client, options, address);
    else if (status == 0)
        status = ask_admin(credential, client, options, 0, address);
    client_close(client);
    return status;
}

int credential_get(struct credential *credential, const struct options *options, struct address *address)
{
    *credential = (struct credential){ 0 };
    return options_has(options, OPTION_KEY_FILE) ? credential_sign(options, address, &credential->expires_at)
                                                 : ask(credential, options, 0, address);
}

int credential_renew(struct credential *credential, const struct options *options, struct address *address,
                     bool *changed)
{
    char old[USERSIG_TEXT_MAX + 1], host[USERSIG_URL_HOST_MAX + 1];
    struct usersig_ticket ticket; /* sigd promises a third of the life at least */
    uint64_t life = 0;
    if (usersig_decode(&ticket, address->usersig, strlen(address->usersig)) == USERSIG_OK)
        life = ticket.claims.lifetime;
    memcpy(old, address->usersig, sizeof old);
    memcpy(host, address->host, sizeof host);
    int status = options_has(options, OPTION_KEY_FILE)
                     ? credential_sign(options, address, &credential->expires_at)
                     : ask(credential, options, life / 3 > 0 ? life / 3 : 1, address);
    *changed = status == 0 && strcmp(old, address->usersig) != 0;
    memcpy(address->host, host, sizeof host); /* it may have moved to the standby host */
    explicit_bzero(old, sizeof old);
    return status;
}
