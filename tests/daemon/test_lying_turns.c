/* test_lying_turns.c: storms of questions while callers leave, fronts die and are replaced, and models change, at random:
 * the signer lives, each question has one answer, and what is signed is signed by the model that it was asked of. The seed
 * is printed; USERSIG_SEED repeats it. */
#include "unit.h"

#include "rig.h"

#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define STEPS 3000
#define FRONTS 3
#define HANDLES 6
#define BURST 60       /* questions at once */
#define ASKED_MAX 8192 /* of a front, that wait */
#define RELOADS 40

static struct place {
    struct chan chan;
    uint32_t handles[HANDLES];
    size_t n, opening, waits;
} places[FRONTS];

static uint32_t may[RELOADS + 2]; /* of our uid on "chat", by generation */
static uint32_t generations[STEPS * BURST], apps[STEPS * BURST], last;
static uint8_t answered[STEPS * BURST];
static unsigned made, stale, left;
static struct chan_packet packet;
static bool stopped;

static void hold(bool hold)
{
    int status;
    if (hold == stopped)
        return;
    ck_assert_int_eq(kill(rig.signer, hold ? SIGSTOP : SIGCONT), 0);
    if (hold)
        ck_assert_int_eq(waitpid(rig.signer, &status, WUNTRACED), rig.signer);
    stopped = hold;
}

static void take_answer(struct place *place, uint32_t id, uint32_t status, uint32_t generation, bool is_sign)
{
    unit_assert(id < last && !answered[id] && place->waits,
                "an answer to question %u of %u, again or never asked", id, last);
    answered[id] = 1;
    place->waits--;
    stale += status == PROTO_STALE;
    left += status == PROTO_LEFT;
    if (status != PROTO_DONE)
        return;
    uint32_t chat = generations[id] == 1 ? 0 : 1, need = is_sign ? SIGD_MAY_SIGN : SIGD_MAY_VERIFY;
    unit_assert(generation == generations[id] && may[generation] & need && apps[id] == chat,
                "question %u about app %u by model %u was granted by model %u, which lets us do %u", id,
                apps[id], generations[id], generation, may[generation]);
    made++;
}

/* What has come. wait: for something, at least. */
static void take(struct place *place, bool wait)
{
    struct pollfd readable = { .fd = rig_reads(&place->chan), .events = POLLIN };
    struct chan_frame frame;
    int got, more;
    chan_flush(&place->chan);
    if (wait)
        unit_assert(poll(&readable, 1, RIG_WAIT_MS) == 1, "%zu answers have not come", place->waits);
    while ((got = rig_receive(&place->chan, &packet)) == 1) {
        while ((more = chan_next(&packet, &frame)) == 1) {
            const struct proto_caller *caller = frame.body;
            const struct proto_signed *sign = frame.body;
            const struct proto_verdict *verdict = frame.body;
            if (frame.op == PROTO_CALLER) {
                unit_assert(caller->status == PROTO_DONE && place->opening, "caller: status %u",
                            caller->status);
                place->opening--;
                place->handles[place->n++] = caller->handle;
            } else if (frame.op == PROTO_SIGNED) {
                take_answer(place, sign->id, sign->status, sign->generation, true);
            } else {
                unit_assert(frame.op == PROTO_VERDICT, "op %u", frame.op);
                take_answer(place, verdict->id, verdict->status, verdict->generation, false);
            }
        }
        ck_assert_int_eq(more, 0);
    }
    unit_assert(got == 0, "a channel was cut");
}

static void open_one(struct place *place)
{
    if (place->n + place->opening == HANDLES)
        return;
    int client = rig_connect(rig.path), fd = rig_accept(rig.listener);
    ck_assert(chan_send(&place->chan, PROTO_OPEN, &(struct proto_open){ 0 }, fd));
    place->opening++;
    close(fd);
    close(client);
}

static void ask(struct place *place, uint32_t handle)
{
    uint32_t app = unit_below(2) ? (uint32_t)unit_below(2) : (uint32_t)unit_below(200);
    generations[last] = rig.generation - (rig.generation > 1 && !unit_below(8));
    apps[last] = app;
    if (unit_below(3)) {
        struct proto_sign sign = rig_sign(handle, "alice");
        sign.id = last;
        sign.app = app;
        sign.generation = generations[last];
        ck_assert(chan_send(&place->chan, PROTO_SIGN, &sign, -1));
    } else {
        struct proto_verify verify = {
            .id = last, .handle = handle, .app = app, .generation = generations[last]
        };
        ck_assert(chan_send(&place->chan, PROTO_VERIFY, &verify, -1));
    }
    last++;
    place->waits++;
}

static void ask_many(struct place *place)
{
    if (!place->n || place->waits > ASKED_MAX)
        return;
    size_t which = unit_below(place->n);
    for (uint64_t n = 1 + unit_below(BURST); n; n--)
        ask(place, place->handles[unit_below(4) ? which : unit_below(place->n)]);
}

static void close_one(struct place *place)
{
    if (!place->n)
        return;
    size_t which = unit_below(place->n);
    ck_assert(chan_send(&place->chan, PROTO_CLOSE, &(struct proto_close){ place->handles[which] }, -1));
    place->handles[which] = place->handles[--place->n];
}

static void die(struct place *place)
{
    chan_flush(&place->chan);
    chan_close(&place->chan);
    memset(place, 0, sizeof *place);
    rig_front(&place->chan, (uint32_t)(place - places));
}

static void reload(void)
{
    if (rig.generation > RELOADS)
        return;
    may[rig.generation + 1] = (uint32_t)unit_below(16);
    hold(false);
    rig_reload(may[rig.generation + 1]);
}

START_TEST(storms)
{
    unit_seed();
    may[1] = SIGD_MAY_SIGN | SIGD_MAY_VERIFY | SIGD_MAY_ADMIN;
    for (uint32_t f = 0; f < FRONTS; f++)
        rig_front(&places[f].chan, f);
    for (int step = 0; step < STEPS; step++) {
        struct place *place = &places[unit_below(FRONTS)];
        uint64_t what = unit_below(100);
        if (what < 60)
            ask_many(place);
        else if (what < 75)
            open_one(place);
        else if (what < 83)
            close_one(place);
        else if (what < 85)
            die(place);
        else if (what < 87)
            reload();
        else if (what < 93)
            hold(unit_below(2));
        else
            take(place, false);
        if (unit_below(3))
            chan_flush(&place->chan);
    }
    hold(false);
    for (int f = 0; f < FRONTS; f++) {
        while (places[f].waits || places[f].opening)
            take(&places[f], true);
        chan_close(&places[f].chan);
    }
    ck_assert_msg(made > 100 && stale > 100 && left > 10, "%u were granted, %u stale, %u left", made, stale,
                  left);
    if (may[rig.generation] & SIGD_MAY_SIGN)
        return;
    rig_reload(SIGD_MAY_SIGN);
}
END_TEST

static void fill(TCase *tests)
{
    tcase_add_checked_fixture(tests, rig_start, rig_stop);
    tcase_set_timeout(tests, 120);
    tcase_add_test(tests, storms);
}

int main(void)
{
    return unit_run("lying_turns", fill);
}
