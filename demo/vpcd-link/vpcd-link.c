/*
 * Carries bytes between a virtual reader (vpcd) and standard input and output:
 *     vpcd-link PORT
 * vpcd sends the length and the payload of a message apart and waits for the first to be acknowledged; unless
 * TCP_QUICKACK is set anew before each receive, that costs 44 ms a message. Node cannot set it.
 * An empty message (two bytes of 0) on standard output says that the reader is connected.
 * Ends with 0 when either side does, with 1 when something fails, with 2 when called wrongly.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <limits.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

static int fail(const char *what)
{
	perror(what);
	return 1;
}

static void set_option(int socket, int option)
{
	const int on = 1;

	/* A kernel that lacks the option is slower, not wrong. */
	(void)setsockopt(socket, IPPROTO_TCP, option, &on, sizeof on);
}

static int connect_to(unsigned short port)
{
	const struct sockaddr_in reader = {
		.sin_family = AF_INET,
		.sin_port = htons(port),
		.sin_addr = { .s_addr = htonl(INADDR_LOOPBACK) },
	};
	int s = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (s >= 0 && connect(s, (const struct sockaddr *)&reader, sizeof reader) < 0) {
		int error = errno;

		close(s);
		errno = error;
		return -1;
	}
	return s;
}

static int write_all(int to, const char *bytes, ssize_t length)
{
	while (length > 0) {
		ssize_t written = write(to, bytes, (size_t)length);

		if (written < 0 && errno == EINTR)
			continue;
		if (written < 0)
			return -1;
		bytes += written;
		length -= written;
	}
	return 0;
}

/* Carries what is there to be read. Returns its length, 0 at the end, -1 on failure. */
static ssize_t carry(int from, int to)
{
	char bytes[65538];
	ssize_t length = read(from, bytes, sizeof bytes);

	if (length < 0 && errno == EINTR)
		return 1;
	if (length > 0 && write_all(to, bytes, length) < 0)
		return -1;
	return length;
}

int main(int argc, char **argv)
{
	char *end = NULL;
	long port = argc == 2 ? strtol(argv[1], &end, 10) : 0;

	if (end == NULL || *end != '\0' || port < 1 || port > USHRT_MAX) {
		fputs("usage: vpcd-link PORT\n", stderr);
		return 2;
	}

	int reader = connect_to((unsigned short)port);

	if (reader < 0)
		return fail("vpcd-link: connect");
	set_option(reader, TCP_NODELAY);
	if (write_all(STDOUT_FILENO, "\0\0", 2) < 0)
		return fail("vpcd-link: write");

	struct pollfd sides[] = {
		{ .fd = reader, .events = POLLIN },
		{ .fd = STDIN_FILENO, .events = POLLIN },
	};
	const int other[] = { STDOUT_FILENO, reader };

	for (;;) {
		set_option(reader, TCP_QUICKACK);
		if (poll(sides, 2, -1) < 0 && errno != EINTR)
			return fail("vpcd-link: poll");
		for (int i = 0; i < 2; i++) {
			if ((sides[i].revents & (POLLIN | POLLHUP | POLLERR)) == 0)
				continue;

			ssize_t carried = carry(sides[i].fd, other[i]);

			if (carried == 0 || (carried < 0 && (errno == ECONNRESET || errno == EPIPE)))
				return 0;
			if (carried < 0)
				return fail("vpcd-link");
		}
	}
}
