/*
 * Messages of 64 bytes from one process to another: the loops are the same for every way of sending and receiving one, and each way gets
 * its own copy of them, with its two calls inlined.
 *
 * EXCHANGE(name, send, receive) makes bench_name_send, _receive, _ping and _pong. A way has besides
 *     void *bench_name_open(const char *place, int side);    NULL: errno says why. Side 1 makes what both share, side 0 opens it after that
 *     void bench_name_close(void *way);
 * and its two calls return 0 when they failed.
 */
#ifndef CROSSMAP_BENCH_EXCHANGE_H
#define CROSSMAP_BENCH_EXCHANGE_H

#include "clock.h"

#define INLINED static inline __attribute__((always_inline))

/* The first and the last word say which message it is: a reader sees a lost one and a torn one. */
struct message {
    int64_t words[8];
};

/* The clock costs as much as some messages, so it is read once in so many. */
enum { SLICE = 128 };

/* What each whole slice took goes to `slices`. */
INLINED int64_t send_all(void *way, int (*send)(void *, const struct message *), int count, int64_t *slices)
{
    struct message m = {{0}};
    int64_t start = now(), last = start;
    for (int i = 0; i < count; i++) {
        m.words[0] = m.words[7] = i;
        if (!send(way, &m))
            return -1;
        if ((i + 1) % SLICE == 0) {
            int64_t time = now();
            slices[i / SLICE] = time - last;
            last = time;
        }
    }
    return now() - start;
}

INLINED int64_t receive_all(void *way, int (*receive)(void *, struct message *), int count)
{
    struct message m;
    int64_t start = now();
    for (int i = 0; i < count; i++)
        if (!receive(way, &m) || m.words[0] != i || m.words[7] != i)
            return -1;
    return now() - start;
}

/* There and back; what each single one took goes to `singles`, if there is such: it costs a look at the clock each. */
INLINED int64_t ping_all(void *way, int (*send)(void *, const struct message *), int (*receive)(void *, struct message *), int count, int64_t *singles)
{
    struct message m = {{0}}, answer;
    int64_t start = now(), last = start;
    for (int i = 0; i < count; i++) {
        m.words[0] = m.words[7] = i;
        if (!send(way, &m) || !receive(way, &answer) || answer.words[0] != i || answer.words[7] != i)
            return -1;
        if (singles) {
            int64_t time = now();
            singles[i] = time - last;
            last = time;
        }
    }
    return now() - start;
}

INLINED int64_t pong_all(void *way, int (*send)(void *, const struct message *), int (*receive)(void *, struct message *), int count)
{
    struct message m;
    int64_t start = now();
    for (int i = 0; i < count; i++)
        if (!receive(way, &m) || !send(way, &m))
            return -1;
    return now() - start;
}

#define EXCHANGE(name, send, receive) \
    int64_t bench_##name##_send(void *way, int count, int64_t *slices) { return send_all(way, send, count, slices); } \
    int64_t bench_##name##_receive(void *way, int count) { return receive_all(way, receive, count); } \
    int64_t bench_##name##_ping(void *way, int count, int64_t *singles) { return ping_all(way, send, receive, count, singles); } \
    int64_t bench_##name##_pong(void *way, int count) { return pong_all(way, send, receive, count); }

#endif
