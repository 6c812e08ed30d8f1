#include "session_endpoint.h"

#include <algorithm>
#include <utility>

#include "client_request.h"
#include "exchange.h"
#include "json.h"
#include "rotation_rule.h"
#include "token_response.h"

namespace oauth2 {
namespace {

void page_listed(Exchange& exchange, const StoreAnswer& answer);
void page_to_end_listed(Exchange& exchange, const StoreAnswer& answer);
void family_ended(Exchange& exchange, const StoreAnswer& answer);

std::string_view subject_of(const Exchange& exchange) {
  return exchange.parameters()[Parameter::subject];
}

bool is_reading(const Request& request) {
  return request.method == "GET" || request.method == "HEAD";
}

bool check_query(Exchange& exchange) {
  if (exchange.form_result() == FormResult::repeated) {
    exchange.fail(Error::invalid_request, "a parameter is repeated");
  } else if (exchange.form_result() == FormResult::malformed) {
    exchange.fail(Error::invalid_request, "the query is not valid form data");
  } else {
    return true;
  }
  return false;
}

// A page of another site can have a browser send forms, with the user's ambient credentials, but no
// headers of its own choice.
bool check_origin(Exchange& exchange) {
  if (!is_reading(exchange.request()) && exchange.request().requested_with.empty()) {
    exchange.fail(Error::unguarded_change, "the X-Requested-With header is missing");
    return false;
  }
  return true;
}

bool check_parameters(Exchange& exchange) {
  const std::string_view subject = subject_of(exchange);
  const std::string_view family = exchange.parameters()[Parameter::family];
  if (subject.empty()) {
    exchange.fail(Error::invalid_request, "subject is missing");
  } else if (subject.size() > max_subject_size || has_control_character(subject)) {
    exchange.fail(Error::invalid_request, "subject is malformed or too long");
  } else if (!family.empty() && !is_family_hash(family)) {
    exchange.fail(Error::invalid_request, "family is malformed");
  } else {
    return true;
  }
  return false;
}

void list_page(Exchange& exchange, uint32_t start, Exchange::StoreStep step) {
  const bool to_end = !is_reading(exchange.request());
  exchange.sessions.start = start;
  exchange.store().list(subject_of(exchange), start, to_end, exchange.deadline(),
                        exchange.then(step));
}

void add_family(SessionProgress& progress, const ListedFamily& family, uint32_t now) {
  const uint64_t age = std::min<uint64_t>(family.rotation_age_ms / 1000, now);
  if (!progress.list.empty()) {
    progress.list.push_back(',');
  }
  JsonObject json(progress.list);
  json.add("family", family.hash)
      .add("client_id", family.record.client)
      .add("scope", family.record.scope)
      .add("granted_at", family.record.granted_at)
      .add("last_used_at", std::max<uint64_t>(now - age, family.record.granted_at))
      .add("expires_at", now + family.remaining_ms / 1000);
  json.end();
}

void answer_list(Exchange& exchange, bool more) {
  Response response;
  JsonObject json(response.body);
  json.add("subject", subject_of(exchange));
  json.add("sessions").append("[").append(exchange.sessions.list).append("]");
  if (more) {
    json.add_flag("more", true);
  }
  json.end();
  exchange.finish(Outcome::listed, std::move(response));
}

void page_listed(Exchange& exchange, const StoreAnswer& answer) {
  if (answer.status != StoreAnswer::Status::found) {
    exchange.fail(Error::temporarily_unavailable, "the store is unavailable");
    return;
  }
  SessionProgress& progress = exchange.sessions;
  const uint32_t now = exchange.environment().unix_time();
  for (const ListedFamily& family : answer.families) {
    const bool full = progress.listed.size() == max_listed_families;
    if (full && progress.listed.count(std::string(family.hash)) == 0) {
      answer_list(exchange, true);
      return;
    }
    if (!full && progress.listed.emplace(family.hash).second) {
      add_family(progress, family, now);
    }
  }
  if (answer.next_start.has_value()) {
    list_page(exchange, *answer.next_start, &page_listed);
  } else {
    answer_list(exchange, false);
  }
}

void answer_ended(Exchange& exchange) {
  Response response;
  JsonObject json(response.body);
  json.add("ended", exchange.sessions.ended);
  json.end();
  exchange.finish(Outcome::ended, std::move(response));
}

void end_family(Exchange& exchange, std::string_view hash) {
  exchange.store().end(subject_of(exchange), hash, exchange.deadline(),
                       exchange.then(&family_ended));
}

// What is ended leaves the index, so the same page has others then.
void end_next(Exchange& exchange) {
  SessionProgress& progress = exchange.sessions;
  if (progress.to_end.empty()) {
    list_page(exchange, progress.start, &page_to_end_listed);
    return;
  }
  const std::string hash = std::move(progress.to_end.back());
  progress.to_end.pop_back();
  end_family(exchange, hash);
}

void page_to_end_listed(Exchange& exchange, const StoreAnswer& answer) {
  if (answer.status != StoreAnswer::Status::found) {
    exchange.fail(Error::temporarily_unavailable, "the store is unavailable");
    return;
  }
  for (const ListedFamily& family : answer.families) {
    exchange.sessions.to_end.emplace_back(family.hash);
  }
  if (!exchange.sessions.to_end.empty()) {
    end_next(exchange);
  } else if (answer.next_start.has_value()) {
    list_page(exchange, *answer.next_start, &page_to_end_listed);
  } else {
    answer_ended(exchange);
  }
}

// An operation that was sent twice may find its own tombstone.
bool has_ended(const StoreAnswer& answer) {
  return answer.status == StoreAnswer::Status::written ||
         (answer.status == StoreAnswer::Status::found && answer.first_sent_ms_ago.has_value());
}

void family_ended(Exchange& exchange, const StoreAnswer& answer) {
  if (!answer.is_certain()) {
    exchange.fail_uncertain(why_uncertain(answer));
    return;
  }
  exchange.sessions.ended += has_ended(answer) ? 1 : 0;
  if (exchange.parameters()[Parameter::family].empty()) {
    end_next(exchange);
  } else {
    answer_ended(exchange);
  }
}

}  // namespace

void answer_session_request(Exchange& exchange) {
  const std::string& method = exchange.request().method;
  if (!is_reading(exchange.request()) && method != "POST" && method != "DELETE") {
    exchange.fail(Error::method_not_allowed, "the endpoint takes GET, POST and DELETE only");
    return;
  }
  const bool well_formed = method == "POST" ? check_form(exchange) : check_query(exchange);
  if (!well_formed || !check_origin(exchange) || !check_parameters(exchange)) {
    return;
  }
  exchange.report().subject = subject_of(exchange);
  if (is_reading(exchange.request())) {
    list_page(exchange, 0, &page_listed);
    return;
  }
  exchange.pursue();
  const std::string_view family = exchange.parameters()[Parameter::family];
  if (family.empty()) {
    list_page(exchange, 0, &page_to_end_listed);
  } else {
    end_family(exchange, family);
  }
}

Response session_error(const Exchange&, Error error, std::string_view description) {
  Response response = error_response(error, description);
  if (error == Error::method_not_allowed) {
    response.allow = "GET, POST, DELETE";
  }
  return response;
}

}  // namespace oauth2
