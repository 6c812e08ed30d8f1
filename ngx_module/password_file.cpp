#include <unistd.h>

#include <atomic>
#include <exception>
#include <fstream>

#include "crypto.h"
#include "htpasswd.h"
#include "user_check.hpp"

extern "C" {
#include <ngx_crypt.h>
}

namespace oauth2::nginx {
namespace {

constexpr ngx_uint_t max_tasks = 64;       // of one worker, waiting or running
constexpr ngx_msec_t max_wait_ms = 30000;  // of one request, in a queue of slow hashes

ngx_uint_t tasks = 0;

enum class Result { accepted, refused, unreadable };

// The password field of the first line of `username`. Of an unknown user it is the first one of the
// file, so that guessing names takes as long as guessing passwords.
bool find_user(const std::string& path, std::string_view username, std::string& password_field,
               bool& known) {
  std::ifstream file(path, std::ios::binary);
  known = false;
  for (std::string line; !known && std::getline(file, line); cleanse(line)) {
    HtpasswdUser user;
    if (!read_htpasswd_line(line, user)) {
      continue;
    }
    known = user.name == username;
    if (known || password_field.empty()) {
      password_field = user.password;
    }
  }
  return file.is_open() && !file.bad();
}

Result check_password(const std::string& path, const std::string& username, std::string& password) {
  std::string field;
  bool known = false;
  if (!find_user(path, username, field, known)) {
    return Result::unreadable;
  }
  ngx_log_t log{};  // threads do not log
  ngx_pool_t* pool = ngx_create_pool(NGX_DEFAULT_POOL_SIZE, &log);
  if (pool == nullptr) {
    return Result::unreadable;
  }
  u_char* encrypted = nullptr;
  const ngx_int_t result = ngx_crypt(pool, reinterpret_cast<u_char*>(password.data()),
                                     reinterpret_cast<u_char*>(field.data()), &encrypted);
  const bool matches =
      result == NGX_OK && equal_in_constant_time(reinterpret_cast<const char*>(encrypted), field);
  if (encrypted != nullptr) {
    cleanse(encrypted, ngx_strlen(encrypted));
  }
  ngx_destroy_pool(pool);
  cleanse(field);
  return matches && known ? Result::accepted : Result::refused;
}

class PasswordFile;

/// What a thread works on. It belongs to nobody's pool: the request may be gone before it is done.
struct Task {
#if (NGX_THREADS)
  ngx_thread_task_t task{};
#else
  ngx_event_t event{};
#endif
  std::string path;
  std::string username;
  std::string password;
  Result result = Result::unreadable;
  PasswordFile* check = nullptr;  // null once it was given up

  ~Task() {
    cleanse(password);
  }
};

class PasswordFile final : public UserCheck {
 public:
  PasswordFile(ngx_http_request_t* r, ngx_http_complex_value_t* subject, UserCheckDone done)
      : request_(r), subject_(subject), done_(std::move(done)) {}
  ~PasswordFile() override {
    if (task_ != nullptr) {
      task_->check = nullptr;
    }
    if (timer_.timer_set) {
      ngx_del_timer(&timer_);
    }
  }

  bool begin(ngx_thread_pool_t* threads, const std::string& path, std::string_view username,
             std::string_view password);

 private:
  static void run(void* data, ngx_log_t* log);
  static void on_done(ngx_event_t* event);
  static void on_late(ngx_event_t* event);

  void finish(const Task* task);

  ngx_http_request_t* request_;
  ngx_http_complex_value_t* subject_;
  UserCheckDone done_;
  Task* task_ = nullptr;
  ngx_event_t timer_{};  // it also keeps a worker that is told to quit
};

bool PasswordFile::begin(ngx_thread_pool_t* threads, const std::string& path,
                         std::string_view username, std::string_view password) {
  if (tasks >= max_tasks) {
    ngx_log_t log = discreet(request_->connection->log);
    ngx_log_error(NGX_LOG_WARN, &log, 0, "oauth2: password check: too many checks are waiting");
    return false;
  }
  auto task = std::make_unique<Task>();
  task->path = path;
  task->username = username;
  task->password = password;
  task->check = this;
#if (NGX_THREADS)
  task->task.ctx = task.get();
  task->task.handler = run;
  task->task.event.data = task.get();
  task->task.event.handler = on_done;
  if (ngx_thread_task_post(threads, &task->task) != NGX_OK) {
    return false;
  }
#else
  task->event.data = task.get();
  task->event.log = request_->connection->log;
  task->event.handler = [](ngx_event_t* event) {
    run(event->data, event->log);
    on_done(event);
  };
  ngx_post_event(&task->event, &ngx_posted_events);
#endif
  task_ = task.release();
  ++tasks;
  timer_.data = this;
  timer_.handler = on_late;
  timer_.log = request_->connection->log;
  ngx_add_timer(&timer_, max_wait_ms);
  return true;
}

void PasswordFile::run(void* data, ngx_log_t*) {
  auto* task = static_cast<Task*>(data);
  try {
    task->result = check_password(task->path, task->username, task->password);
  } catch (const std::exception&) {
    task->result = Result::unreadable;
  }
}

void PasswordFile::on_done(ngx_event_t* event) {
  const std::unique_ptr<Task> task(static_cast<Task*>(event->data));
  --tasks;
  if (task->check != nullptr) {
    task->check->task_ = nullptr;
    task->check->finish(task.get());
  }
}

void PasswordFile::on_late(ngx_event_t* event) {
  auto* check = static_cast<PasswordFile*>(event->data);
  check->task_->check = nullptr;
  check->task_ = nullptr;
  check->finish(nullptr);
}

void PasswordFile::finish(const Task* task) {
  if (timer_.timer_set) {
    ngx_del_timer(&timer_);
  }
  UserVerdict verdict;
  ngx_log_t log = discreet(request_->connection->log);
  if (task == nullptr) {
    ngx_log_error(NGX_LOG_ERR, &log, 0, "oauth2: password check: it took too long");
  } else if (task->result == Result::unreadable) {
    ngx_log_error(NGX_LOG_ERR, &log, 0, "oauth2: password check: \"%s\" cannot be read",
                  task->path.c_str());
  } else if (task->result == Result::refused) {
    verdict.kind = UserVerdict::Kind::refused;
  } else {
    verdict.kind = UserVerdict::Kind::accepted;
    verdict.subject = task->username;
    if (subject_ != nullptr) {
      ngx_str_t value = ngx_null_string;  // an empty subject is refused further in
      (void)ngx_http_complex_value(request_, subject_, &value);
      verdict.subject = view(value);
    }
  }
  const UserCheckDone done = std::move(done_);
  done(verdict);
}

}  // namespace

std::unique_ptr<UserCheck> check_password_file(ngx_http_request_t* r, ngx_thread_pool_t* threads,
                                               const std::string& path,
                                               ngx_http_complex_value_t* subject,
                                               std::string_view username, std::string_view password,
                                               UserCheckDone done) {
  auto check = std::make_unique<PasswordFile>(r, subject, std::move(done));
  if (!check->begin(threads, path, username, password)) {
    return nullptr;
  }
  return check;
}

}  // namespace oauth2::nginx
