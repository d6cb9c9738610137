/* fault.h: what is wrong with one line of a batch, in the words of sigd's problems (docs/HTTP.md). */
#ifndef TOOLS_FAULT_H
#define TOOLS_FAULT_H

#include "text.h"

#define FAULT_DETAIL_SIZE 1024

struct fault {
    int code; /* as the exit status of the single command; 0: none */
    char name[32];
    const char *title; /* static */
    char detail[FAULT_DETAIL_SIZE];
};

/* Fill *fault; return false, so that a caller can return it on. fault_claims: of an error of libsig. */
__attribute__((format(printf, 2, 3))) bool fault_json(struct fault *fault, const char *format, ...);
__attribute__((format(printf, 2, 3))) bool fault_field(struct fault *fault, const char *format, ...);
bool fault_claims(struct fault *fault, int error, const char *detail);
bool fault_set(struct fault *fault, int code, const char *name, const char *title, const char *detail);

/* {"type": ..., "title": ..., "detail": ..., "code": ...} */
void fault_put(struct text *out, const struct fault *fault);

#endif
