#include "sign_sigd.h"
#include "batch.h"
#include "client.h"
#include "exits.h"
#include "lines.h"
#include "output.h"
#include "transfer.h"

#include <stdlib.h>
#include <string.h>

#define LOST_MAX 5   /* times that no answer came, one after the other */
#define LATER_MAX 60 /* times that sigd said later, one after the other */
#define LOST_MS 50u
#define LATER_MS 1000u
#define WAIT_MAX_S 10u

struct sign_sigd_item {
    struct sign_line line;
    json_t *answer; /* an object; NULL: none yet */
};

/* Consecutive items that are asked about together. */
struct group {
    struct sign_sigd *worker;
    struct batch_chunk *chunk;
    size_t first, end;
    unsigned lost, later; /* attempts without progress */
};

int sign_sigd_open(struct sign_sigd *worker, struct client *client, const struct sign_line *defaults,
                   bool bare)
{
    *worker = (struct sign_sigd){ .client = client, .defaults = *defaults, .bare = bare };
    worker->items = calloc(SIGN_SIGD_LINES, sizeof *worker->items);
    return worker->items != NULL ? 0 : output_fail(USERSIG_ERR_MEMORY, "no memory");
}

void sign_sigd_close(struct sign_sigd *worker)
{
    free(worker->items);
    worker->items = NULL;
}

static bool waits(const struct sign_sigd_item *item)
{
    return item->line.fault.code == 0 && item->answer == NULL;
}

/* The next one from i on that has no answer; group->end: none. */
static size_t next(const struct group *group, size_t i)
{
    while (i < group->end && !waits(&group->worker->items[i]))
        i++;
    return i;
}

static bool is_single(const struct group *group)
{
    return group->worker->items[group->first].line.with_room;
}

static json_t *question(const struct group *group)
{
    const struct sign_line *line = &group->worker->items[group->first].line;
    json_t *body = json_object();
    if (is_single(group)) {
        json_object_set_new(body, "identifier", json_stringn(line->identifier, line->len));
        if (line->room.number != 0)
            json_object_set_new(body, "room", json_integer(line->room.number));
        else
            json_object_set_new(body, "room_string", json_stringn(line->room.name, line->room.name_len));
        if (line->with_rights)
            json_object_set_new(body, "rights", json_integer(line->room.rights));
    } else {
        json_t *list = json_array();
        for (size_t i = next(group, group->first); i < group->end; i = next(group, i + 1))
            json_array_append_new(list, json_stringn(group->worker->items[i].line.identifier,
                                                     group->worker->items[i].line.len));
        json_object_set_new(body, "identifiers", list);
    }
    if (line->lifetime != 0)
        json_object_set_new(body, "lifetime", json_integer((json_int_t)line->lifetime));
    return body;
}

/* Is this the line's identifier? One that is too long for any is told by its beginning, where it is refused. */
static bool names(const struct sign_line *line, const json_t *identifier, bool refused)
{
    size_t len = json_string_length(identifier);
    return json_is_string(identifier) &&
           (len == line->len ||
            (refused && line->len > USERSIG_IDENTIFIER_MAX && len > 0 && len < line->len)) &&
           memcmp(json_string_value(identifier), line->identifier, len) == 0;
}

/* Is answer one about this line, by its form? */
static bool fits(const struct sign_line *line, const json_t *answer)
{
    const json_t *identifier = json_object_get(answer, "identifier"),
                 *error = json_object_get(answer, "error");
    const char *usersig = json_string_value(json_object_get(answer, "usersig"));
    if (!names(line, identifier, error != NULL))
        return false;
    if (error != NULL)
        return usersig == NULL && json_is_integer(json_object_get(error, "code"));
    return usersig != NULL && client_is_usersig(usersig) &&
           json_is_integer(json_object_get(answer, "issued_at")) &&
           json_is_integer(json_object_get(answer, "expires_at"));
}

/* Takes the answer, which may be that it is to be asked again. false: it makes no sense. */
static bool take(struct group *group, size_t i, json_t *answer)
{
    struct sign_sigd_item *item = &group->worker->items[i];
    bool good = fits(&item->line, answer);
    json_int_t code = json_integer_value(json_object_get(json_object_get(answer, "error"), "code"));
    if (good && (code != EXITS_LATER || group->later >= LATER_MAX)) {
        item->answer = json_incref(answer);
        if (json_string_length(json_object_get(answer, "identifier")) < item->line.len)
            json_object_set_new(answer, "identifier", json_stringn(item->line.identifier, item->line.len));
        group->lost = 0;
        if (code != EXITS_LATER)
            group->later = 0;
    }
    json_decref(answer);
    return good;
}

/* The whole lines of an answer, as far as they go. */
static bool take_lines(struct group *group, const struct transfer_reply *reply)
{
    const char *line = reply->text, *end = reply->text + reply->len, *feed;
    size_t i = next(group, group->first);
    for (; line < end && (feed = memchr(line, '\n', (size_t)(end - line))) != NULL; line = feed + 1) {
        json_t *answer = json_loadb(line, (size_t)(feed - line), JSON_REJECT_DUPLICATES, NULL);
        if (i == group->end || !take(group, i, answer))
            return false;
        i = next(group, i + 1);
    }
    return reply->result != 0 || (line == end && i == group->end);
}

static bool take_single(struct group *group, const struct transfer_reply *reply)
{
    const struct sign_line *line = &group->worker->items[group->first].line;
    json_t *answer = json_loadb(reply->text, reply->len, JSON_REJECT_DUPLICATES, NULL);
    if (reply->result != 0) {
        json_decref(answer);
        return true; /* it is asked again */
    }
    if (reply->kind == TRANSFER_PROBLEM && answer != NULL)
        answer =
            json_pack("{s:o, s:o}", "identifier", json_stringn(line->identifier, line->len), "error", answer);
    return take(group, group->first, answer);
}

static int complain(struct group *group, const struct transfer_reply *reply)
{
    if (!batch_may_complain(group->chunk))
        return EXITS_UNREACHABLE; /* another worker has said why, and with which status */
    if (reply->result == 0 && reply->http_status == 200)
        return output_fail(EXITS_PROTOCOL, "sigd's answer makes no sense for this batch");
    return client_explain(group->worker->client, reply);
}

/* Before the next question about the rest. */
static uint64_t wait_ms(const struct group *group, const struct transfer_reply *reply)
{
    if (reply->result != 0)
        return group->lost == 0 ? 0 : LOST_MS << group->lost;
    return reply->retry_after < 1                  ? LATER_MS
           : reply->retry_after > (long)WAIT_MAX_S ? WAIT_MAX_S * 1000
                                                   : (uint64_t)reply->retry_after * 1000;
}

/* One question. 0; or the status with which everything ends. */
static int attempt(struct group *group)
{
    struct transfer_reply reply;
    bool single = is_single(group);
    json_t *body = question(group);
    char *text = json_dumps(body, JSON_COMPACT);
    json_decref(body);
    if (text == NULL)
        return output_fail(USERSIG_ERR_MEMORY, "no memory");
    int status = client_try(group->worker->client, "usersig", text, &reply);
    free(text);
    if (status != 0)
        return status;
    bool later = reply.http_status == 429 || reply.http_status == 503;
    group->lost += reply.result != 0;
    group->later++;
    if (single && (reply.result != 0 || reply.kind == TRANSFER_PROBLEM || reply.kind == TRANSFER_JSON)) {
        if (!take_single(group, &reply))
            return complain(group, &reply);
    } else if (reply.http_status == 200 && reply.kind == TRANSFER_LINES) {
        if (!take_lines(group, &reply))
            return complain(group, &reply);
    } else if (!(later && group->later < LATER_MAX) && reply.result == 0) {
        return complain(group, &reply);
    }
    if (group->lost >= LOST_MAX || group->later > LATER_MAX)
        return complain(group, &reply);
    if (next(group, group->first) < group->end && !batch_wait(group->chunk, wait_ms(group, &reply)))
        return EXITS_UNREACHABLE; /* everything ends */
    return 0;
}

/* Lines beside each other that one question can hold. */
static size_t group_end(const struct sign_sigd *worker, size_t first, size_t n)
{
    const struct sign_line *line = &worker->items[first].line;
    size_t end = first + 1;
    if (line->fault.code != 0 || line->with_room)
        return end;
    while (end < n &&
           (worker->items[end].line.fault.code != 0 ||
            (!worker->items[end].line.with_room && worker->items[end].line.lifetime == line->lifetime)))
        end++;
    return end;
}

static void put_answer(struct text *out, const struct sign_sigd_item *item, bool bare)
{
    const json_t *error = json_object_get(item->answer, "error");
    const char *usersig = json_string_value(json_object_get(item->answer, "usersig"));
    if (error == NULL) {
        sign_line_put(out, &item->line, bare, usersig, strlen(usersig),
                      (uint64_t)json_integer_value(json_object_get(item->answer, "issued_at")),
                      (uint64_t)json_integer_value(json_object_get(item->answer, "expires_at")));
        return;
    }
    char *text = bare ? NULL : json_dumps(item->answer, JSON_COMPACT | JSON_ENSURE_ASCII);
    if (text != NULL)
        text_adds(out, text);
    text_add(out, "\n", 1);
    out->failed |= !bare && text == NULL;
    free(text);
}

static void put(struct sign_sigd *worker, struct batch_chunk *chunk)
{
    for (size_t i = 0; i < chunk->n; i++) {
        const struct sign_sigd_item *item = &worker->items[i];
        chunk->failed += item->answer == NULL || json_object_get(item->answer, "error") != NULL;
        if (item->answer == NULL)
            sign_line_put_fault(&chunk->out, &item->line, worker->bare);
        else
            put_answer(&chunk->out, item, worker->bare);
    }
}

/* sigd judges identifiers; what JSON cannot carry never gets there. */
static void read_lines(struct sign_sigd *worker, const struct batch_chunk *chunk)
{
    const char *at = NULL, *text;
    size_t len;
    for (size_t i = 0; lines_next(chunk->in, chunk->in_len, &at, &text, &len); i++) {
        struct sign_sigd_item *item = &worker->items[i];
        item->answer = NULL;
        if (!sign_line_read(&item->line, &worker->defaults, text, len))
            continue;
        json_t *carried = json_stringn(item->line.identifier, item->line.len);
        if (carried == NULL)
            fault_claims(&item->line.fault, USERSIG_ERR_IDENTIFIER, "the identifier is not valid UTF-8");
        else if (item->line.with_room && item->line.room.name_len > USERSIG_ROOM_NAME_MAX)
            fault_claims(&item->line.fault, USERSIG_ERR_USERBUF, "the room's name is too long");
        json_decref(carried);
    }
}

int sign_sigd_work(void *context, struct batch_chunk *chunk)
{
    struct sign_sigd *worker = context;
    int status = 0;
    read_lines(worker, chunk);
    for (size_t first = 0; first < chunk->n && status == 0;) {
        struct group group = { worker, chunk, first, group_end(worker, first, chunk->n), 0, 0 };
        while (status == 0 && next(&group, first) < group.end)
            status = attempt(&group);
        first = group.end;
    }
    if (status == 0)
        put(worker, chunk);
    for (size_t i = 0; i < chunk->n; i++) {
        json_decref(worker->items[i].answer);
        sign_line_free(&worker->items[i].line);
    }
    return status;
}
