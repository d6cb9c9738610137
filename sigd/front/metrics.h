/* metrics.h: writes Prometheus's text format, version 0.0.4. */
#ifndef SIGD_METRICS_H
#define SIGD_METRICS_H

#include "buffer.h"

#define METRICS_TYPE "text/plain; version=0.0.4; charset=utf-8"

/* Labels of a sample: an array that a NULL name ends; NULL: none. Values are any valid UTF-8. */
struct metrics_label {
    const char *name, *value;
};

/* HELP and TYPE, before the samples of a name. type: "counter", "gauge", "histogram". */
void metrics_family(struct buffer *out, const char *name, const char *type, const char *help);

/* A sample. */
void metrics_count(struct buffer *out, const char *name, const struct metrics_label *labels, uint64_t value);
void metrics_signed(struct buffer *out, const char *name, const struct metrics_label *labels, int64_t value);
/* Microseconds, written as seconds. */
void metrics_us(struct buffer *out, const char *name, const struct metrics_label *labels, uint64_t us);
/* +Inf: no end. */
void metrics_infinite(struct buffer *out, const char *name, const struct metrics_label *labels);

/* A histogram's samples: counts[0..n] by bounds[0..n-1] (microseconds, ascending) and the rest. name without suffix. */
struct metrics_histogram {
    const uint32_t *bounds;
    const uint64_t *counts;
    size_t n;
    uint64_t sum_us;
};
void metrics_histogram(struct buffer *out, const char *name, const struct metrics_label *label,
                       const struct metrics_histogram *histogram);

#endif
