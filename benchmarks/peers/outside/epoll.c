/* The limit of a core: one thread, epoll, and a constant answer for each head that ends.
 *
 *     epoll PORT
 *
 * Nothing is parsed but the empty line. Requests must have no bodies.
 */

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#define MOST_CONNECTIONS 65536
#define MOST_EVENTS 256

static const char ANSWER[] =
    "HTTP/1.1 200 OK\r\n"
    "content-type: application/json\r\n"
    "content-length: 25\r\n"
    "\r\n"
    "{\"message\":\"Hello World\"}";

/* How many bytes of "\r\n\r\n" a connection has seen last. */
static unsigned char seen[MOST_CONNECTIONS];

static int heads_in(int connection, const char *data, ssize_t size)
{
    static const char END[] = "\r\n\r\n";
    unsigned char matched = seen[connection];
    int heads = 0;
    for (ssize_t index = 0; index < size; index++) {
        if (data[index] == END[matched])
            matched++;
        else
            matched = data[index] == '\r';
        if (matched == 4) {
            heads++;
            matched = 0;
        }
    }
    seen[connection] = matched;
    return heads;
}

static void answer(int connection)
{
    char data[16384];
    ssize_t size = read(connection, data, sizeof data);
    if (size <= 0) {
        if (size == 0 || errno != EAGAIN)
            close(connection);
        return;
    }
    for (int heads = heads_in(connection, data, size); heads > 0; heads--)
        if (write(connection, ANSWER, sizeof ANSWER - 1) < 0) {
            close(connection);
            return;
        }
}

static int listening(int port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
    int listener = socket(AF_INET, SOCK_STREAM, 0), on = 1;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(listener, (struct sockaddr *)&address, sizeof address) || listen(listener, 1024)) {
        perror("epoll");
        exit(1);
    }
    return listener;
}

static void welcome(int poll, int listener)
{
    struct epoll_event event = {.events = EPOLLIN};
    int on = 1, connection = accept4(listener, NULL, NULL, SOCK_NONBLOCK);
    if (connection < 0)
        return;
    if (connection >= MOST_CONNECTIONS) {
        close(connection);
        return;
    }
    setsockopt(connection, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    seen[connection] = 0;
    event.data.fd = connection;
    epoll_ctl(poll, EPOLL_CTL_ADD, connection, &event);
}

int main(int count, char **arguments)
{
    int listener = listening(count > 1 ? atoi(arguments[1]) : 8000);
    int poll = epoll_create1(0);
    struct epoll_event events[MOST_EVENTS], event = {.events = EPOLLIN, .data.fd = listener};
    epoll_ctl(poll, EPOLL_CTL_ADD, listener, &event);
    for (;;) {
        int ready = epoll_wait(poll, events, MOST_EVENTS, -1);
        for (int index = 0; index < ready; index++)
            if (events[index].data.fd == listener)
                welcome(poll, listener);
            else
                answer(events[index].data.fd);
    }
}
