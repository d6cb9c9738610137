/* meter.h: what becomes of each request: counted on the front's board, and logged under the request's id. */
#ifndef SIGD_METER_H
#define SIGD_METER_H

#include "conn.h"
#include "problem.h"

#define METER_ID_SIZE 17 /* 16 hexadecimal digits */

/* Upper bounds of the latencies' buckets, microseconds; BOARD_BUCKETS_MAX - 1 at most, the rest goes to one more. */
extern const uint32_t meter_bounds[];
extern const size_t meter_n_bounds;

/* A front's first id: at random, so that no two fronts count alike. false: the kernel gave none. */
bool meter_open(struct front *front);

/* A request's head has come: it gets its id, and its time begins. */
void meter_begin(struct conn *conn);

/* The id of the request at hand, which gets one where it had none. */
void meter_id(struct conn *conn, char out[static METER_ID_SIZE]);

/* It is being answered: counted, and logged where it was refused or the level is debug. Once a request. */
void meter_end(struct conn *conn, enum problem problem);

/* So many requests of a route were answered from the cache, all of this turn. */
void meter_again(struct front *front, const struct route *route, size_t n);

/* A new id, as text without an end. */
void meter_new_id(struct front *front, char out[static METER_ID_SIZE - 1]);

/* Where its requests are counted: 0 for none, else its place in the routes' table plus one. */
size_t meter_row(const struct route *route);

/* A model begins to count. */
void meter_model(struct front *front);

/* At each turn's end: the gauges. */
void meter_turn(struct front *front);

#endif
