/* apijson.h: an endpoint of the REST API as JSON. */
#ifndef TOOLS_APIJSON_H
#define TOOLS_APIJSON_H

#include <jansson.h>
#include <usersig_rest.h>

/* {"service", "command", "group", "title", "kind", "rate", "min_body", "pages"}; rate and pages may be null. NULL: no
 * memory. */
json_t *apijson_of(const struct usersig_rest_api *api);

#endif
