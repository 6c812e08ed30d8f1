// oauth2_scripts: prints the script with which the module rotates a family, and arguments for it,
// one a line: its name, and its bytes in hexadecimal digits.
//
// The arguments are for redis-benchmark, which takes no zero bytes and sends the same ones again
// and again. So the numbers have none, and the record's new generation is the presented one: each
// run of the script finds what the one before it wrote, and does what it does for the newest token.

#include <cstdio>
#include <iostream>
#include <stdexcept>
#include <string>
#include <string_view>

#include "redis/record.h"
#include "redis/scripts.h"

namespace {

using oauth2::redis::record_state_size;

constexpr uint32_t without_zeros = 0x01010101;
constexpr std::string_view scope = "orders.read profiles";
constexpr std::string_view ttl = "86400";

void print(std::string_view name, std::string_view bytes) {
  std::printf("%.*s ", static_cast<int>(name.size()), name.data());
  for (const char byte : bytes) {
    std::printf("%02x", static_cast<unsigned>(static_cast<unsigned char>(byte)));
  }
  std::printf("\n");
}

void print_arguments() {
  oauth2::FamilyRecord record;
  record.generation = without_zeros;
  record.key_id = 1;
  record.ttl_written = without_zeros;
  record.granted_at = without_zeros;
  record.client = "bench-000000000";
  record.subject = "00000000-0000-4000-8000-000000000000";
  record.scope = scope;
  const std::string bytes = oauth2::redis::encode_record(record);
  const std::string_view head = std::string_view(bytes).substr(0, oauth2::redis::record_head_size);
  if (head.find('\0') != std::string_view::npos) {
    throw std::runtime_error("the head of the record has a zero byte");
  }
  print("key", oauth2::redis::family_key("oauth2", oauth2::new_family(record.subject, {})));
  print("nonce", std::string(oauth2::redis::nonce_size, 'n'));
  print("state", head.substr(0, record_state_size));
  print("head", head);
  print("ttl", ttl);
  print("record", bytes);
}

}  // namespace

int main() {
  try {
    const oauth2::redis::Script& script = oauth2::redis::rotate_script(false);
    print("source", script.source);
    print("sha1", script.sha1);
    print_arguments();
    return 0;
  } catch (const std::exception& e) {
    std::cerr << "oauth2_scripts: " << e.what() << '\n';
    return 1;
  }
}
