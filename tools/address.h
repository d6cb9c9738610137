/* address.h: request URLs: their parts, read strictly, and composed with words for a part that is refused. Functions
 * give 0, or an exit status after a message. */
#ifndef TOOLS_ADDRESS_H
#define TOOLS_ADDRESS_H

#include <stdint.h>
#include <usersig_rest.h>

struct address {
    char host[USERSIG_URL_HOST_MAX + 1];
    char service[USERSIG_URL_NAME_MAX + 1], command[USERSIG_URL_NAME_MAX + 1];
    char identifier[USERSIG_IDENTIFIER_MAX + 1];
    char usersig[USERSIG_TEXT_MAX + 1];
    uint32_t sdkappid, random;
};

/* Splits "SERVICE/COMMAND" into address. USERSIG_ERR_REQUEST. */
int address_name(struct address *address, const char *word);

/* Sets the host, where --host or --region (either may be NULL) says it. */
int address_host(struct address *address, const char *host, const char *region);

/* Puts the standby host of the data centre in place of its host, china's where none is set. EXITS_USAGE where the host
 * is none of a data centre. */
int address_standby(struct address *address);

/* Reads a URL that sigd composed: the five parameters in their order and nothing else; service and command as they
 * stand in address. EXITS_PROTOCOL. */
int address_read(struct address *address, const char *url);

/* usersig_url with params; *url is the caller's, to be freed. USERSIG_ERR_REQUEST names the part. */
int address_compose(const struct address *address, const struct usersig_param *params, size_t n_params,
                    char **url);

#endif
