/*
 * Rings for one producer and one consumer in memory that two processes map, one for each direction, and what goes back and forth
 * alone: a bare line, and a message with its turn.
 */
#include "exchange.h"
#include <fcntl.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { SLOTS = 1024, LINE = 128 };

/* Lines that the processor fetches in pairs: what one side writes lies 128 bytes from what the other does. */
struct ring {
    _Alignas(LINE) _Atomic uint64_t sent;
    _Alignas(LINE) _Atomic uint64_t received;
    _Alignas(LINE) struct message messages[SLOTS];
};

/* The number lies right behind its message: together they are what the consumer fetches. */
struct numbered {
    struct message message;
    _Atomic uint64_t number;
};

struct numbered_ring {
    _Alignas(LINE) _Atomic uint64_t received;
    _Alignas(LINE) struct numbered slots[SLOTS];
};

struct shared {
    struct ring rings[2];
    struct numbered_ring numbered[2];
    _Alignas(LINE) _Atomic uint32_t turn;
    struct {
        _Alignas(LINE) struct message message;
        _Atomic uint32_t turn;
    } carrier;
};

/* One side's own: where it is, and what it last saw of the other. */
struct side {
    struct shared *shared;
    int to, from;
    uint64_t sent, seen_received, received, seen_sent;
};

static void *open_side(const char *place, int side)
{
    struct side *s = calloc(1, sizeof *s);
    int file = open(place, side == 1 ? O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC : O_RDWR | O_CLOEXEC, 0600);
    if (!s || file < 0 || (side == 1 && ftruncate(file, sizeof(struct shared)) != 0))
        return NULL;
    s->shared = mmap(NULL, sizeof(struct shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, file, 0);
    close(file);
    if (s->shared == MAP_FAILED)
        return NULL;
    s->to = side;
    s->from = 1 - side;
    return s;
}

static void close_side(void *way)
{
    munmap(((struct side *)way)->shared, sizeof(struct shared));
    free(way);
}

void *bench_ring_index_open(const char *place, int side) { return open_side(place, side); }
void bench_ring_index_close(void *way) { close_side(way); }
void *bench_ring_sequence_open(const char *place, int side) { return open_side(place, side); }
void bench_ring_sequence_close(void *way) { close_side(way); }
void *bench_line_open(const char *place, int side) { return open_side(place, side); }
void bench_line_close(void *way) { close_side(way); }
void *bench_carrier_open(const char *place, int side) { return open_side(place, side); }
void bench_carrier_close(void *way) { close_side(way); }

INLINED void wait_for_room(struct side *s, _Atomic uint64_t *received)
{
    while (s->sent - s->seen_received == SLOTS)
        s->seen_received = atomic_load_explicit(received, memory_order_acquire);
}

/* Two indices; each side looks at the other's only when what it saw last is used up. */
INLINED int index_send(void *way, const struct message *m)
{
    struct side *s = way;
    struct ring *r = &s->shared->rings[s->to];
    wait_for_room(s, &r->received);
    r->messages[s->sent++ % SLOTS] = *m;
    atomic_store_explicit(&r->sent, s->sent, memory_order_release);
    return 1;
}

INLINED int index_receive(void *way, struct message *m)
{
    struct side *s = way;
    struct ring *r = &s->shared->rings[s->from];
    while (s->received == s->seen_sent)
        s->seen_sent = atomic_load_explicit(&r->sent, memory_order_acquire);
    *m = r->messages[s->received++ % SLOTS];
    atomic_store_explicit(&r->received, s->received, memory_order_release);
    return 1;
}

EXCHANGE(ring_index, index_send, index_receive)

/* A number in each slot says that its message is there, so the consumer waits at the slot itself; only the producer looks at an index. */
INLINED int sequence_send(void *way, const struct message *m)
{
    struct side *s = way;
    struct numbered_ring *r = &s->shared->numbered[s->to];
    struct numbered *slot = &r->slots[s->sent % SLOTS];
    wait_for_room(s, &r->received);
    slot->message = *m;
    atomic_store_explicit(&slot->number, ++s->sent, memory_order_release);
    return 1;
}

INLINED int sequence_receive(void *way, struct message *m)
{
    struct side *s = way;
    struct numbered_ring *r = &s->shared->numbered[s->from];
    struct numbered *slot = &r->slots[s->received % SLOTS];
    while (atomic_load_explicit(&slot->number, memory_order_acquire) != s->received + 1)
        ;
    *m = slot->message;
    atomic_store_explicit(&r->received, ++s->received, memory_order_release);
    return 1;
}

EXCHANGE(ring_sequence, sequence_send, sequence_receive)

/* Nothing but the turn: the least that any round trip can cost. */
int64_t bench_line_ping(void *way, int count, int64_t *singles)
{
    struct side *s = way;
    _Atomic uint32_t *turn = &s->shared->turn;
    int64_t start = now(), last = start;
    for (int i = 0; i < count; i++) {
        uint32_t mine = atomic_load_explicit(turn, memory_order_relaxed);
        atomic_store_explicit(turn, mine + 1, memory_order_release);
        while (atomic_load_explicit(turn, memory_order_acquire) == mine + 1)
            ;
        if (singles) {
            int64_t time = now();
            singles[i] = time - last;
            last = time;
        }
    }
    return now() - start;
}

int64_t bench_line_pong(void *way, int count)
{
    struct side *s = way;
    _Atomic uint32_t *turn = &s->shared->turn;
    int64_t start = now();
    for (int i = 0; i < count; i++) {
        uint32_t there;
        while ((there = atomic_load_explicit(turn, memory_order_acquire)) % 2 == 0)
            ;
        atomic_store_explicit(turn, there + 1, memory_order_release);
    }
    return now() - start;
}

/* One message that both sides write in turn, which the turn behind it says: the least that a round trip of 64 bytes can cost. */
INLINED int carrier_receive(void *way, struct message *m)
{
    struct side *s = way;
    uint32_t side = (uint32_t)s->to;
    while (atomic_load_explicit(&s->shared->carrier.turn, memory_order_acquire) % 2 != side)
        ;
    *m = s->shared->carrier.message;
    return 1;
}

INLINED int carrier_send(void *way, const struct message *m)
{
    struct side *s = way;
    s->shared->carrier.message = *m;
    atomic_store_explicit(&s->shared->carrier.turn, atomic_load_explicit(&s->shared->carrier.turn, memory_order_relaxed) + 1, memory_order_release);
    return 1;
}

int64_t bench_carrier_ping(void *way, int count, int64_t *singles) { return ping_all(way, carrier_send, carrier_receive, count, singles); }
int64_t bench_carrier_pong(void *way, int count) { return pong_all(way, carrier_send, carrier_receive, count); }
