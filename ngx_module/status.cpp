#include "status.hpp"

#include <algorithm>
#include <exception>
#include <string>
#include <vector>

#include "conf.hpp"
#include "json.h"
#include "response.hpp"
#include "shared_zone.hpp"

namespace oauth2::nginx {
namespace {

constexpr std::string_view no_grant = "none";

std::string_view grant_label(int grant) {
  const std::string_view name = counted_grants[grant];
  return name.empty() ? no_grant : name;
}

void append_metric(std::string& out, std::string_view name, std::string_view labels,
                   uint64_t value) {
  out.append("nginx_oauth2_").append(name).append("{").append(labels).append("} ");
  out.append(std::to_string(value)).append("\n");
}

void append_type(std::string& out, std::string_view name, std::string_view type,
                 std::string_view help) {
  out.append("# HELP nginx_oauth2_").append(name).append(" ").append(help);
  out.append("\n# TYPE nginx_oauth2_").append(name).append(" ").append(type).append("\n");
}

std::string label(std::string_view name, std::string_view value) {
  std::string text(name);
  text.append("=\"");
  for (const char character : value) {  // the escapes of Prometheus' text format
    if (character == '"' || character == '\\') {
      text.push_back('\\');
    }
    text.push_back(character);
  }
  return text.append("\"");
}

// As decimal seconds with three places, whatever the locale.
std::string seconds(uint64_t milliseconds) {
  const std::string fraction = std::to_string(1000 + milliseconds % 1000).substr(1);
  return std::to_string(milliseconds / 1000) + "." + fraction;
}

// Blocks for the same store have one state.
std::vector<const StoreConf*> distinct_stores(const MainConf& main) {
  std::vector<const StoreConf*> distinct;
  for (const std::shared_ptr<StoreConf>& store : main.stores) {
    if (std::none_of(distinct.begin(), distinct.end(),
                     [&](const StoreConf* other) { return other->state == store->state; })) {
      distinct.push_back(store.get());
    }
  }
  return distinct;
}

std::string store_labels(const StoreConf& store) {
  return label("store", store.name) + "," +
         label("database", std::to_string(store.options.connection.database)) + "," +
         label("prefix", store.options.prefix);
}

void append_requests(std::string& out, const Counters& counters) {
  append_type(out, "requests_total", "counter", "Token requests by grant and outcome.");
  for (int grant = 0; grant < counted_grant_count; ++grant) {
    for (int outcome = 0; outcome < outcome_count; ++outcome) {
      append_metric(out, "requests_total",
                    label("grant", grant_label(grant)) + "," +
                        label("outcome", outcome_name(static_cast<Outcome>(outcome))),
                    counters.requests[grant][outcome]);
    }
  }
}

template <class Get>
void append_store_metric(std::string& out, const MainConf& main, std::string_view name,
                         std::string_view type, std::string_view help, Get get) {
  append_type(out, name, type, help);
  for (const StoreConf* store : distinct_stores(main)) {
    append_metric(out, name, store_labels(*store), get(*store->state));
  }
}

void append_latency(std::string& out, const MainConf& main) {
  append_type(out, "store_latency_seconds", "histogram",
              "Time from an operation's beginning to the store's answer.");
  for (const StoreConf* store : distinct_stores(main)) {
    const std::string labels = store_labels(*store);
    uint64_t count = 0;
    for (int i = 0; i < redis::latency_bucket_count; ++i) {
      count += store->state->latency_buckets[i];
      const bool bounded = i + 1 < redis::latency_bucket_count;
      const std::string bound = bounded ? seconds(redis::latency_bounds_ms[i]) : "+Inf";
      append_metric(out, "store_latency_seconds_bucket", labels + "," + label("le", bound), count);
    }
    out.append("nginx_oauth2_store_latency_seconds_sum{").append(labels).append("} ");
    out.append(seconds(store->state->latency_sum_ms)).append("\n");
    append_metric(out, "store_latency_seconds_count", labels, count);
  }
}

bool is_breaker_open(const redis::StoreState& state) {
  return oauth2::is_breaker_open(state.losses, ngx_current_msec);
}

uint64_t is_up(const redis::StoreState& state) {
  return redis::is_down(state) ? 0 : 1;
}

std::string prometheus_text(const MainConf& main, const Counters& counters) {
  std::string out;
  append_requests(out, counters);
  append_store_metric(out, main, "store_up", "gauge", "Whether the store was last seen to work.",
                      [](const redis::StoreState& state) { return is_up(state); });
  append_store_metric(out, main, "store_operations_total", "counter",
                      "Operations that the store answered.",
                      [](const redis::StoreState& state) { return state.operations.load(); });
  append_store_metric(out, main, "store_errors_total", "counter",
                      "Operations that the store did not answer, or refused.",
                      [](const redis::StoreState& state) { return state.errors.load(); });
  append_store_metric(out, main, "store_outages_total", "counter", "Times the store went down.",
                      [](const redis::StoreState& state) { return state.outages.load(); });
  append_store_metric(out, main, "store_unproved_total", "counter",
                      "Missing records that proved nothing, as the store may have lost them.",
                      [](const redis::StoreState& state) { return state.losses.unproved.load(); });
  append_store_metric(out, main, "store_breaker_open", "gauge",
                      "Whether so many records are missing that the store must have lost them.",
                      [](const redis::StoreState& state) { return is_breaker_open(state); });
  append_latency(out, main);
  return out;
}

std::string json_text(const MainConf& main, const Counters& counters) {
  std::string out = "{\"requests\":{";
  for (int grant = 0; grant < counted_grant_count; ++grant) {
    out.append(grant == 0 ? "\"" : ",\"").append(grant_label(grant)).append("\":");
    JsonObject outcomes(out);
    for (int outcome = 0; outcome < outcome_count; ++outcome) {
      outcomes.add(outcome_name(static_cast<Outcome>(outcome)), counters.requests[grant][outcome]);
    }
    outcomes.end();
  }
  out.append("},\"stores\":[");
  for (const StoreConf* store : distinct_stores(main)) {
    if (store != main.stores.front().get()) {
      out.push_back(',');
    }
    const redis::StoreState& state = *store->state;
    JsonObject json(out);
    json.add("store", store->name)
        .add("database", store->options.connection.database)
        .add("prefix", store->options.prefix)
        .add("state", redis::is_down(state) ? "down" : "up")
        .add("operations", state.operations)
        .add("errors", state.errors)
        .add("outages", state.outages)
        .add("latency_sum_ms", state.latency_sum_ms)
        .add("unproved", state.losses.unproved)
        .add("breaker", is_breaker_open(state) ? "open" : "closed");
    json.end();
  }
  return out.append("]}\n");
}

}  // namespace

ngx_int_t handle_status_request(ngx_http_request_t* r) {
  if ((r->method & (NGX_HTTP_GET | NGX_HTTP_HEAD)) == 0) {
    return NGX_HTTP_NOT_ALLOWED;
  }
  const ngx_int_t discarded = ngx_http_discard_request_body(r);
  if (discarded != NGX_OK) {
    return discarded;
  }
  const MainConf& main = main_conf(r);
  try {
    const Counters& counters = *shared_counters(main);
    if (!add_header(r, "Cache-Control", "no-store")) {
      return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }
    const bool is_json = location_conf(r).status == StatusFormat::json;
    const ngx_str_t text = copy_to_pool(
        r->pool, is_json ? json_text(main, counters) : prometheus_text(main, counters));
    if (text.data == nullptr) {
      return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }
    return send_body(r, NGX_HTTP_OK, is_json ? "application/json" : "text/plain; version=0.0.4",
                     view(text));
  } catch (const std::exception&) {
    return NGX_HTTP_INTERNAL_SERVER_ERROR;
  }
}

}  // namespace oauth2::nginx
