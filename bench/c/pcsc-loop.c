/*
 * The bare way to a card, to measure the program against.
 *
 *   pcsc-loop transmit READER WARMUP COUNT HEX   connects, sends the command WARMUP times, then COUNT times,
 *                                                and prints the nanoseconds of each of the latter
 *   pcsc-loop watch READER                       prints "present NS" or "empty NS" (CLOCK_MONOTONIC) with each
 *                                                event, the state at its start included, until it is killed
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <winscard.h>

static int64_t now(void)
{
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

static void check(const char *what, LONG result)
{
  if (result == SCARD_S_SUCCESS)
    return;
  fprintf(stderr, "%s: %s\n", what, pcsc_stringify_error(result));
  exit(1);
}

static size_t from_hex(const char *hex, BYTE *bytes, size_t capacity)
{
  size_t length = strlen(hex) / 2;
  if (length > capacity)
    exit(2);
  for (size_t i = 0; i < length; i++) {
    unsigned value;
    if (sscanf(hex + 2 * i, "%2x", &value) != 1)
      exit(2);
    bytes[i] = (BYTE)value;
  }
  return length;
}

static int64_t exchange(SCARDHANDLE card, DWORD protocol, const BYTE *command, size_t length)
{
  const SCARD_IO_REQUEST *pci = protocol == SCARD_PROTOCOL_T0 ? SCARD_PCI_T0 : SCARD_PCI_T1;
  BYTE answer[258];
  DWORD received = sizeof answer;
  int64_t begin = now();
  check("SCardTransmit", SCardTransmit(card, pci, command, length, NULL, answer, &received));
  return now() - begin;
}

static int transmit(SCARDCONTEXT context, const char *reader, int warmup, int count, const char *hex)
{
  BYTE command[261];
  size_t length = from_hex(hex, command, sizeof command);
  SCARDHANDLE card;
  DWORD protocol;
  check("SCardConnect", SCardConnect(context, reader, SCARD_SHARE_SHARED, SCARD_PROTOCOL_T0 | SCARD_PROTOCOL_T1,
                                     &card, &protocol));
  check("SCardBeginTransaction", SCardBeginTransaction(card));
  for (int i = 0; i < warmup; i++)
    exchange(card, protocol, command, length);
  for (int i = 0; i < count; i++)
    printf("%lld\n", (long long)exchange(card, protocol, command, length));
  SCardEndTransaction(card, SCARD_LEAVE_CARD);
  SCardDisconnect(card, SCARD_LEAVE_CARD);
  return 0;
}

_Noreturn static void watch(SCARDCONTEXT context, const char *reader)
{
  SCARD_READERSTATE state = {.szReader = reader, .dwCurrentState = SCARD_STATE_UNAWARE};
  for (;;) {
    check("SCardGetStatusChange", SCardGetStatusChange(context, INFINITE, &state, 1));
    int64_t time = now();
    DWORD changed = state.dwCurrentState ^ state.dwEventState;
    if (state.dwCurrentState == SCARD_STATE_UNAWARE || changed & SCARD_STATE_PRESENT) {
      printf("%s %lld\n", state.dwEventState & SCARD_STATE_PRESENT ? "present" : "empty", (long long)time);
      fflush(stdout);
    }
    state.dwCurrentState = state.dwEventState & ~(DWORD)SCARD_STATE_CHANGED;
  }
}

int main(int argc, char **argv)
{
  SCARDCONTEXT context;
  check("SCardEstablishContext", SCardEstablishContext(SCARD_SCOPE_SYSTEM, NULL, NULL, &context));
  if (argc == 6 && strcmp(argv[1], "transmit") == 0)
    return transmit(context, argv[2], atoi(argv[3]), atoi(argv[4]), argv[5]);
  if (argc == 3 && strcmp(argv[1], "watch") == 0)
    watch(context, argv[2]);
  fprintf(stderr, "usage: pcsc-loop transmit READER WARMUP COUNT HEX | pcsc-loop watch READER\n");
  return 2;
}
