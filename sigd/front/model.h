/* model.h: what the master tells a front: apps, administrators, credentials, and since when they count.
 *
 * The master says on its board, in `epoch`, what counts now. A front that has not been told so far answers nothing from
 * its cache until it has: who asks waits. So no answer holds what a reload or a flush has withdrawn, once the epoch is
 * there. Each handler takes its frame's body; false: out of limits or of order. */
#ifndef SIGD_MODEL_H
#define SIGD_MODEL_H

#include "front.h"

bool model_begin(struct front *front, const struct proto_model_begin *begin);
bool model_app(struct front *front, const struct proto_app *app);
bool model_admin(struct front *front, const struct proto_app_admin *admin);
bool model_commit(struct front *front, const struct proto_model_commit *commit);
bool model_credential(struct front *front, const struct proto_credential *credential);
bool model_freeze(struct front *front, const struct proto_freeze *freeze);
bool model_current(struct front *front, const struct proto_current *current);

/* Has the front been told all that counts? */
bool model_is_current(const struct front *front);

#endif
