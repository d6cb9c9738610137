#include "pipeline.h"
#include "address.h"
#include "options.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <usersig_rest.h>

/* A word for any POSIX shell. */
static void put_word(const char *text)
{
    static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-./:=@,+";
    if (*text != '\0' && text[strspn(text, plain)] == '\0') {
        fputs(text, stdout);
        return;
    }
    putchar('\'');
    for (; *text != '\0'; text++)
        if (*text == '\'')
            fputs("'\\''", stdout);
        else
            putchar(*text);
    putchar('\'');
}

static void put_option(const char *name, const char *value)
{
    if (value == NULL)
        return;
    printf(" --%s ", name);
    put_word(value);
}

static void put_number(const struct options *options, uint64_t bit, const char *name, uint64_t value)
{
    if (options_has(options, bit))
        printf(" --%s %" PRIu64, name, value);
}

int pipeline_print(const struct options *options, const struct address *address)
{
    const struct usersig_rest_api *api = usersig_rest_find(address->service, address->command);
    printf("usersig url %s/%s", address->service, address->command);
    put_option("key-file", options->key_file);
    put_number(options, OPTION_SDKAPPID, "sdkappid", options->sdkappid);
    if (options_has(options, OPTION_SOCKET))
        put_option("socket", options->socket);
    if (options_has(options, OPTION_APP))
        put_option("app", options->app);
    put_option("identifier", options->identifier);
    put_option("as", options->as);
    put_number(options, OPTION_LIFETIME, "lifetime", options->lifetime);
    put_option("region", options->region);
    if (options_has(options, OPTION_STANDBY))
        fputs(" --standby", stdout);
    put_option("host", options->host);
    put_number(options, OPTION_RANDOM, "random", options->random);
    for (size_t i = 0; i < options->n_params; i++)
        put_option("param", options->params[i]);
    fputs(" --curl-config | curl -sS -K - -H 'Content-Type: application/json' -d ", stdout);
    put_word(api != NULL ? api->min_body : "{}");
    putchar('\n');
    return 0;
}
