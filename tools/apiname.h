/* apiname.h: names of REST calls against the catalogue: what else could be meant. */
#ifndef TOOLS_APINAME_H
#define TOOLS_APINAME_H

#include <stdbool.h>
#include <stddef.h>
#include <usersig_rest.h>

#define APINAME_NEAR_MAX 3

/* Whether text has word in it, upper or lower case. */
bool apiname_contains(const char *text, const char *word);

/* The endpoint of these names but for upper and lower case; NULL: none. */
const struct usersig_rest_api *apiname_other_case(const char *service, const char *command);

/* The endpoints whose names are nearest, the nearest first; how many. */
size_t apiname_near(const char *service, const char *command,
                    const struct usersig_rest_api *near[static APINAME_NEAR_MAX]);

/* A note on stderr where the names are not in the catalogue: how they are written, or which are near. */
void apiname_hint(const char *service, const char *command);

/* The next group of the catalogue, in the order of their first endpoints; NULL: the first; NULL after the last. */
const char *apiname_next_group(const char *group);

#endif
