/* page.h: reading a published usersig from its page. */
#ifndef BENCH_PAGE_H
#define BENCH_PAGE_H

#include <stdbool.h>
#include <stddef.h>

bool page_prepare(void); /* makes a page as sigd does and opens it */
bool page_reading(size_t n);

#endif
