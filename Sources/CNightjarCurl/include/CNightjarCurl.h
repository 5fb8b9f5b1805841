// What Swift cannot say to libcurl by itself: Swift cannot call variadic C functions, and curl_easy_setopt and
// curl_easy_getinfo are variadic. Here is one plain function for each kind of argument, and nothing else: which
// options are set, and why, is written in NightjarMail. (And one thing more: a signal that is a matter of C.)
//
// Needs the libcurl headers (Debian: libcurl4-openssl-dev) and version 7.69 or later.

#ifndef CNIGHTJAR_CURL_H
#define CNIGHTJAR_CURL_H

#include <curl/curl.h>

/// Hands out at most `room` bytes of what is to be sent; 0 ends the message.
typedef size_t (*nightjar_curl_read)(char *buffer, size_t size, size_t count, void *context);

/// Sees one line of the dialogue.
typedef int (*nightjar_curl_debug)(CURL *handle, curl_infotype type, char *data, size_t size, void *context);

/// Called about once a second; a result other than 0 ends the transfer.
typedef int (*nightjar_curl_progress)(void *context, curl_off_t, curl_off_t, curl_off_t, curl_off_t);

/// Prepares libcurl once for this process; safe to call from any thread, any number of times.
CURLcode nightjar_curl_prepare(void);

/// curl_easy_perform, with SIGPIPE held back on this thread: a server that hangs up must not end the process, and
/// libcurl only sees to that itself where it may change the signal handlers of the whole process.
CURLcode nightjar_curl_perform(CURL *handle);

/// curl_easy_cleanup, which says goodbye to the server, likewise.
void nightjar_curl_close(CURL *handle);

CURLcode nightjar_curl_set_number(CURL *handle, CURLoption option, long value);
CURLcode nightjar_curl_set_size(CURL *handle, CURLoption option, long long value);
CURLcode nightjar_curl_set_text(CURL *handle, CURLoption option, const char *value);
CURLcode nightjar_curl_set_list(CURL *handle, CURLoption option, struct curl_slist *value);
CURLcode nightjar_curl_set_buffer(CURL *handle, CURLoption option, char *value);
CURLcode nightjar_curl_set_read(CURL *handle, nightjar_curl_read function, void *context);
CURLcode nightjar_curl_set_debug(CURL *handle, nightjar_curl_debug function, void *context);
CURLcode nightjar_curl_set_progress(CURL *handle, nightjar_curl_progress function, void *context);

/// Lets the other recipients through when some are refused.
CURLcode nightjar_curl_allow_refused_recipients(CURL *handle);

/// Speaks SMTP and SMTPS, and no other protocol.
CURLcode nightjar_curl_only_mail(CURL *handle);

/// A number libcurl knows about the last transfer, or -1.
long nightjar_curl_number(CURL *handle, CURLINFO info);

#endif
