/* unreachable.h: why sigd's socket cannot be connected to, and what to do. */
#ifndef TOOLS_UNREACHABLE_H
#define TOOLS_UNREACHABLE_H

struct unreachable_socket {
    const char *path;
    int type;             /* SOCK_STREAM, SOCK_SEQPACKET */
    const char *variable; /* of the environment, that tells another place */
    const char *section;  /* of sigd.conf */
};

/* Tries it anew and says why that failed. Returns EXITS_UNREACHABLE. */
int unreachable_explain(const struct unreachable_socket *where);

#endif
