/* libcurl hands over bytes as they come, and the library reads them when it wants them: a buffer is between the two, and
 * the transfer pauses while it is full. */
#ifndef _POSIX_C_SOURCE
#define _POSIX_C_SOURCE 200809L
#endif
#include "web.h"
#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

/* How often in a row it is tried again without a byte having come. */
#define TRIES 5
/* Parts of at most so many bytes are statements. They may take a few times the patience as a whole. */
#define SMALL (4u << 20)

struct web {
    char **addresses;
    int count, at;
    long patience;
    CURLM *multi;
    CURL *easy;
    struct curl_slist *headers;
    uint8_t buffer[4 * CURL_MAX_WRITE_SIZE];
    size_t start, end; /* the bytes in the buffer that were not read yet */
    bool busy, paused, done;
    CURLcode code;
    char etag[1024], range[128], encoding[64];
};

static size_t body(char *bytes, size_t one, size_t size, void *user) {
    web *w = (web *)user;
    (void)one;
    if (w->start == w->end) w->start = w->end = 0;
    if (size > sizeof w->buffer - w->end) {
        w->paused = true;
        return CURL_WRITEFUNC_PAUSE;
    }
    memcpy(w->buffer + w->end, bytes, size);
    w->end += size;
    return size;
}

/* Keeps the value of a header of this name; one that is too long is left out. */
static void keep(const char *line, size_t size, const char *name, char *value, size_t room) {
    size_t length = strlen(name);
    if (size <= length || strncasecmp(line, name, length) || line[length] != ':') return;
    line += length + 1;
    size -= length + 1;
    while (size && *line == ' ') line++, size--;
    while (size && strchr("\r\n ", line[size - 1])) size--;
    if (size < room) {
        memcpy(value, line, size);
        value[size] = 0;
    }
}

static size_t header(char *line, size_t one, size_t size, void *user) {
    web *w = (web *)user;
    (void)one;
    if (size > 5 && !strncmp(line, "HTTP/", 5)) w->etag[0] = w->range[0] = w->encoding[0] = 0;
    keep(line, size, "ETag", w->etag, sizeof w->etag);
    keep(line, size, "Content-Range", w->range, sizeof w->range);
    keep(line, size, "Content-Encoding", w->encoding, sizeof w->encoding);
    return size;
}

/* Goes on until bytes are there or the answer has ended. */
static void await(web *w) {
    while (!w->done && w->start == w->end) {
        CURLMsg *message;
        int count;
        if (w->paused) {
            w->paused = false;
            curl_easy_pause(w->easy, CURLPAUSE_CONT);
        }
        if (curl_multi_perform(w->multi, &count) != CURLM_OK) {
            w->done = true;
            w->code = CURLE_RECV_ERROR;
        }
        while ((message = curl_multi_info_read(w->multi, &count)))
            if (message->msg == CURLMSG_DONE) {
                w->done = true;
                w->code = message->data.result;
            }
        if (!w->done && w->start == w->end) curl_multi_poll(w->multi, NULL, 0, 1000, NULL);
    }
}

static void stop(web *w) {
    if (w->busy) curl_multi_remove_handle(w->multi, w->easy);
    curl_slist_free_all(w->headers);
    w->headers = NULL;
    w->busy = w->paused = w->done = false;
    w->start = w->end = 0;
    w->code = CURLE_OK;
    w->etag[0] = w->range[0] = w->encoding[0] = 0;
}

/* Asks one address. The status of its answer; 0 without one. */
static long ask_one(web *w, const pkg_request *request) {
    char url[2048], range[64], etag[1100];
    bool is_small = !request->is_part || (request->length && request->length <= SMALL);
    long status = 0;
    stop(w);
    snprintf(url, sizeof url, "%s/%s", w->addresses[w->at], request->path);
    snprintf(range, sizeof range, "%llu-", (unsigned long long)request->first);
    if (request->length)
        snprintf(range + strlen(range), sizeof range - strlen(range), "%llu",
                 (unsigned long long)(request->first + request->length - 1));
    w->headers = curl_slist_append(NULL, "Accept-Encoding: identity");
    if (request->etag) {
        snprintf(etag, sizeof etag, "If-None-Match: %s", request->etag);
        w->headers = curl_slist_append(w->headers, etag);
    }
    curl_easy_setopt(w->easy, CURLOPT_URL, url);
    curl_easy_setopt(w->easy, CURLOPT_HTTPHEADER, w->headers);
    curl_easy_setopt(w->easy, CURLOPT_RANGE, request->is_part ? range : NULL);
    curl_easy_setopt(w->easy, CURLOPT_TIMEOUT, is_small ? 4 * w->patience : 24L * 3600);
    w->busy = curl_multi_add_handle(w->multi, w->easy) == CURLM_OK;
    if (!w->busy) return 0;
    await(w);
    curl_easy_getinfo(w->easy, CURLINFO_RESPONSE_CODE, &status);
    /* A file that is encoded is not the file. */
    return w->encoding[0] && strcmp(w->encoding, "identity") ? 0 : status;
}

static int32_t ask(void *user, const pkg_request *request, pkg_response *response) {
    web *w = (web *)user;
    long best = 0;
    int i;
    for (i = 0; i < w->count; i++) {
        long status = ask_one(w, request);
        if (status == 200 || status == 206 || status == 304) {
            response->status = (uint32_t)status;
            response->etag = w->etag[0] ? w->etag : NULL;
            response->content_range = w->range[0] ? w->range : NULL;
            return 0;
        }
        if (!best) best = status; /* an answer says more than none */
        web_turn(w);
    }
    response->status = (uint32_t)best;
    return best ? 0 : 1;
}

static int64_t read_body(void *user, uint8_t *buffer, size_t size) {
    web *w = (web *)user;
    await(w);
    if (size > w->end - w->start) size = w->end - w->start;
    if (!size) return w->code == CURLE_OK ? 0 : -1;
    memcpy(buffer, w->buffer + w->start, size);
    w->start += size;
    return (int64_t)size;
}

/* Waits longer each time, and asks the next address. Devices do not all wait for the same time. */
static bool again(void *user, uint32_t tries) {
    web *w = (web *)user;
    struct timespec now, wait;
    long most;
    if (tries >= TRIES) return false;
    web_turn(w);
    clock_gettime(CLOCK_MONOTONIC, &now);
    most = w->patience * 1000 / 300 << 2 * tries; /* milliseconds */
    most = most / 2 + now.tv_nsec % (most / 2 + 1);
    wait.tv_sec = most / 1000;
    wait.tv_nsec = most % 1000 * 1000000;
    nanosleep(&wait, NULL);
    return true;
}

web *web_new(char **addresses, int count, long patience) {
    web *w = (web *)calloc(1, sizeof *w);
    if (!w) return NULL;
    curl_global_init(CURL_GLOBAL_DEFAULT);
    w->addresses = addresses;
    w->count = count;
    w->patience = patience;
    w->multi = curl_multi_init();
    w->easy = curl_easy_init();
    if (!w->multi || !w->easy) {
        web_free(w);
        return NULL;
    }
    curl_easy_setopt(w->easy, CURLOPT_USERAGENT, "pkg/" PKG_VERIFY_VERSION_STRING);
    curl_easy_setopt(w->easy, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(w->easy, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(w->easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(w->easy, CURLOPT_CONNECTTIMEOUT, patience);
    /* Fewer than 1 KiB in the time of the patience: it has stopped. A transfer that pauses is not counted. */
    curl_easy_setopt(w->easy, CURLOPT_LOW_SPEED_LIMIT, 1024 / patience + 1);
    curl_easy_setopt(w->easy, CURLOPT_LOW_SPEED_TIME, patience);
    curl_easy_setopt(w->easy, CURLOPT_WRITEFUNCTION, body);
    curl_easy_setopt(w->easy, CURLOPT_WRITEDATA, w);
    curl_easy_setopt(w->easy, CURLOPT_HEADERFUNCTION, header);
    curl_easy_setopt(w->easy, CURLOPT_HEADERDATA, w);
    return w;
}

pkg_transport web_transport(web *w) {
    pkg_transport made;
    made.user = w;
    made.ask = ask;
    made.read = read_body;
    made.again = again;
    return made;
}

void web_turn(web *w) { w->at = (w->at + 1) % w->count; }

void web_free(web *w) {
    if (!w) return;
    if (w->multi && w->easy) stop(w);
    curl_easy_cleanup(w->easy);
    curl_multi_cleanup(w->multi);
    curl_global_cleanup();
    free(w);
}
