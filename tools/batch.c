#include "batch.h"
#include "exits.h"
#include "interrupt.h"
#include "lines.h"
#include "output.h"
#include "progress.h"
#include "checkpoint.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/stat.h>
#include <unistd.h>
#include <usersig.h>

struct slot {
    struct batch_chunk chunk;
    struct text in;
    bool ready;
};

/* Chunk i is in slot i % n_slots from when it is read until it is written. */
struct batch_run {
    const struct batch *batch;
    pthread_mutex_t reading; /* taken before lock */
    struct lines lines;      /* under reading */
    uint64_t line, whole;    /* under reading: read so far; the size of the input, 0: nobody knows */

    pthread_mutex_t lock; /* what follows */
    pthread_cond_t changed;
    struct slot *slots;
    size_t n_slots;
    uint64_t read, written; /* chunks */
    bool ended, complained;
    int status, stop; /* stop: an eventfd, readable when it ends before the input does */
    uint64_t part;    /* bytes of input whose answers are written */
    struct checkpoint checkpoint;
    struct progress progress;
};

struct thread {
    struct batch_run *run;
    void *worker;
    pthread_t id;
};

/* With lock: everything ends with status, which has been told; what is before this is still written. */
static void end(struct batch_run *run, int status)
{
    run->ended = true;
    if (run->status == 0) {
        run->status = status;
        if (eventfd_write(run->stop, 1) != 0)
            abort(); /* it cannot overflow */
    }
    pthread_cond_broadcast(&run->changed);
}

static int write_all(const char *bytes, size_t len)
{
    while (len != 0) {
        ssize_t n = write(STDOUT_FILENO, bytes, len);
        if (n < 0 && errno != EINTR)
            return output_fail(EXITS_OUTPUT, "cannot write to standard output: %s", strerror(errno));
        if (n > 0) {
            bytes += n;
            len -= (size_t)n;
        }
    }
    return 0;
}

/* With lock: writes what is next, as far as it is there. */
static void put(struct batch_run *run)
{
    while (run->written < run->read) {
        struct slot *slot = &run->slots[run->written % run->n_slots];
        const struct batch_chunk *chunk = &slot->chunk;
        if (!slot->ready)
            break;
        int status = chunk->out.failed ? output_fail(USERSIG_ERR_MEMORY, "no memory")
                                       : write_all(chunk->out.bytes, chunk->out.len);
        if (status == 0) {
            checkpoint_count(&run->checkpoint, chunk->in, chunk->in_len, chunk->n, chunk->failed,
                             chunk->out.len);
            status = checkpoint_save(&run->checkpoint,
                                     run->batch->lasting ? CHECKPOINT_OFTEN : CHECKPOINT_SOMETIMES);
        }
        if (status != 0) {
            end(run, status);
            break;
        }
        slot->ready = false;
        run->part += chunk->in_len;
        run->written++;
        progress_show(&run->progress, run->checkpoint.done, run->part, run->whole);
    }
    pthread_cond_broadcast(&run->changed);
}

static void explain_input(struct batch_run *run, enum lines_result result)
{
    int status = 0;
    if (result == LINES_TOO_LONG)
        status = output_fail(EXITS_DATA, "line %" PRIu64 " has more than %zu bytes", run->line + 1,
                             run->batch->line_bytes);
    else if (result == LINES_FAILED)
        status = output_fail(EXITS_NO_INPUT, "cannot read standard input: %s", strerror(run->lines.fault));
    if (status != 0)
        end(run, status);
    run->ended = true;
}

/* The next chunk; NULL: there is none, or everything ends. */
static struct slot *take(struct batch_run *run)
{
    const struct batch *batch = run->batch;
    struct slot *slot = NULL;
    pthread_mutex_lock(&run->reading);
    pthread_mutex_lock(&run->lock);
    while (!run->ended && run->read - run->written >= run->n_slots)
        pthread_cond_wait(&run->changed, &run->lock);
    run->ended |= interrupt_came();
    if (!run->ended)
        slot = &run->slots[run->read % run->n_slots];
    pthread_mutex_unlock(&run->lock);
    if (slot != NULL) {
        struct batch_chunk *chunk = &slot->chunk;
        enum lines_result result =
            lines_take(&run->lines, batch->chunk_lines, batch->chunk_bytes, &slot->in, &chunk->n);
        int status;
        pthread_mutex_lock(&run->lock);
        if (result != LINES_TAKEN)
            explain_input(run, result);
        else if (slot->in.failed)
            end(run, output_fail(USERSIG_ERR_MEMORY, "no memory"));
        else if (batch->lasting && (status = checkpoint_begin(&run->checkpoint, run->line + chunk->n)) != 0)
            end(run, status);
        if (run->ended) {
            slot = NULL;
        } else {
            chunk->in = slot->in.bytes;
            chunk->in_len = slot->in.len;
            chunk->first = run->line + 1;
            chunk->failed = 0;
            text_clear(&chunk->out);
            chunk->uncertain = batch->lasting && chunk->first <= run->checkpoint.begun_before;
            run->line += chunk->n;
            run->read++;
        }
        pthread_mutex_unlock(&run->lock);
    }
    pthread_mutex_unlock(&run->reading);
    return slot;
}

static void *work(void *argument)
{
    struct thread *thread = argument;
    struct batch_run *run = thread->run;
    struct slot *slot;
    while ((slot = take(run)) != NULL) {
        int status = run->batch->work(thread->worker, &slot->chunk);
        pthread_mutex_lock(&run->lock);
        if (status != 0)
            end(run, status);
        else
            slot->ready = true;
        put(run);
        pthread_mutex_unlock(&run->lock);
    }
    return NULL;
}

/* Reads again what an earlier run has done. */
static int skip(struct batch_run *run)
{
    struct text text = { 0 };
    int status = 0;
    while (run->line < run->checkpoint.done && status == 0) {
        uint64_t left = run->checkpoint.done - run->line;
        size_t n;
        enum lines_result result =
            lines_take(&run->lines, left < 4096 ? (size_t)left : 4096, run->batch->chunk_bytes, &text, &n);
        if (result == LINES_TAKEN) {
            checkpoint_again(&run->checkpoint, text.bytes, text.len);
            run->line += n;
            run->part += text.len;
        } else if (result == LINES_END) {
            status = output_fail(EXITS_DATA,
                                 "the input has %" PRIu64 " lines, but %s says that %" PRIu64 " are done",
                                 run->line, run->checkpoint.path, run->checkpoint.done);
        } else {
            explain_input(run, result);
            status = run->status;
        }
    }
    text_free(&text);
    return status != 0 ? status : run->checkpoint.path != NULL ? checkpoint_same(&run->checkpoint) : 0;
}

static int work_all(struct batch_run *run)
{
    struct thread threads[JOBS_MAX];
    size_t n = 0;
    for (; n < run->batch->jobs; n++) {
        threads[n] = (struct thread){ .run = run, .worker = run->batch->workers[n] };
        int fault = pthread_create(&threads[n].id, NULL, work, &threads[n]);
        if (fault != 0 && n == 0)
            return output_fail(USERSIG_ERR_MEMORY, "cannot start a thread: %s", strerror(fault));
        if (fault != 0)
            break; /* fewer do it, too */
    }
    for (size_t i = 0; i < n; i++)
        pthread_join(threads[i].id, NULL);
    progress_end(&run->progress);
    int saved = checkpoint_save(&run->checkpoint, CHECKPOINT_NOW);
    if (interrupt_came())
        return EXITS_LATER;
    return run->status != 0 ? run->status : saved;
}

static int conclude(const struct batch_run *run, int status)
{
    const struct checkpoint *checkpoint = &run->checkpoint;
    if (status == 0 && checkpoint->failed == 0) {
        if (output_is_watched())
            output_note("%" PRIu64 " %s", checkpoint->done, run->batch->done);
        return 0;
    }
    output_note("%" PRIu64 " %s, %" PRIu64 " failed%s%s", checkpoint->done - checkpoint->failed,
                run->batch->done, checkpoint->failed, checkpoint->failed != 0 ? ": " : "",
                checkpoint->failed != 0 ? run->batch->why : "");
    if (status != 0 && checkpoint->path != NULL)
        output_note("it goes on behind line %" PRIu64 " when it is run again with --resume %s",
                    checkpoint->done, checkpoint->path);
    return status != 0 ? status : EXITS_PARTIAL;
}

int batch_run(const struct batch *batch)
{
    struct stat input;
    struct batch_run run = {
        .batch = batch,
        .reading = PTHREAD_MUTEX_INITIALIZER,
        .lock = PTHREAD_MUTEX_INITIALIZER,
        .changed = PTHREAD_COND_INITIALIZER,
        .n_slots = batch->jobs * (1 + batch->ahead),
        .stop = eventfd(0, EFD_CLOEXEC),
    };
    int status = 0;
    run.slots = calloc(run.n_slots, sizeof *run.slots);
    if (run.slots == NULL || run.stop < 0 ||
        !lines_open(&run.lines, STDIN_FILENO, run.stop, batch->line_bytes))
        status = output_fail(USERSIG_ERR_MEMORY, "no memory");
    for (size_t i = 0; i < run.n_slots && status == 0; i++)
        run.slots[i].chunk.run = &run;
    if (status == 0)
        status = checkpoint_open(&run.checkpoint, batch->resume);
    if (status == 0 && fstat(STDIN_FILENO, &input) == 0 && S_ISREG(input.st_mode))
        run.whole = (uint64_t)input.st_size;
    if (status == 0)
        status = skip(&run);
    if (status == 0) {
        interrupt_catch(run.stop);
        progress_start(&run.progress, batch->command, run.checkpoint.done, run.part);
        status = conclude(&run, work_all(&run));
    }
    for (size_t i = 0; i < run.n_slots && run.slots != NULL; i++) {
        text_free(&run.slots[i].in);
        text_free(&run.slots[i].chunk.out);
    }
    free(run.slots);
    lines_close(&run.lines);
    interrupt_leave();
    if (run.stop >= 0)
        close(run.stop);
    return status;
}

bool batch_may_complain(const struct batch_chunk *chunk)
{
    struct batch_run *run = chunk->run;
    pthread_mutex_lock(&run->lock);
    bool may = !run->complained && run->status == 0;
    run->complained = true;
    pthread_mutex_unlock(&run->lock);
    return may;
}

bool batch_wait(const struct batch_chunk *chunk, uint64_t ms)
{
    struct pollfd wait = { .fd = chunk->run->stop, .events = POLLIN };
    return poll(&wait, 1, ms < 60000 ? (int)ms : 60000) == 0;
}
