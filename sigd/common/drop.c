/* drop.c: gives up what a child does not need. */
#include "drop.h"

#include <grp.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

bool drop_ids(uid_t uid, gid_t gid)
{
    if (setgroups(0, NULL) != 0 || setresgid(gid, gid, gid) != 0 || setresuid(uid, uid, uid) != 0)
        return false;
    return setuid(0) != 0 && getuid() == uid && geteuid() == uid && getegid() == gid;
}

bool drop_dumps(void)
{
    const struct rlimit none = { 0, 0 };
    return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && setrlimit(RLIMIT_CORE, &none) == 0 &&
           prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == 0;
}
