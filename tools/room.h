/* room.h: the TRTC room of --room, --room-string and --rights, with which a usersig is a PrivateMapKey. */
#ifndef TOOLS_ROOM_H
#define TOOLS_ROOM_H

#include "options.h"

#include <jansson.h>
#include <usersig.h>

/* Was a room asked for? */
bool room_asked(const struct options *options);

/* Do the options agree? 0, or an exit status after a message. */
int room_judge(const struct options *options);

/* The members of a question to sigd. */
void room_add(const struct options *options, json_t *body);

/* The userbuf of claims, which have all else: of all rights unless --rights says otherwise. An exit status. */
int room_set(const struct options *options, struct usersig_claims *claims);

/* Are proven claims for this room, by its own account of whom and which app, with all of --rights, and not past its own
 * end? USERSIG_OK, USERSIG_WRONG_USERBUF or USERSIG_EXPIRED, as sigd says. */
int room_verdict(const struct options *options, const struct usersig_claims *claims, uint64_t now);

#endif
