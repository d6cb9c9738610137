/* node.c: the npm package tls-sig-api-v2 in a node of its own, asked for one round after the other. */
#include "node.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

static pid_t child;
static FILE *to_node, *from_node;

/* In the child: nothing returns. */
static void become_node(const int in[2], const int out[2], const char *modules)
{
    char script[4096];
    const char *top = getenv("top_srcdir");
    int len = snprintf(script, sizeof script, "%s/tests/bench/node_peer.js", top ? top : ".");
    if (len > 0 && (size_t)len < sizeof script && dup2(in[0], 0) == 0 && dup2(out[1], 1) == 1) {
        close(in[1]);
        close(out[0]);
        execlp("node", "node", script, modules, (char *)NULL);
    }
    _exit(127);
}

const char *node_start(void)
{
    const char *modules = getenv("USERSIG_NODE_MODULES");
    int in[2], out[2];
    double ns;
    if (!modules || !*modules)
        return "USERSIG_NODE_MODULES does not name a node_modules folder with tls-sig-api-v2";
    if (pipe(in) || pipe(out))
        return "no pipe";
    signal(SIGPIPE, SIG_IGN);
    child = fork();
    if (child == 0)
        become_node(in, out, modules);
    close(in[0]);
    close(out[1]);
    to_node = fdopen(in[1], "w");
    from_node = fdopen(out[0], "r");
    if (child < 0 || !to_node || !from_node || !node_sign(2000, &ns)) {
        node_stop();
        return "node does not run the package";
    }
    return NULL;
}

bool node_sign(size_t n, double *ns)
{
    char line[64];
    if (fprintf(to_node, "%zu\n", n) < 0 || fflush(to_node) || !fgets(line, sizeof line, from_node))
        return false;
    *ns = strtod(line, NULL);
    return *ns > 0;
}

void node_stop(void)
{
    if (to_node)
        fclose(to_node);
    if (from_node)
        fclose(from_node);
    if (child > 0)
        waitpid(child, NULL, 0);
    child = 0;
    to_node = from_node = NULL;
}
