/* replay.c: main of test_fuzz_<name>: runs the fuzzer over its corpus, tests/fuzz/corpus/<name>, or over the files and
 * directories that are its arguments. ROUNDS in the environment: so many random changes of these on top. What fails is
 * left in failed-<name>-<number>. */
#include "fuzz.h"

#include <dirent.h>
#include <errno.h>
#include <stdbool.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define FILES_MAX 10000
#define INPUT_MAX (1u << 20)
#define CHANGED_MAX 4096 /* bytes that a change may leave */

struct input {
    char *name;
    uint8_t *data;
    size_t size;
};
static struct input inputs[FILES_MAX];
static size_t n_inputs;
static unsigned passed, failed;

/* What runs at the moment: seen by the parent when the child is gone. */
struct current {
    size_t size;
    uint8_t data[INPUT_MAX];
};
static struct current *current;
static uint64_t state;

static _Noreturn void die(const char *what)
{
    fprintf(stderr, "replay: %s: %s\n", what, strerror(errno));
    exit(1);
}

/* ---- inputs -------------------------------------------------------------------------------------- */

static void read_file(const char *path)
{
    static uint8_t buffer[INPUT_MAX];
    FILE *file = fopen(path, "rb");
    if (!file || n_inputs == FILES_MAX)
        die(path);
    struct input *input = &inputs[n_inputs++];
    input->size = fread(buffer, 1, sizeof buffer, file);
    fclose(file);
    input->data = fuzz_copy(buffer, input->size);
    input->name = strdup(path);
}

static void read_path(const char *path)
{
    struct stat about;
    struct dirent **entries;
    if (stat(path, &about))
        die(path);
    if (!S_ISDIR(about.st_mode)) {
        read_file(path);
        return;
    }
    int n = scandir(path, &entries, NULL, alphasort);
    if (n < 0)
        die(path);
    for (int i = 0; i < n; i++) {
        char *file;
        if (entries[i]->d_name[0] != '.') {
            if (asprintf(&file, "%s/%s", path, entries[i]->d_name) < 0)
                die(path);
            read_file(file);
            free(file);
        }
        free(entries[i]);
    }
    free(entries);
}

/* ---- changes ------------------------------------------------------------------------------------- */

static uint64_t below(uint64_t n)
{
    state ^= state << 13; /* xorshift64 */
    state ^= state >> 7;
    state ^= state << 17;
    return state % n;
}

static void insert(size_t at, const uint8_t *data, size_t size)
{
    if (current->size + size > CHANGED_MAX)
        return;
    memmove(current->data + at + size, current->data + at, current->size - at);
    memcpy(current->data + at, data, size);
    current->size += size;
}

/* Bits, bytes, cuts, and pieces of another input. */
static void change(const struct input *input)
{
    const struct input *other = &inputs[below(n_inputs)];
    current->size = input->size < CHANGED_MAX ? input->size : CHANGED_MAX;
    memcpy(current->data, input->data, current->size);
    for (uint64_t n = 1 + below(4); n > 0; n--) {
        uint8_t byte = (uint8_t)below(256);
        size_t at = below(current->size + 1), from = below(other->size + 1);
        size_t most = other->size - from < 64 ? other->size - from : 64;
        switch (below(6)) {
        case 0: insert(at, &byte, 1); break;
        case 1: insert(at, other->data + from, below(most + 1)); break;
        case 2: current->size = below(4) ? current->size : at; break;
        case 3:
            if (at < current->size)
                memmove(current->data + at, current->data + at + 1, --current->size - at);
            break;
        case 4:
            if (at < current->size)
                current->data[at] = byte;
            break;
        default:
            if (at < current->size)
                current->data[at] ^= (uint8_t)(1u << byte % 8);
        }
    }
}

/* ---- runs ---------------------------------------------------------------------------------------- */

static void keep(const char *fuzzer)
{
    char name[256];
    snprintf(name, sizeof name, "failed-%s-%u", fuzzer, failed);
    FILE *file = fopen(name, "wb");
    if (!file || fwrite(current->data, 1, current->size, file) != current->size || fclose(file))
        die(name);
    printf("# its %zu bytes are in %s\n", current->size, name);
}

/* In a process of its own, which may die. */
static void run(const char *fuzzer, const struct input *input, unsigned long rounds)
{
    int status;
    fflush(NULL);
    pid_t child = fork();
    if (child < 0)
        die("fork");
    if (child == 0) {
        current->size = input->size;
        memcpy(current->data, input->data, input->size);
        LLVMFuzzerTestOneInput(current->data, current->size);
        for (unsigned long round = 0; round < rounds; round++) {
            change(input);
            LLVMFuzzerTestOneInput(current->data, current->size);
        }
        _exit(0);
    }
    if (waitpid(child, &status, 0) != child)
        die("waitpid");
    if (status == 0) {
        passed++;
        return;
    }
    failed++;
    printf("not ok - %s (status %#x)\n", input->name, (unsigned)status);
    keep(fuzzer);
}

static void seed(void)
{
    const char *given = getenv("USERSIG_SEED");
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    state = given ? strtoull(given, NULL, 0) : (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
    printf("USERSIG_SEED=%llu\n", (unsigned long long)state);
    state |= 1; /* xorshift stays at 0 */
}

int main(int argc, char **argv)
{
    const char *top = getenv("top_srcdir"), *given = getenv("ROUNDS");
    const char *mark = strstr(program_invocation_short_name, "test_fuzz_");
    const char *fuzzer = mark ? mark + strlen("test_fuzz_") : "input";
    unsigned long rounds = given ? strtoul(given, NULL, 10) : 0;
    char corpus[4096];
    current = mmap(NULL, sizeof *current, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (current == MAP_FAILED)
        die("mmap");
    snprintf(corpus, sizeof corpus, "%s/tests/fuzz/corpus/%s", top ? top : ".", fuzzer);
    if (argc < 2)
        read_path(corpus);
    for (int i = 1; i < argc; i++)
        read_path(argv[i]);
    if (rounds)
        seed();
    for (size_t i = 0; i < n_inputs; i++) {
        if (rounds)
            below(2); /* each child begins elsewhere */
        run(fuzzer, &inputs[i], rounds / n_inputs);
    }
    printf("%u passed, %u failed\n", passed, failed);
    for (size_t i = 0; i < n_inputs; i++) {
        free(inputs[i].data);
        free(inputs[i].name);
    }
    return failed || !passed;
}
