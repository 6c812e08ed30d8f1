#ifndef OAUTH2_T_UNIT_REDIS_SCRIPTED_NETWORK_H
#define OAUTH2_T_UNIT_REDIS_SCRIPTED_NETWORK_H

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "redis/scripted_transport.h"

namespace oauth2::redis {

/// A StoreHost of many scripted transports, whose peers, loop and clock are the test.
class ScriptedNetwork final : public StoreHost {
 public:
  std::unique_ptr<Transport> make_transport(TransportUser& user) override;
  std::unique_ptr<StoreLog> make_log(const std::string& name) override;
  uint64_t now_ms() const override { return now_; }

  /// One transport and who uses it.
  struct Link {
    ScriptedTransport transport;
    TransportUser* user = nullptr;  ///< null: it is gone
    bool open = false;              ///< opening, or open
  };

  /// The one that was made in this place.
  Link& link(size_t index) { return *links_.at(index); }

  /// The link that was opened to this port last and is still open; null: there is none.
  Link* to(uint16_t port);

  /// What happens to the link to this port, which has to be there: it opens, or the peer sends.
  void open(uint16_t port);
  void receive(uint16_t port, const std::string& bytes);

  /// What was sent on it since the last call; empty too if there is no such link.
  std::string sent(uint16_t port);

  /// The end of a turn of the loop.
  void turn();

  /// Lets time pass with all timers.
  void pass(uint64_t ms);

  KeptLog log;  ///< with the names in front of the texts

 private:
  friend class NetworkTransport;

  uint64_t now_ = 100000;
  std::vector<std::unique_ptr<Link>> links_;
};

}  // namespace oauth2::redis

#endif
