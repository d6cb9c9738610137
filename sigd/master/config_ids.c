/* config_ids.c: users and groups. */
#include "config_ids.h"

#include "config_words.h"

#include <errno.h>
#include <grp.h>
#include <inttypes.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ID_MAX (UINT32_MAX - 1) /* (uid_t)-1 means "none" to the kernel */

static bool is_number(const char *text)
{
    return text[0] != '\0' && text[strspn(text, "0123456789")] == '\0';
}

/* Why the look-up of text just failed; errno 0 and a few others stand for "there is none". */
static bool not_found(const char *kind, const char *text, int error, char *why, size_t why_size)
{
    if (error == 0 || error == ENOENT || error == ESRCH || error == EBADF || error == EPERM)
        snprintf(why, why_size, "no %s \"%s\" on this host; make it or correct the name", kind, text);
    else
        snprintf(why, why_size, "%s \"%s\" cannot be looked up: %s", kind, text, strerror(error));
    return false;
}

static bool out_of_range(const char *kind, const char *text, char *why, size_t why_size)
{
    snprintf(why, why_size, "%s number %s is not 0 to %" PRIu32 " without leading zeros", kind, text, ID_MAX);
    return false;
}

bool config_ids_user(const char *text, uid_t *uid, gid_t *gid, char *why, size_t why_size)
{
    struct passwd *entry;
    uint64_t number = 0;
    errno = 0;
    if (is_number(text)) {
        if (!config_words_number(text, ID_MAX, &number))
            return out_of_range("user", text, why, why_size);
        entry = gid == NULL ? NULL : getpwuid((uid_t)number);
        *uid = (uid_t)number;
        if (gid != NULL)
            *gid = entry == NULL ? (gid_t)number : entry->pw_gid;
        return true;
    }
    entry = getpwnam(text);
    if (entry == NULL)
        return not_found("user", text, errno, why, why_size);
    *uid = entry->pw_uid;
    if (gid != NULL)
        *gid = entry->pw_gid;
    return true;
}

bool config_ids_group(const char *text, gid_t *gid, char *why, size_t why_size)
{
    uint64_t number;
    if (is_number(text)) {
        if (!config_words_number(text, ID_MAX, &number))
            return out_of_range("group", text, why, why_size);
        *gid = (gid_t)number;
        return true;
    }
    errno = 0;
    struct group *entry = getgrnam(text);
    if (entry == NULL)
        return not_found("group", text, errno, why, why_size);
    *gid = entry->gr_gid;
    return true;
}

#define OVERFLOW_USUAL 65534

static uint32_t overflow(const char *file)
{
    char text[16];
    unsigned long id = OVERFLOW_USUAL;
    FILE *in = fopen(file, "re");
    if (in == NULL)
        return OVERFLOW_USUAL;
    if (fgets(text, sizeof text, in) != NULL)
        id = strtoul(text, NULL, 10);
    fclose(in);
    return (uint32_t)id;
}

uint32_t config_ids_overflow_uid(void)
{
    return overflow("/proc/sys/kernel/overflowuid");
}

uint32_t config_ids_overflow_gid(void)
{
    return overflow("/proc/sys/kernel/overflowgid");
}

bool config_ids_is_overflow_uid(uid_t uid)
{
    return uid == OVERFLOW_USUAL || uid == config_ids_overflow_uid();
}

bool config_ids_is_overflow_gid(gid_t gid)
{
    return gid == OVERFLOW_USUAL || gid == config_ids_overflow_gid();
}
