#include "redis/slot_ranges.h"

#include <charconv>

#include "redis/key_slot.h"

namespace oauth2::redis {
namespace {

bool read_number(const Reply& reply, int64_t least, int64_t most, uint16_t& number) {
  const int64_t value = reply.number.value_or(least - 1);
  number = static_cast<uint16_t>(value);
  return value >= least && value <= most;
}

// "?" is a node whose hostname was asked for and is not known.
bool read_host(std::string_view host, const Endpoint& asked, Endpoint& endpoint) {
  endpoint = Endpoint();
  endpoint.host = host.empty() ? asked.host : std::string(host);
  return host != "?";
}

bool read_node(const Reply& node, const Endpoint& asked, Endpoint& endpoint) {
  return node.elements.size() >= 2 && read_host(node.elements[0].text, asked, endpoint) &&
         read_number(node.elements[1], 1, UINT16_MAX, endpoint.port);
}

bool read_range(const Reply& entry, const Endpoint& asked, SlotRange& range) {
  const std::vector<Reply>& parts = entry.elements;
  if (parts.size() < 3 || !read_number(parts[0], 0, slot_count - 1, range.first) ||
      !read_number(parts[1], range.first, slot_count - 1, range.last) ||
      !read_node(parts[2], asked, range.primary)) {
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
  if (colon == std::string_view::npos || !read_host(target.substr(0, colon), asked, endpoint)) {
    return std::nullopt;
  }
  const char* const end = target.data() + target.size();
  const auto [stop, code] = std::from_chars(target.data() + colon + 1, end, endpoint.port);
  const bool valid = code == std::errc() && stop == end && endpoint.port != 0;
  return valid ? std::optional<Endpoint>(endpoint) : std::nullopt;
}

}  // namespace oauth2::redis
