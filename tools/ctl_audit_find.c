/* sigctl audit find: the line of a leaked usersig, and who got it. */
#include "auditlog.h"
#include "ctl_audit.h"
#include "exits.h"
#include "input.h"
#include "options.h"
#include "output.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <usersig.h>

#define PRINT_BYTES 16 /* BLAKE2b-128 */
#define PRINT_HEX (2 * PRINT_BYTES + 1)
#define KEY_NAME_MAX 64

struct search {
    char text[USERSIG_SIGNED_TEXT_MAX];
    size_t len;
    char key[KEY_NAME_MAX + 1], print[PRINT_HEX]; /* of the key that was asked for last: few change places */
    char app[KEY_NAME_MAX + 1];                   /* of the line that was found */
    char *identifier;
    json_int_t issued_at;
    uint64_t found;
    int status;
};

/* As sigd makes it: of the signed text and the key's name. */
static const char *print_of(struct search *search, const char *key)
{
    unsigned char print[PRINT_BYTES];
    crypto_generichash_state state;
    if (strcmp(search->key, key) == 0 && search->print[0] != '\0')
        return search->print;
    snprintf(search->key, sizeof search->key, "%s", key);
    crypto_generichash_init(&state, NULL, 0, sizeof print);
    crypto_generichash_update(&state, (const unsigned char *)search->text, search->len);
    crypto_generichash_update(&state, (const unsigned char *)key, strlen(key));
    crypto_generichash_final(&state, print, sizeof print);
    return sodium_bin2hex(search->print, sizeof search->print, print, sizeof print);
}

static bool tells_of_issue(struct search *search, const struct auditlog_line *line)
{
    const char *key = auditlog_string(line, "key"), *app = auditlog_string(line, "app");
    if (*key == '\0' || strlen(key) > KEY_NAME_MAX || strlen(app) > KEY_NAME_MAX ||
        strcmp(auditlog_string(line, "fingerprint"), print_of(search, key)) != 0)
        return false;
    strcpy(search->app, app);
    free(search->identifier);
    search->identifier = strdup(auditlog_string(line, "identifier"));
    search->issued_at = json_integer_value(json_object_get(line->object, "issued_at"));
    return true;
}

/* served, served_url, published, withdrawn: of the credential that was found */
static bool tells_of_use(const struct search *search, const struct auditlog_line *line)
{
    return search->identifier != NULL && strcmp(auditlog_string(line, "fingerprint"), "") == 0 &&
           strcmp(auditlog_string(line, "verdict"), "ok") == 0 &&
           strcmp(auditlog_string(line, "app"), search->app) == 0 &&
           strcmp(auditlog_string(line, "identifier"), search->identifier) == 0 &&
           json_integer_value(json_object_get(line->object, "issued_at")) == search->issued_at;
}

static void take(void *context, const struct auditlog_line *line)
{
    struct search *search = context;
    if (line->object == NULL || !(tells_of_issue(search, line) || tells_of_use(search, line)))
        return;
    search->found++;
    int status = output_json(json_deep_copy(line->object));
    search->status = search->status != 0 ? search->status : status;
}

static int read_usersig(struct search *search)
{
    struct usersig_ticket ticket;
    char *text;
    size_t len;
    int status = input_usersig(NULL, &text, &len);
    if (status != 0)
        return status;
    status = usersig_decode(&ticket, text, len);
    free(text);
    if (status == USERSIG_MALFORMED)
        return output_fail(status, "not a whole usersig: %s", usersig_stage_text(ticket.stage));
    if (status == USERSIG_OK)
        status = usersig_claims_text(&ticket.claims, search->text, sizeof search->text, &search->len);
    return status != USERSIG_OK ? output_fail(status, "%s", usersig_error_text(status)) : 0;
}

int ctl_audit_find(const struct options *options)
{
    static struct search search;
    int status = read_usersig(&search);
    for (size_t i = 0; i < (options->n_rest > 0 ? options->n_rest : 1) && status == 0; i++) {
        const char *path = options->n_rest > 0 ? options->rest[i] : AUDITLOG_DEFAULT;
        if (strcmp(path, "-") == 0)
            status = output_fail(EXITS_USAGE, "standard input holds the usersig; name the log's file");
        else
            status = auditlog_read(path, take, &search);
    }
    free(search.identifier);
    search.identifier = NULL;
    if (status == 0)
        status = search.status;
    if (status == 0 && search.found == 0)
        return output_fail(EXITS_NOT_FOUND,
                           "no line tells of it: another host issued it, or an older file does");
    return status;
}
