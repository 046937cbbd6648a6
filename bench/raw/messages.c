/* What the kernel carries: Unix sockets, pipes and POSIX message queues. Each message is sent by a call of its own. */
#include "exchange.h"
#include <errno.h>
#include <fcntl.h>
#include <mqueue.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

/* Of a stream, a reader takes as much as is there, up to this: a call for each message would be its own slowness. */
enum { READ_AHEAD = 64 };

struct side {
    int to, from, listener;
    int at, have;                               /* bytes of `ahead` */
    struct message ahead[READ_AHEAD];
};

static struct side *new_side(void)
{
    struct side *s = calloc(1, sizeof *s);
    if (s)
        s->to = s->from = s->listener = -1;
    return s;
}

/* ---- Unix sockets */

static void *open_socket(const char *place, int side, int type)
{
    struct side *s = new_side();
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int file = socket(AF_UNIX, type | SOCK_CLOEXEC, 0);
    if (!s || file < 0 || snprintf(address.sun_path, sizeof address.sun_path, "%s", place) >= (int)sizeof address.sun_path)
        return NULL;
    if (side == 1) {
        s->listener = file;
        return bind(file, (struct sockaddr *)&address, sizeof address) || listen(file, 1) ? NULL : s;
    }
    s->to = s->from = file;
    return connect(file, (struct sockaddr *)&address, sizeof address) ? NULL : s;
}

/* The other side has connected before it asks for anything. */
INLINED int connected(struct side *s)
{
    if (s->from < 0)
        s->to = s->from = accept4(s->listener, NULL, NULL, SOCK_CLOEXEC);
    return s->from >= 0;
}

static void close_side(void *way)
{
    struct side *s = way;
    close(s->from);
    if (s->to != s->from)
        close(s->to);
    if (s->listener >= 0)
        close(s->listener);
    free(s);
}

INLINED int packet_send(void *way, const struct message *m)
{
    struct side *s = way;
    return connected(s) && send(s->to, m, sizeof *m, MSG_NOSIGNAL) == sizeof *m;
}

INLINED int packet_receive(void *way, struct message *m)
{
    struct side *s = way;
    return connected(s) && recv(s->from, m, sizeof *m, 0) == sizeof *m;
}

void *bench_packet_open(const char *place, int side) { return open_socket(place, side, SOCK_SEQPACKET); }
void bench_packet_close(void *way) { close_side(way); }
EXCHANGE(packet, packet_send, packet_receive)

/* A message is never cut in two: there is room for all of it, or the writer waits. But a read may end within one. */
INLINED int ahead_receive(struct side *s, struct message *m)
{
    while (s->have - s->at < (int)sizeof *m) {
        memmove(s->ahead, (char *)s->ahead + s->at, s->have - s->at);
        s->have -= s->at;
        s->at = 0;
        ssize_t more = read(s->from, (char *)s->ahead + s->have, sizeof s->ahead - s->have);
        if (more <= 0)
            return 0;
        s->have += more;
    }
    memcpy(m, (char *)s->ahead + s->at, sizeof *m);
    s->at += sizeof *m;
    return 1;
}

INLINED int stream_receive(void *way, struct message *m)
{
    return connected(way) && ahead_receive(way, m);
}

void *bench_stream_open(const char *place, int side) { return open_socket(place, side, SOCK_STREAM); }
void bench_stream_close(void *way) { close_side(way); }
EXCHANGE(stream, packet_send, stream_receive)

/* ---- Pipes: two with names. A side that has both ends open meets no end of file, and need not wait for the other to open it. */

void *bench_pipe_open(const char *place, int side)
{
    struct side *s = new_side();
    int ends[2];
    for (int i = 0; i < 2; i++) {
        char name[256];
        snprintf(name, sizeof name, "%s-%d", place, i);
        if (side == 1 && mkfifo(name, 0600))
            return NULL;
        if ((ends[i] = open(name, O_RDWR | O_CLOEXEC)) < 0)
            return NULL;
    }
    if (s) {
        s->to = ends[side];
        s->from = ends[1 - side];
    }
    return s;
}

INLINED int pipe_send(void *way, const struct message *m)
{
    return write(((struct side *)way)->to, m, sizeof *m) == sizeof *m;
}

INLINED int pipe_receive(void *way, struct message *m) { return ahead_receive(way, m); }

void bench_pipe_close(void *way) { close_side(way); }
EXCHANGE(pipe, pipe_send, pipe_receive)

/* ---- POSIX message queues: two; as deep as this user may have them */

void *bench_mq_open(const char *place, int side)
{
    struct side *s = new_side();
    mqd_t ends[2];
    for (int i = 0; i < 2; i++) {
        char name[256];
        snprintf(name, sizeof name, "%s-%d", strrchr(place, '/'), i);
        struct mq_attr attributes = {.mq_maxmsg = 1024, .mq_msgsize = sizeof(struct message)};
        if (side == 1) {
            ends[i] = mq_open(name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600, &attributes);
            if (ends[i] < 0) {
                attributes.mq_maxmsg = 10;
                ends[i] = mq_open(name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600, &attributes);
            }
        } else {
            ends[i] = mq_open(name, O_RDWR | O_CLOEXEC);
            mq_unlink(name);
        }
        if (ends[i] < 0)
            return NULL;
    }
    if (s) {
        s->to = ends[side];
        s->from = ends[1 - side];
    }
    return s;
}

INLINED int mq_send_one(void *way, const struct message *m)
{
    return mq_send(((struct side *)way)->to, (const char *)m, sizeof *m, 0) == 0;
}

INLINED int mq_receive_one(void *way, struct message *m)
{
    return mq_receive(((struct side *)way)->from, (char *)m, sizeof *m, NULL) == sizeof *m;
}

void bench_mq_close(void *way) { close_side(way); }
EXCHANGE(mq, mq_send_one, mq_receive_one)
