#include "secret.h"
#include "exits.h"
#include "output.h"
#include "readall.h"
#include "safefile.h"

#include <errno.h>
#include <sodium.h>
#include <stdbool.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#define CONSOLE_MAX 4096 /* bytes of a key as the console shows it */

int secret_begin(void)
{
    const struct rlimit none = { 0, 0 };
    if (setrlimit(RLIMIT_CORE, &none) != 0 || prctl(PR_SET_DUMPABLE, 0) != 0)
        return output_fail(USERSIG_ERR_CRYPTO, "cannot switch core dumps off: %s", strerror(errno));
    return 0;
}

int secret_memory(void *memory, size_t size)
{
    void *made = sodium_malloc(size);
    if (made == NULL)
        return output_fail(USERSIG_ERR_MEMORY, "no guarded memory: %s", strerror(errno));
    memcpy(memory, &made, sizeof made);
    return 0;
}

static int read_all(int fd, const char *name, uint8_t *bytes, size_t *len)
{
    int status = readall_into(fd, name, bytes, SECRET_MAX + 1, len);
    return status != 0 || *len <= SECRET_MAX
               ? status
               : output_fail(EXITS_DATA, "%s is longer than 64 KiB: this is no key", name);
}

int secret_read(const char *name, unsigned flags, uint8_t *bytes, size_t *len)
{
    char why[512];
    if (strcmp(name, "-") == 0) {
        if (isatty(STDIN_FILENO) == 1)
            return output_fail(EXITS_NO_INPUT,
                               "standard input is a terminal, which would show the key: put it in a "
                               "file of mode 0600, or come through a pipe");
        return read_all(STDIN_FILENO, "standard input", bytes, len);
    }
    int fd = safefile_open(name, flags, why, sizeof why);
    if (fd < 0)
        return output_fail(EXITS_NO_INPUT, "%s", why);
    int status = read_all(fd, name, bytes, len);
    close(fd);
    return status;
}

/* A console's key is one line of text. */
static bool is_console_text(const uint8_t *bytes, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if (bytes[i] < 0x20 || bytes[i] == 0x7f)
            return false;
    return len > 0 && len <= CONSOLE_MAX;
}

int secret_key(usersig_key **key, const char *name, const uint8_t *bytes, size_t len)
{
    static const char pem[] = "-----BEGIN";
    usersig_key *made = NULL;
    int status = USERSIG_ERR_KEY;
    if (memmem(bytes, len, pem, sizeof pem - 1) != NULL) {
        status = usersig_key_pem(&made, (const char *)bytes, len);
    } else {
        size_t trimmed = len > 0 && bytes[len - 1] == '\n' ? len - 1 : len;
        if (is_console_text(bytes, trimmed))
            status = usersig_key_hmac(&made, bytes, trimmed);
    }
    if (status == USERSIG_ERR_KEY)
        return output_fail(
            status,
            "%s is no key: neither one line of text, as the console shows it, nor the PEM of a private "
            "key",
            name);
    if (status != USERSIG_OK)
        return output_fail(status, "%s: %s", name, usersig_error_text(status));
    if (key != NULL)
        *key = made;
    else
        usersig_key_free(made);
    return 0;
}
