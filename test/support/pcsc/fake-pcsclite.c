/*
 * A libpcsclite without pcscd: it does what the file $FAKE_PCSC/script says, which may be replaced at any
 * time (by a rename), and appends to $FAKE_PCSC/calls what it was asked. A line of the script is one of
 *   reader STATE ATR NAME     a reader: dwEventState in hexadecimal, ATR in hexadecimal or -, name to the end
 *   result FUNCTION CODE      the function gives this result, in hexadecimal
 *   block FUNCTION            the function does not return until the line is gone
 *   quiet                     calls are not noted from now on
 *   answer SIZE               SCardTransmit gives SIZE bytes: 0, 1, 2, ... each modulo 256; else 90 00
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <winscard.h>

const SCARD_IO_REQUEST g_rgSCardT0Pci = {SCARD_PROTOCOL_T0, sizeof(SCARD_IO_REQUEST)};
const SCARD_IO_REQUEST g_rgSCardT1Pci = {SCARD_PROTOCOL_T1, sizeof(SCARD_IO_REQUEST)};
const SCARD_IO_REQUEST g_rgSCardRawPci = {SCARD_PROTOCOL_RAW, sizeof(SCARD_IO_REQUEST)};

enum { READERS = 20, NAME = 128 };

struct script {
    size_t readers;
    struct {
        char name[NAME];
        DWORD state;
        DWORD atr_length;
        unsigned char atr[MAX_ATR_SIZE];
    } reader[READERS];
    LONG result;
    bool block;
    size_t answer;
};

static volatile bool quiet;

/* By the context's number, modulo. */
static volatile bool cancelled[256];

static void path_of(char *path, const char *file)
{
    snprintf(path, 4096, "%s/%s", getenv("FAKE_PCSC"), file);
}

static void note(const char *format, ...)
{
    char path[4096], line[512];
    va_list arguments;
    if (quiet)
        return;
    va_start(arguments, format);
    int length = vsnprintf(line, sizeof line - 1, format, arguments);
    va_end(arguments);
    line[length++] = '\n';
    path_of(path, "calls");
    int file = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
    if (file >= 0 && write(file, line, (size_t)length) == length)
        close(file);
}

static void pause_a_little(void)
{
    nanosleep(&(struct timespec){.tv_nsec = 5000000}, NULL);
}

static void read_reader(struct script *script, const char *line)
{
    char atr[2 * MAX_ATR_SIZE + 1], name[NAME];
    unsigned long state;
    if (script->readers == READERS || sscanf(line, "reader %lx %66s %127[^\n]", &state, atr, name) != 3)
        return;
    size_t at = script->readers++;
    strcpy(script->reader[at].name, name);
    script->reader[at].state = state;
    for (const char *hex = atr; hex[0] != '-' && hex[0] != '\0' && hex[1] != '\0'; hex += 2) {
        unsigned byte;
        sscanf(hex, "%2x", &byte);
        script->reader[at].atr[script->reader[at].atr_length++] = (unsigned char)byte;
    }
}

static void read_script(struct script *script, const char *function)
{
    char path[4096], line[512], word[64];
    unsigned long number;
    memset(script, 0, sizeof *script);
    path_of(path, "script");
    FILE *file = fopen(path, "re");
    if (file == NULL)
        return;
    while (fgets(line, sizeof line, file) != NULL) {
        read_reader(script, line);
        if (strcmp(line, "quiet\n") == 0)
            quiet = true;
        if (sscanf(line, "result %63s %lx", word, &number) == 2 && strcmp(word, function) == 0)
            script->result = (LONG)number;
        if (sscanf(line, "block %63s", word) == 1 && strcmp(word, function) == 0)
            script->block = true;
        if (sscanf(line, "answer %lu", &number) == 1)
            script->answer = number;
    }
    fclose(file);
}

/* What the script says of the function, once it does not block any more. */
static LONG obey(struct script *script, const char *function)
{
    read_script(script, function);
    while (script->block) {
        pause_a_little();
        read_script(script, function);
    }
    return script->result;
}

LONG SCardEstablishContext(DWORD scope, LPCVOID reserved1, LPCVOID reserved2, LPSCARDCONTEXT context)
{
    static SCARDCONTEXT last;
    struct script script;
    (void)scope, (void)reserved1, (void)reserved2;
    note("SCardEstablishContext");
    *context = __atomic_add_fetch(&last, 1, __ATOMIC_SEQ_CST);
    return obey(&script, "SCardEstablishContext");
}

LONG SCardReleaseContext(SCARDCONTEXT context)
{
    (void)context;
    note("SCardReleaseContext");
    return SCARD_S_SUCCESS;
}

LONG SCardListReaders(SCARDCONTEXT context, LPCSTR groups, LPSTR readers, LPDWORD length)
{
    struct script script;
    (void)context, (void)groups, (void)length;
    LONG result = obey(&script, "SCardListReaders");
    for (size_t i = 0; i < script.readers; i++, readers++)
        readers = stpcpy(readers, script.reader[i].name);
    *readers = '\0';
    return result == SCARD_S_SUCCESS && script.readers == 0 ? (LONG)SCARD_E_NO_READERS_AVAILABLE : result;
}

/* As pcsc-lite 1.9: -1 when the reader is not there. */
static int reader_at(const struct script *script, const char *name)
{
    for (size_t i = 0; i < script->readers; i++)
        if (strcmp(script->reader[i].name, name) == 0)
            return (int)i;
    return -1;
}

static bool compare(const struct script *script, SCARD_READERSTATE *state, size_t readers_before)
{
    if (strcmp(state->szReader, "\\\\?PnP?\\Notification") == 0) {
        state->dwEventState = script->readers != readers_before ? SCARD_STATE_CHANGED : 0;
        return script->readers != readers_before;
    }
    int at = reader_at(script, state->szReader);
    if (at < 0) {
        state->dwEventState = SCARD_STATE_UNKNOWN | SCARD_STATE_UNAVAILABLE | SCARD_STATE_CHANGED;
        return true;
    }
    state->dwEventState = script->reader[at].state;
    state->cbAtr = script->reader[at].atr_length;
    memcpy(state->rgbAtr, script->reader[at].atr, state->cbAtr);
    bool changed = state->dwCurrentState != state->dwEventState;
    if (changed)
        state->dwEventState |= SCARD_STATE_CHANGED;
    return changed;
}

LONG SCardGetStatusChange(SCARDCONTEXT context, DWORD timeout, SCARD_READERSTATE *states, DWORD count)
{
    struct script script;
    note("SCardGetStatusChange %lu %s", count, timeout == INFINITE ? "infinite" : "limited");
    if (count > PCSCLITE_MAX_READERS_CONTEXTS)
        return SCARD_E_INVALID_PARAMETER;
    obey(&script, "SCardGetStatusChange");
    size_t readers_before = script.readers;
    long left = timeout == INFINITE ? -1 : (long)timeout;
    for (;;) {
        bool changed = false;
        if (script.result != SCARD_S_SUCCESS)
            return script.result;
        for (DWORD i = 0; i < count; i++)
            changed = compare(&script, &states[i], readers_before) || changed;
        if (changed)
            return SCARD_S_SUCCESS;
        if (cancelled[context & 0xFF])
            return SCARD_E_CANCELLED;
        if (left == 0)
            return SCARD_E_TIMEOUT;
        pause_a_little();
        if (left > 0)
            left = left > 5 ? left - 5 : 0;
        read_script(&script, "SCardGetStatusChange");
    }
}

LONG SCardCancel(SCARDCONTEXT context)
{
    note("SCardCancel");
    cancelled[context & 0xFF] = true;
    return SCARD_S_SUCCESS;
}

LONG SCardConnect(SCARDCONTEXT context, LPCSTR reader, DWORD share, DWORD protocols, LPSCARDHANDLE card,
                  LPDWORD protocol)
{
    struct script script;
    (void)protocols;
    note("SCardConnect %s %lu", reader, share);
    *card = context;
    *protocol = SCARD_PROTOCOL_T1;
    LONG result = obey(&script, "SCardConnect");
    if (result == SCARD_S_SUCCESS && reader_at(&script, reader) < 0)
        return SCARD_E_UNKNOWN_READER;
    return result;
}

LONG SCardReconnect(SCARDHANDLE card, DWORD share, DWORD protocols, DWORD initialization, LPDWORD protocol)
{
    struct script script;
    (void)card, (void)protocols;
    note("SCardReconnect %lu %lu", share, initialization);
    if (initialization != SCARD_LEAVE_CARD)
        *protocol = SCARD_PROTOCOL_T0;
    return obey(&script, "SCardReconnect");
}

LONG SCardDisconnect(SCARDHANDLE card, DWORD disposition)
{
    struct script script;
    (void)card;
    note("SCardDisconnect %lu", disposition);
    return obey(&script, "SCardDisconnect");
}

LONG SCardBeginTransaction(SCARDHANDLE card)
{
    struct script script;
    (void)card;
    note("SCardBeginTransaction");
    return obey(&script, "SCardBeginTransaction");
}

LONG SCardEndTransaction(SCARDHANDLE card, DWORD disposition)
{
    struct script script;
    (void)card;
    note("SCardEndTransaction %lu", disposition);
    return obey(&script, "SCardEndTransaction");
}

LONG SCardGetAttrib(SCARDHANDLE card, DWORD attribute, LPBYTE value, LPDWORD length)
{
    static const unsigned char atr[] = {0x3B, 0x02, 0x14, 0x50};
    struct script script;
    (void)card, (void)attribute;
    memcpy(value, atr, sizeof atr);
    *length = sizeof atr;
    return obey(&script, "SCardGetAttrib");
}

LONG SCardTransmit(SCARDHANDLE card, const SCARD_IO_REQUEST *send, LPCBYTE command, DWORD command_length,
                   SCARD_IO_REQUEST *receive, LPBYTE answer, LPDWORD answer_length)
{
    struct script script;
    unsigned long sum = 0;
    (void)card, (void)receive;
    for (DWORD i = 0; i < command_length; i++)
        sum += command[i];
    note("SCardTransmit %lu %lu %lu", send->dwProtocol, command_length, sum);
    LONG result = obey(&script, "SCardTransmit");
    if (script.answer == 0) {
        memcpy(answer, "\x90\x00", 2);
        *answer_length = 2;
    } else if (script.answer > *answer_length) {
        return SCARD_E_INSUFFICIENT_BUFFER;
    } else {
        for (size_t i = 0; i < script.answer; i++)
            answer[i] = (unsigned char)i;
        *answer_length = script.answer;
    }
    return result;
}
