/* rig.h: the signer as a process, with this test as its master and as fronts of its. What fails here fails the test.
 *
 * The policy: app 0 "chat" (sdkappid RIG_SDKAPPID, lifetime 1 h, at most 10 h, administrators "administrator" and
 * "Boss", "ops" reserved) lets our own uid sign for "*" up to RIG_CAP and RIG_RIGHTS, verify, and read "administrator";
 * RIG_STRANGER may verify. App 1 "other" lets nobody do anything. One socket, RIG's path. */
#ifndef RIG_H
#define RIG_H

#include "chan.h"

#include <sys/types.h>

#define RIG_SDKAPPID 1400000000u
#define RIG_KEY "5bd2850fff3ecb11d7c805251c51ee463a25727bddc2385f3fa8bfee1bb93b5e"
#define RIG_CAP 7200       /* seconds */
#define RIG_RIGHTS 42      /* in rooms */
#define RIG_STRANGER 54321 /* a uid that is neither root's nor ours */
#define RIG_WAIT_MS 20000  /* for an answer; sanitizers are slow */

struct rig {
    pid_t signer;
    int log, audit; /* files that the signer writes */
    int listener, other_listener;
    char directory[64], path[96], other_path[96];
    struct chan master;
    uint32_t generation; /* of the model that was loaded last */
};

/* As checked fixture: the signer runs, the policy is loaded; at the end it stops with status 0.
 * rig_start_as: with front_uid as in proto_load_begin. */
extern struct rig rig;
void rig_start(void);
void rig_start_as(uint32_t front_uid);
void rig_stop(void);

/* Loads another model in the place of the first: "other" is app 0, "chat" app 1, and our own uid may do no more than may
 * says on it. */
void rig_reload(uint32_t may);

/* Waits for the end of the signer; its status as waitpid tells it. */
int rig_end(void);

/* A new front's end of a channel to the signer. */
void rig_front(struct chan *front, uint32_t index);

/* Our connection to a listening socket and its accepted end. */
int rig_connect(const char *path);
int rig_accept(int listener);

/* What is polled for what comes over a channel, and takes it: from its pipe, or its socket where it has none. */
int rig_reads(const struct chan *chan);
int rig_receive(struct chan *chan, struct chan_packet *into);

/* Waits for one frame of op and copies its body. false: the channel was closed. */
bool rig_wait(struct chan *chan, uint16_t op, void *body);

/* Sends a frame and waits for its answer. false: the channel was closed. */
bool rig_ask(struct chan *chan, uint16_t op, const void *body, int fd, uint16_t answer, void *answer_body);

/* Was the channel closed, without another word? */
bool rig_is_cut(struct chan *chan);

/* Shows the signer an accepted end; a caller of nothing when it was refused. Closes fd. */
struct proto_caller rig_open(struct chan *front, int fd);

/* A client of our own uid, by its handle. */
uint32_t rig_client(struct chan *front);

/* A frame that asks for a usersig, and its answer; the proof of an answer that grants is checked with libsig. */
struct proto_sign rig_sign(uint32_t handle, const char *identifier);
bool rig_signed(struct chan *front, const struct proto_sign *sign, struct proto_signed *answer);

/* The signer runs, serves its master, and a front that is honest. */
void rig_lives(void);

#endif
