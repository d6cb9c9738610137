/* page.h: reads a page that is mapped already. */
#ifndef LIBSIG_PAGE_H
#define LIBSIG_PAGE_H

#include "usersig_page.h"

/* usersig_page_read of the USERSIG_PAGE_SIZE bytes at map, which are aligned to 8. */
int page_read(const void *map, uint64_t now, struct usersig_page_value *value);

#endif
