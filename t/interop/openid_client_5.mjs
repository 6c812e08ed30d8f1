import { Issuer, generators } from 'openid-client-5'
import { is, ok, rejects } from './lib/check.mjs'
import { listen, visit } from './lib/user.mjs'

const { ISSUER, SECRET, CALLBACK } = process.env
const refused = error => error.error === 'invalid_grant'
const server = await Issuer.discover(`${ISSUER}/.well-known/oauth-authorization-server`)
is(server.issuer, ISSUER, 'the metadata is found by its address')
ok((await Issuer.discover(ISSUER)).token_endpoint, 'and by the issuer, as OpenID Connect looks for it')

async function authorize(client, listener, decision) {
  const verifier = generators.codeVerifier()
  const state = generators.state()
  await visit(client.authorizationUrl({
    redirect_uri: listener.redirectUri, scope: 'read write', state,
    code_challenge: generators.codeChallenge(verifier), code_challenge_method: 'S256'
  }), decision)
  const parameters = client.callbackParams((await listener.next()).href)
  return [listener.redirectUri, parameters, { code_verifier: verifier, state, response_type: 'code' }]
}

async function codeAndRefresh(client, listener) {
  const first = await client.oauthCallback(...await authorize(client, listener))
  is([first.scope, first.token_type], ['read write', 'Bearer'], 'a code and its verifier give tokens')
  const once = await client.refresh(first)
  const again = await client.refresh(first.refresh_token)
  is(again.refresh_token, once.refresh_token, 'the same token once more gives the same successor')
  const twice = await client.refresh(once)
  is(new Set([first, once, twice].map(tokens => tokens.refresh_token)).size, 3, 'each refresh token is a new one')
  return twice
}

const listener = await listen(Number(CALLBACK))
const web = new server.Client({ client_id: 'web', client_secret: SECRET, redirect_uris: [listener.redirectUri], response_types: ['code'] })
const api = new server.Client({ client_id: 'api', client_secret: 'api-secret' })

const tokens = await codeAndRefresh(web, listener)
const active = await api.introspect(tokens.access_token)
is([active.active, active.sub, active.client_id, active.scope], [true, 'alice', 'web', 'read write'],
  'an access token is introspected')
await web.revoke(tokens.refresh_token, 'refresh_token')
is(await api.introspect(tokens.access_token), { active: false }, 'it ends with its refresh token')
await rejects(web.refresh(tokens), refused, 'which is revoked')

const [address, parameters, checks] = await authorize(web, listener)
await rejects(web.oauthCallback(address, { ...parameters, iss: 'https://honest.example' }, checks),
  error => /iss mismatch/.test(error.message), 'the issuer of an answer is checked')
ok(await web.oauthCallback(address, parameters, checks), 'and the true one passes')
await rejects(web.oauthCallback(...await authorize(web, listener, 'deny')), error => error.error === 'access_denied',
  'the user may say no')

const own = await web.grant({ grant_type: 'client_credentials', scope: 'write' })
is([own.scope, own.refresh_token], ['write', undefined], 'client credentials give an access token alone')
is((await api.introspect(own.access_token)).active, true, 'it is active')
await web.revoke(own.access_token, 'access_token')
is((await api.introspect(own.access_token)).active, false, 'until it is revoked')

const anyPort = await listen(0)
const native = new server.Client({
  client_id: 'native', token_endpoint_auth_method: 'none', redirect_uris: ['http://127.0.0.1/callback'], response_types: ['code']
})
const mine = await codeAndRefresh(native, anyPort)
await native.revoke(mine.refresh_token)
await rejects(native.refresh(mine), refused, 'a native app revokes its token')

listener.close()
anyPort.close()
