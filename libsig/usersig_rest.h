/* usersig_rest.h: the REST API of Tencent Cloud Chat (IM): addresses, endpoints, ErrorCodes. The rules of usersig.h
 * hold here too. */
#ifndef USERSIG_REST_H
#define USERSIG_REST_H

#include "usersig.h"

#ifdef __cplusplus
extern "C" {
#endif

#define USERSIG_URL_NAME_MAX 64  /* bytes of a service, a command, a parameter's name */
#define USERSIG_URL_HOST_MAX 255 /* bytes of a host with its port */

struct usersig_param {
    const char *name, *value; /* NUL-terminated; value may be empty */
};

struct usersig_request {
    const char *host;       /* "console.tim.qq.com", with ":port" where needed; NULL: that one */
    const char *service;    /* "group_open_http_svc": letters, digits, '_', '-' */
    const char *command;    /* "get_appid_group_list": the same */
    const char *identifier; /* whose usersig it is: an administrator of the app */
    const char *usersig;    /* usersig_len bytes of A-Za-z0-9*-_ */
    size_t usersig_len;
    uint32_t sdkappid;                  /* 1 to 2^32-1 */
    uint32_t random;                    /* any; "identifies the request" in the service's words */
    const struct usersig_param *params; /* n_params further query parameters; NULL when 0 */
    size_t n_params;
};

/* Composes https://<host>/v4/<service>/<command>?sdkappid=&identifier=&usersig=&random=&contenttype=json, then
 * params in their order. Values are percent-encoded by RFC 3986; the usersig's own alphabet stays as it is.
 * The URL carries a credential: treat it as one.
 * ERR_REQUEST: a part is empty or not of its form, or a parameter repeats one of the five names above.
 * ERR_SPACE. No heap. */
USERSIG_CHECKED int usersig_url(const struct usersig_request *request, char *out, size_t out_size,
                                size_t *out_len);

/* Host of a data centre by its name in lower case: "china", "singapore", "seoul", "tokyo", "frankfurt",
 * "silicon valley", "jakarta", "mumbai (retired)". standby 1: its standby host. NULL: no such region.
 * Static. Source: the service's overview page, 2024 to 2026. */
USERSIG_API const char *usersig_region_host(const char *region, int standby);

/* The name of region number index, NULL from the number of regions on. */
USERSIG_API const char *usersig_region_name(size_t index);

/* ---- endpoints ------------------------------------------------------------------------------------ */

enum usersig_rest_kind {
    USERSIG_REST_READ = 1,  /* changes nothing: may be repeated */
    USERSIG_REST_WRITE = 2, /* changes what the service keeps */
    USERSIG_REST_SEND = 3   /* reaches people: repeated, it may arrive twice */
};

/* Fields of a request stand at the top of its body; of an answer also deeper: "Response.Next" is Next in Response.
 * A page follows the one before by cursors: cursor_in names fields of the request, cursor_out as many in the same
 * order, each saying what the next request has there:
 *   NAME   that field of the answer; where the answer lacks it, the next request lacks it too
 *   +      what it was (0 where it was not there) and the number of items that came
 *   -NAME  one less than the least NAME among the items that came */
struct usersig_rest_api {
    const char *service, *command; /* as in the URL */
    const char *group, *title;     /* "messages"; what it does, in lower case */
    const char *min_body;          /* the least JSON object that it takes, with example values */
    uint32_t rate;                 /* requests a second and app that are documented; 0: none are */
    uint32_t kind;                 /* USERSIG_REST_READ, _WRITE or _SEND */
    const char *items; /* the answer's array; "A,B": the one of these that is there. NULL: no pages */
    const char *cursor_in, *cursor_out; /* "A" or "A,B,..."; NULL without items */
    const char *complete;               /* where the pages end, besides a page without items.
                                         * NAME: that field of the answer is neither 0 nor missing.
                                         * =NAME: the first cursor has reached that field.
                                         * NULL: the first of cursor_out is 0, "" or missing */
    const char *limit;                  /* the field with the size of a page; NULL: none is documented */
    uint32_t limit_max;                 /* its largest value; 0: none is documented */
};

/* The endpoint of these names, upper and lower case as the service has them; NULL: not in the catalogue, or a NULL.
 * Static. The service knows further ones: a name that is not here may be good. */
USERSIG_API const struct usersig_rest_api *usersig_rest_find(const char *service, const char *command);

/* The one after previous by service and command, byte by byte; of NULL the first; NULL after the last. */
USERSIG_API const struct usersig_rest_api *usersig_rest_next(const struct usersig_rest_api *previous);

/* "read", "write", "send"; "unknown" for other numbers. */
USERSIG_API const char *usersig_rest_kind_name(uint32_t kind);

/* ---- ErrorCodes ------------------------------------------------------------------------------------ */

enum usersig_rest_class {
    USERSIG_REST_FIX = 1,        /* the same request fails again */
    USERSIG_REST_BACK_OFF = 2,   /* too many requests: again, after times that grow */
    USERSIG_REST_TRANSIENT = 3,  /* a fault of the moment: again */
    USERSIG_REST_CREDENTIAL = 4, /* again with a new usersig, once */
    USERSIG_REST_WAIT = 5,       /* not before a minute has passed */
    USERSIG_REST_LATER = 6,      /* documented to pass, without a word on when: a person decides */
    USERSIG_REST_UNSURE = 7      /* not documented whether it passes */
};

struct usersig_rest_code {
    int code, last;      /* code to last, which is mostly the same */
    const char *family;  /* "rest-common", "account-usersig", "group", ... */
    const char *meaning; /* in lower case, without a full stop */
    uint32_t retry;      /* enum usersig_rest_class */
    uint32_t caller;     /* 1: it is about who calls: usersig, identifier, SDKAppID, administrator */
    const char *advice;  /* what to do; NULL: what usersig_rest_class_advice says */
};

/* What an ErrorCode means; NULL: not in the table, as 0 is, which is success. Static. */
USERSIG_API const struct usersig_rest_code *usersig_rest_code_find(int code);

/* The one after previous by number; of NULL the first; NULL after the last. */
USERSIG_API const struct usersig_rest_code *usersig_rest_code_next(const struct usersig_rest_code *previous);

/* "fix", "back-off", "transient", "credential", "wait", "later", "unsure"; "unknown" for other numbers. Static. */
USERSIG_API const char *usersig_rest_class_name(uint32_t class_number);

/* What to do about a code of that class. Static. */
USERSIG_API const char *usersig_rest_class_advice(uint32_t class_number);

/* For callers without this header. */
USERSIG_API size_t usersig_request_size(void);
USERSIG_API size_t usersig_param_size(void);
USERSIG_API size_t usersig_rest_api_size(void);
USERSIG_API size_t usersig_rest_code_size(void);

#ifdef __cplusplus
}
#endif
#endif
