#include "exchange_log.hpp"

#include <string>

#include "line_limit.hpp"
#include "shared_zone.hpp"

namespace oauth2::nginx {
namespace {

constexpr int64_t alarming_distance = -static_cast<int64_t>(max_healed_distance);

LineLimit unavailable_lines;
LineLimit unknown_format_lines;
LineLimit alarm_lines;

bool is_usual(Outcome outcome) {
  return outcome == Outcome::issued || outcome == Outcome::rotated ||
         outcome == Outcome::renewal_off || outcome == Outcome::asked ||
         outcome == Outcome::authorized || outcome == Outcome::revoked ||
         outcome == Outcome::introspected || outcome == Outcome::listed ||
         outcome == Outcome::ended;
}

ngx_uint_t level_of(const ExchangeReport& report) {
  switch (report.outcome) {
    case Outcome::replayed:
    case Outcome::healed:
      return NGX_LOG_WARN;
    case Outcome::unavailable:
      return report.alarm || report.generations_behind.value_or(0) < alarming_distance
                 ? NGX_LOG_ALERT
                 : NGX_LOG_ERR;
    default:
      return report.unknown_token_format ? NGX_LOG_WARN : NGX_LOG_INFO;
  }
}

std::string what_happened(const ExchangeReport& report) {
  switch (report.outcome) {
    case Outcome::retried:
      return "refresh token retried inside its window";
    case Outcome::overtaken:
      return "refresh token overtaken by a request in flight";
    case Outcome::healed:
      return "refresh token healed a family of which the store had lost rotations";
    default:
      return report.reason;
  }
}

class Orphans final : public OrphanObserver {
 public:
  void finished_without_client(EndpointExchange& exchange) override {
    const MainConf* main = main_conf(ngx_cycle);
    if (main != nullptr) {
      count_exchange(*main, exchange);
    }
    log_exchange(ngx_cycle->log, exchange);
  }
};

}  // namespace

void log_exchange(ngx_log_t* request_log, EndpointExchange& exchange) {
  const ExchangeReport& report = exchange.report();
  if (is_usual(report.outcome) && !report.unknown_token_format) {
    return;
  }
  const ngx_uint_t level = level_of(report);
  if (request_log->log_level < level) {
    return;
  }
  LineLimit* limit = level == NGX_LOG_ALERT                   ? &alarm_lines
                     : report.outcome == Outcome::unavailable ? &unavailable_lines
                     : report.unknown_token_format            ? &unknown_format_lines
                                                              : nullptr;
  if (limit != nullptr && !limit->pass()) {
    return;
  }
  std::string line = what_happened(report);
  if (report.error != Error::none) {
    line.append(" (").append(error_row(report.error).code).append(")");
  }
  if (report.client != nullptr) {
    line.append(", oauth2 client: \"").append(report.client->id).append("\"");
  }
  const std::string_view family = exchange.family();
  if (!family.empty()) {
    line.append(", family: \"").append(family).append("\"");
  }
  if (report.generations_behind.has_value()) {
    line.append(", generation distance: ").append(std::to_string(*report.generations_behind));
  }
  if (limit != nullptr) {
    line.append(limit->suppressed());
  }
  ngx_log_t log = discreet(request_log);
  ngx_log_error(level, &log, 0, "oauth2: %s, client: %s", line.c_str(), exchange.peer().c_str());
}

OrphanObserver& orphan_observer() {
  static Orphans instance;
  return instance;
}

}  // namespace oauth2::nginx
