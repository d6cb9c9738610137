/* ctl_audit.h: the two halves of sigctl audit. */
#ifndef TOOLS_CTL_AUDIT_H
#define TOOLS_CTL_AUDIT_H

struct options;

/* Each returns the exit status; has said why on stderr. */
int ctl_audit_verify(const struct options *options);
int ctl_audit_find(const struct options *options);

#endif
