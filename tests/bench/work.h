/* work.h: what is timed. A work does its operation on the claims in turn, n times; false: one of them failed. */
#ifndef WORK_H
#define WORK_H

#include <stdbool.h>
#include <stddef.h>

#define WORK_CLAIMS 1000 /* different claims */

/* Makes the claims, their usersigs by libsig and by the baseline. False: something does not work at all. */
bool work_prepare(void);

bool work_sign(size_t n);
bool work_sign_plain(size_t n);
bool work_verify_own(size_t n);   /* usersigs as libsig writes them */
bool work_verify_zlib9(size_t n); /* usersigs as zlib's level 9 packs them */
bool work_verify_plain(size_t n); /* the same, by the baseline */
bool work_url(size_t n);

/* Mean characters of the usersigs: libsig's, the baseline's. */
void work_lengths(double *ours, double *plain);

#endif
