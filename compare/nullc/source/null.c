/* The calibrator in C: one thread, one epoll, one recv and one send per turn.
 *
 * It receives, looks for the end of each head and sends bytes that were ready
 * before. It checks nothing, so it is not an HTTP server; it shows what sockets
 * and the kernel cost with no runtime and no HTTP in between. nullgo does the
 * same in Go, line for line where it can: what lies between the two is the
 * language.
 *
 * usage: null LISTENING-DESCRIPTOR
 *
 * Read from the bottom up: main, serve, answer.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum {
    RECEIVE_BYTES = 64 << 10,
    EVENTS_MAX = 512,
    ECHO_BYTES_MAX = 1 << 20,
    PENDING_BYTES_MAX = ECHO_BYTES_MAX + RECEIVE_BYTES,
    WAIT_MILLIS_MAX = 10000,
};

/* buffer is bytes on the heap; an empty one owns nothing. */
struct buffer {
    char *data;
    size_t len, cap;
};

/* conn is what is left over between two turns; most of the time nothing is. */
struct conn {
    struct buffer pending; /* of a request that is not complete */
    struct buffer unsent;  /* of replies the peer has not taken */
};

static struct conn *conns; /* by descriptor */
static size_t conns_len;
static struct buffer out; /* the replies of one turn */
static int epfd;
static volatile sig_atomic_t stopped;

static void append(struct buffer *b, const void *p, size_t n)
{
    if (b->len + n > b->cap) {
        size_t cap = b->cap ? b->cap : 4096;
        while (cap < b->len + n)
            cap *= 2;
        b->data = realloc(b->data, cap);
        if (!b->data)
            abort();
        b->cap = cap;
    }
    memcpy(b->data + b->len, p, n);
    b->len += n;
}

static void release(struct buffer *b)
{
    free(b->data);
    memset(b, 0, sizeof *b);
}

/* The canned bytes, built once a second with the date in them. */

static const char *const text_type = "text/plain; charset=utf-8";
static const char *const json_type = "application/json";
static const char *const binary_type = "application/octet-stream";
static struct buffer plaintext, json, text_head, binary_head;

static void append_reply(struct buffer *b, const struct buffer *head, const void *body, size_t n)
{
    char digits[32];
    append(b, head->data, head->len);
    append(b, digits, (size_t)snprintf(digits, sizeof digits, "%zu\r\n\r\n", n));
    append(b, body, n);
}

static void make_head(struct buffer *b, const char *date, const char *type)
{
    char head[256];
    int n = snprintf(head, sizeof head,
                     "HTTP/1.1 200 OK\r\nDate: %s\r\nContent-Type: %s\r\nContent-Length: ", date, type);
    b->len = 0;
    append(b, head, (size_t)n);
}

static void refresh(void)
{
    static time_t built;
    time_t now = time(NULL);
    if (now == built)
        return;
    built = now;
    char date[64];
    struct tm tm;
    struct buffer json_head = {0};
    strftime(date, sizeof date, "%a, %d %b %Y %H:%M:%S GMT", gmtime_r(&now, &tm));
    make_head(&text_head, date, text_type);
    make_head(&binary_head, date, binary_type);
    make_head(&json_head, date, json_type);
    plaintext.len = json.len = 0;
    append_reply(&plaintext, &text_head, "Hello, World!", 13);
    append_reply(&json, &json_head, "{\"message\":\"Hello, World!\"}", 27);
    release(&json_head);
}

/* Burning: as much arithmetic as fits into the asked time, see compare.Burn. */

static volatile unsigned long long sink;

static void spin(long long steps)
{
    unsigned long long x = 0x9E3779B97F4A7C15ULL;
    for (long long i = 0; i < steps; i++) {
        x ^= x << 13;
        x ^= x >> 7;
        x ^= x << 17;
    }
    sink = x;
}

static long long nanoseconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1000000000LL + t.tv_nsec;
}

static void burn(int millis)
{
    enum { STEPS = 200000, TRIES = 7 };
    static double steps_per_ns;
    for (int i = 0; steps_per_ns == 0 || (i && i < TRIES); i++) {
        long long start = nanoseconds();
        spin(STEPS);
        double rate = STEPS / (double)(nanoseconds() - start + 1);
        if (rate > steps_per_ns)
            steps_per_ns = rate;
    }
    spin((long long)(millis * 1e6 * steps_per_ns));
}

/* Requests. */

static int millis(const char *head, size_t n)
{
    const char *p = memmem(head, n, "?ms=", 4);
    int v = p ? atoi(p + 4) : 0;
    return v < 0 ? 0 : v > WAIT_MILLIS_MAX ? WAIT_MILLIS_MAX : v;
}

static size_t content_length(const char *head, size_t n)
{
    const char *p = memmem(head, n, "\r\nContent-Length: ", 18);
    if (!p)
        p = memmem(head, n, "\r\ncontent-length: ", 18);
    return p ? (size_t)strtoul(p + 18, NULL, 10) : 0;
}

/* append_answer tells the routes apart by their first letter. */
static void append_answer(const char *head, size_t n, const char *body, size_t body_len)
{
    static const char not_found[] = "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n";
    char letter = n > 5 ? head[5] : 0;
    if (head[0] == 'P') {
        append_reply(&out, &binary_head, body, body_len);
    } else if (letter == 'p') {
        append(&out, plaintext.data, plaintext.len);
    } else if (letter == 'j') {
        append(&out, json.data, json.len);
    } else if (letter == 'u' && n > 10) {
        const char *space = memchr(head + 10, ' ', n - 10);
        append_reply(&out, &text_head, head + 10, space ? (size_t)(space - head - 10) : n - 10);
    } else if (letter == 's') {
        usleep((useconds_t)millis(head, n) * 1000);
        append_reply(&out, &text_head, "done", 4);
    } else if (letter == 'c') {
        burn(millis(head, n));
        append_reply(&out, &text_head, "done", 4);
    } else {
        append(&out, not_found, sizeof not_found - 1);
    }
}

/* answer appends the replies to all requests that are complete in p and returns
 * how many bytes they took. */
static size_t answer(const char *p, size_t n)
{
    size_t used = 0;
    const char *end;
    while ((end = memmem(p + used, n - used, "\r\n\r\n", 4))) {
        const char *head = p + used;
        size_t head_len = (size_t)(end - head), size = head_len + 4, body = 0;
        if (head[0] == 'P') {
            body = content_length(head, size);
            if (n - used - size < body)
                break;
        }
        append_answer(head, head_len, head + size, body);
        used += size + body;
    }
    return used;
}

static void watch(int op, int fd, unsigned events)
{
    struct epoll_event e = {.events = events, .data.fd = fd};
    epoll_ctl(epfd, op, fd, &e);
}

static struct conn *conn_of(int fd)
{
    if ((size_t)fd >= conns_len) {
        size_t len = conns_len ? conns_len : 1024;
        while (len <= (size_t)fd)
            len *= 2;
        conns = realloc(conns, len * sizeof *conns);
        if (!conns)
            abort();
        memset(conns + conns_len, 0, (len - conns_len) * sizeof *conns);
        conns_len = len;
    }
    return &conns[fd];
}

static void end(int fd, struct conn *c)
{
    release(&c->pending);
    release(&c->unsent);
    close(fd);
}

static void accept_all(int listener)
{
    int fd, one = 1;
    while ((fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0) {
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
        watch(EPOLL_CTL_ADD, fd, EPOLLIN);
    }
}

/* flush sends what a slow peer had not taken; 0 while there is still some. */
static int flush(int fd, struct conn *c)
{
    ssize_t n = send(fd, c->unsent.data, c->unsent.len, MSG_NOSIGNAL);
    if (n < 0) {
        if (errno != EAGAIN)
            end(fd, c);
        return 0;
    }
    memmove(c->unsent.data, c->unsent.data + n, c->unsent.len - (size_t)n);
    c->unsent.len -= (size_t)n;
    if (c->unsent.len)
        return 0;
    release(&c->unsent);
    watch(EPOLL_CTL_MOD, fd, EPOLLIN);
    return 1;
}

/* reply sends the turn's replies at once and keeps what does not go. */
static void reply(int fd, struct conn *c)
{
    if (!out.len)
        return;
    ssize_t n = send(fd, out.data, out.len, MSG_NOSIGNAL);
    if (n < 0 && errno != EAGAIN) {
        end(fd, c);
        return;
    }
    if (n < 0)
        n = 0;
    if ((size_t)n < out.len) {
        append(&c->unsent, out.data + n, out.len - (size_t)n);
        watch(EPOLL_CTL_MOD, fd, EPOLLOUT);
    }
}

/* serve is one turn of one connection: one recv, one send. */
static void serve(int fd, unsigned ready)
{
    static char in[RECEIVE_BYTES];
    struct conn *c = conn_of(fd);
    if (c->unsent.len && !flush(fd, c))
        return;
    ssize_t n = recv(fd, in, sizeof in, 0);
    if (n <= 0) {
        if (n == 0 || errno != EAGAIN || (ready & EPOLLERR))
            end(fd, c);
        return;
    }
    out.len = 0;
    if (!c->pending.len) {
        size_t used = answer(in, (size_t)n);
        if (used < (size_t)n)
            append(&c->pending, in + used, (size_t)n - used);
    } else {
        append(&c->pending, in, (size_t)n);
        size_t used = answer(c->pending.data, c->pending.len);
        memmove(c->pending.data, c->pending.data + used, c->pending.len - used);
        c->pending.len -= used;
        if (!c->pending.len)
            release(&c->pending);
    }
    if (c->pending.len > PENDING_BYTES_MAX)
        end(fd, c);
    else
        reply(fd, c);
}

static void on_stop(int signal)
{
    (void)signal;
    stopped = 1;
}

static void raise_descriptor_limit(void)
{
    struct rlimit r;
    if (getrlimit(RLIMIT_NOFILE, &r) == 0) {
        r.rlim_cur = r.rlim_max;
        setrlimit(RLIMIT_NOFILE, &r);
    }
}

int main(int argc, char **argv)
{
    if (argc != 2) {
        fprintf(stderr, "usage: %s LISTENING-DESCRIPTOR\n", argv[0]);
        return 2;
    }
    int listener = atoi(argv[1]);
    struct sigaction stop = {.sa_handler = on_stop}; /* no SA_RESTART: epoll_wait must return */
    sigaction(SIGTERM, &stop, NULL);
    sigaction(SIGINT, &stop, NULL);
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    raise_descriptor_limit();
    fcntl(listener, F_SETFL, fcntl(listener, F_GETFL) | O_NONBLOCK);
    epfd = epoll_create1(EPOLL_CLOEXEC);
    watch(EPOLL_CTL_ADD, listener, EPOLLIN);
    while (!stopped) {
        struct epoll_event events[EVENTS_MAX];
        int n = epoll_wait(epfd, events, EVENTS_MAX, -1);
        refresh();
        for (int i = 0; i < n; i++) {
            if (events[i].data.fd == listener)
                accept_all(listener);
            else
                serve(events[i].data.fd, events[i].events);
        }
    }
    return 0;
}
