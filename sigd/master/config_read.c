/* config_read.c: values out of the tree. Messages name the value and what would be right. */
#include "config_read.h"

#include "config_words.h"
#include "names.h"
#include "usersig.h"

#include <inttypes.h>
#include <linux/limits.h>
#include <string.h>

#define DIRECTORY_MAX (PATH_MAX - 256) /* bytes; files in it have names of ours */

bool config_read_number(struct config_fault_list *faults, struct cfg_t *section, const char *name,
                        uint64_t min, uint64_t max, uint64_t *value)
{
    const struct config_tree_word *word = config_tree_word(section, name, 0);
    uint64_t number;
    if (word == NULL)
        return true;
    if (!config_words_number(word->text, max, &number) || number < min) {
        config_fault_add(faults, word->line, "%s \"%s\" is not a number from %" PRIu64 " to %" PRIu64, name,
                         word->text, min, max);
        return false;
    }
    *value = number;
    return true;
}

bool config_read_lifetime(struct config_fault_list *faults, struct cfg_t *section, const char *name,
                          uint64_t *seconds)
{
    const struct config_tree_word *word = config_tree_word(section, name, 0);
    uint64_t number;
    if (word == NULL)
        return true;
    if (!config_words_duration(word->text, &number)) {
        config_fault_add(
            faults, word->line,
            "%s \"%s\" is not a duration; write a number and one of s, m, h, d, w, as in \"24h\"", name,
            word->text);
        return false;
    }
    if (number < 1 || number > USERSIG_LIFETIME_MAX) {
        config_fault_add(faults, word->line, "%s \"%s\" is outside 1 second to 50 years (\"18250d\")", name,
                         word->text);
        return false;
    }
    *seconds = number;
    return true;
}

bool config_read_time(struct config_fault_list *faults, struct cfg_t *section, const char *name,
                      uint64_t *seconds)
{
    const struct config_tree_word *word = config_tree_word(section, name, 0);
    if (word == NULL || config_words_time(word->text, seconds))
        return true;
    config_fault_add(faults, word->line,
                     "%s \"%s\" is not a time in UTC; write it as \"2026-01-01T00:00:00Z\"", name,
                     word->text);
    return false;
}

bool config_read_mode(struct config_fault_list *faults, struct cfg_t *section, const char *name, mode_t *mode)
{
    const struct config_tree_word *word = config_tree_word(section, name, 0);
    if (word == NULL || config_words_mode(word->text, mode))
        return true;
    config_fault_add(faults, word->line,
                     "%s \"%s\" is not a mode; write 0 and three octal digits, as in 0660", name, word->text);
    return false;
}

bool config_read_bool(struct config_fault_list *faults, struct cfg_t *section, const char *name, bool *value)
{
    const struct config_tree_word *word = config_tree_word(section, name, 0);
    if (word == NULL || config_words_bool(word->text, value))
        return true;
    config_fault_add(faults, word->line, "%s \"%s\" is neither true nor false", name, word->text);
    return false;
}

bool config_read_choice(struct config_fault_list *faults, struct cfg_t *section, const char *name,
                        const char *const *choices, unsigned *value)
{
    const struct config_tree_word *word = config_tree_word(section, name, 0);
    char names[128] = "";
    if (word == NULL)
        return true;
    for (unsigned i = 0; choices[i] != NULL; i++) {
        if (strcmp(word->text, choices[i]) == 0) {
            *value = i;
            return true;
        }
        size_t n = strlen(names);
        snprintf(names + n, sizeof names - n, "%s%s", i == 0 ? "" : ", ", choices[i]);
    }
    if (choices[1] == NULL)
        config_fault_add(faults, word->line, "%s \"%.64s\" is not %s; write that or take the line out", name,
                         word->text, names);
    else
        config_fault_add(faults, word->line, "%s \"%.64s\" is none of: %s", name, word->text, names);
    return false;
}

bool config_read_is_directory(struct config_fault_list *faults, const struct config_tree_word *word)
{
    size_t length = strlen(word->text);
    if (length == 0 || word->text[0] != '/')
        config_fault_add(faults, word->line, "%s \"%.64s\" is not an absolute path; begin it with '/'",
                         word->name, word->text);
    else if (word->text[length - 1] == '/')
        config_fault_add(faults, word->line, "%s \"%.64s\" ends in '/'; name a directory, and without it",
                         word->name, word->text);
    else if (length > DIRECTORY_MAX)
        config_fault_add(faults, word->line, "%s is a path of %zu bytes; at most %d are possible", word->name,
                         length, DIRECTORY_MAX);
    else
        return true;
    return false;
}

bool config_read_is_path(struct config_fault_list *faults, const struct config_tree_word *word, size_t max)
{
    size_t length = strlen(word->text);
    if (length == 0 || word->text[0] != '/')
        config_fault_add(faults, word->line, "%s is not an absolute path; begin it with '/'", word->name);
    else if (word->text[length - 1] == '/')
        config_fault_add(faults, word->line, "%s is the path of a directory; end it with a file's name",
                         word->name);
    else if (length > max)
        config_fault_add(faults, word->line, "%s is a path of %zu bytes; at most %zu are possible",
                         word->name, length, max);
    else
        return true;
    return false;
}

bool config_read_is_name(struct config_fault_list *faults, struct cfg_t *section, const char *kind)
{
    const char *title = config_tree_title(section);
    if (names_ok(title))
        return true;
    if (title[0] == '\0')
        config_fault_add(faults, config_tree_line(section), "%s has an empty name; write %s \"name\" { ... }",
                         kind, kind);
    else
        config_fault_add(faults, config_tree_line(section), "%s name \"%.64s\" is not " NAMES_RULE, kind,
                         title);
    return false;
}

bool config_read_is_new(struct config_fault_list *faults, struct cfg_t *parent, const char *kind,
                        size_t index)
{
    struct cfg_t *section = config_tree_section(parent, kind, index);
    const char *title = config_tree_title(section);
    for (size_t i = 0; i < index; i++) {
        struct cfg_t *earlier = config_tree_section(parent, kind, i);
        if (strcmp(config_tree_title(earlier), title) == 0) {
            config_fault_add(
                faults, config_tree_line(section),
                "%s \"%.64s\" is given twice (first in line %d); give it another name or take it out", kind,
                title, config_tree_line(earlier));
            return false;
        }
    }
    return true;
}

bool config_read_is_within(struct config_fault_list *faults, struct cfg_t *parent, const char *kind,
                           size_t index, size_t max)
{
    if (index == max)
        config_fault_add(faults, config_tree_line(config_tree_section(parent, kind, index)),
                         "more than %zu sections \"%s\" here; take some out", max, kind);
    return index < max;
}

int config_read_line(struct cfg_t *section, const char *name)
{
    const struct config_tree_word *word = config_tree_word(section, name, 0);
    return word == NULL ? config_tree_line(section) : word->line;
}
