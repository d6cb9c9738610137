/* signerrig.h: a whole signer in this process, but for its loop, with a model that is loaded as the master loads it.
 *
 * Every app has one key, SIGNERRIG_KEY. Our own uid may:
 *   0 chat    sign u*, alice, ?b and @* for 2 h at most, in rooms with rights 42; verify; read "administrator"
 *   1 video   verify
 *   2 raw     sign anything for 10 min at most, with userbufs of its own too
 *   3 other   nothing: all is another uid's
 *   4 frozen  sign anything, but it is frozen
 *   5 later   sign anything, but its key begins in a hundred years
 * Administrators of each: "administrator" and "Boss"; reserved: "ops". */
#ifndef SIGNERRIG_H
#define SIGNERRIG_H

#include "fuzz.h"
#include "ops.h"
#include "packets.h"

#define SIGNERRIG_KEY "5bd2850fff3ecb11d7c805251c51ee463a25727bddc2385f3fa8bfee1bb93b5e"
#define SIGNERRIG_APPS 6
#define SIGNERRIG_SDKAPPID 1400000000u /* of app 0, and so on */
#define SIGNERRIG_GENERATION 7

struct signerrig {
    struct ops ops;
    usersig_key *key;     /* the same, to check proofs with */
    int nowhere;          /* /dev/null: a channel's end on which nothing arrives or leaves */
    int listener, client; /* an accepted connection of our own uid */
    int audit;            /* the log: what a packet adds is looked at and cut off again */
    struct chan_packet packet;
};
extern struct signerrig signerrig;

/* A signer that has been told nothing; once a process, and for each run. */
void signerrig_open(void);
void signerrig_forget(void);

/* The model above, an audit log, boards. */
void signerrig_load(void);

/* A front's channel in that place; ops_front_close takes it away. */
struct ops_front *signerrig_front(size_t place);

/* A file in memory that holds this. */
int signerrig_file(const void *bytes, size_t len);

/* How many signatures the log has told of since the last call. */
unsigned signerrig_told(void);

#endif
