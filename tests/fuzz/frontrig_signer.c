/* frontrig_signer.c: the signer of the rig: takes questions, holds the front to its books, answers. */
#include "frontrig.h"

/* A handle that was given and not yet closed. */
static void check_handle(uint32_t handle)
{
    FUZZ_MUST(frontrig.lies || (handle < FRONTRIG_HANDLES && frontrig.open[handle]));
}

/* What the front asks on an app, its callers may do: by what they were granted, and an app that there is. */
static void check_may(uint32_t handle, uint32_t app, uint32_t may)
{
    check_handle(handle);
    if (frontrig.lies)
        return;
    FUZZ_MUST(app < FRONTRIG_APPS && frontrig.grants[app].may & may);
}

static void ask(uint16_t op, uint32_t id, uint32_t len)
{
    if (frontrig.n_questions == FRONTRIG_QUESTIONS) {
        frontrig.cut = true; /* it is never answered */
        return;
    }
    frontrig.questions[frontrig.n_questions++] = (struct frontrig_question){ op, id, (uint16_t)len };
}

static void take_sign(uint16_t op, const struct proto_sign *sign)
{
    check_may(sign->handle, sign->app, SIGD_MAY_SIGN);
    FUZZ_MUST(sign->identifier_len <= USERSIG_IDENTIFIER_MAX && sign->default_lifetime <= 1);
    FUZZ_MUST(!sign->default_lifetime || sign->lifetime == 0);
    struct frontrig_counts *counts = &frontrig.counts;
    counts->signs++;
    counts->userbufs += op == PROTO_SIGN_USERBUF;
    counts->lifetime = sign->lifetime;
    counts->identifier_len = sign->identifier_len;
    memcpy(counts->identifier, sign->identifier, sizeof counts->identifier);
    ask(op, sign->id, sign->identifier_len);
}

static void take_short(const struct proto_sign_short *brief)
{
    struct proto_sign sign = { 0 };
    FUZZ_MUST(brief->identifier_len <= sizeof brief->identifier);
    proto_sign_lengthen(&sign, brief);
    take_sign(PROTO_SIGN, &sign);
}

static void take_verify(const struct proto_verify *verify)
{
    check_may(verify->handle, verify->app, SIGD_MAY_VERIFY);
    FUZZ_MUST(verify->identifier_len <= USERSIG_IDENTIFIER_MAX && verify->userbuf_len <= USERSIG_USERBUF_MAX);
    FUZZ_MUST(verify->proof_len <= USERSIG_PROOF_MAX && verify->expected_len <= USERSIG_IDENTIFIER_MAX);
    FUZZ_MUST((verify->any_identifier != 0) == (verify->expected_len == 0));
    frontrig.counts.verifies++;
    ask(PROTO_VERIFY, verify->id, 0);
}

static void take(uint16_t op, const void *body)
{
    const struct proto_close *closed = body;
    const struct proto_served *served = body;
    const struct proto_refused *refused = body;
    const struct proto_sign_userbuf *with = body;
    switch (op) {
    case PROTO_OPEN: ask(op, ((const struct proto_open *)body)->id, 0); break;
    case PROTO_CLOSE:
        check_handle(closed->handle);
        if (closed->handle < FRONTRIG_HANDLES)
            frontrig.open[closed->handle] = false;
        break;
    case PROTO_SIGN: take_sign(op, body); break;
    case PROTO_SIGN_SHORT: take_short(body); break;
    case PROTO_SIGN_USERBUF:
        FUZZ_MUST(with->kind < PROTO_USERBUFS && with->len <= USERSIG_USERBUF_MAX &&
                  with->default_rights <= 1);
        take_sign(op, &with->sign);
        break;
    case PROTO_VERIFY: take_verify(body); break;
    case PROTO_SERVED:
        check_may(served->handle, served->app, served->kind ? SIGD_MAY_URL : SIGD_MAY_ADMIN);
        FUZZ_MUST(frontrig.lies || frontrig.grants[served->app].admins & 1u << served->admin);
        break;
    case PROTO_REFUSED:
        check_handle(refused->handle);
        FUZZ_MUST(frontrig.lies || refused->app == UINT32_MAX || refused->app < FRONTRIG_APPS);
        break;
    default: FUZZ_MUST(op == PROTO_CLOSE); /* no op of a front */
    }
}

void frontrig_signer_take(void)
{
    struct chan *signer = &frontrig.front.signer;
    size_t mark = 0;
    uint16_t op;
    const void *body;
    while ((body = chan_queued(signer, &mark, &op)))
        take(op, body);
    chan_take_back(signer, 0, 0);
}

/* ---- answers --------------------------------------------------------------------------------------- */

static void answer_open(uint32_t id)
{
    struct proto_caller caller = { .id = id, .generation = frontrig.generation };
    memcpy(caller.grants, frontrig.grants, sizeof caller.grants);
    while (caller.handle < FRONTRIG_HANDLES && frontrig.open[caller.handle])
        caller.handle++;
    if (caller.handle == FRONTRIG_HANDLES)
        caller.status = PROTO_UNAVAILABLE;
    else
        frontrig.open[caller.handle] = true;
    frontrig_answer(PROTO_CALLER, &caller);
}

static struct proto_signed signed_of(uint32_t id, uint32_t status)
{
    struct proto_signed answer = { .id = id,
                                   .status = status,
                                   .generation = frontrig.generation,
                                   .cap = 3600,
                                   .error = USERSIG_ERR_LIFETIME };
    if (status)
        return answer;
    answer.issued_at = frontrig.front.now;
    answer.lifetime = 3600;
    answer.version = 2;
    answer.proof_len = 32;
    answer.error = 0;
    memset(answer.proof, 0x5A, answer.proof_len);
    proto_set(answer.key, sizeof answer.key, "2026a");
    return answer;
}

static void answer(const struct frontrig_question *question, uint32_t status)
{
    struct proto_signed answered = signed_of(question->id, status);
    if (question->op == PROTO_OPEN) {
        answer_open(question->id);
    } else if (question->op == PROTO_SIGN) {
        if (!question->len && !status) { /* the signer signs for nobody */
            answered = signed_of(question->id, PROTO_FIELD);
            answered.error = USERSIG_ERR_IDENTIFIER;
        }
        frontrig_answer(PROTO_SIGNED, &answered);
    } else if (question->op == PROTO_SIGN_USERBUF) {
        struct proto_signed_userbuf with = { .is = answered, .len = status ? 0 : 40 };
        memset(with.bytes, 7, with.len);
        frontrig_answer(PROTO_SIGNED_USERBUF, &with);
    } else {
        struct proto_verdict verdict = { .now = frontrig.front.now,
                                         .id = question->id,
                                         .status = status,
                                         .proven = 1,
                                         .generation = frontrig.generation };
        proto_set(verdict.key, sizeof verdict.key, "2026a");
        frontrig_answer(PROTO_VERDICT, &verdict);
    }
}

void frontrig_signer_answer(uint32_t status)
{
    for (int round = 0; round < 64 && !frontrig.ended; round++) {
        frontrig_signer_take();
        if (!frontrig.n_questions)
            return;
        size_t n = frontrig.n_questions;
        static struct frontrig_question questions[FRONTRIG_QUESTIONS];
        memcpy(questions, frontrig.questions, n * sizeof questions[0]);
        frontrig.n_questions = 0;
        for (size_t i = 0; i < n && !frontrig.ended; i++)
            answer(&questions[i], status);
        frontrig_turn(0);
    }
}
