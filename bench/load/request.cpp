#include "request.h"

#include <openssl/evp.h>

namespace oauth2::bench {
namespace {

void replace(std::string& text, std::string_view name, std::string_view value) {
  const size_t at = text.find(name);
  if (at != std::string::npos) {
    text.replace(at, name.size(), value);
  }
}

std::string digits(uint64_t number, size_t width) {
  const std::string text = std::to_string(number);
  return text.size() < width ? std::string(width - text.size(), '0') + text : text;
}

}  // namespace

RequestTemplate::RequestTemplate(const Options& options)
    : options_(options),
      head_(options.method + " " + options.path + " HTTP/1.1\r\nHost: localhost\r\n") {
  for (const std::string& header : options.headers) {
    head_ += header + "\r\n";
  }
  if (!options.body.empty()) {
    head_ += "Content-Type: application/x-www-form-urlencoded\r\n";
  }
}

std::string RequestTemplate::credentials_of(uint64_t family) const {
  std::string credentials = options_.credentials;
  replace(credentials, "{client}", digits(family % options_.clients, 9));
  std::string encoded((credentials.size() + 2) / 3 * 4 + 1, '\0');
  const int size = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(encoded.data()),
                                   reinterpret_cast<const unsigned char*>(credentials.data()),
                                   static_cast<int>(credentials.size()));
  encoded.resize(static_cast<size_t>(size));
  return encoded;
}

void RequestTemplate::make(uint64_t family, std::string_view token, std::string& out) const {
  std::string body = options_.body;
  replace(body, "{token}", token);
  replace(body, "{subject}", "00000000-0000-4000-8000-" + digits(family, 12));
  out = head_;
  if (!options_.credentials.empty()) {
    out += "Authorization: Basic " + credentials_of(family) + "\r\n";
  }
  if (!body.empty()) {
    out += "Content-Length: " + std::to_string(body.size()) + "\r\n";
  }
  out += "\r\n";
  out += body;
}

}  // namespace oauth2::bench
