/* fuzz_request.c: the JSON bodies of POST usersig and POST verify, in right requests of a caller who may do both. The
 * input: route, how the signer answers, in which pieces it comes; then the body. What it asks the signer, and what it is
 * answered, is held against what jansson alone reads. */
#include "frontrig.h"

#include <jansson.h>

/* The next line of a batch's answer. NULL: there is none. */
static json_t *next_line(const char **at, size_t *left)
{
    const char *stop = *left ? memchr(*at, '\n', *left) : NULL;
    if (!stop)
        return NULL;
    json_t *line = json_loadb(*at, (size_t)(stop - *at), JSON_ALLOW_NUL, NULL);
    *left -= (size_t)(stop + 1 - *at);
    *at = stop + 1;
    FUZZ_MUST(line != NULL);
    return line;
}

/* A line for each identifier, in order. */
static void check_batch(const json_t *list)
{
    const char *at;
    const json_t *one;
    size_t left, i;
    if (frontrig_answers_last(&at, &left) != 200)
        return;
    json_array_foreach(list, i, one)
    {
        json_t *line = next_line(&at, &left);
        FUZZ_MUST(line && json_is_string(json_object_get(line, "identifier")));
        if (json_string_length(one) <= USERSIG_IDENTIFIER_MAX) /* of a longer one the beginning is told */
            FUZZ_MUST(json_equal(one, json_object_get(line, "identifier")));
        FUZZ_MUST(!json_object_get(line, "usersig") != !json_object_get(line, "error"));
        json_decref(line);
    }
    FUZZ_MUST(left == 0);
}

static const json_t *member(const json_t *body, const char *name)
{
    return json_object_get(body, name);
}

static void check_sign(const json_t *body)
{
    const struct frontrig_counts *asked = &frontrig.counts;
    const json_t *identifier = member(body, "identifier"), *lifetime = member(body, "lifetime");
    FUZZ_MUST(asked->verifies == 0);
    if (lifetime && asked->signs)
        FUZZ_MUST(json_is_integer(lifetime) && (uint64_t)json_integer_value(lifetime) == asked->lifetime);
    if (member(body, "identifiers")) {
        FUZZ_MUST(!asked->userbufs && (!asked->signs || json_is_array(member(body, "identifiers"))));
        check_batch(member(body, "identifiers"));
        return;
    }
    FUZZ_MUST(asked->signs <= 1);
    if (asked->signs)
        FUZZ_MUST(json_string_length(identifier) == asked->identifier_len &&
                  memcmp(json_string_value(identifier), asked->identifier, asked->identifier_len) == 0);
    FUZZ_MUST(!asked->userbufs || member(body, "room") || member(body, "room_string") ||
              member(body, "userbuf"));
}

static void check_verify(const json_t *body)
{
    FUZZ_MUST(frontrig.counts.signs == 0 && frontrig.counts.verifies <= 1);
    if (frontrig.counts.verifies)
        FUZZ_MUST(json_is_string(member(body, "usersig")) &&
                  !member(body, "identifier") == json_is_true(member(body, "any_identifier")));
}

/* What was asked must be in the body. */
static void check(const uint8_t *bytes, size_t len, bool verify)
{
    frontrig_json_begin();
    json_t *body = json_loadb((const char *)bytes, len, JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, NULL);
    if (!json_is_object(body))
        FUZZ_MUST(!frontrig.counts.signs && !frontrig.counts.verifies);
    else if (verify)
        check_verify(body);
    else
        check_sign(body);
    json_decref(body);
    frontrig_json_end();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_input in = { data, size };
    uint8_t how = fuzz_byte(&in), cut = fuzz_byte(&in), status = how >> 2;
    char head[256];
    const char *answer;
    size_t len, first = in.left * cut / 256;
    frontrig_begin(0xFF);
    len = (size_t)snprintf(head, sizeof head,
                           "POST /v1/apps/%s/%s HTTP/1.1\r\nHost: sigd\r\nContent-Type: application/json\r\n"
                           "Content-Length: %zu\r\nConnection: close\r\n\r\n",
                           how & 2 ? "video" : "chat", how & 1 ? "verify" : "usersig", in.left);
    frontrig_send(0, head, len);
    frontrig_send(0, in.at, first);
    frontrig_turn(0);
    frontrig_signer_answer(PROTO_DONE);
    frontrig_send(0, in.at + first, in.left - first);
    frontrig_turn(0);
    /* one STALE would be asked again without end */
    frontrig_signer_answer(status < PROTO_STATUSES && status != PROTO_STALE ? status : PROTO_DONE);
    frontrig_answers_check(0);
    FUZZ_MUST(frontrig_answers_last(&answer, &len) >= 200);
    check(in.at, in.left, how & 1);
    frontrig_end();
    return 0;
}
