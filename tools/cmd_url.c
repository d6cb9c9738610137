/* usersig url: a signed request URL of the REST API. */
#include "address.h"
#include "apiname.h"
#include "client.h"
#include "command.h"
#include "credential.h"
#include "exits.h"
#include "options.h"
#include "output.h"
#include "pipeline.h"

#include <sodium.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MASK "REDACTED" /* of a usersig's alphabet */

struct params {
    struct usersig_param list[OPTIONS_PARAMS_MAX];
    char names[OPTIONS_PARAMS_MAX][USERSIG_URL_NAME_MAX + 1];
    size_t n;
};

static int split_params(const struct options *options, struct params *params)
{
    for (params->n = 0; params->n < options->n_params; params->n++) {
        size_t i = params->n;
        const char *value = strchr(options->params[i], '=');
        size_t len = value == NULL ? 0 : (size_t)(value - options->params[i]);
        if (len == 0 || len > USERSIG_URL_NAME_MAX)
            return output_fail(USERSIG_ERR_REQUEST, "the name of a --param is longer than %d bytes",
                               USERSIG_URL_NAME_MAX);
        memcpy(params->names[i], options->params[i], len);
        params->names[i][len] = '\0';
        params->list[i] = (struct usersig_param){ .name = params->names[i], .value = value + 1 };
    }
    return 0;
}

static int sign_offline(const struct options *options, struct address *address, uint64_t *expires_at)
{
    address->random = randombytes_random();
    return credential_sign(options, address, expires_at);
}

static int ask_sigd(const struct options *options, struct address *address, uint64_t *expires_at)
{
    struct client *client;
    json_t *answer = NULL;
    const char *url;
    char rest[2 * USERSIG_URL_NAME_MAX + 8];
    const struct client_pair query = { "as", options->as };
    int status = client_open(&client, options);
    if (status != 0)
        return status;
    snprintf(rest, sizeof rest, "url/%s/%s", address->service, address->command);
    status = client_get(client, rest, &query, 1, &answer);
    client_close(client);
    if (status == 0)
        status = client_text(answer, "url", &url);
    if (status == 0)
        status = client_number(answer, "expires_at", expires_at);
    if (status == 0)
        status = address_read(address, url);
    json_decref(answer);
    return status;
}

static int show(const struct options *options, const struct address *address, const char *url,
                uint64_t expires_at)
{
    if (options_has(options, OPTION_JSON))
        return output_json(json_pack("{s:s, s:s, s:I, s:I}", "url", url, "identifier", address->identifier,
                                     "sdkappid", (json_int_t)address->sdkappid, "expires_at",
                                     (json_int_t)expires_at));
    if (options_has(options, OPTION_CURL_CONFIG))
        printf("url = \"%s\"\n", url); /* a composed URL has neither quote nor backslash */
    else
        puts(url);
    return 0;
}

static int judge(const struct options *options)
{
    uint64_t curl = options->given & (OPTION_CURL_CONFIG | OPTION_CURL);
    if (curl != 0 && (options->given & (OPTION_REDACT | OPTION_JSON)) != 0)
        return output_fail(EXITS_USAGE,
                           "--curl%s is for a call that works: it goes neither with --redact nor with --json",
                           curl == OPTION_CURL ? "" : "-config");
    if (curl == (OPTION_CURL_CONFIG | OPTION_CURL))
        return output_fail(EXITS_USAGE,
                           "--curl writes a command line with --curl-config in it: give one of them");
    if (options_has(options, OPTION_STANDBY) && options->host != NULL)
        return output_fail(EXITS_USAGE,
                           "--standby goes with --region or the app's own data centre, not with --host");
    return 0;
}

/* What a parameter is called that a log must not have: accesstoken, secretkey. */
static bool is_secret(const char *name)
{
    return apiname_contains(name, "token") || apiname_contains(name, "secret") ||
           apiname_contains(name, "key") || apiname_contains(name, "password") ||
           apiname_contains(name, "sig");
}

static void redact(struct address *address, struct params *params)
{
    memcpy(address->usersig, MASK, sizeof MASK);
    for (size_t i = 0; i < params->n; i++)
        if (is_secret(params->names[i]))
            params->list[i].value = MASK;
}

/* Host, number and mask as the command line has them. */
static int adjust(const struct options *options, struct address *address, struct params *params)
{
    int status = address_host(address, options->host, options->region);
    if (status == 0 && options_has(options, OPTION_STANDBY))
        status = address_standby(address);
    if (options_has(options, OPTION_RANDOM))
        address->random = (uint32_t)options->random;
    if (options_has(options, OPTION_REDACT))
        redact(address, params);
    return status;
}

static int run(const struct options *options)
{
    struct address address = { 0 };
    struct params params;
    uint64_t expires_at = 0;
    char *url = NULL;
    int status = address_name(&address, options->word);
    if (status == 0)
        status = judge(options);
    if (status == 0)
        status = split_params(options, &params);
    if (status == 0)
        status = address_host(&address, options->host, options->region);
    if (status != 0)
        return status;
    apiname_hint(address.service, address.command);
    if (options_has(options, OPTION_CURL))
        return pipeline_print(options, &address);
    status = options_has(options, OPTION_KEY_FILE) ? sign_offline(options, &address, &expires_at)
                                                   : ask_sigd(options, &address, &expires_at);
    if (status == 0)
        status = adjust(options, &address, &params); /* over what sigd said */
    if (status == 0)
        status = address_compose(&address, params.list, params.n, &url);
    if (status == 0)
        status = show(options, &address, url, expires_at);
    free(url);
    return status;
}

const struct command cmd_url_command = {
    .name = "url",
    .summary = "a signed request URL of the REST API",
    .synopsis =
        "  usersig url SERVICE/COMMAND [--app NAME] [--as ID] [--param NAME=VALUE]... [--curl-config|--curl]\n"
        "  usersig url SERVICE/COMMAND --key-file FILE --sdkappid N --identifier ID [--region NAME]\n"
        "              [--standby] [--lifetime TIME] [--param NAME=VALUE]... [--curl-config|--curl]\n",
    .about =
        "Prints a complete URL, ready for a POST with a JSON body. It carries a credential: anything that shows\n"
        "the URL (a log, the process list) gives it away. So give it to curl on standard input, as below, and to\n"
        "logs with --redact only. Without sigd it is valid for 1 h unless --lifetime says otherwise.\n"
        "\n"
        "--curl signs nothing: it prints the whole command line, with the least body of the call, to be run or kept in\n"
        "a script. --standby takes the other host of the data centre. --redact masks the values of parameters too whose\n"
        "names speak of tokens, keys or secrets.\n",
    .examples = "  usersig url group_open_http_svc/get_appid_group_list --curl-config | curl -K - -d '{}'\n"
                "  usersig url openim/sendmsg --curl\n"
                "  usersig url im_open_login_svc/account_check --as ops --redact\n"
                "  usersig url im_open_login_svc/account_check --key-file chat.key --sdkappid 1400000000 \\\n"
                "              --identifier administrator --region singapore --json\n",
    .options = OPTIONS_DAEMON | OPTIONS_OFFLINE | OPTION_IDENTIFIER | OPTION_AS | OPTION_LIFETIME |
               OPTION_REGION | OPTION_STANDBY | OPTION_HOST | OPTION_RANDOM | OPTION_PARAM |
               OPTION_CURL_CONFIG | OPTION_CURL | OPTION_REDACT | OPTION_JSON,
    .offline = OPTION_SDKAPPID | OPTION_IDENTIFIER | OPTION_LIFETIME,
    .word = "SERVICE/COMMAND",
    .run = run,
};
