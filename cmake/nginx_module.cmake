# Ring 3, the module for the nginx that is installed: nginx's own configure makes the headers and
# the list of modules, CMake compiles and links.

set(nginx_objs ${CMAKE_BINARY_DIR}/nginx)
if(NOT EXISTS ${OAUTH2_NGINX_SOURCE}/configure)
  message(FATAL_ERROR "no nginx sources in ${OAUTH2_NGINX_SOURCE} (Debian: nginx-dev); "
                      "-DOAUTH2_MODULE=OFF builds without the module")
endif()

if(NOT EXISTS ${nginx_objs}/ngx_http_oauth2_module_modules.c)
  execute_process(
    COMMAND bash -ec "[ ! -e conf_flags ] || . ./conf_flags
                      ./configure \"\${NGX_CONF_FLAGS[@]}\" --builddir='${nginx_objs}' \
                                  --add-dynamic-module='${CMAKE_SOURCE_DIR}'"
    WORKING_DIRECTORY ${OAUTH2_NGINX_SOURCE}
    RESULT_VARIABLE configured
    OUTPUT_VARIABLE configure_output
    ERROR_VARIABLE configure_output)
  if(NOT configured EQUAL 0)
    message(FATAL_ERROR "nginx's configure failed:\n${configure_output}")
  endif()
endif()

file(GLOB module_sources CONFIGURE_DEPENDS ngx_module/*.cpp)
add_library(ngx_http_oauth2_module MODULE ${module_sources}
            ${nginx_objs}/ngx_http_oauth2_module_modules.c)
set_target_properties(ngx_http_oauth2_module PROPERTIES
  PREFIX "" LIBRARY_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}
  LINK_DEPENDS ${CMAKE_SOURCE_DIR}/ngx_module/exports.map)
foreach(folder core event event/modules event/quic http http/modules http/v2 http/v3 os/unix)
  if(IS_DIRECTORY ${OAUTH2_NGINX_SOURCE}/src/${folder})
    target_include_directories(ngx_http_oauth2_module SYSTEM PRIVATE
                               ${OAUTH2_NGINX_SOURCE}/src/${folder})
  endif()
endforeach()
target_include_directories(ngx_http_oauth2_module SYSTEM PRIVATE ${nginx_objs})
target_link_libraries(ngx_http_oauth2_module PRIVATE oauth2_redis)
target_link_options(ngx_http_oauth2_module PRIVATE
                    -Wl,--version-script=${CMAKE_SOURCE_DIR}/ngx_module/exports.map)
