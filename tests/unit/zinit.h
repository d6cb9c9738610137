/* zinit.h: stands between libsig and zlib where a stream is made: what zlib takes is added up, and a zlib that takes more
 * than libsig's arena has can be had. */
#ifndef ZINIT_H
#define ZINIT_H

#include <stddef.h>

extern size_t zinit_greed; /* bytes that each stream takes first, for nothing; 0 at the start */
extern size_t zinit_taken; /* bytes that the last stream has taken while it was made */
extern size_t zinit_streams;

#endif
