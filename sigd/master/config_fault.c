/* config_fault.c: the list of faults and warnings. */
#include "config_fault.h"

#include <stdarg.h>
#include <stdlib.h>

static void add(struct config_fault_list *list, int line, const char *kind, const char *format, va_list args)
    __attribute__((format(printf, 4, 0)));

static void add(struct config_fault_list *list, int line, const char *kind, const char *format, va_list args)
{
    char *what, *text;
    for (size_t i = 0; i < list->n_bytes; i++) {
        if (list->faults[i].line == line)
            return;
    }
    if (list->n == list->room) {
        size_t room = list->room == 0 ? 16 : 2 * list->room;
        struct config_fault *faults = reallocarray(list->faults, room, sizeof *faults);
        if (faults == NULL)
            return;
        list->faults = faults;
        list->room = room;
    }
    if (vasprintf(&what, format, args) < 0)
        return;
    int n = line > 0 ? asprintf(&text, "%s:%d: %s%s", list->path, line, kind, what)
                     : asprintf(&text, "%s%s", kind, what);
    free(what);
    if (n < 0)
        return;
    for (char *p = text; *p != '\0'; p++) {
        if ((unsigned char)*p < 0x20 || *p == 0x7f)
            *p = '?';
    }
    list->faults[list->n++] = (struct config_fault){ .line = line, .text = text };
}

void config_fault_add(struct config_fault_list *list, int line, const char *format, ...)
{
    va_list args;
    list->failed = true;
    va_start(args, format);
    add(list, line, "", format, args);
    va_end(args);
}

void config_fault_missing(struct config_fault_list *list, int line, const char *format, ...)
{
    va_list args;
    if (list->truncated)
        return;
    list->failed = true;
    va_start(args, format);
    add(list, line, "", format, args);
    va_end(args);
}

void config_fault_warn(struct config_fault_list *list, int line, const char *format, ...)
{
    va_list args;
    if (list->truncated)
        return;
    va_start(args, format);
    add(list, line, "warning: ", format, args);
    va_end(args);
}

/* Insertion sort: stable, and the list is short and nearly in order. */
static void sort(struct config_fault_list *list)
{
    for (size_t i = 1; i < list->n; i++) {
        struct config_fault moved = list->faults[i];
        size_t at = i;
        for (; at > 0 && list->faults[at - 1].line > moved.line; at--)
            list->faults[at] = list->faults[at - 1];
        list->faults[at] = moved;
    }
}

void config_fault_print(struct config_fault_list *list, FILE *out)
{
    sort(list);
    for (size_t i = 0; i < list->n; i++)
        fprintf(out, "%s\n", list->faults[i].text);
    if (list->failed && list->n == 0)
        fprintf(out, "%s: no memory\n", list->path);
}

void config_fault_free(struct config_fault_list *list)
{
    for (size_t i = 0; i < list->n; i++)
        free(list->faults[i].text);
    free(list->faults);
    list->faults = NULL;
    list->n = list->room = 0;
}
