/* paging.h: one page after the other, by the catalogue's rules. Pure. */
#ifndef TOOLS_PAGING_H
#define TOOLS_PAGING_H

#include <jansson.h>

struct usersig_rest_api;

enum paging_state {
    PAGING_MORE,  /* the request asks for the next page now */
    PAGING_END,   /* that was the last one */
    PAGING_STUCK, /* the answer leads to the same page again */
    PAGING_FAULT, /* no memory */
};

/* The largest page, where the request does not say how large. 0, or -1: no memory. */
int paging_begin(const struct usersig_rest_api *api, json_t *request);

/* The array of a page's items: answer's. NULL: it has none. */
const json_t *paging_items(const struct usersig_rest_api *api, const json_t *answer);

/* Makes request, whose page answer is, ask for the page after it. */
enum paging_state paging_next(const struct usersig_rest_api *api, json_t *request, const json_t *answer);

/* The cursors of a request as an object, to be json_decref'ed, and back. NULL and -1: no memory, or not the cursors of this
 * API. */
json_t *paging_cursors(const struct usersig_rest_api *api, const json_t *request);
int paging_set(const struct usersig_rest_api *api, json_t *request, const json_t *cursors);

/* The number of items that the answer says there are in all; 0: it does not. */
json_int_t paging_total(const json_t *answer);

#endif
