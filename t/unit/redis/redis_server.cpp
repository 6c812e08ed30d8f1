#include "redis/redis_server.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <hiredis/hiredis.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <memory>
#include <stdexcept>
#include <utility>
#include <vector>

namespace oauth2::redis {
namespace {

std::unique_ptr<RedisServer>& shared() {
  static std::unique_ptr<RedisServer> server;
  return server;
}

std::unique_ptr<ReplicatedRedis>& shared_pair() {
  static std::unique_ptr<ReplicatedRedis> pair;
  return pair;
}

/// Ends the shared servers when all tests are over, whatever became of them.
class SharedRedisEnd final : public testing::Environment {
 public:
  void TearDown() override {
    shared_pair().reset();
    shared().reset();
  }
};

[[maybe_unused]] testing::Environment* const shared_redis_end =
    testing::AddGlobalTestEnvironment(new SharedRedisEnd);

// Reads what Redis logs until it says that it is ready.
bool wait_until_ready(int log) {
  std::string text;
  char byte = 0;
  while (read(log, &byte, 1) == 1) {
    text.push_back(byte);
    if (text.find("ready to accept connections") != std::string::npos) {
      return true;
    }
  }
  return false;
}

}  // namespace

RedisServer& shared_redis() {
  if (shared() == nullptr) {
    shared() = std::make_unique<RedisServer>();
  }
  return *shared();
}

ReplicatedRedis& shared_replicated_redis() {
  if (shared_pair() == nullptr) {
    shared_pair() = std::make_unique<ReplicatedRedis>();
  }
  return *shared_pair();
}

RedisServer::RedisServer(std::vector<std::string> more) : more_(std::move(more)) {
  char name[] = "/tmp/oauth2-redis-XXXXXX";
  if (mkdtemp(name) == nullptr) {
    throw std::runtime_error("mkdtemp() failed");
  }
  folder_ = name;
  socket_path_ = folder_ + "/redis.sock";
  start();
}

RedisServer::~RedisServer() {
  stop();
  unlink(socket_path_.c_str());
  unlink((folder_ + "/nodes.conf").c_str());  // of a cluster
  rmdir(folder_.c_str());
}

void RedisServer::start() {
  int log[2];
  if (pipe2(log, O_CLOEXEC) != 0) {
    throw std::runtime_error("pipe2() failed");
  }
  pid_ = fork();
  if (pid_ == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    dup2(log[1], STDOUT_FILENO);
    std::vector<const char*> words = {
        "redis-server", "--port", "0",     "--unixsocket", socket_path_.c_str(), "--save", "",
        "--appendonly", "no",     "--dir", folder_.c_str()};
    for (const std::string& word : more_) {
      words.push_back(word.c_str());
    }
    words.push_back(nullptr);
    execvp("redis-server", const_cast<char* const*>(words.data()));
    _exit(127);
  }
  close(log[1]);
  const bool ready = pid_ > 0 && wait_until_ready(log[0]);
  // The log is not read any further; Redis' writes to it fail without harm.
  close(log[0]);
  if (!ready) {
    stop();
    rmdir(folder_.c_str());
    throw std::runtime_error("redis-server does not start");
  }
}

void RedisServer::stop() {
  if (pid_ > 0) {
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
    pid_ = -1;
  }
}

void RedisServer::freeze() const {
  kill(pid_, SIGSTOP);
}

void RedisServer::thaw() const {
  kill(pid_, SIGCONT);
}

std::string RedisServer::open_port() {
  if (port_.empty()) {
    ask({"CONFIG", "SET", "bind", "127.0.0.1"});
    for (int port = 10000 + getpid() % 20000; port < 40000 && port_.empty(); ++port) {
      if (ask({"CONFIG", "SET", "port", std::to_string(port)}) == "OK") {
        port_ = std::to_string(port);
      }
    }
  }
  return port_;
}

void RedisServer::follow(RedisServer& primary) {
  primary.ask({"CONFIG", "SET", "repl-diskless-sync-delay", "0"});
  ask({"REPLICAOF", "127.0.0.1", primary.open_port()});
  for (int i = 0; i < 6000; ++i) {
    const std::string info = ask({"INFO", "replication"});
    if (info.find("master_link_status:up") != std::string::npos) {
      return;
    }
    usleep(10000);
  }
  throw std::runtime_error("the replica does not follow");
}

std::string RedisServer::ask(std::initializer_list<std::string_view> words) const {
  const std::unique_ptr<redisContext, decltype(&redisFree)> context(
      redisConnectUnix(socket_path_.c_str()), &redisFree);
  std::vector<const char*> arguments;
  std::vector<size_t> sizes;
  for (const std::string_view word : words) {
    arguments.push_back(word.data());
    sizes.push_back(word.size());
  }
  const std::unique_ptr<redisReply, decltype(&freeReplyObject)> reply(
      static_cast<redisReply*>(redisCommandArgv(context.get(), static_cast<int>(words.size()),
                                                arguments.data(), sizes.data())),
      &freeReplyObject);
  if (reply == nullptr) {
    return "(no reply)";
  }
  switch (reply->type) {
    case REDIS_REPLY_INTEGER:
      return std::to_string(reply->integer);
    case REDIS_REPLY_NIL:
      return "(nil)";
    case REDIS_REPLY_ARRAY:
      return "(" + std::to_string(reply->elements) + " elements)";
    default:
      return {reply->str, static_cast<size_t>(reply->len)};
  }
}

}  // namespace oauth2::redis
