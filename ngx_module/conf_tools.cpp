#include "conf.hpp"

namespace oauth2::nginx {
Position position_of(ngx_conf_t* cf) {
  return {cf->conf_file->file.name, static_cast<ngx_uint_t>(cf->conf_file->line)};
}

char* report_error(ngx_conf_t* cf, const Position& position, const std::string& text) {
  if (position.file.len == 0) {
    ngx_log_error(NGX_LOG_EMERG, cf->log, 0, "%s", text.c_str());
  } else {
    ngx_log_error(NGX_LOG_EMERG, cf->log, 0, "%s in %V:%ui", text.c_str(), &position.file,
                  position.line);
  }
  return conf_error();
}

char* report_error(ngx_conf_t* cf, const std::string& text) {
  ngx_conf_log_error(NGX_LOG_EMERG, cf, 0, "%s", text.c_str());
  return conf_error();
}

void report_warning(ngx_conf_t* cf, const std::string& text) {
  ngx_conf_log_error(NGX_LOG_WARN, cf, 0, "%s", text.c_str());
}

void report_warning(ngx_conf_t* cf, const Position& position, const std::string& text) {
  ngx_log_error(NGX_LOG_WARN, cf->log, 0, "%s in %V:%ui", text.c_str(), &position.file,
                position.line);
}

std::string_view word(const ngx_conf_t* cf, ngx_uint_t index) {
  return view(static_cast<const ngx_str_t*>(cf->args->elts)[index]);
}

ngx_uint_t word_count(const ngx_conf_t* cf) {
  return cf->args->nelts;
}

bool full_path(ngx_conf_t* cf, std::string_view file, std::string& path) {
  ngx_str_t name = copy_to_pool(cf->pool, file);
  if (name.data == nullptr || ngx_conf_full_name(cf->cycle, &name, 1) != NGX_OK) {
    return false;
  }
  path = view(name);
  return true;
}

bool read_file(ngx_conf_t* cf, const std::string& path, std::string& content) {
  const ngx_fd_t fd = ngx_open_file(path.c_str(), NGX_FILE_RDONLY, NGX_FILE_OPEN, 0);
  if (fd == NGX_INVALID_FILE) {
    ngx_conf_log_error(NGX_LOG_EMERG, cf, ngx_errno, ngx_open_file_n " \"%s\" failed",
                       path.c_str());
    return false;
  }
  content.resize(max_file_size);
  size_t size = 0;
  ssize_t n = 0;
  while (size < content.size() &&
         (n = ngx_read_fd(fd, content.data() + size, content.size() - size)) > 0) {
    size += static_cast<size_t>(n);
  }
  const ngx_err_t error = ngx_errno;
  ngx_close_file(fd);
  content.resize(size);
  if (n < 0) {
    ngx_conf_log_error(NGX_LOG_EMERG, cf, error, ngx_read_fd_n " \"%s\" failed", path.c_str());
    return false;
  }
  return true;
}

char* read_block(ngx_conf_t* cf, BlockHandler handler, void* context) {
  const ngx_conf_t saved = *cf;
  cf->handler = handler;
  cf->handler_conf = static_cast<char*>(context);
  char* result = ngx_conf_parse(cf, nullptr);
  *cf = saved;
  return result;
}

}  // namespace oauth2::nginx
