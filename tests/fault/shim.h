/* shim.h: what a test may do to the programs of tests/fault, which are sigd's own linked with the shim. It is written
 * into the file "faults" beside them, an array of numbers that all of them map (tests/fault/shimmed.py). */
#ifndef SHIM_H
#define SHIM_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define SHIM_MAGIC 0x746C756166ULL /* "fault" */
#define SHIM_FRONTS 4

enum shim_lie {
    SHIM_NUMBER = 1,     /* of the protocol */
    SHIM_OP = 2,         /* none, or another's */
    SHIM_LENGTH = 4,     /* of a body */
    SHIM_FDS = 8,        /* a header that speaks of a descriptor where none goes, or the other way round */
    SHIM_CUT = 16,       /* a packet without its end */
    SHIM_TAIL = 32,      /* bytes behind the last frame */
    SHIM_NOISE = 64,     /* nothing but noise */
    SHIM_TWICE = 128,    /* the same packet twice */
    SHIM_FIELD = 256,    /* a field out of its range, of those that the receiver must not believe */
    SHIM_STRANGER = 512, /* a descriptor that nobody wants */
};

/* One process's: numbers, in the order of tests/fault/shimmed.py. */
struct shim_role {
    /* one in so many, 0: none */
    _Atomic uint64_t interrupt; /* calls that may sleep end with EINTR */
    _Atomic uint64_t cut;       /* reads and writes of streams and files do a part alone */
    _Atomic uint64_t crowd;     /* packets that there is no room for, by EAGAIN and ENOBUFS */
    _Atomic uint64_t refuse;    /* requests for memory */
    _Atomic uint64_t lie;       /* packets */
    _Atomic uint64_t lies;      /* which: enum shim_lie */
    /* errno of each write to a file, of each sync; 0: it goes well */
    _Atomic uint64_t write_error, sync_error;
    _Atomic uint64_t sync_ms; /* how long a sync takes */
    /* what came of it */
    _Atomic uint64_t interrupted, was_cut, crowded, refused, lied, failed;
    _Atomic uint64_t synced; /* bytes of the file that was synced last, as of then */
};

struct shim_file {
    _Atomic uint64_t magic, seed;
    struct shim_role roles[2 + SHIM_FRONTS]; /* master, signer, fronts */
};

/* This process's; NULL before the file is mapped. */
extern struct shim_role *shim_role;

/* A random number below n, of the file's seed and our pid. */
uint64_t shim_below(uint64_t n);

/* Is it this one of so many? */
bool shim_dice(uint64_t one_in);

/* Packets that may be lies. The kernel's sendmsg is real; flags SHIM_PIPE: or what writes into a pipe. */
#define SHIM_PIPE (-1)
struct msghdr;
typedef ssize_t shim_sendmsg(int fd, const struct msghdr *message, int flags);
ssize_t shim_lie_send(shim_sendmsg *real, int fd, const struct msghdr *message, int flags);

#endif
