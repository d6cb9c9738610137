/* client.h: sigd over its UNIX socket. Every function that returns int gives 0, or an exit status after a message. */
#ifndef TOOLS_CLIENT_H
#define TOOLS_CLIENT_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct options;
struct client;

struct client_pair {
    const char *name, *value; /* value NULL: left out */
};

int client_open(struct client **client, const struct options *options);
void client_close(struct client *client); /* NULL does nothing */

/* GET /v1/apps. *answer is {"apps": [...]} with its types checked; the caller's, to be json_decref'ed. */
int client_apps(struct client *client, json_t **answer);

/* The app that is asked about: --app, SIGD_APP, or the only one. The client's. */
int client_app(struct client *client, const char **app);

/* GET or POST /v1/apps/<app>/<rest>. rest has no byte that needs encoding. body is taken. *answer is a JSON object,
 * the caller's. */
int client_get(struct client *client, const char *rest, const struct client_pair *query, size_t n_query,
               json_t **answer);
int client_post(struct client *client, const char *rest, json_t *body, json_t **answer);

/* The POST without a word about what comes of it, and the word. 0, or an exit status after a message. */
struct transfer_reply;
int client_try(struct client *client, const char *rest, const char *body, struct transfer_reply *reply);
int client_explain(const struct client *client, const struct transfer_reply *reply);

/* A member of an answer: text without NUL, or a number that is not negative. EXITS_PROTOCOL when it is not there. */
int client_text(const json_t *answer, const char *name, const char **text);
int client_number(const json_t *answer, const char *name, uint64_t *number);

/* Whether a text has the form of a usersig. */
bool client_is_usersig(const char *text);

/* Its member "usersig", which has to look like one. */
int client_usersig(const json_t *answer, const char **usersig);

#endif
