/* output.h: what goes to stdout and stderr. Nothing reaches a terminal raw: control bytes, bytes that are no UTF-8
 * and characters that reorder text are escaped. */
#ifndef TOOLS_OUTPUT_H
#define TOOLS_OUTPUT_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

/* The program's name for the messages, before the first of them. */
void output_program(const char *name);

/* The command's name for the messages; NULL before it is known. */
void output_command(const char *name);

/* "<program>: <command>: message" on stderr; returns status, so that a caller can return it on. */
__attribute__((format(printf, 2, 3))) int output_fail(int status, const char *format, ...);
#ifdef __clang_analyzer__ /* which looks at one file at a time, and would take a failure for a success */
#define output_fail(status, ...) ((void)output_fail(status, __VA_ARGS__), (status))
#endif

/* The same without an end in mind: notes, warnings and further lines of an error. */
__attribute__((format(printf, 1, 2))) void output_note(const char *format, ...);

/* Whether notes for people have a reader: stderr is a terminal. */
bool output_is_watched(void);

/* Escaped text on stdout. */
void output_text(const char *text, size_t len);

/* A JSON value on one line of stdout, in ASCII. Takes the reference. Returns 0, or USERSIG_ERR_MEMORY where the
 * value is NULL. */
int output_json(json_t *value);

/* Flushes stdout; returns status, or EXITS_OUTPUT with a message where something was lost. */
int output_end(int status);

#endif
