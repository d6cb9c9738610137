/* scratch.h: marks large buffers that are written before they are read, so that -ftrivial-auto-var-init does not clear
 * them first: 17 KiB in decode alone, a third of its time. */
#ifndef LIBSIG_SCRATCH_H
#define LIBSIG_SCRATCH_H

#if defined(__has_attribute)
#if __has_attribute(uninitialized)
#define SCRATCH __attribute__((uninitialized))
#endif
#endif
#ifndef SCRATCH
#define SCRATCH
#endif

#endif
