#include "ask.h"
#include "exits.h"
#include "output.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

bool ask_possible(void)
{
    return isatty(STDIN_FILENO) == 1 && isatty(STDERR_FILENO) == 1;
}

int ask_line(char *answer, size_t size, const char *question, const char *usual)
{
    for (;;) {
        fprintf(stderr, "%s", question);
        if (usual != NULL)
            fprintf(stderr, " [%s]", usual);
        fputs(": ", stderr);
        if (fgets(answer, (int)size, stdin) == NULL)
            return output_fail(EXITS_NO_INPUT, "no answer");
        size_t len = strlen(answer);
        if (len + 1 == size && answer[len - 1] != '\n')
            return output_fail(EXITS_USAGE, "that is too long");
        if (len > 0 && answer[len - 1] == '\n')
            answer[--len] = '\0';
        if (len == 0 && usual != NULL)
            snprintf(answer, size, "%s", usual);
        if (answer[0] != '\0')
            return 0;
    }
}
