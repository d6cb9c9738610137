/* sandbox.h: what each process of sigd shuts behind itself, once all is open that it needs. */
#ifndef SIGD_SANDBOX_H
#define SIGD_SANDBOX_H

#include "filter.h"

#include <stddef.h>

struct landlock_wants;

/* For signer and front, before their first frame is read: no process, no file (nor path), no network, no memory that is
 * executable, and the program's list of system calls. false: said in the log. */
bool sandbox_enter(enum filter_program program);

/* For the master, before its first child is started. */
bool sandbox_enter_master(const struct landlock_wants *wants);

#endif
