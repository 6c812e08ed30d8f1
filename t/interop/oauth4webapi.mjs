import * as oauth from 'oauth4webapi'
import { is, ok, rejects } from './lib/check.mjs'
import { listen, visit } from './lib/user.mjs'

const { ISSUER, SECRET, CALLBACK } = process.env
const issuer = new URL(ISSUER)
const server = await oauth.processDiscoveryResponse(issuer, await oauth.discoveryRequest(issuer, { algorithm: 'oauth2' }))
const refused = error => error.error === 'invalid_grant' && error.status === 400

const listener = await listen(Number(CALLBACK))
const anyPort = await listen(0)
const web = { client: { client_id: 'web' }, authentication: oauth.ClientSecretBasic(SECRET), listener }
const webByBody = { ...web, authentication: oauth.ClientSecretPost(SECRET) }
const native = { client: { client_id: 'native' }, authentication: oauth.None(), listener: anyPort }
const api = { client: { client_id: 'api' }, authentication: oauth.ClientSecretBasic('api-secret') }

// The address at which the browser comes back, and what is needed to go on from there.
async function authorize({ client, listener }, decision) {
  const verifier = oauth.generateRandomCodeVerifier()
  const state = oauth.generateRandomState()
  const address = new URL(server.authorization_endpoint)
  address.search = new URLSearchParams({
    client_id: client.client_id, redirect_uri: listener.redirectUri, response_type: 'code', scope: 'read write', state,
    code_challenge: await oauth.calculatePKCECodeChallenge(verifier), code_challenge_method: 'S256'
  })
  await visit(address, decision)
  return { url: await listener.next(), state, verifier }
}

async function exchange({ client, authentication, listener }, { url, state, verifier }) {
  const parameters = oauth.validateAuthResponse(server, client, url, state)
  const response = await oauth.authorizationCodeGrantRequest(server, client, authentication, parameters, listener.redirectUri, verifier)
  return oauth.processAuthorizationCodeResponse(server, client, response)
}

const refresh = async ({ client, authentication }, token) => oauth.processRefreshTokenResponse(
  server, client, await oauth.refreshTokenGrantRequest(server, client, authentication, token))

const revoke = async ({ client, authentication }, token) => oauth.processRevocationResponse(
  await oauth.revocationRequest(server, client, authentication, token))

const introspect = async token => oauth.processIntrospectionResponse(
  server, api.client, await oauth.introspectionRequest(server, api.client, api.authentication, token))

async function codeAndRefresh(application) {
  const first = await exchange(application, await authorize(application))
  is([first.scope, first.token_type, first.expires_in], ['read write', 'bearer', 3600],
    'a code and its verifier give tokens')
  const once = await refresh(application, first.refresh_token)
  const again = await refresh(application, first.refresh_token)
  is(again.refresh_token, once.refresh_token, 'the same token once more gives the same successor')
  const twice = await refresh(application, once.refresh_token)
  is(new Set([first, once, twice].map(tokens => tokens.refresh_token)).size, 3, 'each refresh token is a new one')
  return twice
}

for (const application of [web, webByBody, native]) {
  const tokens = await codeAndRefresh(application)
  const active = await introspect(tokens.access_token)
  is([active.active, active.sub, active.client_id, active.scope, active.iss],
    [true, 'alice', application.client.client_id, 'read write', ISSUER], 'an access token is introspected')
  await revoke(application, tokens.refresh_token)
  is(await introspect(tokens.access_token), { active: false }, 'it ends with its refresh token')
  await rejects(refresh(application, tokens.refresh_token), refused, 'which is revoked')
}

const authorized = await authorize(web)
const forged = new URL(authorized.url)
forged.searchParams.set('iss', 'https://honest.example')
await rejects(exchange(web, { ...authorized, url: forged }), error => /"iss"/.test(error.message),
  'the issuer of an answer is checked')
await rejects(exchange(web, { ...authorized, verifier: oauth.generateRandomCodeVerifier() }), refused,
  'another verifier is refused')
await rejects(exchange(web, await authorize(web, 'deny')), error => error.error === 'access_denied',
  'the user may say no')

const wrong = { ...web, authentication: oauth.ClientSecretBasic('wrong') }
await rejects(refresh(wrong, 'none'), error => error.status === 401 && error.cause[0].scheme === 'basic', 'a wrong secret is met by a challenge')

const response = await oauth.clientCredentialsGrantRequest(server, web.client, web.authentication, { scope: 'write' })
const own = await oauth.processClientCredentialsResponse(server, web.client, response)
is([own.scope, own.refresh_token], ['write', undefined], 'client credentials give an access token alone')
is((await introspect(own.access_token)).active, true, 'it is active')
await revoke(web, own.access_token)
is((await introspect(own.access_token)).active, false, 'until it is revoked')

ok(server.code_challenge_methods_supported.includes('S256'), 'the metadata names PKCE with S256')
listener.close()
anyPort.close()
