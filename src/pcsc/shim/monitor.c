#define _GNU_SOURCE
#include "monitor.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <winscard.h>

#include "bytes.h"
#include "output.h"
#include "protocol.h"
#include "results.h"
#include "watch.h"

static const char pnp_reader[] = "\\\\?PnP?\\Notification";

enum {
    STACK_SIZE = 256 * 1024,
    /* pcsc-lite has 16; an event carries the number in one byte. */
    READERS_MAX = 64,
    FIRST_RETRY_MS = 50,
    QUICK_RETRIES = 6, /* 50 ms doubled each time: 3.2 s in all */
    DYING_RETRIES = 3,
    SLOW_RETRY_MS = 30000,
    /*
     * After a change of the list, one look more: before pcsc-lite 2.3 a reader that appears between
     * SCardListReaders and SCardGetStatusChange causes no event.
     */
    SECOND_LOOK_MS = 1000,
    CANCEL_AGAIN_NS = 20000000,
};

struct monitor {
    pthread_t thread;
    struct watch watch;

    pthread_mutex_t lock; /* of what follows, up to the blank line */
    pthread_cond_t changed;
    SCARDCONTEXT context;
    bool stopping, stopped;

    enum service service;
    uint32_t service_result;
    bool served; /* pcscd has run since this program started */
    unsigned failures; /* in a row */
    bool pnp; /* false where pcsc-lite has no room for it beside the readers */
    DWORD pnp_state;
    size_t count;
    SCARD_READERSTATE readers[READERS_MAX + 1];
    char names[READERS_MAX][READER_NAME_MAX + 1];
};

static bool stopping(struct monitor *self)
{
    pthread_mutex_lock(&self->lock);
    bool stop = self->stopping;
    pthread_mutex_unlock(&self->lock);
    return stop;
}

static void tell_service(struct monitor *self, enum service service, LONG result)
{
    if (service == self->service && (uint32_t)result == self->service_result)
        return;
    self->service = service;
    self->service_result = (uint32_t)result;
    const char *name = result_name((uint32_t)result);
    size_t name_length = strlen(name);
    uint8_t body[64];
    body[0] = (uint8_t)service;
    put_u32(body + 1, (uint32_t)result);
    body[5] = (uint8_t)name_length;
    memcpy(body + 6, name, name_length);
    send_event(EVENT_SERVICE, body, 6 + name_length);
}

static void tell_readers(struct monitor *self)
{
    uint8_t body[1 + READERS_MAX * (1 + READER_NAME_MAX + 4 + 1 + MAX_ATR_SIZE)];
    uint8_t *to = body;
    *to++ = (uint8_t)self->count;
    for (size_t i = 0; i < self->count; i++) {
        const SCARD_READERSTATE *reader = &self->readers[i];
        size_t name_length = strlen(reader->szReader);
        size_t atr_length = reader->cbAtr < MAX_ATR_SIZE ? reader->cbAtr : MAX_ATR_SIZE;
        *to++ = (uint8_t)name_length;
        memcpy(to, reader->szReader, name_length);
        to += name_length;
        put_u32(to, (uint32_t)reader->dwEventState);
        to += 4;
        *to++ = (uint8_t)atr_length;
        memcpy(to, reader->rgbAtr, atr_length);
        to += atr_length;
    }
    send_event(EVENT_READERS, body, (size_t)(to - body));
}

/* What pcsc-lite knew of a reader of that name; SCARD_STATE_UNAWARE for a new one. */
static SCARD_READERSTATE known_state(const struct monitor *self, const char *name)
{
    for (size_t i = 0; i < self->count; i++)
        if (strcmp(self->names[i], name) == 0)
            return self->readers[i];
    return (SCARD_READERSTATE){.dwCurrentState = SCARD_STATE_UNAWARE};
}

/* Takes over a list of names, each ended by NUL, the last by one more. True when it differs from the known one. */
static bool take_list(struct monitor *self, const char *list)
{
    static const size_t size = sizeof self->names[0];
    char names[READERS_MAX][sizeof self->names[0]];
    SCARD_READERSTATE readers[READERS_MAX];
    size_t count = 0;
    bool differs = false;
    for (; *list != '\0' && count < READERS_MAX; list += strlen(list) + 1) {
        if (strlen(list) >= size)
            continue;
        memset(names[count], 0, size);
        strcpy(names[count], list);
        readers[count] = known_state(self, list);
        differs = differs || count >= self->count || strcmp(self->names[count], list) != 0;
        count++;
    }
    differs = differs || count != self->count;
    memcpy(self->names, names, count * size);
    memcpy(self->readers, readers, count * sizeof *readers);
    for (size_t i = 0; i < count; i++)
        self->readers[i].szReader = self->names[i];
    self->count = count;
    return differs;
}

static LONG list_readers(struct monitor *self, bool *differs)
{
    char list[READERS_MAX * (READER_NAME_MAX + 1) + 1];
    DWORD length = sizeof list;
    LONG result = SCardListReaders(self->context, NULL, list, &length);
    if (result == SCARD_E_NO_READERS_AVAILABLE) {
        list[0] = '\0';
        result = SCARD_S_SUCCESS;
    }
    if (result == SCARD_S_SUCCESS)
        *differs = take_list(self, list);
    return result;
}

/* One SCardGetStatusChange over all readers, and the list of readers where there is room for it. */
static LONG wait_for_change(struct monitor *self, DWORD milliseconds)
{
    size_t count = self->count;
    if (self->pnp)
        self->readers[count++] = (SCARD_READERSTATE){.szReader = pnp_reader, .dwCurrentState = self->pnp_state};
    LONG result = SCardGetStatusChange(self->context, milliseconds, self->readers, count);
    if (self->pnp)
        /* From 2.3 on its upper half counts the changes, which closes the gap between two calls. */
        self->pnp_state = self->readers[self->count].dwEventState & ~(DWORD)SCARD_STATE_CHANGED;
    return result;
}

static bool unaware(const struct monitor *self)
{
    for (size_t i = 0; i < self->count; i++)
        if (self->readers[i].dwCurrentState == SCARD_STATE_UNAWARE)
            return true;
    return false;
}

/* Feeds the states back. True when there is something to tell. */
static bool take_states(struct monitor *self)
{
    bool changed = false;
    for (size_t i = 0; i < self->count; i++) {
        SCARD_READERSTATE *reader = &self->readers[i];
        changed = changed || (reader->dwEventState & SCARD_STATE_CHANGED);
        reader->dwCurrentState = reader->dwEventState & ~(DWORD)SCARD_STATE_CHANGED;
        /* A reader that is only being set up has no state at all, which would mean: tell me at once. */
        if (reader->dwCurrentState == SCARD_STATE_UNAWARE)
            reader->dwCurrentState = SCARD_STATE_EMPTY;
    }
    return changed;
}

/* Follows the readers until pcscd is lost (gives why) or the shim ends (SCARD_E_CANCELLED). */
static LONG follow_readers(struct monitor *self)
{
    bool second_look = true;
    bool first = true;
    self->count = 0;
    self->pnp = true;
    self->pnp_state = SCARD_STATE_UNAWARE;
    while (!stopping(self)) {
        bool differs = false;
        LONG result = list_readers(self, &differs);
        if (result != SCARD_S_SUCCESS)
            return result;
        self->failures = 0;
        self->served = true;
        tell_service(self, SERVICE_RUNNING, SCARD_S_SUCCESS);
        if (differs)
            self->pnp = true; /* There may be room again. */
        if ((differs || first) && !unaware(self))
            tell_readers(self);
        first = false;
        second_look = second_look || differs;

        result = wait_for_change(self, second_look && !unaware(self) ? SECOND_LOOK_MS : INFINITE);
        if (result == SCARD_E_INVALID_PARAMETER && self->pnp && self->count > 0) {
            /*
             * The readers fill the table. None can come before one goes,
             * and of that its own entry tells: nothing is lost without this one.
             */
            self->pnp = false;
            continue;
        }
        if (result == SCARD_S_SUCCESS) {
            if (take_states(self))
                tell_readers(self);
        } else if (result == SCARD_E_TIMEOUT) {
            take_states(self);
            second_look = false;
        } else if (result != SCARD_E_UNKNOWN_READER) {
            return result;
        }
    }
    return SCARD_E_CANCELLED;
}

static enum service service_without_context(const struct monitor *self, LONG result)
{
    switch (result) {
    case SCARD_E_NO_SERVICE:
        return self->served ? SERVICE_STOPPED : SERVICE_ABSENT;
    case SCARD_W_SECURITY_VIOLATION:
        return SERVICE_REFUSED;
    case SCARD_E_SERVICE_STOPPED:
        /* pcscd's answer to a client of another protocol version. */
        return SERVICE_INCOMPATIBLE;
    default:
        return SERVICE_ERROR;
    }
}

/*
 * A pcscd that is killed loses its clients before it stops listening: who comes in between is hung up on,
 * for which pcsc-lite has the word that a refusal has.
 */
static bool may_be_dying(const struct monitor *self, LONG result)
{
    return result == SCARD_W_SECURITY_VIOLATION && self->service == SERVICE_STOPPED
        && self->failures <= DYING_RETRIES;
}

/* Waits for a reason to try again: first a few quick tries, then what the socket's folder tells. */
static void wait_for_service(struct monitor *self)
{
    int milliseconds = SLOW_RETRY_MS;
    if (self->failures < QUICK_RETRIES)
        milliseconds = FIRST_RETRY_MS << self->failures;
    else if (self->service_result == (uint32_t)SCARD_E_NO_SERVICE && watch_works(&self->watch))
        milliseconds = -1;
    self->failures++;
    if (watch_wait(&self->watch, milliseconds))
        self->failures = 0;
}

static LONG establish(struct monitor *self)
{
    SCARDCONTEXT context = 0;
    LONG result = SCardEstablishContext(SCARD_SCOPE_SYSTEM, NULL, NULL, &context);
    pthread_mutex_lock(&self->lock);
    self->context = context;
    pthread_mutex_unlock(&self->lock);
    return result;
}

static void *work(void *argument)
{
    struct monitor *self = argument;
    while (!stopping(self)) {
        watch_arm(&self->watch);
        LONG result = establish(self);
        if (result == SCARD_S_SUCCESS) {
            result = follow_readers(self);
            SCardReleaseContext(self->context);
            if (!stopping(self))
                tell_service(self, SERVICE_STOPPED, result);
        } else if (!may_be_dying(self, result)) {
            tell_service(self, service_without_context(self, result), result);
        }
        wait_for_service(self);
    }
    pthread_mutex_lock(&self->lock);
    self->stopped = true;
    pthread_cond_signal(&self->changed);
    pthread_mutex_unlock(&self->lock);
    return NULL;
}

struct monitor *monitor_start(void)
{
    struct monitor *self = calloc(1, sizeof *self);
    if (self == NULL)
        return NULL;
    if (!watch_open(&self->watch)) {
        free(self);
        return NULL;
    }
    pthread_mutex_init(&self->lock, NULL);
    pthread_condattr_t monotonic;
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&self->changed, &monotonic);
    pthread_condattr_destroy(&monotonic);

    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, STACK_SIZE);
    int failed = pthread_create(&self->thread, &attributes, work, self);
    pthread_attr_destroy(&attributes);
    if (failed) {
        watch_close(&self->watch);
        free(self);
        return NULL;
    }
    return self;
}

/* A cancel that comes just before the call it is meant for has no effect, hence more than one. */
static void cancel_until_stopped(struct monitor *self)
{
    pthread_mutex_lock(&self->lock);
    self->stopping = true;
    while (!self->stopped) {
        SCARDCONTEXT context = self->context;
        pthread_mutex_unlock(&self->lock);
        SCardCancel(context);
        pthread_mutex_lock(&self->lock);
        struct timespec until;
        clock_gettime(CLOCK_MONOTONIC, &until);
        until.tv_nsec += CANCEL_AGAIN_NS;
        until.tv_sec += until.tv_nsec / 1000000000;
        until.tv_nsec %= 1000000000;
        if (!self->stopped)
            pthread_cond_timedwait(&self->changed, &self->lock, &until);
    }
    pthread_mutex_unlock(&self->lock);
}

void monitor_stop(struct monitor *self)
{
    watch_stop(&self->watch);
    cancel_until_stopped(self);
    pthread_join(self->thread, NULL);
    watch_close(&self->watch);
    pthread_cond_destroy(&self->changed);
    pthread_mutex_destroy(&self->lock);
    free(self);
}
