/* exits.h: the tool's own exit statuses, beside those of enum usersig_error (0 to 23). Also the `code` of sigd's
 * problem answers. */
#ifndef TOOLS_EXITS_H
#define TOOLS_EXITS_H

enum exits {
    EXITS_USAGE = 64,    /* the command line, or a request that sigd calls wrong */
    EXITS_DATA = 65,     /* no usersig and no URL, a sealed file that does not open, or a damaged audit log */
    EXITS_NO_INPUT = 66, /* a file cannot be read, or must not be trusted */
    EXITS_NOT_FOUND = 67,    /* the audit log does not speak of it */
    EXITS_NO_APP = 68,       /* no such app for this caller */
    EXITS_UNREACHABLE = 69,  /* no answer from sigd or the service */
    EXITS_SERVICE = 70,      /* the service answered an ErrorCode */
    EXITS_UNCERTAIN = 71,    /* it may have been done or not: no answer came */
    EXITS_PARTIAL = 73,      /* some of a batch failed: their lines say why */
    EXITS_OUTPUT = 74,       /* stdout or a file cannot be written */
    EXITS_LATER = 75,        /* try again later */
    EXITS_PROTOCOL = 76,     /* the answer of sigd or the service makes no sense */
    EXITS_NOT_PERMITTED = 77 /* sigd does not permit it */
};

#endif
