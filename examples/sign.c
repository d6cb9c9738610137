/* sign.c: prints a usersig.
 *   cc sign.c $(pkg-config --cflags --libs libsig) -o sign
 *   ./sign KEY-FILE SDKAPPID IDENTIFIER LIFETIME
 * The key comes from a file: every user of a host can read command lines. */
#include <usersig.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* Makes a key of a file that holds the console's key text. Every byte counts, so one newline at the end goes. */
static int read_key(usersig_key **key, const char *path)
{
    char secret[4096];
    FILE *file = fopen(path, "rb");
    if (!file)
        return USERSIG_ERR_KEY;
    setvbuf(file, NULL, _IONBF, 0); /* no copy of the key in a buffer that nobody wipes */
    size_t len = fread(secret, 1, sizeof secret, file);
    fclose(file);
    if (len > 0 && secret[len - 1] == '\n')
        len--;
    int error = usersig_key_hmac(key, secret, len);
    explicit_bzero(secret, sizeof secret);
    return error;
}

int main(int argc, char **argv)
{
    struct usersig_claims claims = { .issued_at = (uint64_t)time(NULL) };
    usersig_key *key = NULL;
    char usersig[2048];
    size_t len;

    if (argc != 5) {
        fprintf(stderr, "usage: sign KEY-FILE SDKAPPID IDENTIFIER LIFETIME\n");
        return 64;
    }
    claims.sdkappid = (uint32_t)strtoul(argv[2], NULL, 10);
    claims.lifetime = strtoull(argv[4], NULL, 10);
    int error = usersig_claims_identifier(&claims, argv[3], strlen(argv[3]), 0);
    if (!error)
        error = read_key(&key, argv[1]);
    if (!error)
        error = usersig_sign(key, &claims, usersig, sizeof usersig, &len);
    usersig_key_free(key); /* takes NULL */
    if (error)
        fprintf(stderr, "sign: %s\n", usersig_error_text(error));
    else
        puts(usersig);
    return error; /* the numbers are made to be exit statuses */
}
