/* actions.c: what a caller may do on an app, by bit and by name. */
#include "actions.h"

#include "sizes.h"

const char *actions_name_of(unsigned i)
{
    static const char *const names[ACTIONS_N] = { "admin", "url", "sign", "verify" };
    _Static_assert(SIGD_MAY_ADMIN == 1 && SIGD_MAY_URL == 2 && SIGD_MAY_SIGN == 4 && SIGD_MAY_VERIFY == 8,
                   "names stand in the order of their bits");
    return names[i];
}

const char *actions_name(uint32_t may)
{
    for (unsigned i = 0; i < ACTIONS_N; i++)
        if (may == 1u << i)
            return actions_name_of(i);
    return "?";
}
