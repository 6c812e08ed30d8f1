#include "redis/slot_ranges.h"

#include <charconv>

#include "redis/key_slot.h"

namespace oauth2::redis {
namespace {

template <class Number>
bool parse_number(std::string_view text, Number& number) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() && end == text.data() + text.size();
}

// "?" is a node whose hostname was asked for and is not known.
bool read_endpoint(std::string_view host, std::string_view port, const Endpoint& asked,
                   Endpoint& endpoint) {
  endpoint = Endpoint();
  endpoint.host = host.empty() ? asked.host : std::string(host);
  return host != "?" && parse_number(port, endpoint.port) && endpoint.port != 0;
}

bool read_node(const Reply& node, const Endpoint& asked, Endpoint& endpoint) {
  return node.elements.size() >= 2 &&
         read_endpoint(node.elements[0].text, node.elements[1].text, asked, endpoint);
}

bool read_range(const Reply& entry, const Endpoint& asked, SlotRange& range) {
  const std::vector<Reply>& parts = entry.elements;
  if (parts.size() < 3 || !parse_number(parts[0].text, range.first) ||
      !parse_number(parts[1].text, range.last) || range.first > range.last ||
      range.last >= slot_count || !read_node(parts[2], asked, range.primary)) {
    return false;
  }
  for (size_t i = 3; i < parts.size(); ++i) {
    Endpoint replica;
    if (read_node(parts[i], asked, replica)) {
      range.replicas.push_back(replica);
    }
  }
  return true;
}

}  // namespace

std::vector<SlotRange> read_slot_ranges(const Reply& reply, const Endpoint& asked) {
  std::vector<SlotRange> ranges;
  for (const Reply& entry : reply.elements) {
    SlotRange range;
    if (read_range(entry, asked, range)) {
      ranges.push_back(range);
    }
  }
  return ranges;
}

std::optional<Endpoint> redirect_target(std::string_view error, const Endpoint& asked) {
  const std::string_view target = error.substr(error.rfind(' ') + 1);
  const size_t colon = target.rfind(':');
  Endpoint endpoint;
  if (colon == std::string_view::npos ||
      !read_endpoint(target.substr(0, colon), target.substr(colon + 1), asked, endpoint)) {
    return std::nullopt;
  }
  return endpoint;
}

}  // namespace oauth2::redis
