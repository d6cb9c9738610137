/* crew.h: what callers that work beside each other have in common: the credential, the pace, the budget of repeats. */
#ifndef TOOLS_CREW_H
#define TOOLS_CREW_H

#include "address.h"
#include "retry.h"

#include <stdbool.h>
#include <stdint.h>

struct crew;
struct options;
struct usersig_rest_api;

/* With the credential of options; service and command of address are set, and the rest of it gets set, its host where sigd
 * says it. 0, or an exit status after a message. */
int crew_open(struct crew **crew, const struct options *options, struct address *address, unsigned *edition);
void crew_close(struct crew *crew); /* NULL does nothing */

/* Brings the credential of address up to date: where another caller has renewed it, or its end is near. edition: which one
 * it is. 0, or an exit status after a message. */
int crew_refresh(struct crew *crew, struct address *address, unsigned *edition);

/* Waits for the next place of this API, of at most rate a second; api NULL: a place of all together. */
void crew_wait(struct crew *crew, const struct usersig_rest_api *api, uint64_t rate);

void crew_succeeded(struct crew *crew);

/* retry_judge, for all together. edition: the credential's with which it failed. */
struct retry_verdict crew_judge(struct crew *crew, struct retry *retry, enum retry_fault fault,
                                uint32_t code_class, unsigned edition);

/* After RETRY_RENEW: another credential than that of edition. 0, or an exit status after a message; *changed: it is
 * another one. */
int crew_renew(struct crew *crew, struct address *address, unsigned *edition, bool *changed);

#endif
