/* verify.c: judges the usersig on standard input; its exit status is the verdict.
 *   cc verify.c $(pkg-config --cflags --libs libsig) -o verify
 *   ./verify KEY-FILE SDKAPPID IDENTIFIER < usersig.txt */
#include <usersig.h>

#include <inttypes.h>
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
    struct usersig_expect expect = { .leeway = 5, .max_future = 300 };
    struct usersig_ticket ticket = { 0 };
    usersig_key *key;
    char text[USERSIG_TEXT_MAX + 2];

    if (argc != 4) {
        fprintf(stderr, "usage: verify KEY-FILE SDKAPPID IDENTIFIER < usersig\n");
        return 64;
    }
    expect.sdkappid = (uint32_t)strtoul(argv[2], NULL, 10);
    expect.identifier = argv[3];
    size_t len = fread(text, 1, sizeof text, stdin);
    if (len > 0 && text[len - 1] == '\n')
        len--;

    int verdict = read_key(&key, argv[1]);
    if (!verdict) {
        const usersig_key *const keys[] = { key }; /* while keys are replaced, the old one too */
        verdict = usersig_verify(keys, 1, text, len, &expect, (uint64_t)time(NULL), &ticket, NULL);
        usersig_key_free(key);
    }
    if (verdict == USERSIG_OK)
        printf("valid until %" PRIu64 "\n", usersig_claims_expiry(&ticket.claims));
    else if (verdict == USERSIG_MALFORMED)
        printf("refused: %s\n", usersig_stage_text(ticket.stage));
    else
        printf("refused: %s\n", usersig_error_text(verdict));
    return verdict;
}
