/* problem.h: the errors of the HTTP interface, RFC 9457; docs/HTTP.md has the same table. */
#ifndef SIGD_PROBLEM_H
#define SIGD_PROBLEM_H

enum problem {
    PROBLEM_NONE,
    PROBLEM_BAD_REQUEST,
    PROBLEM_FORBIDDEN,
    PROBLEM_RESERVED,
    PROBLEM_NOT_ALLOWED,
    PROBLEM_OVER_CAP,
    PROBLEM_OVER_RIGHTS,
    PROBLEM_NO_USERBUF,
    PROBLEM_PROXIED,
    PROBLEM_NOT_FOUND,
    PROBLEM_UNKNOWN_APP,
    PROBLEM_METHOD,
    PROBLEM_TIMEOUT,
    PROBLEM_LENGTH,
    PROBLEM_TOO_LARGE,
    PROBLEM_MEDIA_TYPE,
    PROBLEM_EXPECTATION,
    PROBLEM_MISDIRECTED,
    PROBLEM_IDENTIFIER,
    PROBLEM_LIFETIME,
    PROBLEM_USERBUF,
    PROBLEM_REQUEST,
    PROBLEM_FIELD,
    PROBLEM_RATE,
    PROBLEM_HEADER_SIZE,
    PROBLEM_UNAVAILABLE,
    PROBLEM_CLOCK_SUSPECT,
    PROBLEM_NOT_READY,
    PROBLEM_FROZEN,
    PROBLEM_VERSION,
    PROBLEM_LAST
};

struct problem_row {
    int status, code; /* code: the exit status of tools/usersig */
    const char *name, *title;
};
const struct problem_row *problem_row(enum problem problem);

#endif
