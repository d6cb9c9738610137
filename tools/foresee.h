/* foresee.h: what the REST service would say to a URL or a usersig, as far as it can be known without asking. */
#ifndef TOOLS_FORESEE_H
#define TOOLS_FORESEE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct options;
struct urlparts;

#define FORESEE_NOTES_MAX 4

struct foresight {
    int code;                           /* the ErrorCode; 0: none, though found may say what is wrong */
    int status;                         /* an exit status: 0 where nothing is wrong */
    bool proven;                        /* the signature was checked, with the key of --key-file */
    char found[640];                    /* what is wrong, in words; may hold bytes for output_text alone */
    const char *cause;                  /* its name by usersig_diagnose; NULL */
    const char *advice;                 /* what to do; NULL: what the ErrorCode's advice says */
    char notes[FORESEE_NOTES_MAX][256]; /* what could not be checked */
    size_t n_notes;
};

/* A usersig, sent with this SDKAppID (0: the one that it names) and identifier (NULL: the same). 0, or an exit status
 * after a message. */
int foresee_usersig(const struct options *options, const char *text, size_t len, uint32_t sdkappid,
                    const char *identifier, struct foresight *foresight);

/* A request to this URL. 0, or an exit status after a message. */
int foresee_url(const struct options *options, const struct urlparts *parts, struct foresight *foresight);

#endif
