/*
 * The least that an nginx handler can do for a token request: it reads the body and answers with
 * headers like those of a token endpoint and a text of the configuration. What the token endpoint
 * costs is compared with this.
 */

#include <ngx_config.h>
#include <ngx_core.h>
#include <ngx_http.h>

static void *create_conf(ngx_conf_t *cf);
static char *set_handler(ngx_conf_t *cf, ngx_command_t *command, void *conf);

typedef struct {
    ngx_str_t  answer;
} floor_conf_t;

static ngx_command_t  commands[] = {

    { ngx_string("floor"),
      NGX_HTTP_LOC_CONF|NGX_CONF_TAKE1,
      set_handler,
      NGX_HTTP_LOC_CONF_OFFSET,
      offsetof(floor_conf_t, answer),
      NULL },

      ngx_null_command
};

static ngx_http_module_t  context = {
    NULL, NULL, NULL, NULL, NULL, NULL, create_conf, NULL
};

ngx_module_t  ngx_http_floor_module = {
    NGX_MODULE_V1,
    &context,
    commands,
    NGX_HTTP_MODULE,
    NULL, NULL, NULL, NULL, NULL, NULL, NULL,
    NGX_MODULE_V1_PADDING
};

/* what nginx's configure would write for a dynamic module */
ngx_module_t  *ngx_modules[] = { &ngx_http_floor_module, NULL };
char  *ngx_module_names[] = { "ngx_http_floor_module", NULL };
char  *ngx_module_order[] = { NULL };


static ngx_int_t
add_header(ngx_http_request_t *r, ngx_str_t key, ngx_str_t value)
{
    ngx_table_elt_t  *header;

    header = ngx_list_push(&r->headers_out.headers);
    if (header == NULL) {
        return NGX_ERROR;
    }

    ngx_memzero(header, sizeof(ngx_table_elt_t));
    header->hash = 1;
    header->key = key;
    header->value = value;
    return NGX_OK;
}


static void
answer(ngx_http_request_t *r)
{
    ngx_buf_t     *b;
    ngx_int_t      rc;
    ngx_chain_t    out;
    floor_conf_t  *conf;

    static ngx_str_t  cache_control = ngx_string("Cache-Control");
    static ngx_str_t  no_store = ngx_string("no-store");
    static ngx_str_t  pragma = ngx_string("Pragma");
    static ngx_str_t  no_cache = ngx_string("no-cache");

    conf = ngx_http_get_module_loc_conf(r, ngx_http_floor_module);

    b = ngx_calloc_buf(r->pool);
    if (b == NULL
        || add_header(r, cache_control, no_store) != NGX_OK
        || add_header(r, pragma, no_cache) != NGX_OK)
    {
        ngx_http_finalize_request(r, NGX_HTTP_INTERNAL_SERVER_ERROR);
        return;
    }

    r->headers_out.status = NGX_HTTP_OK;
    r->headers_out.content_length_n = conf->answer.len;
    ngx_str_set(&r->headers_out.content_type, "application/json");
    r->headers_out.content_type_len = r->headers_out.content_type.len;

    rc = ngx_http_send_header(r);
    if (rc == NGX_ERROR || rc > NGX_OK || r->header_only) {
        ngx_http_finalize_request(r, rc);
        return;
    }

    b->pos = conf->answer.data;
    b->last = conf->answer.data + conf->answer.len;
    b->memory = 1;
    b->last_buf = 1;
    b->last_in_chain = 1;
    out.buf = b;
    out.next = NULL;
    ngx_http_finalize_request(r, ngx_http_output_filter(r, &out));
}


static ngx_int_t
handle(ngx_http_request_t *r)
{
    ngx_int_t  rc;

    rc = ngx_http_read_client_request_body(r, answer);
    return rc >= NGX_HTTP_SPECIAL_RESPONSE ? rc : NGX_DONE;
}


static void *
create_conf(ngx_conf_t *cf)
{
    return ngx_pcalloc(cf->pool, sizeof(floor_conf_t));
}


static char *
set_handler(ngx_conf_t *cf, ngx_command_t *command, void *conf)
{
    ngx_http_core_loc_conf_t  *core;

    core = ngx_http_conf_get_module_loc_conf(cf, ngx_http_core_module);
    core->handler = handle;
    return ngx_conf_set_str_slot(cf, command, conf);
}
