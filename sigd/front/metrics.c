/* metrics.c: writes Prometheus's text format, version 0.0.4. */
#include "metrics.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define SECONDS_SIZE 32

void metrics_family(struct buffer *out, const char *name, const char *type, const char *help)
{
    buffer_text(out, "# HELP ");
    buffer_text(out, name);
    buffer_text(out, " ");
    buffer_text(out, help);
    buffer_text(out, "\n# TYPE ");
    buffer_text(out, name);
    buffer_text(out, " ");
    buffer_text(out, type);
    buffer_text(out, "\n");
}

static void write_value(struct buffer *out, const char *value)
{
    for (; *value; value++)
        if (*value == '\n')
            buffer_text(out, "\\n");
        else if (*value == '"' || *value == '\\')
            buffer_add(out, (const char[]){ '\\', *value }, 2);
        else
            buffer_add(out, value, 1);
}

/* name and suffix, the labels in braces, and a space. */
static void begin(struct buffer *out, const char *name, const char *suffix,
                  const struct metrics_label *labels)
{
    const char *before = "{";
    buffer_text(out, name);
    buffer_text(out, suffix);
    for (; labels && labels->name; labels++) {
        buffer_text(out, before);
        buffer_text(out, labels->name);
        buffer_text(out, "=\"");
        write_value(out, labels->value);
        buffer_text(out, "\"");
        before = ",";
    }
    buffer_text(out, *before == ',' ? "} " : " ");
}

void metrics_count(struct buffer *out, const char *name, const struct metrics_label *labels, uint64_t value)
{
    begin(out, name, "", labels);
    buffer_format(out, "%" PRIu64 "\n", value);
}

void metrics_signed(struct buffer *out, const char *name, const struct metrics_label *labels, int64_t value)
{
    begin(out, name, "", labels);
    buffer_format(out, "%" PRId64 "\n", value);
}

void metrics_infinite(struct buffer *out, const char *name, const struct metrics_label *labels)
{
    begin(out, name, "", labels);
    buffer_text(out, "+Inf\n");
}

/* Without a float's rounding, and without zeros at the end. */
static void seconds(char text[static SECONDS_SIZE], uint64_t us)
{
    size_t len = (size_t)snprintf(text, SECONDS_SIZE, "%" PRIu64 ".%06" PRIu64, us / 1000000, us % 1000000);
    while (text[len - 1] == '0')
        len--;
    text[text[len - 1] == '.' ? len - 1 : len] = '\0';
}

void metrics_us(struct buffer *out, const char *name, const struct metrics_label *labels, uint64_t us)
{
    char text[SECONDS_SIZE];
    seconds(text, us);
    begin(out, name, "", labels);
    buffer_format(out, "%s\n", text);
}

void metrics_histogram(struct buffer *out, const char *name, const struct metrics_label *label,
                       const struct metrics_histogram *histogram)
{
    uint64_t sum = 0;
    char le[SECONDS_SIZE] = "+Inf";
    for (size_t i = 0; i <= histogram->n; i++) {
        struct metrics_label labels[] = { *label, { "le", le }, { NULL, NULL } };
        sum += histogram->counts[i];
        if (i < histogram->n)
            seconds(le, histogram->bounds[i]);
        else
            strcpy(le, "+Inf");
        begin(out, name, "_bucket", labels);
        buffer_format(out, "%" PRIu64 "\n", sum);
    }
    struct metrics_label alone[] = { *label, { NULL, NULL } };
    seconds(le, histogram->sum_us);
    begin(out, name, "_sum", alone);
    buffer_format(out, "%s\n", le);
    begin(out, name, "_count", alone);
    buffer_format(out, "%" PRIu64 "\n", sum);
}
