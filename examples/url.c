/* url.c: prints the complete URL of a REST call, signed for one minute.
 *   cc url.c $(pkg-config --cflags --libs libsig) -o url
 *   ./url KEY-FILE SDKAPPID ADMINISTRATOR SERVICE COMMAND [REGION]
 * The URL holds a credential: hand it on through a pipe or a file of mode 0600. */
#include <usersig.h>
#include <usersig_rest.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
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
    struct usersig_claims claims = { .issued_at = (uint64_t)time(NULL), .lifetime = 60 };
    usersig_key *key = NULL;
    char usersig[2048], url[4096];
    size_t usersig_len, len;

    if (argc < 6 || argc > 7) {
        fprintf(stderr, "usage: url KEY-FILE SDKAPPID ADMINISTRATOR SERVICE COMMAND [REGION]\n");
        return 64;
    }
    claims.sdkappid = (uint32_t)strtoul(argv[2], NULL, 10);
    int error = usersig_claims_identifier(&claims, argv[3], strlen(argv[3]), 0);
    if (!error)
        error = read_key(&key, argv[1]);
    if (!error)
        error = usersig_sign(key, &claims, usersig, sizeof usersig, &usersig_len);
    usersig_key_free(key);
    if (!error) {
        struct usersig_request request = {
            .host = usersig_region_host(argc == 7 ? argv[6] : "china", 0),
            .service = argv[4],
            .command = argv[5],
            .identifier = argv[3],
            .usersig = usersig,
            .usersig_len = usersig_len,
            .sdkappid = claims.sdkappid,
        };
        if (!request.host) {
            fprintf(stderr, "url: no such region; there are:");
            for (size_t i = 0; usersig_region_name(i); i++)
                fprintf(stderr, "%s %s", i ? "," : "", usersig_region_name(i));
            fputc('\n', stderr);
            return USERSIG_ERR_REQUEST;
        }
        if (getrandom(&request.random, sizeof request.random, 0) != sizeof request.random)
            return USERSIG_ERR_CRYPTO;
        error = usersig_url(&request, url, sizeof url, &len);
    }
    if (error)
        fprintf(stderr, "url: %s\n", usersig_error_text(error));
    else
        puts(url);
    return error;
}
