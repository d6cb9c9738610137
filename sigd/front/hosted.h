/* hosted.h: reads usersigs that somebody else signed, for the master, who parses none. */
#ifndef SIGD_HOSTED_H
#define SIGD_HOSTED_H

#include "front.h"

/* Reads the file behind fd and tells the master what it says. false: the master cannot be told. */
bool hosted_read(struct front *front, const struct proto_hosted *hosted, int fd);

#endif
