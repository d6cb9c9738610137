/* options.h: the command line and the environment as plain data, of usersig and of sigctl. Each has its own table of
 * what it takes: options.c and ctl_options.c. */
#ifndef TOOLS_OPTIONS_H
#define TOOLS_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct parse_table;

#define OPTION_SOCKET (1ull << 0)
#define OPTION_APP (1ull << 1)
#define OPTION_KEY_FILE (1ull << 2)
#define OPTION_SDKAPPID (1ull << 3)
#define OPTION_IDENTIFIER (1ull << 4)
#define OPTION_AS (1ull << 5)
#define OPTION_FOR (1ull << 6)
#define OPTION_ANY_IDENTIFIER (1ull << 7)
#define OPTION_LIFETIME (1ull << 8)
#define OPTION_MIN_REMAINING (1ull << 9)
#define OPTION_REGION (1ull << 10)
#define OPTION_HOST (1ull << 11)
#define OPTION_RANDOM (1ull << 12)
#define OPTION_PARAM (1ull << 13)
#define OPTION_CURL_CONFIG (1ull << 14)
#define OPTION_REDACT (1ull << 15)
#define OPTION_UTF8 (1ull << 16)
#define OPTION_NOW (1ull << 17)
#define OPTION_JSON (1ull << 18)
#define OPTION_HELP (1ull << 19)
#define OPTION_ROOM (1ull << 20)
#define OPTION_ROOM_STRING (1ull << 21)
#define OPTION_RIGHTS (1ull << 22)
#define OPTION_STANDBY (1ull << 23)
#define OPTION_CURL (1ull << 24)

/* of usersig call, beside OPTION_ALL, OPTION_DRY_RUN and OPTION_CACERT */
#define OPTION_DATA (1ull << 30)
#define OPTION_EXAMPLE (1ull << 31)
#define OPTION_RESUME (1ull << 32)
#define OPTION_RATE (1ull << 33)
#define OPTION_DEADLINE (1ull << 34)
#define OPTION_RETRY_SENDS (1ull << 35)
#define OPTION_WAIT (1ull << 36)
#define OPTION_VERBOSE (1ull << 37)

/* of batches */
#define OPTION_BATCH (1ull << 50)
#define OPTION_JOBS (1ull << 51)
#define OPTION_FORMAT (1ull << 52)

/* sigctl's own, from the other end */
#define OPTION_CONFIG (1ull << 63)
#define OPTION_HEAD (1ull << 55)
#define OPTION_SIGD (1ull << 62)
#define OPTION_ACCEPT (1ull << 61)
#define OPTION_ALL (1ull << 60)
#define OPTION_OFF (1ull << 59)
#define OPTION_DRY_RUN (1ull << 58)
#define OPTION_ADMIN (1ull << 57)
#define OPTION_USER (1ull << 56)

#define OPTION_MASTER (1ull << 40)
#define OPTION_FROM_MASTER (1ull << 41)
#define OPTION_PASSPHRASE (1ull << 42)
#define OPTION_FROM_PASSPHRASE (1ull << 43)
#define OPTION_PASSPHRASE_FD (1ull << 44)
#define OPTION_IN_PLACE (1ull << 45)
#define OPTION_TEST_KEY (1ull << 46)
#define OPTION_KEY (1ull << 47)
#define OPTION_CACERT (1ull << 48)

#define OPTIONS_DAEMON (OPTION_SOCKET | OPTION_APP)
#define OPTIONS_OFFLINE (OPTION_KEY_FILE | OPTION_SDKAPPID)
#define OPTIONS_ROOM (OPTION_ROOM | OPTION_ROOM_STRING | OPTION_RIGHTS)
#define OPTIONS_BATCH (OPTION_BATCH | OPTION_JOBS | OPTION_RESUME)
#define OPTIONS_PARAMS_MAX 32
#define OPTIONS_LIST_MAX 32

/* An option that may repeat. */
struct options_list {
    const char *items[OPTIONS_LIST_MAX];
    size_t n;
};

struct options {
    uint64_t given;    /* OPTION_* on the command line */
    const char *word;  /* the argument that is no option; NULL: none */
    const char *word2; /* the second one */
    char **rest;       /* the others, n_rest of them */
    size_t n_rest;
    const char *socket; /* from the command line, the environment or the default; never NULL */
    const char *app;    /* from the command line or the environment; NULL: the only one */
    const char *key_file, *identifier, *as, *expected, *region, *host;
    const char *params[OPTIONS_PARAMS_MAX]; /* "name=value" */
    size_t n_params;
    uint64_t sdkappid, random;             /* 1 to 2^32-1; 0 to 2^32-1 */
    uint64_t lifetime, min_remaining, now; /* seconds; seconds; Unix seconds */
    uint64_t room, rights;                 /* 0 without --room, --rights */
    const char *room_string;
    const char *data, *resume;
    uint64_t rate, deadline; /* a second; seconds */
    const char *format;
    uint64_t jobs;

    /* of sigctl alone */
    const char *config, *sigd, *head;
    const char *master, *from_master, *test_key, *key, *cacert;
    uint64_t passphrase_fd;
    struct options_list accept, admins, users;
};

static inline bool options_has(const struct options *options, uint64_t option)
{
    return (options->given & option) != 0;
}

/* What usersig takes. */
extern const struct parse_table options_table;

#endif
