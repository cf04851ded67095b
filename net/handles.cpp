#include "net/handles.hpp"

#include <curl/curl.h>
#include <unistd.h>

namespace otafleet::net {

void curl_deleter::operator()(CURL* easy) const noexcept {
  curl_easy_cleanup(easy);
}
void curl_deleter::operator()(curl_slist* list) const noexcept {
  curl_slist_free_all(list);
}
void curl_multi_deleter::operator()(CURLM* multi) const noexcept {
  curl_multi_cleanup(multi);
}

descriptor::~descriptor() {
  if (value_ >= 0)
    close(value_);
}

} // namespace otafleet::net
