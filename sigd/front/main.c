/* main.c: sigd-front: speaks HTTP with backends; holds no key. Started by sigd with one channel; all else comes over it. */
#include "child.h"
#include "log.h"
#include "loop.h"
#include "sandbox.h"

#include <errno.h>
#include <jansson.h>
#include <string.h>

int main(int argc, char **argv)
{
    static struct front front;
    const char *number = argc > 0 ? strrchr(argv[0], '-') : NULL; /* sigd-front-0 */
    char name[16] = "front";
    if (number && strlen(number) < sizeof name - sizeof "front")
        strcat(name, number);
    int status = child_begin(name);
    if (status)
        return status;
    if (!loop_open(&front)) {
        log_line(LOG_LEVEL_ERROR, "cannot start", "error=\"%s\"", strerror(errno));
        return 71;
    }
    json_object_seed(0); /* jansson opens /dev/urandom at its first object */
    return sandbox_enter(FILTER_FRONT) ? loop_run(&front) : 71;
}
