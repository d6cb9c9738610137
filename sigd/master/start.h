/* start.h: from the config to the first answer. */
#ifndef SIGD_START_H
#define SIGD_START_H

struct master;

/* The signer, which loads keys and policy; what goes wrong is said, and the phase is MASTER_STOPPED. */
void start_begin(struct master *master);

/* When the first credentials are signed: sockets and fronts. */
void start_fronts(struct master *master);

/* In each turn: the fronts run, and read hosted usersigs; sigd serves, or the start takes too long. */
void start_due(struct master *master);
void start_end(struct master *master);

#endif
