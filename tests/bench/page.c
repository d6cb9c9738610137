/* page.c: a page with a usersig of the usual length, read again and again. */
#include "page.h"

#include "usersig_page.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define NOW 1700000000u
#define USUAL 198 /* characters */

static usersig_page *page;

bool page_prepare(void)
{
    union {
        struct usersig_page_layout layout;
        char bytes[USERSIG_PAGE_SIZE];
    } image = { .bytes = { 0 } };
    char path[] = "/dev/shm/usersig-bench.XXXXXX";
    image.layout = (struct usersig_page_layout){ .magic = USERSIG_PAGE_MAGIC,
                                                 .version = USERSIG_PAGE_VERSION,
                                                 .size = USERSIG_PAGE_SIZE,
                                                 .sequence = 2,
                                                 .heartbeat = NOW,
                                                 .state = USERSIG_PAGE_LIVE,
                                                 .sdkappid = 1400000000,
                                                 .issued_at = NOW,
                                                 .expires_at = NOW + 86400,
                                                 .renew_at = NOW + 57600,
                                                 .identifier_len = 13,
                                                 .key_len = 5,
                                                 .usersig_len = USUAL,
                                                 .identifier = "administrator",
                                                 .key = "2026a" };
    memset(image.layout.usersig, 'e', USUAL);
    int fd = mkstemp(path);
    if (fd < 0)
        return false;
    bool done =
        write(fd, &image, sizeof image) == sizeof image && usersig_page_open(&page, path, 0) == USERSIG_OK;
    close(fd);
    unlink(path);
    return done;
}

bool page_reading(size_t n)
{
    struct usersig_page_value value;
    for (size_t i = 0; i < n; i++)
        if (usersig_page_read(page, NOW + i % 1000, &value) != USERSIG_OK || value.usersig_len != USUAL)
            return false;
    return true;
}
