#define _GNU_SOURCE
#include "connections.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <reader.h>
#include <winscard.h>

#include "bytes.h"
#include "output.h"
#include "protocol.h"

/* libpcsclite keeps its messages on the stack; nothing here goes deep. */
enum { STACK_SIZE = 256 * 1024 };

struct request {
    struct request *next;
    uint8_t operation;
    uint32_t tag;
    size_t length;
    uint8_t body[]; /* what follows the connection's number */
};

struct connection {
    struct connection *next;
    struct connections *all;
    uint32_t number;
    pthread_t thread;
    pthread_cond_t wake;
    struct request *first, *last;
    unsigned waiting;
    bool ending; /* a disconnect is queued: nothing comes after it */

    /* The thread's own. */
    bool connected;
    SCARDCONTEXT context;
    SCARDHANDLE card;
    DWORD protocol;
    uint8_t answer[APDU_MAX];
};

struct connections {
    pthread_mutex_t lock; /* of the lists, the queues and `closing` */
    pthread_cond_t emptied;
    struct connection *first;
    struct connection *ended; /* threads that are yet to be joined */
    unsigned count;
    bool closing;
};

/* Commands hold PINs. */
static void discard(struct request *request)
{
    explicit_bzero(request->body, request->length);
    free(request);
}

static uint32_t code(LONG result)
{
    return (uint32_t)result;
}

/*
 * The answer to connect and reconnect: active protocol, ATR.
 * SCardGetAttrib and not SCardStatus: in pcsc-lite before 2.0 the latter overwrites the table
 * that SCardGetStatusChange on the other thread is reading.
 */
static size_t describe_card(struct connection *self)
{
    DWORD atr_length = MAX_ATR_SIZE;
    self->answer[0] = (uint8_t)self->protocol;
    if (SCardGetAttrib(self->card, SCARD_ATTR_ATR_STRING, self->answer + 1, &atr_length) != SCARD_S_SUCCESS)
        atr_length = 0;
    return 1 + (size_t)atr_length;
}

static uint32_t disconnect_card(struct connection *self, DWORD disposition)
{
    if (!self->connected)
        return SCARD_S_SUCCESS;
    LONG result = SCardDisconnect(self->card, disposition);
    SCardReleaseContext(self->context);
    self->connected = false;
    return code(result);
}

static uint32_t connect_card(struct connection *self, const struct request *request, size_t *length)
{
    char reader[READER_NAME_MAX + 1] = "";
    DWORD share = request->body[0], protocols = request->body[1];
    memcpy(reader, request->body + 2, request->length - 2);
    LONG result = SCardEstablishContext(SCARD_SCOPE_SYSTEM, NULL, NULL, &self->context);
    if (result != SCARD_S_SUCCESS)
        return code(result);
    result = SCardConnect(self->context, reader, share, protocols, &self->card, &self->protocol);
    if (result != SCARD_S_SUCCESS) {
        SCardReleaseContext(self->context);
        return code(result);
    }
    self->connected = true;
    /*
     * pcsc-lite (1.9.9 to 2.5.1) takes a card that another connection lets go meanwhile for one that nobody uses,
     * and switches it off within a second. This says once more that it is in use.
     */
    if (share != SCARD_SHARE_DIRECT) /* which may be without a card */
        result = SCardReconnect(self->card, share, protocols, SCARD_LEAVE_CARD, &self->protocol);
    if (result == SCARD_S_SUCCESS)
        *length = describe_card(self);
    else
        disconnect_card(self, SCARD_LEAVE_CARD);
    return code(result);
}

static uint32_t reconnect_card(struct connection *self, const struct request *request, size_t *length)
{
    LONG result = SCardReconnect(self->card, request->body[0], request->body[1], request->body[2],
                                 &self->protocol);
    if (result == SCARD_S_SUCCESS)
        *length = describe_card(self);
    return code(result);
}

static uint32_t transmit(struct connection *self, const struct request *request, size_t *length)
{
    SCARD_IO_REQUEST protocol = {.dwProtocol = self->protocol, .cbPciLength = sizeof protocol};
    DWORD received = sizeof self->answer;
    LONG result = SCardTransmit(self->card, &protocol, request->body, request->length, NULL, self->answer,
                                &received);
    if (result == SCARD_S_SUCCESS)
        *length = received < sizeof self->answer ? received : sizeof self->answer;
    return code(result);
}

/* What the answer's body is, is in self->answer. */
static uint32_t perform(struct connection *self, const struct request *request, size_t *length)
{
    switch (request->operation) {
    case OP_CONNECT:
        return connect_card(self, request, length);
    case OP_RECONNECT:
        return reconnect_card(self, request, length);
    case OP_BEGIN:
        return code(SCardBeginTransaction(self->card));
    case OP_END:
        return code(SCardEndTransaction(self->card, request->body[0]));
    case OP_TRANSMIT:
        return transmit(self, request, length);
    default:
        return disconnect_card(self, request->body[0]);
    }
}

/* Waits for the next request; NULL when the shim ends. */
static struct request *next_request(struct connection *self)
{
    struct connections *all = self->all;
    pthread_mutex_lock(&all->lock);
    while (self->first == NULL && !all->closing)
        pthread_cond_wait(&self->wake, &all->lock);
    struct request *request = NULL;
    if (!all->closing) {
        request = self->first;
        self->first = request->next;
        self->waiting--;
    }
    pthread_mutex_unlock(&all->lock);
    return request;
}

/* Takes the connection out of the list: from now on its number is unknown. */
static void retire(struct connection *self)
{
    struct connections *all = self->all;
    pthread_mutex_lock(&all->lock);
    struct connection **link = &all->first;
    while (*link != self)
        link = &(*link)->next;
    *link = self->next;
    self->next = all->ended;
    all->ended = self;
    all->count--;
    if (all->first == NULL)
        pthread_cond_signal(&all->emptied);
    pthread_mutex_unlock(&all->lock);
}

static void refuse_rest(struct connection *self)
{
    for (struct request *request = self->first, *next; request != NULL; request = next) {
        next = request->next;
        send_answer(request->operation, request->tag, ESC_E_UNKNOWN_CONNECTION, NULL, 0);
        discard(request);
    }
}

static void *work(void *argument)
{
    struct connection *self = argument;
    struct request *request;
    bool open = true;
    while (open && (request = next_request(self)) != NULL) {
        size_t length = 0;
        uint32_t result = perform(self, request, &length);
        open = self->connected;
        if (!open)
            retire(self); /* Before the answer: whoever has it may connect anew. */
        send_answer(request->operation, request->tag, result, self->answer, length);
        explicit_bzero(self->answer, length);
        discard(request);
    }
    if (open) {
        disconnect_card(self, SCARD_RESET_CARD);
        retire(self);
    }
    refuse_rest(self);
    return NULL;
}

static struct connection *find(struct connections *all, uint32_t number)
{
    struct connection *connection = all->first;
    while (connection != NULL && connection->number != number)
        connection = connection->next;
    return connection;
}

static uint32_t enqueue(struct connection *connection, struct request *request)
{
    if (connection->ending)
        return ESC_E_UNKNOWN_CONNECTION;
    /* There is always room for the disconnect, so that no connection can be lost. */
    bool disconnect = request->operation == OP_DISCONNECT;
    if (connection->waiting >= REQUESTS_MAX && !disconnect)
        return ESC_E_TOO_MANY_REQUESTS;
    connection->ending = disconnect;
    if (connection->first == NULL)
        connection->first = request;
    else
        connection->last->next = request;
    connection->last = request;
    connection->waiting++;
    pthread_cond_signal(&connection->wake);
    return 0;
}

static uint32_t start(struct connections *all, uint32_t number, struct request *request)
{
    if (find(all, number) != NULL)
        return ESC_E_CONNECTION_IN_USE;
    if (all->count >= CONNECTIONS_MAX)
        return ESC_E_TOO_MANY_CONNECTIONS;
    struct connection *connection = calloc(1, sizeof *connection);
    if (connection == NULL)
        return ESC_E_NO_MEMORY;
    connection->all = all;
    connection->number = number;
    pthread_cond_init(&connection->wake, NULL);

    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, STACK_SIZE);
    int failed = pthread_create(&connection->thread, &attributes, work, connection);
    pthread_attr_destroy(&attributes);
    if (failed) {
        pthread_cond_destroy(&connection->wake);
        free(connection);
        return ESC_E_NO_MEMORY;
    }
    connection->next = all->first;
    all->first = connection;
    all->count++;
    return enqueue(connection, request);
}

/* Called without the lock: a thread that ends may still want it. */
static void join_ended(struct connections *all)
{
    pthread_mutex_lock(&all->lock);
    struct connection *ended = all->ended;
    all->ended = NULL;
    pthread_mutex_unlock(&all->lock);
    while (ended != NULL) {
        struct connection *next = ended->next;
        pthread_join(ended->thread, NULL);
        pthread_cond_destroy(&ended->wake);
        free(ended);
        ended = next;
    }
}

/* Share mode and protocols, which connect and reconnect begin with. */
static bool access_well_formed(const uint8_t *access)
{
    return access[0] >= SCARD_SHARE_EXCLUSIVE && access[0] <= SCARD_SHARE_DIRECT &&
           access[1] >= SCARD_PROTOCOL_T0 && access[1] <= SCARD_PROTOCOL_ANY;
}

/* What follows the connection's number: see PROTOCOL.md. */
static bool well_formed(uint8_t operation, const uint8_t *body, size_t length)
{
    switch (operation) {
    case OP_CONNECT:
        return length > 2 && length <= 2 + READER_NAME_MAX && access_well_formed(body) &&
               memchr(body + 2, 0, length - 2) == NULL;
    case OP_RECONNECT:
        return length == 3 && access_well_formed(body) && body[2] <= SCARD_UNPOWER_CARD;
    case OP_BEGIN:
        return length == 0;
    case OP_TRANSMIT:
        return length > 0;
    default: /* disconnect, end of a transaction */
        return length == 1 && body[0] <= SCARD_EJECT_CARD;
    }
}

static struct request *copy(uint8_t operation, uint32_t tag, const uint8_t *body, size_t length)
{
    struct request *request = malloc(sizeof *request + length);
    if (request == NULL)
        return NULL;
    *request = (struct request){.operation = operation, .tag = tag, .length = length};
    memcpy(request->body, body, length);
    return request;
}

void connections_request(struct connections *all, uint8_t operation, uint32_t tag, const uint8_t *body,
                         size_t length)
{
    uint32_t refusal = 0;
    struct request *request = NULL;
    join_ended(all);
    if (length < CONNECTION_SIZE || !well_formed(operation, body + CONNECTION_SIZE, length - CONNECTION_SIZE)) {
        refusal = ESC_E_MALFORMED;
    } else if ((request = copy(operation, tag, body + CONNECTION_SIZE, length - CONNECTION_SIZE)) == NULL) {
        refusal = ESC_E_NO_MEMORY;
    } else {
        uint32_t number = get_u32(body);
        pthread_mutex_lock(&all->lock);
        struct connection *connection = find(all, number);
        if (operation == OP_CONNECT)
            refusal = start(all, number, request);
        else
            refusal = connection != NULL ? enqueue(connection, request) : ESC_E_UNKNOWN_CONNECTION;
        pthread_mutex_unlock(&all->lock);
    }
    if (refusal != 0) {
        send_answer(operation, tag, refusal, NULL, 0);
        if (request != NULL)
            discard(request);
    }
}

struct connections *connections_new(void)
{
    struct connections *all = calloc(1, sizeof *all);
    if (all == NULL)
        return NULL;
    pthread_mutex_init(&all->lock, NULL);
    pthread_cond_init(&all->emptied, NULL);
    return all;
}

void connections_free(struct connections *all)
{
    pthread_mutex_lock(&all->lock);
    all->closing = true;
    for (struct connection *connection = all->first; connection != NULL; connection = connection->next)
        pthread_cond_signal(&connection->wake);
    while (all->first != NULL)
        pthread_cond_wait(&all->emptied, &all->lock);
    pthread_mutex_unlock(&all->lock);
    join_ended(all);
    pthread_cond_destroy(&all->emptied);
    pthread_mutex_destroy(&all->lock);
    free(all);
}
