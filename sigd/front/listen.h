/* listen.h: the listening sockets of a front and who is accepted. */
#ifndef SIGD_LISTEN_H
#define SIGD_LISTEN_H

#include "front.h"

/* Takes a copy of a listening socket, which is served from the next commit on. false: too many, or no descriptors. */
bool listen_add(struct front *front, int fd);

/* What was added takes the place of what was served. false: it cannot be waited for. */
bool listen_commit(struct front *front);

/* Is this pointer of an epoll event a listener's? */
bool listen_is(const void *who);

/* Accepts from the listener that an event names. */
void listen_accept(struct front *front, const void *who);

/* Once a second: serves again when there was no room for a connection, and who waits for a worker that hangs. */
void listen_tick(struct front *front);

/* Serves no more; who has come before is accepted still. */
void listen_close(struct front *front);

#endif
