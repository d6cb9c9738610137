/* warm.h: what libraries load when they are first used is loaded before the sandbox is shut. */
#ifndef SIGD_WARM_H
#define SIGD_WARM_H

#include <stdbool.h>

/* false: OpenSSL does not work. */
bool warm_libraries(void);

#endif
