/* audit_tail.h: where an audit log that is already there ends: read backwards, within bounds, when it is opened. */
#ifndef SIGD_AUDIT_TAIL_H
#define SIGD_AUDIT_TAIL_H

#include "audit_chain.h"

#ifndef AUDIT_TAIL_NEAR       /* the fuzzers have less */
#define AUDIT_TAIL_NEAR 65536 /* bytes at the end that are looked at first: more than any line of ours */
#endif
#define AUDIT_TAIL_FAR \
    (16u << 20) /* and where no line of ours is among them: a crash may leave MiBs of zeros */

struct audit_tail {
    bool empty;
    bool found;   /* a line of ours was found; else seq and time are 0 and after is zeros */
    bool newline; /* the last line lacks its newline: write it */
    struct audit_chain
        chain;     /* number of the last line of ours; hash of the last line, whatever it is, with its newline
                                 (zeros: longer than AUDIT_TAIL_FAR) */
    uint64_t time; /* of the last line of ours */
    uint64_t damaged;                       /* bytes behind it */
    unsigned char after[AUDIT_CHAIN_BYTES]; /* hash of the last line of ours */
};

/* false: the file cannot be read, errno says why. */
bool audit_tail_read(struct audit_tail *tail, int fd);

#endif
