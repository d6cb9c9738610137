/* offline.h: work without sigd: a key in a file. The only part of the tool that ever holds a key. */
#ifndef TOOLS_OFFLINE_H
#define TOOLS_OFFLINE_H

#include <stddef.h>
#include <stdint.h>
#include <usersig.h>

struct options;
struct usersig_diagnosis;

/* Reads --key-file under the rules for key files and makes a key of it, to be freed with usersig_key_free. From then
 * on this process leaves no core and cannot be traced by its user. 0, or an exit status after a message. */
int offline_key(usersig_key **key, const struct options *options);

/* usersig_diagnose_secret with the key in --key-file. 0, or an exit status after a message. */
int offline_diagnose(const struct options *options, const char *text, size_t len,
                     const struct usersig_expect *expect, uint64_t now, struct usersig_diagnosis *diagnosis);

/* Signs for identifier from now on, for --lifetime, else default_lifetime seconds. claims tells what was signed. */
int offline_sign(const struct options *options, const char *identifier, uint64_t default_lifetime,
                 struct usersig_claims *claims, char text[static USERSIG_TEXT_MAX + 1], size_t *len);

#endif
