/* pretty.h: JSON for people: indented, in colours where the terminal has them. */
#ifndef TOOLS_PRETTY_H
#define TOOLS_PRETTY_H

#include <jansson.h>
#include <stdbool.h>

/* stdout is a terminal that shows colours, and NO_COLOR is not set. */
bool pretty_has_colours(void);

/* On stdout, with a newline. Texts are escaped as output_text does, since an answer may hold what anybody wrote. */
void pretty_print(const json_t *value, bool colours);

#endif
