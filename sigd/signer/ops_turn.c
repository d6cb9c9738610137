/* ops_turn.c: questions that cost something wait in a line for their uid and app, and the lines take turns: who asks for
 * ten thousand signatures keeps nobody else waiting but for one of them. */
#include "ops.h"

#include "clock.h"

#include <stdlib.h>
#include <string.h>

#define TURN_US 1000   /* then answers leave, and the master and the fronts are heard */
#define LOOK 4         /* questions between two looks at the clock */
#define SPARES_MAX 256 /* rooms of an op that are kept */
#define HELD_MAX 16384 /* questions of one front; more than its callers' windows sum up to, unless it lies */

struct ops_question {
    struct turns_item item;               /* first */
    struct ops_question *next, *previous; /* of the caller */
    struct ops_front *front;
    struct ops_caller *caller;
    ops_handler *handle;
    uint16_t op;
    _Alignas(8) uint8_t body[];
};

/* ---- persons --------------------------------------------------------------------------------------- */

struct ops_person *ops_turn_person(struct ops *ops, uid_t uid)
{
    struct ops_person **place = &ops->persons[uid % OPS_CROWDS];
    while (*place && (*place)->uid != uid)
        place = &(*place)->next;
    if (!*place) {
        *place = calloc(1, sizeof **place);
        if (!*place)
            return NULL;
        (*place)->uid = uid;
    }
    (*place)->n_callers++;
    return *place;
}

void ops_turn_part(struct ops *ops, struct ops_person *person)
{
    if (--person->n_callers)
        return;
    struct ops_person **place = &ops->persons[person->uid % OPS_CROWDS];
    while (*place != person)
        place = &(*place)->next;
    *place = person->next;
    free(person);
}

/* ---- questions ------------------------------------------------------------------------------------- */

/* Rooms of questions that were answered, by op: malloc's are dear by comparison. */
static struct spare {
    struct ops_question *first;
    size_t n;
} spares[PROTO_SIGN_SHORT - PROTO_SIGN + 1];

static struct ops_question *room_for(uint16_t op, size_t len)
{
    struct spare *spare = &spares[op - PROTO_SIGN];
    struct ops_question *question = spare->first;
    if (!question)
        return malloc(sizeof *question + len);
    spare->first = question->next;
    spare->n--;
    return question;
}

static void give_back(struct ops_question *question)
{
    struct spare *spare = &spares[question->op - PROTO_SIGN];
    if (spare->n == SPARES_MAX) {
        free(question);
        return;
    }
    question->next = spare->first;
    spare->first = question;
    spare->n++;
}

static void forget(struct ops *ops, struct ops_question *question)
{
    turns_leave(&ops->turns, &question->item);
    if (question->previous)
        question->previous->next = question->next;
    else
        question->caller->questions = question->next;
    if (question->next)
        question->next->previous = question->previous;
    question->front->held--;
    ops->held--;
    give_back(question);
}

/* The answer to a question that is not decided. */
static bool decline(const struct ops *ops, struct ops_front *front, uint16_t op, const void *body,
                    enum proto_status status)
{
    const struct proto_sign *sign = body; /* SIGN_USERBUF begins with it, and SIGN_SHORT up to its id */
    const struct proto_verify *verify = body;
    uint32_t generation = ops->model ? ops->model->begin.generation : 0;
    if (op == PROTO_VERIFY)
        return chan_send(
            &front->chan, PROTO_VERDICT,
            &(struct proto_verdict){ .id = verify->id, .status = status, .generation = generation }, -1);
    struct proto_signed_userbuf answer = { .is = {
                                               .id = sign->id, .status = status, .generation = generation } };
    return chan_send(&front->chan, op == PROTO_SIGN_USERBUF ? PROTO_SIGNED_USERBUF : PROTO_SIGNED, &answer,
                     -1);
}

bool ops_turn_wait(struct ops *ops, struct ops_front *front, const struct chan_frame *frame,
                   const struct ops_asker *asker, ops_handler *handle)
{
    struct ops_caller *caller = ops_caller_of(front, asker->handle);
    size_t len = (size_t)proto_len(frame->op);
    if (!caller)
        return false;
    struct ops_question *question = room_for(frame->op, len);
    if (!question)
        return decline(ops, front, frame->op, frame->body, PROTO_UNAVAILABLE);
    *question = (struct ops_question){
        .next = caller->questions, .front = front, .caller = caller, .handle = handle, .op = frame->op
    };
    memcpy(question->body, frame->body, len);
    if (caller->questions)
        caller->questions->previous = question;
    caller->questions = question;
    /* an app that does not exist is refused in its turn, too */
    turns_add(&ops->turns, &caller->person->lines[asker->app % SIGD_APPS_MAX], &question->item);
    front->held++;
    ops->held++;
    return true;
}

bool ops_turn_leave(struct ops *ops, struct ops_front *front, struct ops_caller *caller, bool tell)
{
    bool ok = true;
    while (caller->questions) {
        struct ops_question *question = caller->questions;
        if (tell)
            ok = decline(ops, front, question->op, question->body, PROTO_LEFT) && ok;
        forget(ops, question);
    }
    return ok;
}

bool ops_turn_full(const struct ops_front *front)
{
    return front->held >= HELD_MAX;
}

struct ops_front *ops_turn_take(struct ops *ops)
{
    uint64_t end = ops->held ? clock_us() + TURN_US : 0;
    for (unsigned n = 1; ops->held; n++) {
        struct ops_question *question = (struct ops_question *)turns_take(&ops->turns);
        struct ops_front *front = question->front;
        const struct chan_frame frame = { .op = question->op, .body = question->body, .fd = -1 };
        bool ok = question->handle(ops, front, &frame);
        forget(ops, question);
        if (!ok)
            return front;
        if (n % LOOK == 0 && clock_us() >= end)
            break;
    }
    return NULL;
}
