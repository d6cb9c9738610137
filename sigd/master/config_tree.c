/* config_tree.c: sigd.conf through libconfuse. All values are read as strings into config_tree_words. */
#include "config_tree.h"

#include <confuse.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* libconfuse hands its callbacks no pointer of ours, so that the file being read stands here. */
static struct {
    const struct config_scan *scan;
    struct config_fault_list *faults;
    size_t n_closed;      /* sections, so far */
    const char *replaced; /* name of the word whose value was just freed for a new one */
    int replaced_line;
} reading;

static int read_word(cfg_t *section, cfg_opt_t *option, const char *value, void *result)
{
    struct config_tree_word *word = malloc(sizeof *word);
    if (word == NULL || (word->text = strdup(value)) == NULL) {
        free(word);
        config_fault_add(reading.faults, section->line, "no memory");
        return -1;
    }
    word->name = option->name;
    word->line = section->line;
    if (reading.replaced == option->name)
        config_fault_add(reading.faults, word->line, "%s is given twice (first in line %d); keep one",
                         option->name, reading.replaced_line);
    reading.replaced = NULL;
    memcpy(result, &word, sizeof(void *));
    return 0;
}

/* While the file is being read, libconfuse frees a value only to put the next one in its place. */
static void free_word(void *value)
{
    struct config_tree_word *word = value;
    if (reading.scan != NULL) {
        reading.replaced = word->name;
        reading.replaced_line = word->line;
    }
    free(word->text);
    free(word);
}

/* A section was closed: its title gets its line, as "\n<line>\n<title>". No title in a file can hold a line end
 * (config_scan), so that libconfuse, which would silently let the second of two sections of one title replace the
 * first, never finds two. */
static int close_section(cfg_t *parent, cfg_opt_t *option)
{
    (void)parent;
    cfg_t *section = option->values[option->nvalues - 1]->section;
    int line = section->line;
    if (reading.n_closed < reading.scan->n_lines)
        line = reading.scan->lines[reading.n_closed++];
    size_t size = 16 + (section->title == NULL ? 0 : strlen(section->title));
    char *title = malloc(size);
    if (title == NULL) {
        config_fault_add(reading.faults, line, "no memory");
        return -1;
    }
    snprintf(title, size, "\n%d\n%s", line, section->title == NULL ? "" : section->title);
    free(section->title);
    section->title = title;
    return 0;
}

static void report(cfg_t *cfg, const char *format, va_list args) __attribute__((format(printf, 2, 0)));

static void report(cfg_t *cfg, const char *format, va_list args)
{
    char text[256];
    vsnprintf(text, sizeof text, format, args);
    config_fault_add(reading.faults, cfg->line, "%s", text);
}

#define ONE(word) CFG_PTR_CB(word, NULL, CFGF_NODEFAULT, read_word, free_word)
#define LIST(word) CFG_PTR_LIST_CB(word, NULL, CFGF_NODEFAULT, read_word, free_word)
/* Every section may be repeated here; who reads it refuses a second where there must be one. */
#define SECTION(word, words, has_title)                                                      \
    {                                                                                        \
        .name = word, .type = CFGT_SEC, .flags = CFGF_MULTI | (has_title), .subopts = words, \
        .validcb = close_section                                                             \
    }

static cfg_t *make_grammar(void)
{
    cfg_opt_t socket_words[] = { ONE("path"), ONE("mode"), ONE("group"), LIST("apps"), CFG_END() };
    cfg_opt_t admin_socket_words[] = { ONE("path"), ONE("mode"), ONE("group"), CFG_END() };
    cfg_opt_t audit_words[] = { ONE("file"), ONE("sync"), CFG_END() };
    cfg_opt_t log_words[] = { ONE("format"), ONE("level"), CFG_END() };
    cfg_opt_t users_words[] = { ONE("signer"), ONE("front"), CFG_END() };
    cfg_opt_t key_words[] = { ONE("file"), ONE("not_before"), ONE("not_after"), ONE("revoked"), CFG_END() };
    cfg_opt_t admin_words[] = { ONE("lifetime"), ONE("min_remaining"), ONE("publish_group"),
                                ONE("usersig_file"), CFG_END() };
    cfg_opt_t allow_words[] = {
        LIST("users"),       LIST("groups"),      LIST("sockets"), LIST("may"), LIST("admins"),
        LIST("identifiers"), ONE("max_lifetime"), ONE("rights"),   ONE("rate"), CFG_END()
    };
    cfg_opt_t app_words[] = { ONE("sdkappid"),
                              ONE("region"),
                              ONE("lifetime"),
                              ONE("max_lifetime"),
                              ONE("url_lifetime"),
                              LIST("reserved"),
                              ONE("raw_userbuf"),
                              SECTION("key", key_words, CFGF_TITLE),
                              SECTION("admin", admin_words, CFGF_TITLE),
                              SECTION("allow", allow_words, CFGF_NONE),
                              CFG_END() };
    cfg_opt_t words[] = { SECTION("socket", socket_words, CFGF_TITLE),
                          SECTION("admin_socket", admin_socket_words, CFGF_NONE),
                          SECTION("audit", audit_words, CFGF_NONE),
                          SECTION("log", log_words, CFGF_NONE),
                          SECTION("users", users_words, CFGF_NONE),
                          SECTION("app", app_words, CFGF_TITLE),
                          ONE("workers"),
                          ONE("allow_swap"),
                          ONE("publish_dir"),
                          ONE("state_dir"),
                          ONE("master_key"),
                          ONE("key_files"),
                          ONE("ids"),
                          ONE("unsynced"),
                          ONE("keep_on_stop"),
                          CFG_END() };
    return cfg_init(words, CFGF_NONE);
}

struct cfg_t *config_tree_read(struct config_scan *scan, struct config_fault_list *faults)
{
    cfg_t *tree = make_grammar();
    char blank[] = "\n";
    FILE *in = scan->length > 0 ? fmemopen(scan->text, scan->length, "r") : fmemopen(blank, 1, "r");
    if (tree == NULL || in == NULL) {
        config_fault_add(faults, 0, "%s: no memory", faults->path);
        if (in != NULL)
            fclose(in);
        config_tree_free(tree);
        return NULL;
    }
    size_t n_faults = faults->n;
    reading.scan = scan;
    reading.faults = faults;
    reading.n_closed = 0;
    reading.replaced = NULL;
    cfg_set_error_function(tree, report);
    if (cfg_parse_fp(tree, in) != CFG_SUCCESS) {
        faults->truncated = true;
        faults->failed = true;
        if (faults->n == n_faults && faults->n_bytes == 0)
            config_fault_add(faults, tree->line, "syntax error");
    }
    reading.scan = NULL;
    fclose(in);
    return tree;
}

void config_tree_free(struct cfg_t *tree)
{
    if (tree != NULL)
        cfg_free(tree);
}

const struct config_tree_word *config_tree_word(struct cfg_t *section, const char *name, size_t i)
{
    return i < cfg_size(section, name) ? cfg_getnptr(section, name, (unsigned)i) : NULL;
}

struct cfg_t *config_tree_section(struct cfg_t *section, const char *name, size_t i)
{
    return i < cfg_size(section, name) ? cfg_getnsec(section, name, (unsigned)i) : NULL;
}

size_t config_tree_count(struct cfg_t *section, const char *name)
{
    return cfg_size(section, name);
}

/* A section that a syntax fault left open has not been given its line. */
const char *config_tree_title(const struct cfg_t *section)
{
    const char *title = section->title == NULL ? "" : section->title;
    if (title[0] != '\n')
        return title;
    const char *end = strchr(title + 1, '\n');
    return end == NULL ? "" : end + 1;
}

int config_tree_line(const struct cfg_t *section)
{
    const char *title = section->title;
    return title != NULL && title[0] == '\n' ? (int)strtol(title + 1, NULL, 10) : section->line;
}
