import * as client from 'openid-client'
import { is, ok, rejects } from './lib/check.mjs'
import { listen, visit } from './lib/user.mjs'

const { ISSUER, SECRET, CALLBACK } = process.env
const discover = (id, secret, authentication) => client.discovery(
  new URL(ISSUER), id, secret, authentication, { algorithm: 'oauth2' })
const refused = error => error.error === 'invalid_grant' && error.status === 400

async function authorize(config, listener, decision) {
  const verifier = client.randomPKCECodeVerifier()
  const state = client.randomState()
  await visit(client.buildAuthorizationUrl(config, {
    redirect_uri: listener.redirectUri, scope: 'read write', state,
    code_challenge: await client.calculatePKCECodeChallenge(verifier), code_challenge_method: 'S256'
  }), decision)
  return { url: await listener.next(), checks: { pkceCodeVerifier: verifier, expectedState: state } }
}

async function codeAndRefresh(config, listener) {
  const { url, checks } = await authorize(config, listener)
  const tokens = await client.authorizationCodeGrant(config, url, checks)
  is([tokens.scope, tokens.token_type, tokens.expires_in], ['read write', 'bearer', 3600],
    'a code and its verifier give tokens')
  await rejects(client.authorizationCodeGrant(config, url, checks), refused, 'a code is good for once')

  const second = await authorize(config, listener)
  const first = await client.authorizationCodeGrant(config, second.url, second.checks)
  const once = await client.refreshTokenGrant(config, first.refresh_token)
  const again = await client.refreshTokenGrant(config, first.refresh_token)
  is(again.refresh_token, once.refresh_token, 'the same token once more gives the same successor')
  const twice = await client.refreshTokenGrant(config, once.refresh_token, { scope: 'read' })
  is(new Set([first, once, twice].map(t => t.refresh_token)).size, 3, 'each refresh token is a new one')
  is(twice.scope, 'read', 'a narrower scope is granted')
  return twice
}

const listener = await listen(Number(CALLBACK))
const web = await discover('web', SECRET, client.ClientSecretBasic(SECRET))
const api = await discover('api', 'api-secret')
ok(web.serverMetadata().supportsPKCE(), 'the metadata names PKCE with S256')

const tokens = await codeAndRefresh(web, listener)
const active = await client.tokenIntrospection(api, tokens.access_token)
is([active.active, active.sub, active.client_id, active.scope, active.iss],
  [true, 'alice', 'web', 'read', ISSUER], 'an access token is introspected')
await client.tokenRevocation(web, tokens.refresh_token)
is((await client.tokenIntrospection(api, tokens.access_token)).active, false, 'it ends with its refresh token')
await rejects(client.refreshTokenGrant(web, tokens.refresh_token), refused, 'which is revoked')

const { url, checks } = await authorize(web, listener)
const forged = new URL(url)
forged.searchParams.set('iss', 'https://honest.example')
await rejects(client.authorizationCodeGrant(web, forged, checks), error => /"iss"/.test(error.cause.message),
  'the issuer of an answer is checked')
ok(await client.authorizationCodeGrant(web, url, checks), 'and the true one passes')

const verifier = client.randomPKCECodeVerifier()
const other = await authorize(web, listener)
await rejects(client.authorizationCodeGrant(web, other.url, { ...other.checks, pkceCodeVerifier: verifier }), refused,
  'another verifier is refused')

const denied = await authorize(web, listener, 'deny')
await rejects(client.authorizationCodeGrant(web, denied.url, denied.checks), error => error.error === 'access_denied',
  'the user may say no')

const own = await client.clientCredentialsGrant(web, { scope: 'write' })
is([own.scope, own.refresh_token], ['write', undefined], 'client credentials give an access token alone')
is((await client.tokenIntrospection(api, own.access_token)).active, true, 'it is active')
await client.tokenRevocation(web, own.access_token)
is((await client.tokenIntrospection(api, own.access_token)).active, false, 'until it is revoked')

const post = await discover('web', SECRET, client.ClientSecretPost(SECRET))
ok((await client.clientCredentialsGrant(post)).access_token, 'the secret may stand in the body')

const anyPort = await listen(0)
const native = await discover('native', undefined, client.None())
const mine = await codeAndRefresh(native, anyPort)
await client.tokenRevocation(native, mine.refresh_token)
await rejects(client.refreshTokenGrant(native, mine.refresh_token), refused, 'a native app revokes its token')

listener.close()
anyPort.close()
