/* inject.h: system calls that a twin makes because a test says so. */
#ifndef INJECT_H
#define INJECT_H

#include <stdatomic.h>
#include <stdint.h>

#define INJECT_TEXT 0x7E57 /* this argument stands for the text's address */

/* At the end of the clock's file (clock_fake.c, tests/daemon/twins.py). */
struct inject {
    _Atomic uint64_t pid; /* who is to make it; 0: made, or none */
    uint64_t number, arguments[6];
    uint64_t error; /* the call's errno, 0: none */
    char text[256];
};

/* Makes the call, if it is for this process. */
void inject_turn(struct inject *inject);

#endif
