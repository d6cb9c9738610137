/* tally.h: what a run of load measured: answers, their latencies, and what the server's processes worked for them. */
#ifndef TALLY_H
#define TALLY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TALLY_BUCKETS 1024 /* latencies: sixteen to each doubling */

struct tally {
    uint64_t answers,
        units;     /* units: what is counted in an answer: lines of a batch, else the answer itself */
    uint64_t sent; /* units asked for from the beginning to the end, also those that were not counted */
    uint64_t began_ns, ended_ns;
    uint64_t server_ns, client_ns; /* of CPU; at the beginning, then the difference */
    uint32_t latency[TALLY_BUCKETS];
};

uint64_t tally_now_ns(void);

/* From now on it counts. pids: the server's processes, "1,2,3". */
void tally_begin(struct tally *tally, const char *pids);
void tally_answer(struct tally *tally, uint64_t latency_ns, uint64_t units);
void tally_end(struct tally *tally, const char *pids);

/* Adds the answers of another that ran at the same time. */
void tally_merge(struct tally *into, const struct tally *other);

/* One JSON line. */
void tally_tell(const struct tally *tally);

#endif
