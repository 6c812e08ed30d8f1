# Flags for our own objects only: other modules of the same build are C, or of another standard.

for oauth2_src in $oauth2_srcs; do
    oauth2_dir=$(basename $(dirname $oauth2_src))
    oauth2_obj=$NGX_OBJS/addon/$oauth2_dir/$(basename $oauth2_src .cpp).$ngx_objext

    cat << END >> $NGX_MAKEFILE
$oauth2_obj: CFLAGS += -std=c++17 -fvisibility=hidden -I$ngx_addon_dir/include -I$ngx_addon_dir/src
END
done
