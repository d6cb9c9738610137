/* usersig_rest.h: addresses of the Tencent Cloud Chat (IM) REST API. The rules of usersig.h hold here too. */
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

/* For callers without this header. */
USERSIG_API size_t usersig_request_size(void);
USERSIG_API size_t usersig_param_size(void);

#ifdef __cplusplus
}
#endif
#endif
