/*
 * The protocol between esc-pcsc and the program that started it; PROTOCOL.md has it byte by byte.
 */
#ifndef ESC_PROTOCOL_H
#define ESC_PROTOCOL_H

enum { PROTOCOL_VERSION = 1 };

/* Requests: length u32, operation u8, tag u32, body. */
enum operation {
    OP_PING = 0x01,
    OP_CONNECT = 0x02,
    OP_DISCONNECT = 0x03,
    OP_RECONNECT = 0x04,
    OP_BEGIN = 0x05,
    OP_END = 0x06,
    OP_TRANSMIT = 0x07,
};

/* Answers: length u32, operation | ANSWER u8, tag u32, result u32, name (u8 length, ASCII), body. */
enum { ANSWER = 0x80 };

/* Events: length u32, event u8, body. */
enum event {
    EVENT_HELLO = 0x41,
    EVENT_SERVICE = 0x42,
    EVENT_READERS = 0x43,
};

/* The state in EVENT_SERVICE. */
enum service {
    SERVICE_RUNNING = 1,
    SERVICE_ABSENT = 2,
    SERVICE_REFUSED = 3,
    SERVICE_STOPPED = 4,
    SERVICE_INCOMPATIBLE = 5,
    SERVICE_ERROR = 6,
};

/* Results of the shim's own, beside those of PC/SC. */
#define ESC_E_MALFORMED 0xE5C00001U
#define ESC_E_UNKNOWN_OPERATION 0xE5C00002U
#define ESC_E_TOO_LARGE 0xE5C00003U
#define ESC_E_UNKNOWN_CONNECTION 0xE5C00004U
#define ESC_E_CONNECTION_IN_USE 0xE5C00005U
#define ESC_E_TOO_MANY_CONNECTIONS 0xE5C00006U
#define ESC_E_TOO_MANY_REQUESTS 0xE5C00007U
#define ESC_E_NO_MEMORY 0xE5C00008U

enum {
    LENGTH_SIZE = 4,
    REQUEST_HEADER_SIZE = 1 + 4,
    CONNECTION_SIZE = 4,
    /* An extended APDU at its largest: header, three bytes of Lc, 65,536 of data, three of Le, SW. */
    APDU_MAX = 65548,
    REQUEST_MAX = REQUEST_HEADER_SIZE + CONNECTION_SIZE + APDU_MAX,
    READER_NAME_MAX = 127,
    CONNECTIONS_MAX = 32,
    /* Waiting on one connection; the one being worked on not counted. */
    REQUESTS_MAX = 4,
};

#endif
