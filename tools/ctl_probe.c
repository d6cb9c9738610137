/* sigctl probe: does the service take what a key signs? */
#include "address.h"
#include "command.h"
#include "exits.h"
#include "options.h"
#include "output.h"
#include "rest.h"
#include "secret.h"
#include "staged.h"
#include "when.h"

#include <limits.h>
#include <sodium.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <usersig_rest.h>

/* A read that every app has, needs no name of a user or group, changes nothing and answers one group at most. */
#define CALL "group_open_http_svc/get_appid_group_list"
#define BODY "{\"Limit\":1}"
#define LIFETIME 300u /* seconds, for clocks that differ */

static int sign(const struct staged *staged, struct address *address)
{
    struct usersig_claims claims = { .version = usersig_key_version(staged->key),
                                     .sdkappid = staged->sdkappid,
                                     .lifetime = LIFETIME,
                                     .issued_at = when_now() };
    size_t len;
    claims.identifier_len = strlen(staged->identifier);
    memcpy(claims.identifier, staged->identifier, claims.identifier_len);
    memcpy(address->identifier, staged->identifier, sizeof staged->identifier);
    address->sdkappid = staged->sdkappid;
    address->random = randombytes_random();
    int status = usersig_sign(staged->key, &claims, address->usersig, sizeof address->usersig, &len);
    return status == USERSIG_OK ? 0 : output_fail(status, "%s", usersig_error_text(status));
}

/* What the code means, and what to do. The texts are static. */
static const struct usersig_rest_code *code_of(long code)
{
    static const struct usersig_rest_code good = { .meaning = "the service took the usersig" };
    static const struct usersig_rest_code unknown = { .meaning =
                                                          "a code that the service's tables do not have",
                                                      .retry = USERSIG_REST_FIX,
                                                      .advice = "see whether this is the REST API's host" };
    const struct usersig_rest_code *found =
        code >= INT_MIN && code <= INT_MAX ? usersig_rest_code_find((int)code) : NULL;
    return code == 0 ? &good : found != NULL ? found : &unknown;
}

/* Whether the same call may succeed later. */
static bool passes(const struct usersig_rest_code *code)
{
    return code->retry == USERSIG_REST_BACK_OFF || code->retry == USERSIG_REST_TRANSIENT ||
           code->retry == USERSIG_REST_WAIT || code->retry == USERSIG_REST_LATER;
}

static int judge(const struct options *options, const struct staged *staged, const struct address *address,
                 const char *host, const json_t *answer)
{
    const json_t *number = json_object_get(answer, "ErrorCode");
    const char *info = json_string_value(json_object_get(answer, "ErrorInfo"));
    long code = (long)json_integer_value(number);
    if (!json_is_integer(number))
        return output_fail(EXITS_PROTOCOL, "the answer from %s has no ErrorCode: this is not the REST API",
                           host);
    const struct usersig_rest_code *about = code_of(code);
    const char *advice = about->advice != NULL ? about->advice : usersig_rest_class_advice(about->retry);
    int status = code == 0 ? 0 : passes(about) ? EXITS_LATER : EXITS_SERVICE;
    if (options_has(options, OPTION_JSON)) {
        int written = output_json(
            json_pack("{s:b, s:I, s:s, s:s?, s:s, s:I, s:s}", "ok", code == 0, "error_code", (json_int_t)code,
                      "meaning", about->meaning, "advice", code == 0 ? NULL : advice, "identifier",
                      staged->identifier, "sdkappid", (json_int_t)staged->sdkappid, "host", host));
        return written != 0 ? written : status;
    }
    if (code == 0) {
        printf("OK: %s took a usersig of ", host);
        if (staged->name[0] != '\0')
            printf("key %s for ", staged->name);
        output_text(staged->identifier, strlen(staged->identifier));
        printf(" of %u\n", (unsigned)staged->sdkappid);
        return 0;
    }
    output_fail(status, "%s answered %ld: %s: %s", host, code, about->meaning, advice);
    if (info != NULL && strstr(info, address->usersig) == NULL)
        output_note("the service says: %.200s", info);
    return status;
}

static int run(const struct options *options)
{
    struct staged staged;
    struct address address = { 0 };
    json_t *answer = NULL;
    char *url = NULL;
    int status = secret_begin();
    if (status == 0)
        status = address_name(&address, CALL);
    if (status == 0)
        status = staged_open(&staged, options);
    if (status != 0)
        return status;
    memcpy(address.host, staged.host, sizeof staged.host);
    status = address_host(&address, options->host, options->region);
    if (status == 0)
        status = sign(&staged, &address);
    usersig_key_free(staged.key);
    if (status == 0)
        status = address_compose(&address, NULL, 0, &url);
    const char *host = address.host[0] != '\0' ? address.host : usersig_region_host("china", 0);
    if (status == 0)
        status = rest_post(url, host, BODY, options->cacert, &answer);
    if (status == 0)
        status = judge(options, &staged, &address, host, answer);
    json_decref(answer);
    if (url != NULL)
        explicit_bzero(url, strlen(url));
    free(url);
    explicit_bzero(address.usersig, sizeof address.usersig);
    return status;
}

const struct command ctl_probe_command = {
    .name = "probe",
    .summary = "whether the service takes what a key signs",
    .synopsis =
        "  sigctl probe --app NAME [--key NAME] [--config FILE] [--identifier ID] [--json]\n"
        "  sigctl probe --key-file FILE --sdkappid N --identifier ID [--master FILE] [--region NAME] [--json]\n",
    .about =
        "Signs a usersig of 5 minutes for an administrator and asks the service for one name of the app's list of\n"
        "groups (" CALL "): a read that every app has and that changes\n"
        "nothing. So a new key can be tried before sigd uses it, and before the old one is given up. Of an app in\n"
        "sigd.conf it takes the key that begins last, unless --key names one, and the first admin.\n"
        "\n"
        "sigd itself has no network. The call goes over HTTPS, with the certificate verified, without redirects.\n"
        "Exit status: 0 the service took it; 70 it did not, and the message says why; 75 try again; 69 no answer.\n",
    .examples =
        "  sigctl probe --app chat --key 2026b\n"
        "  sigctl probe --key-file new.key --sdkappid 1400000000 --identifier administrator --region singapore\n",
    .options = OPTION_APP | OPTION_KEY | OPTION_CONFIG | OPTION_KEY_FILE | OPTION_SDKAPPID |
               OPTION_IDENTIFIER | OPTION_MASTER | OPTION_REGION | OPTION_HOST | OPTION_CACERT | OPTION_JSON,
    .run = run,
};
