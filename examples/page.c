/* page.c: prints the complete URL of a REST call, with the usersig that sigd publishes in a page.
 *   cc page.c $(pkg-config --cflags --libs libsig) -o page
 *   ./page /run/sigd-pub/APP/ADMINISTRATOR.page SERVICE COMMAND
 * A server keeps the page open and reads it before each call. The URL holds a credential: hand it on through a pipe. */
#include <usersig_page.h>
#include <usersig_rest.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

#define SILENT_FOR_LONG 60 /* seconds; more than any restart of sigd takes */

/* What the page holds now. A withdrawn page is opened again: sigd publishes in a new file then. */
static int read_page(usersig_page **page, const char *path, struct usersig_page_value *value)
{
    int error = *page ? usersig_page_read(*page, (uint64_t)time(NULL), value) : USERSIG_REVOKED;
    if (error == USERSIG_REVOKED) {
        usersig_page_close(*page);
        error = usersig_page_open(page, path, 0);
        if (!error)
            error = usersig_page_read(*page, (uint64_t)time(NULL), value);
    }
    return error;
}

int main(int argc, char **argv)
{
    usersig_page *page = NULL;
    struct usersig_page_value value;
    char url[8192];
    size_t len;

    if (argc != 4) {
        fprintf(stderr, "usage: page PAGE SERVICE COMMAND\n");
        return 64;
    }
    int error = read_page(&page, argv[1], &value);
    if (error == USERSIG_ERR_FILE)
        fprintf(stderr, "page: %s: %s\n", argv[1], strerror(errno));
    if (!error) {
        struct usersig_request request = {
            .service = argv[2],
            .command = argv[3],
            .identifier = value.identifier,
            .usersig = value.usersig,
            .usersig_len = value.usersig_len,
            .sdkappid = value.sdkappid,
        };
        if (value.silence > SILENT_FOR_LONG)
            fprintf(stderr, "page: sigd stands still since %llu s\n", (unsigned long long)value.silence);
        if (getrandom(&request.random, sizeof request.random, 0) != sizeof request.random)
            return USERSIG_ERR_CRYPTO;
        error = usersig_url(&request, url, sizeof url, &len);
    }
    usersig_page_close(page);
    if (error)
        fprintf(stderr, "page: %s\n", usersig_error_text(error));
    else
        puts(url);
    return error;
}
