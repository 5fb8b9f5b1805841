#include "CNightjarCurl.h"

#include <pthread.h>
#include <signal.h>

static pthread_once_t once = PTHREAD_ONCE_INIT;
static CURLcode prepared;

static void prepare(void) { prepared = curl_global_init(CURL_GLOBAL_DEFAULT); }

CURLcode nightjar_curl_prepare(void) {
    pthread_once(&once, prepare);
    return prepared;
}

static int is_pending(void) {
    sigset_t pending;
    sigemptyset(&pending);
    sigpending(&pending);
    return sigismember(&pending, SIGPIPE);
}

/// Holds SIGPIPE back on this thread; the result says whether one was waiting already.
static int hold(sigset_t *before) {
    sigset_t pipe;
    sigemptyset(&pipe);
    sigaddset(&pipe, SIGPIPE);
    int was_pending = is_pending();
    pthread_sigmask(SIG_BLOCK, &pipe, before);
    return was_pending;
}

/// Takes the SIGPIPE that came meanwhile away, and lets later ones through as before.
static void let_go(const sigset_t *before, int was_pending) {
    if (!was_pending && is_pending()) {
        sigset_t pipe;
        int taken;
        sigemptyset(&pipe);
        sigaddset(&pipe, SIGPIPE);
        sigwait(&pipe, &taken);
    }
    pthread_sigmask(SIG_SETMASK, before, NULL);
}

CURLcode nightjar_curl_perform(CURL *handle) {
    sigset_t before;
    int was_pending = hold(&before);
    CURLcode code = curl_easy_perform(handle);
    let_go(&before, was_pending);
    return code;
}

void nightjar_curl_close(CURL *handle) {
    sigset_t before;
    int was_pending = hold(&before);
    curl_easy_cleanup(handle);
    let_go(&before, was_pending);
}

CURLcode nightjar_curl_set_number(CURL *handle, CURLoption option, long value) {
    return curl_easy_setopt(handle, option, value);
}

CURLcode nightjar_curl_set_size(CURL *handle, CURLoption option, long long value) {
    return curl_easy_setopt(handle, option, (curl_off_t)value);
}

CURLcode nightjar_curl_set_text(CURL *handle, CURLoption option, const char *value) {
    return curl_easy_setopt(handle, option, value);
}

CURLcode nightjar_curl_set_list(CURL *handle, CURLoption option, struct curl_slist *value) {
    return curl_easy_setopt(handle, option, value);
}

CURLcode nightjar_curl_set_buffer(CURL *handle, CURLoption option, char *value) {
    return curl_easy_setopt(handle, option, value);
}

CURLcode nightjar_curl_set_read(CURL *handle, nightjar_curl_read function, void *context) {
    CURLcode code = curl_easy_setopt(handle, CURLOPT_READFUNCTION, function);
    return code ? code : curl_easy_setopt(handle, CURLOPT_READDATA, context);
}

CURLcode nightjar_curl_set_debug(CURL *handle, nightjar_curl_debug function, void *context) {
    CURLcode code = curl_easy_setopt(handle, CURLOPT_DEBUGFUNCTION, function);
    if (!code) code = curl_easy_setopt(handle, CURLOPT_DEBUGDATA, context);
    return code ? code : curl_easy_setopt(handle, CURLOPT_VERBOSE, 1L);
}

CURLcode nightjar_curl_set_progress(CURL *handle, nightjar_curl_progress function, void *context) {
    CURLcode code = curl_easy_setopt(handle, CURLOPT_XFERINFOFUNCTION, function);
    if (!code) code = curl_easy_setopt(handle, CURLOPT_XFERINFODATA, context);
    return code ? code : curl_easy_setopt(handle, CURLOPT_NOPROGRESS, 0L);
}

CURLcode nightjar_curl_allow_refused_recipients(CURL *handle) {
    return curl_easy_setopt(handle, CURLOPT_MAIL_RCPT_ALLLOWFAILS, 1L);
}

CURLcode nightjar_curl_only_mail(CURL *handle) {
#if LIBCURL_VERSION_NUM >= 0x075500
    return curl_easy_setopt(handle, CURLOPT_PROTOCOLS_STR, "smtp,smtps");
#else
    return curl_easy_setopt(handle, CURLOPT_PROTOCOLS, (long)(CURLPROTO_SMTP | CURLPROTO_SMTPS));
#endif
}

long nightjar_curl_number(CURL *handle, CURLINFO info) {
    long value = -1;
    return curl_easy_getinfo(handle, info, &value) ? -1 : value;
}
