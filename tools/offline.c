#include "offline.h"
#include "exits.h"
#include "identifier.h"
#include "options.h"
#include "output.h"
#include "readall.h"
#include "room.h"
#include "safefile.h"
#include "when.h"

#include <errno.h>
#include <sodium.h>
#include <stdbool.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>
#include <usersig_diagnose.h>

#define KEY_FILE_MAX 65536 /* bytes; what safefile lets through */

static int read_secret(const char *path, char *secret, size_t *len)
{
    char why[512];
    int fd = safefile_open(path, SAFEFILE_SECRET, why, sizeof why);
    if (fd < 0)
        return output_fail(EXITS_NO_INPUT, "%s", why);
    int status = readall_into(fd, path, secret, KEY_FILE_MAX, len);
    close(fd);
    return status;
}

/* As sealed.h's sealed_is, which comes with what opens such a file. */
static bool is_sealed(const char *secret, size_t len)
{
    static const char mark[] = "sigd-sealed-key ";
    return len >= sizeof mark - 1 && memcmp(secret, mark, sizeof mark - 1) == 0;
}

static bool is_pem(const char *secret, size_t len)
{
    static const char mark[] = "-----BEGIN";
    for (size_t i = 0; i + sizeof mark - 1 <= len; i++)
        if (memcmp(secret + i, mark, sizeof mark - 1) == 0)
            return true;
    return false;
}

/* The console's key is text; editors and `echo` end it with a newline that is not part of it. */
static void trim(const char *path, const char *secret, size_t *len)
{
    if (*len == 0 || secret[*len - 1] != '\n')
        return;
    *len -= *len >= 2 && secret[*len - 2] == '\r' ? 2 : 1;
    output_note("note: the newline at the end of %s is not taken as part of the key", path);
}

static int make_key(usersig_key **key, const char *path, const char *secret, size_t len)
{
    if (is_sealed(secret, len))
        return output_fail(
            USERSIG_ERR_KEY,
            "%s is sealed and takes its master key: leave signing to sigd, or see sigctl unseal", path);
    if (is_pem(secret, len)) { /* a key of version 1 */
        int error = usersig_key_pem(key, secret, len);
        return error == USERSIG_OK
                   ? 0
                   : output_fail(error, "%s: its PEM is not one key on secp256k1 or P-256%s", path,
                                 error == USERSIG_ERR_KEY ? ", or it is encrypted" : "");
    }
    trim(path, secret, &len);
    if (len == 0)
        return output_fail(USERSIG_ERR_KEY, "%s is empty", path);
    if ((unsigned char)secret[0] <= ' ' || (unsigned char)secret[len - 1] <= ' ')
        output_note(
            "note: the key in %s begins or ends with white space, which counts; is that what the console "
            "shows?",
            path);
    int status = usersig_key_hmac(key, secret, len);
    return status == USERSIG_OK ? 0 : output_fail(status, "%s: %s", path, usersig_error_text(status));
}

/* The bytes of --key-file in guarded memory, to be freed with sodium_free. */
static int open_secret(const struct options *options, char **secret, size_t *len)
{
    const struct rlimit none = { 0, 0 };
    if (setrlimit(RLIMIT_CORE, &none) != 0 || prctl(PR_SET_DUMPABLE, 0) != 0)
        return output_fail(USERSIG_ERR_CRYPTO, "cannot switch core dumps off: %s", strerror(errno));
    *secret = sodium_malloc(KEY_FILE_MAX);
    if (*secret == NULL)
        return output_fail(USERSIG_ERR_MEMORY, "no guarded memory for the key: %s", strerror(errno));
    int status = read_secret(options->key_file, *secret, len);
    if (status != 0)
        sodium_free(*secret); /* wipes */
    return status;
}

int offline_key(usersig_key **key, const struct options *options)
{
    char *secret;
    size_t len = 0;
    *key = NULL;
    int status = open_secret(options, &secret, &len);
    if (status != 0)
        return status;
    status = make_key(key, options->key_file, secret, len);
    sodium_free(secret);
    return status;
}

int offline_diagnose(const struct options *options, const char *text, size_t len,
                     const struct usersig_expect *expect, uint64_t now, struct usersig_diagnosis *diagnosis)
{
    usersig_key *key;
    char *secret;
    size_t secret_len = 0;
    int status = open_secret(options, &secret, &secret_len);
    if (status != 0)
        return status;
    status = make_key(&key, options->key_file, secret, secret_len); /* says what is wrong with it */
    if (status == 0) {
        usersig_key_free(key);
        if (secret[secret_len - 1] == '\n') /* as make_key takes it */
            secret_len -= secret_len > 1 && secret[secret_len - 2] == '\r' ? 2 : 1;
        status = usersig_diagnose_secret(secret, secret_len, text, len, expect, now, diagnosis);
        if (status != 0)
            output_fail(status, "%s: %s", options->key_file, usersig_error_text(status));
    }
    sodium_free(secret);
    return status;
}

int offline_sign(const struct options *options, const char *identifier, uint64_t default_lifetime,
                 struct usersig_claims *claims, char text[static USERSIG_TEXT_MAX + 1], size_t *len)
{
    uint32_t flags = options_has(options, OPTION_UTF8) ? USERSIG_ALLOW_UTF8 : 0;
    usersig_key *key;
    memset(claims, 0, sizeof *claims);
    int status = identifier_set(claims, identifier, flags);
    if (status != 0)
        return status;
    status = offline_key(&key, options);
    if (status != 0)
        return status;
    claims->version = usersig_key_version(key);
    claims->flags = flags;
    claims->sdkappid = (uint32_t)options->sdkappid;
    claims->lifetime = options_has(options, OPTION_LIFETIME) ? options->lifetime : default_lifetime;
    claims->issued_at = when_now();
    if (room_asked(options))
        status = room_set(options, claims);
    if (status != 0) {
        usersig_key_free(key);
        return status;
    }
    status = usersig_sign(key, claims, text, USERSIG_TEXT_MAX + 1, len);
    usersig_key_free(key);
    return status == USERSIG_OK ? 0 : output_fail(status, "%s", usersig_error_text(status));
}
