/* config_fault.h: what is wrong with sigd.conf, gathered so that one run names everything. */
#ifndef SIGD_CONFIG_FAULT_H
#define SIGD_CONFIG_FAULT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

struct config_fault {
    int line;
    char *text;
};

struct config_fault_list {
    const char *path; /* of the file, as it was named to us */
    struct config_fault *faults;
    size_t n, room;
    size_t n_bytes; /* the first of faults, those of config_scan: on their lines, nothing more is said */
    bool failed;    /* something added was more than a warning */
    bool truncated; /* the file was not read to its end, so that what is missing may yet be there */
};

/* Adds a fault in line; 0 is for the file as a whole, whose text then stands without "<file>:<line>:". Bytes that
 * could steer a terminal become '?'. Without memory the fault still counts. */
void config_fault_add(struct config_fault_list *list, int line, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* The same for something that is absent or refers to nothing: not said of a file that was not read to its end. */
void config_fault_missing(struct config_fault_list *list, int line, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* A warning fails nothing; none are given of a file that was not read to its end. */
void config_fault_warn(struct config_fault_list *list, int line, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Writes all, in the order of their lines. */
void config_fault_print(struct config_fault_list *list, FILE *out);
void config_fault_free(struct config_fault_list *list);

#endif
