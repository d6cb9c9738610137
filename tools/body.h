/* body.h: the JSON body of a request: from -d and from fields. Functions give 0, or an exit status after a message. */
#ifndef TOOLS_BODY_H
#define TOOLS_BODY_H

#include <jansson.h>
#include <stddef.h>

#define BODY_MAX (8u << 20)    /* bytes; none are documented, but 5 MiB for the pictures in one */
#define BODY_MESSAGE_MAX 12000 /* bytes; of a message */

/* Reads -d: JSON text, "@FILE" or "-" for standard input. *value is an object. *text: as it was written, without white
 * space around it, to be freed. */
int body_read(const char *word, char **text, json_t **value);

/* Sets a field of an object:
 *   name=text   name:=json   name=@file (the file's bytes in base64)   name=@@text (a text that begins with @);
 *   what begins with @TGS#, @RBT#, @TOA# or @TIM# is a text, since the service's own names do
 * and a.b=text sets b in the object a, a.0=text the first of an array a. */
int body_field(json_t *value, const char *field);

/* A value as the text of a body, to be freed. */
int body_text(const json_t *value, char **text);

#endif
