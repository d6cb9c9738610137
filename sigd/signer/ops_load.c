/* ops_load.c: takes a new model (policy and keys) from the master; it counts from the commit on. */
#include "ops.h"

#include "log.h"
#include "sealed.h"

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
    sealed_master_free(model->master);
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
    free_model(ops->loading);
    ops->loading = calloc(1, sizeof *ops->loading);
    if (!ops->loading)
        return false;
    memcpy(&ops->loading->begin, frame->body, sizeof ops->loading->begin);
    ops->loading->policy.overflow_uid = ops->loading->begin.overflow_uid;
    ops->loading->policy.overflow_gid = ops->loading->begin.overflow_gid;
    ops->loading->policy.ids_off = ops->loading->begin.ids_off != 0;
    return true;
}

/* Opens the sealed keys that follow; nobody holds it after the end. */
bool ops_load_master_key(struct ops *ops, struct ops_front *front, const struct chan_frame *frame)
{
    struct ops_model *model = ops->loading;
    const char *why;
    (void)front;
    if (!model || model->master || model->why[0])
        return false;
    model->master = sealed_master_read(frame->fd, model->begin.allow_swap != 0, &why);
    if (!model->master)
        snprintf(model->why, sizeof model->why, "master_key: %s", why);
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
    struct keyset_source source = { .fd = frame->fd,
                                    .app = model->policy.apps[app]->name,
                                    .master = model->master,
                                    .master_failed = model->why[0] != '\0',
                                    .may_swap = model->begin.allow_swap != 0 };
    const char *why;
    bool trimmed;
    snprintf(window.name, sizeof window.name, "%.*s", SIGD_NAME_MAX, body->name);
    if (!keyset_add(&model->keys[app], &window, &source, &trimmed, &why)) {
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

static bool same_admin(const struct policy_app *a, size_t i, const struct policy_app *b, size_t j)
{
    return a->sdkappid == b->sdkappid && strcmp(a->name, b->name) == 0 &&
           strcmp(a->admins[i], b->admins[j]) == 0;
}

/* Who has got which credential goes with the administrator into the new model, at whatever place it stands there. */
static void carry_served(struct ops_model *from, struct ops_model *to)
{
    for (size_t a = 0; a < from->policy.n_apps; a++)
        for (size_t i = 0; i < from->policy.apps[a]->n_admins; i++)
            for (size_t b = 0; b < to->policy.n_apps; b++)
                for (size_t j = 0; j < to->policy.apps[b]->n_admins; j++)
                    if (same_admin(from->policy.apps[a], i, to->policy.apps[b], j))
                        served_move(&from->served, a, i, &to->served, b, j);
}

/* The model counts from now on: for callers who are connected, too. */
static void replace_model(struct ops *ops, struct ops_model *model)
{
    if (ops->model) {
        carry_served(ops->model, model);
        for (size_t a = 0; a < SIGD_APPS_MAX; a++)
            keyset_clear(&ops->model->keys[a]);
    }
    free_model(ops->previous[OPS_PREVIOUS - 1]);
    memmove(ops->previous + 1, ops->previous, sizeof ops->previous - sizeof ops->previous[0]);
    ops->previous[0] = ops->model;
    ops->model = model;
    board_set(&ops->boards.own_signer->generation, model->begin.generation);
    for (size_t f = 0; f < SIGD_WORKERS_MAX; f++)
        for (size_t i = 0; ops->fronts[f] && i < ops->fronts[f]->n_callers; i++)
            if (ops->fronts[f]->callers[i]->used)
                ops_caller_match(ops, ops->fronts[f]->callers[i]);
    ops_clock_load(ops);
}

/* Of the model that is being loaded, if one is; else of the one that counts. */
bool ops_load_freeze(struct ops *ops, struct ops_front *front, const struct chan_frame *frame)
{
    const struct proto_freeze *freeze = frame->body;
    struct ops_model *model = ops->loading ? ops->loading : ops->model;
    (void)front;
    if (!model || freeze->app >= model->policy.n_apps)
        return false;
    uint64_t bit = UINT64_C(1) << freeze->app;
    model->frozen = freeze->frozen ? model->frozen | bit : model->frozen & ~bit;
    return true;
}

/* All has been told. What can be loaded waits for the master's last word, which may still be no. */
bool ops_load_end(struct ops *ops, struct ops_front *front, const struct chan_frame *frame)
{
    const struct proto_load_end *end = frame->body;
    struct ops_model *model = ops->loading;
    (void)front;
    if (!model || model->begin.generation != end->generation)
        return false;
    struct proto_loaded answer = { .generation = end->generation, .failed = model->failed || model->why[0] };
    memcpy(answer.why, model->why, sizeof answer.why);
    ops->loading = NULL;
    sealed_master_free(model->master); /* wipes */
    model->master = NULL;
    free_model(ops->loaded);
    ops->loaded = answer.failed ? NULL : model;
    if (answer.failed)
        free_model(model);
    return chan_send(&ops->master, PROTO_LOADED, &answer, -1);
}

bool ops_load_commit(struct ops *ops, struct ops_front *front, const struct chan_frame *frame)
{
    const struct proto_load_end *commit = frame->body;
    struct ops_model *model = ops->loaded;
    (void)front;
    if (!model || model->begin.generation != commit->generation)
        return false;
    ops->loaded = NULL;
    replace_model(ops, model);
    return true;
}

/* What failed is gone already. */
bool ops_load_abort(struct ops *ops, struct ops_front *front, const struct chan_frame *frame)
{
    const struct proto_load_end *abort = frame->body;
    (void)front;
    if (ops->loaded && ops->loaded->begin.generation != abort->generation)
        return false;
    free_model(ops->loaded);
    ops->loaded = NULL;
    return true;
}
