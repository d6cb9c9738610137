/* sigctl audit verify: walks the chain of hashes through the audit log. */
#include "auditlog.h"
#include "ctl_audit.h"
#include "exits.h"
#include "options.h"
#include "output.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define ZEROS "0000000000000000000000000000000000000000000000000000000000000000"
#define METRIC_HEX 13 /* digits of a head that /metrics tells */
#define TOLD_MAX 20   /* faults and gaps that are told one by one to people */

struct place {
    const char *file;
    uint64_t number, offset;
};

struct walk {
    uint64_t lines, seq, gaps, faults;
    char above[AUDITLOG_HEX], whole[AUDITLOG_HEX]; /* hashes of the line above, and of sigd's last line */
    struct place last;                             /* sigd's last line */
    bool damaged;                                  /* lines of somebody else stand behind it */
    struct place damage;                           /* the first of them */
    bool unended;                                  /* it is the only one, and lacks its newline */
    const char *wanted;                            /* a head that must come by; NULL: none */
    bool found;
    struct place wanted_at;
    json_t *gap_list, *fault_list;
};

static struct place place_of(const struct auditlog_line *line)
{
    return (struct place){ line->file, line->number, line->offset };
}

static json_t *place_json(const struct place *place)
{
    return json_pack("{s:s, s:I, s:I}", "file", place->file, "line", (json_int_t)place->number, "offset",
                     (json_int_t)place->offset);
}

static void fault(struct walk *walk, const struct place *place, const char *what)
{
    json_t *told = place_json(place);
    json_object_set_new(told, "fault", json_string(what));
    json_array_append_new(walk->fault_list, told);
    if (walk->faults++ == 0)
        output_note("%s, line %" PRIu64 " (byte %" PRIu64 "): %s", place->file, place->number, place->offset,
                    what);
}

static void note_gap(struct walk *walk, const struct auditlog_line *line)
{
    static const char *const fields[] = { "time", "reason", "bytes", "withheld", "lost" };
    struct place place = place_of(line);
    json_t *told = place_json(&place);
    for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++) {
        json_t *value = json_object_get(line->object, fields[i]);
        if (value != NULL)
            json_object_set(told, fields[i], value);
    }
    json_array_append_new(walk->gap_list, told);
    walk->gaps++;
}

/* What is wrong with where a line of sigd's stands; NULL: nothing. */
static const char *judge(const struct walk *walk, const struct auditlog_line *line, bool gap)
{
    bool follows = strcmp(line->prev, walk->above) == 0;
    if (walk->lines == 0)
        return NULL; /* what was before is not here */
    if (gap && strcmp(auditlog_string(line, "after"), ZEROS) == 0)
        return "sigd did not see a line of its own above: the chain begins anew";
    if (gap && strcmp(auditlog_string(line, "after"), walk->whole) != 0)
        return "a gap record that does not follow the last whole line: lines above are changed or missing";
    /* a line without end may be too long to hash; a torn end of another file is no part of the chain */
    if (!follows && !(gap && strcmp(line->prev, ZEROS) == 0) &&
        !(line->number == 1 && strcmp(line->prev, walk->whole) == 0))
        return strcmp(line->prev, ZEROS) == 0 ? "the chain begins anew: it is not the file that followed"
               : line->seq > walk->seq + 1
                   ? "lines above are missing"
                   : "the line above is not the one that stood here: changed or missing";
    if (line->seq != walk->seq + 1)
        return "its number does not follow the one above";
    return NULL;
}

static void take(void *context, const struct auditlog_line *line)
{
    struct walk *walk = context;
    struct place place = place_of(line);
    bool gap = line->object != NULL && strcmp(line->event, "gap") == 0;
    if (line->object == NULL) {
        walk->unended = !walk->damaged && !line->ended;
        if (!walk->damaged)
            walk->damage = place;
        walk->damaged = true;
        memcpy(walk->above, line->hash, sizeof walk->above);
        return;
    }
    const char *wrong = judge(walk, line, gap);
    bool torn_before = line->number == 1 && walk->unended; /* in the file before */
    if (walk->damaged && !gap && !torn_before)
        fault(walk, &walk->damage, "this is no line of sigd's, and no gap record tells of it");
    else if (wrong != NULL)
        fault(walk, &place, wrong);
    if (gap)
        note_gap(walk, line);
    memcpy(walk->above, line->hash, sizeof walk->above);
    memcpy(walk->whole, line->hash, sizeof walk->whole);
    if (walk->wanted != NULL && strncmp(walk->wanted, line->hash, strlen(walk->wanted)) == 0) {
        walk->found = true;
        walk->wanted_at = place;
    }
    walk->damaged = walk->unended = false;
    walk->last = place;
    walk->seq = line->seq;
    walk->lines++;
}

/* ---- what came of it ------------------------------------------------------------------------------- */

static void print_gaps(const struct walk *walk)
{
    size_t i;
    const json_t *gap;
    json_array_foreach(walk->gap_list, i, gap)
    {
        if (i == TOLD_MAX) {
            printf("gap    and %" PRIu64 " more: --json lists all\n", walk->gaps - TOLD_MAX);
            break;
        }
        const char *reason = json_string_value(json_object_get(gap, "reason"));
        fputs("gap    ", stdout);
        const char *file = json_string_value(json_object_get(gap, "file"));
        output_text(file, strlen(file));
        printf(", line %lld: ", (long long)json_integer_value(json_object_get(gap, "line")));
        output_text(reason != NULL ? reason : "?", reason != NULL ? strlen(reason) : 1);
        printf(", %lld bytes, %lld signatures withheld, %lld lines lost\n",
               (long long)json_integer_value(json_object_get(gap, "bytes")),
               (long long)json_integer_value(json_object_get(gap, "withheld")),
               (long long)json_integer_value(json_object_get(gap, "lost")));
    }
}

static void print(const struct walk *walk)
{
    print_gaps(walk);
    if (walk->lines > 0)
        printf("head   %s\nseq    %" PRIu64 "\n", walk->whole, walk->seq);
    printf("lines  %" PRIu64 "\ngaps   %" PRIu64 "\n", walk->lines, walk->gaps);
    if (walk->found)
        printf("noted  line %" PRIu64 " of %s; %" PRIu64 " bytes and more are newer\n",
               walk->wanted_at.number, walk->wanted_at.file, walk->last.offset - walk->wanted_at.offset);
    puts(walk->faults > 0 ? "damaged" : "good");
}

static int end(struct walk *walk, const struct options *options)
{
    int status;
    if (walk->damaged && walk->unended)
        output_note("the last line, %s line %" PRIu64
                    ", is not whole: sigd writes it now, or a crash cut it; "
                    "the next start tells by a gap record",
                    walk->damage.file, walk->damage.number);
    else if (walk->damaged)
        fault(walk, &walk->damage, "this is no line of sigd's, and no gap record tells of it");
    if (walk->wanted != NULL && !walk->found)
        fault(walk, &walk->last,
              "the noted head is not in the log: lines were cut off its end, or files are missing");
    status = walk->faults > 0 ? EXITS_DATA : 0;
    if (options_has(options, OPTION_JSON))
        status = output_json(json_pack("{s:b, s:I, s:I, s:s, s:O, s:O}", "good", walk->faults == 0, "lines",
                                       (json_int_t)walk->lines, "seq", (json_int_t)walk->seq, "head",
                                       walk->whole, "gaps", walk->gap_list, "faults", walk->fault_list)) != 0
                     ? EXITS_OUTPUT
                     : status;
    else
        print(walk);
    if (walk->faults > 1)
        output_note("and %" PRIu64 " more faults: --json lists all", walk->faults - 1);
    return status;
}

int ctl_audit_verify(const struct options *options)
{
    static const char *standard[] = { AUDITLOG_DEFAULT };
    struct walk walk = { .gap_list = json_array(), .fault_list = json_array() };
    size_t n = options->n_rest > 0 ? options->n_rest : 1;
    int status = 0;
    walk.last.file = options->n_rest > 0 ? options->rest[0] : standard[0];
    memcpy(walk.above, ZEROS, sizeof walk.above);
    memcpy(walk.whole, ZEROS, sizeof walk.whole);
    if (options_has(options, OPTION_HEAD)) {
        walk.wanted = options->head;
        size_t digits = strspn(walk.wanted, "0123456789abcdef");
        if (walk.wanted[digits] != '\0' || (digits != AUDITLOG_HEX - 1 && digits != METRIC_HEX))
            status = output_fail(
                EXITS_USAGE,
                "--head takes 64 digits of lower-case hex, as sigd logs them, or the 13 of its metric");
    }
    for (size_t i = 0; i < n && status == 0; i++)
        status = auditlog_read(options->n_rest > 0 ? options->rest[i] : standard[0], take, &walk);
    if (status == 0)
        status = end(&walk, options);
    json_decref(walk.gap_list);
    json_decref(walk.fault_list);
    return status;
}
