/* caps.c: gives up capabilities, without a library. */
#include "caps.h"

#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#define ALL 64 /* more than any kernel has */

#define BIT(capability) (UINT64_C(1) << (capability))

uint64_t caps_master(void)
{
    return BIT(CAP_SETUID) | BIT(CAP_SETGID) /* to start signer and front as their users, at each restart */
           | BIT(CAP_SETPCAP)                /* to empty their bounding set */
           | BIT(CAP_CHOWN)                  /* to give sockets and published files their groups */
           | BIT(CAP_KILL);                  /* to end a child, which has another uid */
}

void caps_bound(uint64_t keep)
{
    for (int capability = 0; capability < ALL; capability++)
        if (!(keep & BIT(capability)) && prctl(PR_CAPBSET_READ, capability, 0, 0, 0) == 1)
            prctl(PR_CAPBSET_DROP, capability, 0, 0, 0); /* not ours without CAP_SETPCAP */
}

bool caps_keep(uint64_t keep)
{
    struct __user_cap_header_struct header = { _LINUX_CAPABILITY_VERSION_3, 0 };
    struct __user_cap_data_struct sets[2];
    prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
    caps_bound(keep);
    if (syscall(SYS_capget, &header, sets) != 0)
        return false;
    bool more = false;
    for (int i = 0; i < 2; i++) {
        uint32_t kept = (uint32_t)(keep >> 32 * i);
        more |= ((sets[i].permitted | sets[i].effective) & ~kept) != 0 || sets[i].inheritable != 0;
        sets[i].permitted &= kept;
        sets[i].effective &= kept;
        sets[i].inheritable = 0;
    }
    /* who has nothing to give up may not be let to ask: systemd's set @privileged has capset */
    return !more || syscall(SYS_capset, &header, sets) == 0;
}
