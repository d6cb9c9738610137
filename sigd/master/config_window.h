/* config_window.h: what the windows of an app's keys will come to. */
#ifndef SIGD_CONFIG_WINDOW_H
#define SIGD_CONFIG_WINDOW_H

#include "config.h"
#include "config_fault.h"

/* Warns where no key signs, and where keys end without another that has taken over in time. now: Unix seconds; what is
 * over is not spoken of. line: the app's. */
void config_window_judge(const struct config_app *app, int line, uint64_t now,
                         struct config_fault_list *faults);

#endif
