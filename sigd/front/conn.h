/* conn.h: one client's connection: bytes in, bytes out, and when it is done. What is in the bytes: request.h. */
#ifndef SIGD_CONN_H
#define SIGD_CONN_H

#include "front.h"
#include "http.h"
#include "query.h"

struct route;

enum conn_state {
    CONN_IDLE, /* between requests */
    CONN_HEAD, /* a head has begun */
    CONN_BODY, /* the head is there, the body is not */
    CONN_WAIT, /* the signer has been asked, or a batch is being answered */
    CONN_HELD, /* until the master has told what counts now (model.h), or a credential that is being renewed */
    CONN_LINGER, /* answered and closed on our side; what still comes is dropped */
    CONN_CLOSED
};

/* What a request is about, as its route's handler sees it. */
struct conn_call {
    const struct route *route;
    struct http_text app_name, service, command;
    size_t app;
    int n_params;
    struct query_param params[QUERY_PARAMS_MAX];
    bool allowed;                        /* by the policy */
    bool userbuf_asked, userbuf_matches; /* of verify */
    uint64_t userbuf_end;
    const char *body; /* content_length bytes */
};

struct conn {
    struct front *front;
    struct conn *next, *previous;
    int fd;
    uint32_t uid;    /* whose it is, for share.h */
    uint32_t events; /* that epoll waits for */
    enum conn_state state;
    bool closing;          /* after what is in out */
    bool unread;           /* the last request was refused before all of it had come */
    bool continued;        /* 100 Continue has been sent */
    bool asked;            /* the signer has said who this is */
    bool known;            /* and it is somebody: handle and grants count */
    uint32_t handle, ask;  /* ask: in CONN_WAIT; UINT32_MAX: a batch waits for several */
    uint32_t generation;   /* of the model of which the signer told handle and grants */
    uint64_t deadline;     /* boot ms; of the state */
    uint64_t id, began_us; /* of the request whose head has come, see meter.h; 0: none */
    uint64_t body_share;   /* bytes of share_take */
    uint64_t out_deadline; /* boot ms; 0: nothing is stuck */
    struct buffer in, out;
    size_t out_at;
    struct http_request request;
    struct conn_call call;
    char *decoded;                 /* decoded path and query; freed after the request */
    struct usersig_ticket *ticket; /* of a request that waits; freed after it */
    struct batch *batch;           /* that is being answered (api_batch.c); NULL: none */
    uint64_t served; /* which credential was last reported as served: app, admin, kind and issue time mixed */
    struct proto_grant grants[SIGD_APPS_MAX];
};

/* uid: whose it is, for shares alone: what a caller may do, only the signer says. */
void conn_new(struct front *front, int fd, uint32_t uid);

/* Ends it where it stands; freed by conn_sweep. */
void conn_close(struct conn *conn);

/* What epoll saw. */
void conn_ready(struct conn *conn, uint32_t events);

/* It is in this state from now, with that state's deadline. */
void conn_enter(struct conn *conn, enum conn_state state);

/* Answers what has arrived, as far as the client takes the answers. From whom it waited for. */
void conn_go_on(struct conn *conn);

/* Frees what was closed. */
void conn_sweep(struct front *front);

#endif
