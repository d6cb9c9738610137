/* packets.h: packets of a channel, made of the input: mostly right frames, so that their handlers are reached. */
#ifndef PACKETS_H
#define PACKETS_H

#include "chan.h"
#include "fuzz.h"

void packets_begin(struct chan_packet *packet);

/* One more frame; body of the op's length. fd: becomes the packet's, -1: none. false: no room, and fd is closed. */
bool packets_add(struct chan_packet *packet, uint16_t op, const void *body, int fd);

/* Puts bytes of the input over a body: as many pieces as it says, mostly none. */
void packets_change(struct fuzz_input *in, void *body, size_t len);

/* Breaks the framing as the input says: bytes of headers, the length, the descriptors. */
void packets_damage(struct fuzz_input *in, struct chan_packet *packet);

/* Gives the packet to a handler as chan_each does, with nothing readable behind it. */
bool packets_each(struct chan_packet *packet, chan_handler *handle, void *context);

/* What is readable behind a packet must not be read; and the other way. */
void packets_guard(struct chan_packet *packet, bool guarded);

#endif
