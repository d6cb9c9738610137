/* usersig export: the catalogue as a Postman collection, an OpenAPI document or an .http file. */
#include "address.h"
#include "command.h"
#include "exits.h"
#include "export.h"
#include "nearest.h"
#include "options.h"
#include "output.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define EXAMPLE_SDKAPPID "1400000000"
#define VARIABLE "{{sdkappid}}"

char *export_body(const char *min_body, int indent)
{
    json_t *body = json_loads(min_body, 0, NULL);
    char *text = body != NULL ? json_dumps(body, JSON_INDENT((size_t)indent)) : NULL, *at;
    json_decref(body);
    if (text == NULL || (at = strstr(text, EXAMPLE_SDKAPPID)) == NULL)
        return text;
    size_t before = (size_t)(at - text), after = strlen(at + sizeof EXAMPLE_SDKAPPID - 1);
    char *whole = malloc(before + sizeof VARIABLE + after);
    if (whole != NULL) {
        memcpy(whole, text, before);
        memcpy(whole + before, VARIABLE, sizeof VARIABLE - 1);
        memcpy(whole + before + sizeof VARIABLE - 1, at + sizeof EXAMPLE_SDKAPPID - 1, after + 1);
    }
    free(text);
    return whole;
}

/* Indented, for people and for version control. Takes the reference. */
static int write_json(json_t *document)
{
    int failed = document == NULL || json_dumpf(document, stdout, JSON_INDENT(2)) != 0;
    json_decref(document);
    if (failed && !ferror(stdout))
        return output_fail(USERSIG_ERR_MEMORY, "no memory");
    putchar('\n');
    return 0;
}

static int run(const struct options *options)
{
    static const char *const formats[] = { "postman", "openapi", "http" };
    struct address address = { 0 };
    char sdkappid[12] = "";
    int status = address_host(&address, options->host, options->region);
    if (status == 0 && options_has(options, OPTION_STANDBY))
        status = address_standby(&address);
    if (status != 0)
        return status;
    if (options_has(options, OPTION_SDKAPPID))
        snprintf(sdkappid, sizeof sdkappid, "%" PRIu64, options->sdkappid);
    const struct export export = {
        .host = address.host[0] != '\0' ? address.host : usersig_region_host("china", 0),
        .sdkappid = sdkappid,
        .identifier = options->identifier != NULL ? options->identifier : "administrator",
    };
    if (options->word != NULL && strcmp(options->word, "postman") == 0)
        return write_json(export_postman(&export));
    if (options->word != NULL && strcmp(options->word, "openapi") == 0)
        return write_json(export_openapi(&export));
    if (options->word != NULL && strcmp(options->word, "http") == 0)
        return export_http(&export);
    const char *near =
        options->word != NULL ? nearest_word(options->word, strlen(options->word), formats, 3) : NULL;
    return output_fail(EXITS_USAGE, "which form? Write postman, openapi or http%s%s%s",
                       near != NULL ? "; did you mean " : "", near != NULL ? near : "",
                       near != NULL ? "?" : "");
}

const struct command cmd_export_command = {
    .name = "export",
    .summary = "the REST API as a Postman collection, OpenAPI or .http file",
    .synopsis =
        "  usersig export postman|openapi|http [--region NAME [--standby]|--host HOST] [--sdkappid N]\n"
        "              [--identifier ID]\n",
    .about =
        "Writes all calls of the catalogue with their least bodies, by group. No credential is in it: its variable\n"
        "usersig is empty, for you to set to what usersig admin prints, in the program's own store of secrets and\n"
        "not in the file. The other variables are host, sdkappid, identifier and random.\n",
    .examples =
        "  usersig export postman --region singapore --sdkappid 1400000000 > chat.postman_collection.json\n"
        "  usersig export openapi > chat.openapi.json\n"
        "  usersig export http > chat.http\n",
    .options = OPTION_REGION | OPTION_STANDBY | OPTION_HOST | OPTION_SDKAPPID | OPTION_IDENTIFIER,
    .word = "FORM",
    .run = run,
};
