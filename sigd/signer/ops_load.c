/* ops_load.c: takes a new model (policy and keys) from the master; it counts from the commit on. */
#include "ops.h"

#include "log.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void free_model(struct ops_model *model)
{
    if (!model)
        return;
    for (size_t a = 0; a < SIGD_APPS_MAX; a++)
        keyset_clear(&model->keys[a]);
    policy_clear(&model->policy);
    served_clear(&model->served);
    free(model);
}

bool ops_load_board(struct ops *ops, struct ops_front *front, const struct chan_frame *frame)
{
    (void)front;
    return board_take(&ops->boards, frame->body, frame->fd);
}

bool ops_load_log(struct ops *ops, struct ops_front *front, const struct chan_frame *frame)
{
    const struct proto_log *log = frame->body;
    (void)ops, (void)front;
    return log_set(log->format, log->level);
}

bool ops_load_begin(struct ops *ops, struct ops_front *front, const struct chan_frame *frame)
{
    (void)front;
    if (ops->model)
        return false; /* callers hold rights by the places of its rules: another policy would give them other ones */
    free_model(ops->loading);
    ops->loading = calloc(1, sizeof *ops->loading);
    if (!ops->loading)
        return false;
    memcpy(&ops->loading->begin, frame->body, sizeof ops->loading->begin);
    ops->loading->policy.overflow_uid = ops->loading->begin.overflow_uid;
    ops->loading->policy.overflow_gid = ops->loading->begin.overflow_gid;
    return true;
}

bool ops_load_socket(struct ops *ops, struct ops_front *front, const struct chan_frame *frame)
{
    (void)front;
    return ops->loading && policy_load_socket(&ops->loading->policy, frame->body);
}

bool ops_load_app(struct ops *ops, struct ops_front *front, const struct chan_frame *frame)
{
    (void)front;
    return ops->loading && policy_load_app(&ops->loading->policy, frame->body);
}

bool ops_load_key(struct ops *ops, struct ops_front *front, const struct chan_frame *frame)
{
    const struct proto_load_key *body = frame->body;
    struct ops_model *model = ops->loading;
    (void)front;
    if (!model || !model->policy.n_apps || !proto_string_ok(body->name, sizeof body->name) ||
        strlen(body->name) > SIGD_NAME_MAX)
        return false;
    size_t app = model->policy.n_apps - 1;
    struct keyset_key window = { .not_before = body->not_before,
                                 .not_after = body->not_after,
                                 .revoked = body->revoked != 0 };
    struct proto_key_read answer = { .app = (uint32_t)app, .key = model->n_keys_seen[app]++ };
    const char *why;
    bool trimmed;
    snprintf(window.name, sizeof window.name, "%.*s", SIGD_NAME_MAX, body->name);
    if (!keyset_add(&model->keys[app], &window, frame->fd, model->begin.allow_swap != 0, &trimmed, &why)) {
        proto_set(answer.why, sizeof answer.why, why);
        answer.failed = 1;
        model->failed = true;
    }
    answer.trimmed = trimmed;
    return chan_send(&ops->master, PROTO_KEY_READ, &answer, -1);
}

bool ops_load_admin(struct ops *ops, struct ops_front *front, const struct chan_frame *frame)
{
    const struct proto_load_admin *body = frame->body;
    (void)front;
    return ops->loading && proto_string_ok(body->identifier, sizeof body->identifier) &&
           policy_load_admin(&ops->loading->policy, body->identifier);
}

bool ops_load_reserved(struct ops *ops, struct ops_front *front, const struct chan_frame *frame)
{
    const struct proto_load_reserved *body = frame->body;
    (void)front;
    return ops->loading && proto_string_ok(body->name, sizeof body->name) &&
           policy_load_reserved(&ops->loading->policy, body->name);
}

bool ops_load_rule(struct ops *ops, struct ops_front *front, const struct chan_frame *frame)
{
    (void)front;
    return ops->loading && policy_load_rule(&ops->loading->policy, frame->body);
}

bool ops_load_rule_id(struct ops *ops, struct ops_front *front, const struct chan_frame *frame)
{
    (void)front;
    return ops->loading && policy_load_id(&ops->loading->policy, frame->body);
}

bool ops_load_rule_pattern(struct ops *ops, struct ops_front *front, const struct chan_frame *frame)
{
    const struct proto_load_rule_pattern *body = frame->body;
    (void)front;
    return ops->loading && proto_string_ok(body->pattern, sizeof body->pattern) &&
           policy_load_pattern(&ops->loading->policy, body->pattern);
}

bool ops_load_commit(struct ops *ops, struct ops_front *front, const struct chan_frame *frame)
{
    const struct proto_load_commit *commit = frame->body;
    struct ops_model *model = ops->loading;
    (void)front;
    if (!model || model->begin.generation != commit->generation)
        return false;
    struct proto_loaded answer = { .generation = commit->generation,
                                   .failed = model->failed || model->why[0] };
    memcpy(answer.why, model->why, sizeof answer.why);
    ops->loading = NULL;
    if (answer.failed) {
        free_model(model);
    } else {
        free_model(ops->model);
        ops->model = model;
        board_set(&ops->boards.own_signer->generation, commit->generation);
    }
    return chan_send(&ops->master, PROTO_LOADED, &answer, -1);
}
