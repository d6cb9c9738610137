/* control.h: the admin socket: peers, their requests, and answers to them, at once or later. */
#ifndef SIGD_CONTROL_H
#define SIGD_CONTROL_H

#include "config.h"
#include "ctlframe.h"
#include "ctlpeer.h"
#include "inherited.h"

#include <poll.h>

#define CONTROL_PEERS 8
#define CONTROL_POLLS (CONTROL_PEERS + 1)

/* A peer by number: never used again, 0 is nobody. An answer to one that has gone goes nowhere. */
typedef uint64_t control_peer;

struct control_handler {
    void *context;
    /* A request, decoded and checked. It is answered with control_text or control_write, any number of times, and one
     * control_end, within this call or later. Until then the peer's next request waits. */
    void (*request)(void *context, control_peer peer, const struct ctlframe_request *request);
};

struct control;

/* Takes the socket if it was inherited (named "admin", or by its path), else <path>.lock, as sockets_lock does for the
 * others. NULL: why says what is wrong. */
struct control *control_lock(const struct config_socket *place, struct inherited *inherited, char *why,
                             size_t why_size);

/* Binds and listens, unless it was inherited. */
bool control_listen(struct control *control, const struct control_handler *handler, char *why,
                    size_t why_size);

/* After a reload: mode and group; another path needs a restart. Who is connected stays so. control may be NULL. */
void control_regroup(struct control *control, const struct config_socket *place);

/* Fills up to CONTROL_POLLS of polls; how many. control may be NULL: none. */
size_t control_polls(const struct control *control, struct pollfd *polls, size_t size);

/* What poll said: accepts, reads, calls the handler, writes, and closes what idles too long. Call it every turn. */
void control_handle(struct control *control, const struct pollfd *polls, size_t n, uint64_t now_ms);

/* When an idle peer is due to be closed, boot ms; UINT64_MAX: none. */
uint64_t control_next(const struct control *control);

/* Text for the peer's standard output or error: a line, whose newline is added; or bytes as they are. */
void control_text(struct control *control, control_peer id, enum ctlframe_stream stream, const char *format,
                  ...) __attribute__((format(printf, 4, 5)));
void control_write(struct control *control, control_peer id, enum ctlframe_stream stream, const char *text,
                   size_t len);

/* Ends the answer with sigctl's exit status. */
void control_end(struct control *control, control_peer id, uint32_t status);

/* Who is it? false: it has gone. */
bool control_who(struct control *control, control_peer peer, struct ctlpeer *who);

/* Is it still there, waiting for the end of its answer? */
bool control_waits(struct control *control, control_peer peer);

/* Gives peers what is written for them as far as they take it at once, closes everything, and removes the socket where
 * it is ours. The lock goes with the process. control may be NULL. */
void control_close(struct control *control);

#endif
