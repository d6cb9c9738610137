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
    CONN_TURN, /* until it may ask the signer; share.h */
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
    uint32_t uid;                /* whose it is, for share.h and quota.h */
    struct share *share;         /* of that uid; NULL: closed */
    struct turns_item due, asks; /* where it waits in its share: for a turn, for a turn to ask */
    bool turn_came;              /* to ask */
    uint32_t events;             /* that epoll waits for */
    bool unseen;                 /* there may be something to read of which epoll has told already */
    enum conn_state state;
    bool closing;          /* after what is in out */
    bool unread;           /* the last request was refused before all of it had come */
    bool continued;        /* 100 Continue has been sent */
    bool asked;            /* the signer has said who this is */
    bool known;            /* and it is somebody: handle and grants count */
    uint8_t recalled;      /* the head that it sent last, in front->recall */
    uint8_t posted;        /* the same of a POST */
    uint32_t handle, ask;  /* ask: in CONN_WAIT; UINT32_MAX: a batch waits for several */
    uint32_t generation;   /* of the model of which the signer told handle and grants */
    uint64_t deadline;     /* boot ms; of the state */
    uint64_t id, began_us; /* of the request whose head has come, see meter.h; 0: none */
    uint64_t body_share;   /* bytes of share_take */
    uint64_t out_deadline; /* boot ms; 0: nothing is stuck */
    struct buffer in, out;
    size_t out_at;
    struct http_request request;
    const char *parsed_at; /* where `in` was when request was read from it */
    struct conn_call call;
    char *decoded;                 /* decoded path and query; freed after the request */
    struct usersig_ticket *ticket; /* of a request that waits; freed after it */
    struct batch *batch;           /* that is being answered (api_batch.c); NULL: none */
    uint64_t served; /* which credential was last reported as served: app, admin, kind and issue time mixed */
    const struct proto_grant *grants; /* SIGD_APPS_MAX of them, shared (grants.h); NULL unless known */
};

/* uid: whose it is, for shares alone: what a caller may do, only the signer says. */
void conn_new(struct front *front, int fd, uint32_t uid);

/* Ends it where it stands; freed by conn_sweep. */
void conn_close(struct conn *conn);

/* What epoll saw: one read; the rest is done in its turn. */
void conn_ready(struct conn *conn, uint32_t events);

/* It is in this state from now, with that state's deadline. */
void conn_enter(struct conn *conn, enum conn_state state);

/* There is something to answer or to send: it gets a turn. */
void conn_go_on(struct conn *conn);

/* Its turn, from share_run: answers what has arrived, as far as the client takes the answers and they are not too many. */
void conn_turn(struct conn *conn);

#define CONN_OUT_PAUSE (256 * 1024) /* bytes of answers that a client leaves unread; then its requests wait */

/* Frees what was closed. */
void conn_sweep(struct front *front);

#endif
