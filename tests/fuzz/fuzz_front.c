/* fuzz_front.c: a whole front and its clients: heads, bodies, pipelining, deadlines, reloads. The input: what the callers
 * may do, then what a client sends; 0xFF and a letter is something else that happens then (see act). */
#include "frontrig.h"

static size_t client;

static void pass(struct fuzz_input *in, size_t *from, bool answers)
{
    frontrig_send(client, in->at - *from, *from);
    *from = 0;
    frontrig_turn(0);
    if (answers)
        frontrig_signer_answer(PROTO_DONE);
}

/* false: it is a byte as any other. */
static bool act(struct fuzz_input *in, uint8_t what, bool *answers)
{
    switch (what) {
    case 'f': return true; /* what was sent so far comes in a piece of its own */
    case 'r': frontrig.clients[client].reads = !frontrig.clients[client].reads; return true;
    case 'q': *answers = false; return true; /* the signer is silent from now on, until */
    case 'a': *answers = true; return true;
    case 's': frontrig_signer_answer(fuzz_byte(in) % PROTO_STATUSES); return true;
    case 't': frontrig_turn(fuzz_byte(in)); return true;
    case 'e': board_add(&frontrig.board.epoch, 1); return true; /* something is going to be told */
    case 'c': frontrig_current(false); return true;
    case 'w': frontrig_current(true); return true;
    case 'm': frontrig_model(frontrig.generation + 1, fuzz_byte(in) & 1); return true;
    case 'n':
        frontrig.generation++;
        return true; /* the signer has a model that the front does not know yet */
    case 'x': frontrig_shut(client); return true;
    case '0':
    case '1':
    case '2': client = what - '0'; return true;
    case 'd': frontrig_tell(PROTO_DRAIN, NULL); return true;
    default: return false;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_input in = { data, size };
    size_t from = 0; /* bytes before in.at that are not yet sent */
    bool answers = true;
    client = 0;
    frontrig_begin(fuzz_byte(&in) ^ 0xFF);
    frontrig_connect(0);
    while (in.left && !frontrig.front.draining) {
        if (*in.at == 0xFF && in.left > 1 && in.at[1] != 0xFF) {
            pass(&in, &from, answers);
            in.at++, in.left--;
            uint8_t what = fuzz_byte(&in);
            if (!act(&in, what, &answers))
                from = 1;
            continue;
        }
        in.at++, in.left--;
        from++;
    }
    pass(&in, &from, answers);
    frontrig_read_all();
    frontrig_turn(0);
    if (answers)
        frontrig_signer_answer(PROTO_DONE);
    frontrig_end();
    return 0;
}
