// Boost.Interprocess' message_queue, two of them. A library of its own: there may be no Boost.
#include "exchange.h"
#include <boost/interprocess/ipc/message_queue.hpp>
#include <memory>
#include <string>

namespace {

using boost::interprocess::message_queue;

constexpr int Depth = 1024;

struct Side {
    std::unique_ptr<message_queue> to, from;
};

// Its names lie at the top of /dev/shm. They go as soon as both sides have the queue.
std::unique_ptr<message_queue> queue(const std::string &name, int side)
{
    if (side == 1) {
        message_queue::remove(name.c_str());
        return std::make_unique<message_queue>(boost::interprocess::create_only, name.c_str(), Depth, sizeof(message));
    }
    auto opened = std::make_unique<message_queue>(boost::interprocess::open_only, name.c_str());
    message_queue::remove(name.c_str());
    return opened;
}

INLINED int send_one(void *way, const message *m)
{
    static_cast<Side *>(way)->to->send(m, sizeof *m, 0);
    return 1;
}

INLINED int receive_one(void *way, message *m)
{
    message_queue::size_type size;
    unsigned priority;
    static_cast<Side *>(way)->from->receive(m, sizeof *m, size, priority);
    return size == sizeof *m;
}

} // namespace

extern "C" {

void *bench_boost_open(const char *place, int side)
try {
    std::string name = place;
    name.erase(0, name.rfind('/') + 1);
    auto made = std::make_unique<Side>();
    (side == 0 ? made->to : made->from) = queue(name + "-0", side);
    (side == 0 ? made->from : made->to) = queue(name + "-1", side);
    return made.release();
} catch (const std::exception &) {
    return nullptr;
}

void bench_boost_close(void *way) { delete static_cast<Side *>(way); }

EXCHANGE(boost, send_one, receive_one)
}
