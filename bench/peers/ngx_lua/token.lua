-- The peer "ngx_lua": a token server as one writes it today with nginx's Lua module and Redis.
--
-- It does what the grant needs, and no more. Client authentication by Basic; opaque random tokens of 32
-- bytes; the session under its refresh token in Redis; and for each refresh one script, which takes the
-- session from the old token to the new one. What it leaves out makes it faster than one that is ready for
-- production:
--   * the access token is random and stored nowhere, so that nobody could check it: a resource server
--     would need one more SET here for each refresh;
--   * Redis has the refresh token itself, not its hash;
--   * the old token is dead at once: a client whose answer is lost is logged out, and a stolen token that
--     is used again is refused like any other, without ending the session of the thief.

local base64 = require "ngx.base64"
local cjson = require "cjson.safe"
local ffi = require "ffi"
local redis = require "nginx.redis"

local C = ffi.C
local find, sub = string.find, string.sub
local decode_base64 = ngx.decode_base64
local encode_base64url = base64.encode_base64url

ffi.cdef [[
int RAND_bytes(unsigned char *buf, int num);
]]

local token_size = 32
local access_token_validity = 3600
local refresh_token_validity_ms = "86400000"
local timeout_ms = 1000
local idle_ms = 60000
local pool_size = 512

local secrets = { s6BhdRkqt3app01 = "gX1fBat3bV" }

-- A key names the client as well: a token of another client is not found.
local script = [[
local session = redis.call('GETDEL', KEYS[1])
if session then
    redis.call('SET', KEYS[2], session, 'PX', ARGV[1])
end
return session
]]

local script_sha1
local host, port

local _M = {}

-- Called by nginx's master process, before there are workers.
function _M.configure(url)
    local sha1 = ngx.sha1_bin(script)
    script_sha1 = sha1:gsub(".", function(byte) return ("%02x"):format(byte:byte()) end)
    host, port = url:match("^redis://([^:]+):(%d+)$")
    host = host or url      -- unix:/path
    port = tonumber(port)
end

local function send(status, answer)
    local body = cjson.encode(answer)
    local header = ngx.header
    ngx.status = status
    header["Content-Length"] = #body
    ngx.print(body)
end

local function refuse(status, error)
    if status == 401 then
        ngx.header["WWW-Authenticate"] = 'Basic realm="token"'
    end
    return send(status, { error = error })
end

-- The id of the client if its secret is right.
local function authenticated_client()
    local header = ngx.var.http_authorization
    if not header or sub(header, 1, 6):lower() ~= "basic " then
        return
    end
    local pair = decode_base64(sub(header, 7))
    local colon = pair and find(pair, ":", 1, true)
    if not colon then
        return
    end
    local id, secret = sub(pair, 1, colon - 1), sub(pair, colon + 1)
    -- Lua's strings are interned: this compares two addresses.
    if secrets[id] == secret then
        return id
    end
end

local random = ffi.new("unsigned char[?]", 2 * token_size)

local function new_tokens()
    if C.RAND_bytes(random, 2 * token_size) ~= 1 then
        return
    end
    return encode_base64url(ffi.string(random, token_size)),
        encode_base64url(ffi.string(random + token_size, token_size))
end

local function connect()
    local store = redis:new()
    store:set_timeout(timeout_ms)
    local ok, err
    if port then
        ok, err = store:connect(host, port, { pool_size = pool_size })
    else
        ok, err = store:connect(host, { pool_size = pool_size })
    end
    return ok and store, err
end

-- Takes the session from one refresh token to another, and returns it: ngx.null if there is none.
local function rotate(client, old, new)
    local store, err = connect()
    if not store then
        return nil, err
    end
    local from, to = client .. ":" .. old, client .. ":" .. new
    local session
    session, err = store:evalsha(script_sha1, 2, from, to, refresh_token_validity_ms)
    if not session and err and err:find("NOSCRIPT", 1, true) then
        session, err = store:eval(script, 2, from, to, refresh_token_validity_ms)
    end
    if session then
        store:set_keepalive(idle_ms, pool_size)
    else
        store:close()
    end
    return session, err
end

function _M.answer()
    if ngx.req.get_method() ~= "POST" then
        ngx.header["Allow"] = "POST"
        return refuse(405, "invalid_request")
    end
    local client = authenticated_client()
    if not client then
        return refuse(401, "invalid_client")
    end

    ngx.req.read_body()
    local form = ngx.req.get_post_args(20) or {}
    local old = form.refresh_token
    if form.grant_type ~= "refresh_token" then
        return refuse(400, "unsupported_grant_type")
    end
    if type(old) ~= "string" then
        return refuse(400, "invalid_request")
    end

    local access, new = new_tokens()
    if not access then
        ngx.log(ngx.ERR, "no random bytes")
        return refuse(503, "temporarily_unavailable")
    end
    local session, err = rotate(client, old, new)
    if not session then
        ngx.log(ngx.ERR, "Redis: ", err)
        return refuse(503, "temporarily_unavailable")
    end
    if session == ngx.null then
        return refuse(400, "invalid_grant")
    end

    return send(200, {
        access_token = access,
        token_type = "Bearer",
        expires_in = access_token_validity,
        refresh_token = new,
        scope = cjson.decode(session).scope,
    })
end

return _M
