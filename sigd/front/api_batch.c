/* api_batch.c: POST /v1/apps/{app}/usersig for many identifiers: a window of questions is with the signer, the answers
 * leave in order, a line each, as fast as the client takes them. */
#include "api.h"

#include "body.h"
#include "reply.h"
#include "request.h"

#include <stdlib.h>
#include <string.h>

#define IDENTIFIERS_MAX 10000
#define WINDOW SHARE_WINDOW /* questions at once */
#define SIGNER_MS 5000      /* as for a single question */
#define WHOLE_MS 60000      /* for all of it */
#define TOLD_MAX 64         /* bytes of an identifier that is longer than any may be */

struct place {
    uint32_t id;
    bool answered;
    struct proto_signed is;
};

struct batch {
    size_t n, asked, answered, told; /* told <= answered <= asked <= n */
    struct proto_sign sign;          /* what is the same for all */
    uint64_t end_ms;
    struct place window[WINDOW]; /* of identifier i: i % WINDOW */
    uint32_t *ends;              /* of identifier i in bytes; the next begins there */
    char bytes[]; /* the identifiers: jansson's own form takes eight times as much for a minute */
};

static struct http_text identifier_at(const struct batch *batch, size_t i)
{
    uint32_t begin = i ? batch->ends[i - 1] : 0;
    return (struct http_text){ batch->bytes + begin, batch->ends[i] - begin };
}

/* Is each an object's member as it must be? false: refused and answered. */
static bool judge_body(struct conn *conn, const json_t *object)
{
    const json_t *list = json_object_get(object, "identifiers"), *one;
    const char *name;
    json_t *value;
    size_t i;
    json_object_foreach((json_t *)(uintptr_t)object, name, value)
    {
        if (strcmp(name, "identifiers") != 0 && strcmp(name, "lifetime") != 0) {
            reply_problem(conn, PROBLEM_FIELD, "%s does not go with identifiers; lifetime does", name);
            return false;
        }
    }
    if (!json_is_array(list) || json_array_size(list) > IDENTIFIERS_MAX) {
        reply_problem(conn, PROBLEM_FIELD, "identifiers must be a list of %d strings at most",
                      IDENTIFIERS_MAX);
        return false;
    }
    json_array_foreach(list, i, one)
    {
        if (!json_is_string(one)) {
            reply_problem(conn, PROBLEM_FIELD, "identifiers must be strings; the one at place %zu is not", i);
            return false;
        }
    }
    return true;
}

static void free_batch(struct batch *batch)
{
    if (batch)
        free(batch->ends);
    free(batch);
}

/* For at most n identifiers of len bytes together. NULL: no memory. */
static struct batch *new_batch(size_t n, size_t len)
{
    struct batch *batch = calloc(1, sizeof *batch + len);
    if (batch)
        batch->ends = calloc(n + 1, sizeof *batch->ends);
    if (!batch || !batch->ends) {
        free_batch(batch);
        return NULL;
    }
    return batch;
}

static void add(struct batch *batch, const char *identifier, size_t len)
{
    uint32_t begin = batch->n ? batch->ends[batch->n - 1] : 0;
    memcpy(batch->bytes + begin, identifier, len);
    batch->ends[batch->n++] = begin + (uint32_t)len; /* of a body, 1 MiB at most */
}

static struct batch *listed(const json_t *list)
{
    const json_t *one;
    size_t i, len = 0;
    json_array_foreach(list, i, one) len += json_string_length(one);
    struct batch *batch = new_batch(json_array_size(list), len);
    if (!batch)
        return NULL;
    json_array_foreach(list, i, one) add(batch, json_string_value(one), json_string_length(one));
    return batch;
}

static struct batch *found(const struct body_strings *strings)
{
    const char *at = strings->first, *one;
    struct batch *batch = new_batch(strings->n, strings->len);
    while (batch && batch->n < strings->n) {
        size_t len;
        one = body_strings_next(&at, &len);
        add(batch, one, len);
    }
    return batch;
}

/* As a route's handler. */
static bool begin(struct conn *conn, struct batch *batch, const struct proto_sign *sign)
{
    if (!batch) {
        api_refused(conn, PROTO_UNAVAILABLE, 0, 0);
        return true;
    }
    batch->sign = *sign;
    batch->end_ms = conn->front->now_ms + WHOLE_MS;
    buffer_fit(&conn->in);
    reply_stream(conn, "application/x-ndjson");
    conn->batch = batch;
    return api_batch_again(conn);
}

bool api_batch(struct conn *conn, const json_t *object)
{
    struct proto_sign sign = { 0 };
    if (!judge_body(conn, object) || !api_sign_lifetime(conn, object, &sign))
        return true;
    return begin(conn, listed(json_object_get(object, "identifiers")), &sign);
}

bool api_batch_usual(struct conn *conn, bool *waits)
{
    struct body_strings strings;
    if (!body_strings(conn, "identifiers", IDENTIFIERS_MAX, &strings))
        return false;
    *waits = !begin(
        conn, found(&strings),
        &(struct proto_sign){ .lifetime = strings.lifetime, .default_lifetime = !strings.has_lifetime });
    return true;
}

bool api_batch_again(struct conn *conn)
{
    struct batch *batch = conn->batch;
    batch->sign.handle = conn->handle;
    batch->sign.app = (uint32_t)conn->call.app;
    batch->sign.generation = conn->generation;
    request_wait(conn, batch->end_ms);
    return false;
}

/* What has been asked and not yet told counts for nothing any more. */
static void take_back(struct conn *conn)
{
    struct batch *batch = conn->batch;
    for (size_t i = batch->told; i < batch->asked; i++)
        if (!batch->window[i % WINDOW].answered)
            ask_abandon(&conn->front->asks, batch->window[i % WINDOW].id);
    batch->asked = batch->answered = batch->told;
}

void api_batch_drop(struct conn *conn)
{
    struct batch *batch = conn->batch;
    if (!batch)
        return;
    take_back(conn);
    free_batch(batch);
    conn->batch = NULL;
}

/* A signer that is silent for too long ends the batch, and so does a client that takes too long altogether. */
static void set_deadline(struct conn *conn)
{
    const struct batch *batch = conn->batch;
    uint64_t until = conn->front->now_ms + SIGNER_MS;
    request_wait(conn, batch->answered < batch->asked && until < batch->end_ms ? until : batch->end_ms);
}

/* Who waits for this answer: the signer keeps the order, so that it is mostly the first one that has none. */
static struct place *place_of(struct batch *batch, uint32_t id)
{
    struct place *place = &batch->window[batch->answered % WINDOW];
    for (size_t i = batch->told; place->answered || place->id != id; i++)
        place = &batch->window[i % WINDOW]; /* it is there: ask_answer gives each id once */
    return place;
}

static void answered(struct conn *conn, uint16_t op, const void *body)
{
    const struct proto_signed *answer = body;
    struct batch *batch = conn->batch;
    (void)op;
    struct place *place = place_of(batch, answer->id);
    place->is = *answer;
    place->answered = true;
    batch->answered++;
    set_deadline(conn);
    if (batch->asked - batch->answered <= WINDOW / 2) /* not for each: one packet, one send for many */
        conn_go_on(conn);
}

/* false: it cannot be asked, which *status says. */
static bool ask_about(struct conn *conn, struct http_text identifier, uint32_t *id, enum proto_status *status)
{
    struct proto_sign *sign = &conn->batch->sign;
    if (sign->identifier_len > identifier.len)
        memset(sign->identifier + identifier.len, 0, sign->identifier_len - identifier.len);
    memcpy(sign->identifier, identifier.bytes, identifier.len);
    sign->identifier_len = (uint32_t)identifier.len;
    *status = PROTO_UNAVAILABLE;
    *id = sign->id = ask_new(&conn->front->asks, conn, conn->share, PROTO_SIGNED, answered);
    if (*id == UINT32_MAX)
        return false;
    struct proto_sign_short brief;
    bool is_short = proto_sign_shorten(&brief, sign);
    if (chan_send(&conn->front->signer, is_short ? PROTO_SIGN_SHORT : PROTO_SIGN,
                  is_short ? (const void *)&brief : sign, -1))
        return true;
    ask_cancel(&conn->front->asks, *id);
    return false;
}

/* Asks about the next identifier, or knows the answer. */
static void ask_next(struct conn *conn)
{
    struct batch *batch = conn->batch;
    const struct http_text identifier = identifier_at(batch, batch->asked);
    struct place *place = &batch->window[batch->asked++ % WINDOW];
    enum proto_status status = PROTO_FIELD;
    place->answered =
        identifier.len > USERSIG_IDENTIFIER_MAX || !ask_about(conn, identifier, &place->id, &status);
    if (!place->answered)
        return;
    place->is = (struct proto_signed){ .status = status,
                                       .error = status == PROTO_FIELD ? USERSIG_ERR_IDENTIFIER : USERSIG_OK,
                                       .generation = batch->sign.generation };
    batch->answered++;
}

/* How a refused identifier is told: whole, unless it could not be one: else a body's worth of control characters would
 * come back six times as long. */
static struct http_text told(struct http_text identifier)
{
    if (identifier.len <= USERSIG_IDENTIFIER_MAX)
        return identifier;
    identifier.len = TOLD_MAX;
    while ((identifier.bytes[identifier.len] & 0xC0) == 0x80) /* whole characters */
        identifier.len--;
    return identifier;
}

static void write_refusal(struct conn *conn, struct http_text identifier, const struct proto_signed *answer,
                          uint32_t status)
{
    struct buffer *out = &conn->front->body;
    char detail[REPLY_DETAIL_SIZE];
    enum problem problem = api_refused_why(conn, status, answer->error, answer->cap, detail);
    identifier = told(identifier);
    buffer_text(out, "{\"identifier\":");
    buffer_json(out, identifier.bytes, identifier.len);
    buffer_text(out, ",\"error\":");
    reply_problem_text(out, problem, detail);
    buffer_text(out, "}\n");
}

static void write_line(struct conn *conn, struct http_text identifier, const struct proto_signed *answer)
{
    static struct usersig_claims claims; /* what is not set here stays zero */
    if (answer->status) {
        write_refusal(conn, identifier, answer, answer->status);
        return;
    }
    /* no longer than a frame holds, or it had not been signed */
    memcpy(claims.identifier, identifier.bytes, identifier.len);
    claims.identifier_len = identifier.len;
    if (!api_sign_encode(conn, &claims, answer, &conn->front->body))
        write_refusal(conn, identifier, answer, PROTO_UNAVAILABLE);
}

/* Does another model count than the one that was asked? *generation: which. */
static bool is_stale(const struct conn *conn, uint32_t *generation)
{
    const struct batch *batch = conn->batch;
    *generation = conn->front->cache.generation;
    if (*generation != batch->sign.generation)
        return true;
    for (size_t i = batch->told; i < batch->asked; i++) {
        const struct place *place = &batch->window[i % WINDOW];
        if (place->answered &&
            (place->is.status == PROTO_STALE || place->is.generation != batch->sign.generation)) {
            *generation = place->is.generation;
            return true;
        }
    }
    return false;
}

bool api_batch_on(struct conn *conn)
{
    struct batch *batch = conn->batch;
    size_t told = batch->told;
    uint32_t generation;
    if (is_stale(conn, &generation)) {
        take_back(conn);
        request_renew(conn, generation);
        return true;
    }
    while (batch->asked < batch->n && batch->asked - batch->told < WINDOW && share_may_ask(conn))
        ask_next(conn);
    if (batch->asked < batch->n && batch->asked - batch->told < WINDOW)
        share_wait(conn);
    for (; batch->told < batch->asked && batch->window[batch->told % WINDOW].answered; batch->told++)
        write_line(conn, identifier_at(batch, batch->told), &batch->window[batch->told % WINDOW].is);
    reply_piece(conn);
    set_deadline(conn);
    if (batch->told < batch->n)
        return batch->told > told;
    reply_last(conn);
    api_batch_drop(conn);
    return true;
}
