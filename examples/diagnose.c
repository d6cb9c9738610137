/* diagnose.c: says why the usersig on standard input is refused, or will be, and what to do.
 *   cc diagnose.c $(pkg-config --cflags --libs libsig) -o diagnose
 *   ./diagnose KEY-FILE SDKAPPID IDENTIFIER < usersig.txt
 * For who keeps the key. Whoever sent the usersig gets the verdict at most. */
#include <usersig_diagnose.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

int main(int argc, char **argv)
{
    struct usersig_expect expect = { .max_future = 300 };
    struct usersig_diagnosis diagnosis;
    char secret[4096], text[USERSIG_TEXT_MAX + 2];

    if (argc != 4) {
        fprintf(stderr, "usage: diagnose KEY-FILE SDKAPPID IDENTIFIER < usersig\n");
        return 64;
    }
    expect.sdkappid = (uint32_t)strtoul(argv[2], NULL, 10);
    expect.identifier = argv[3];
    FILE *file = fopen(argv[1], "rb");
    if (!file) {
        perror(argv[1]);
        return USERSIG_ERR_KEY;
    }
    setvbuf(file, NULL, _IONBF, 0); /* no copy of the key in a buffer that nobody wipes */
    size_t secret_len = fread(secret, 1, sizeof secret, file), len = fread(text, 1, sizeof text, stdin);
    fclose(file);
    if (secret_len > 0 && secret[secret_len - 1] == '\n') /* as the programs do that use the key */
        secret_len--;
    if (len > 0 && text[len - 1] == '\n')
        len--;

    int error =
        usersig_diagnose_secret(secret, secret_len, text, len, &expect, (uint64_t)time(NULL), &diagnosis);
    explicit_bzero(secret, sizeof secret);
    if (error) {
        fprintf(stderr, "diagnose: %s\n", usersig_error_text(error));
        return error;
    }
    printf("verdict %s, cause %s\n", usersig_error_name(diagnosis.verdict),
           usersig_cause_name(diagnosis.cause));
    if (diagnosis.rest_code)
        printf("the service answers ErrorCode %d\n", diagnosis.rest_code);
    printf("to do: %s\n", usersig_cause_advice(diagnosis.cause));
    return diagnosis.verdict;
}
