/* ctl_options.h: what sigctl takes. */
#ifndef TOOLS_CTL_OPTIONS_H
#define TOOLS_CTL_OPTIONS_H

#include "parse.h"

extern const struct parse_table ctl_options_table;

#endif
