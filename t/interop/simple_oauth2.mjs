import { createHash, randomBytes } from 'node:crypto'
import { AuthorizationCode, ClientCredentials } from 'simple-oauth2'
import { is, ok, rejects } from './lib/check.mjs'
import { listen, visit } from './lib/user.mjs'

const { ISSUER, SECRET, CALLBACK } = process.env
const direct = { tokenHost: ISSUER, tokenPath: '/oauth2/token', revokePath: '/oauth2/revoke' }
const auth = { ...direct, authorizePath: '/oauth2/authorize' }
const refused = error => error.output.statusCode === 400 && error.data.payload.error === 'invalid_grant'
const listener = await listen(Number(CALLBACK))

// It knows neither PKCE nor introspection, but passes on what it does not know.
async function authorize(client) {
  const verifier = randomBytes(32).toString('base64url')
  const state = randomBytes(16).toString('base64url')
  await visit(client.authorizeURL({
    redirect_uri: listener.redirectUri, scope: ['read', 'write'], state,
    code_challenge: createHash('sha256').update(verifier).digest('base64url'), code_challenge_method: 'S256'
  }))
  const { searchParams } = await listener.next()
  is(searchParams.get('state'), state, 'the state comes back')
  return { code: searchParams.get('code'), redirect_uri: listener.redirectUri, code_verifier: verifier }
}

async function introspect(token) {
  const response = await fetch(`${ISSUER}/oauth2/introspect`, {
    method: 'POST', body: new URLSearchParams({ token }),
    headers: { authorization: `Basic ${Buffer.from('api:api-secret').toString('base64')}` }
  })
  return response.json()
}

// The ways in which it sends a secret: encoded (RFC 6749 section 2.3.1), as it is, and in the body.
const ways = [
  { authorizationMethod: 'header' },
  { authorizationMethod: 'header', credentialsEncodingMode: 'loose' },
  { authorizationMethod: 'body' },
  { authorizationMethod: 'body', bodyFormat: 'form' }
]
for (const options of ways) {
  const how = Object.values(options).join(', ')
  const client = new AuthorizationCode({ client: { id: 'web', secret: SECRET }, auth, options })
  const first = await client.getToken(await authorize(client))
  is([first.token.scope, first.token.token_type, first.expired()], ['read write', 'Bearer', false],
    `${how}: a code and its verifier give tokens`)
  const once = await first.refresh()
  const again = await first.refresh()
  is(again.token.refresh_token, once.token.refresh_token, 'the same token once more gives the same successor')
  const twice = await once.refresh()
  is(new Set([first, once, twice].map(({ token }) => token.refresh_token)).size, 3, 'each refresh token is a new one')
  is((await introspect(twice.token.access_token)).active, true, 'its access token is active')
  await twice.revoke('refresh_token')
  is(await introspect(twice.token.access_token), { active: false }, 'until its refresh token is revoked')
  await rejects(twice.refresh(), refused, 'which gives nothing any more')
}

const client = new AuthorizationCode({ client: { id: 'web', secret: SECRET }, auth })
const all = await client.getToken(await authorize(client))
await all.revokeAll()
is(await introspect(all.token.access_token), { active: false }, 'both tokens are revoked one after the other')

const own = await new ClientCredentials({ client: { id: 'web', secret: SECRET }, auth: direct }).getToken({ scope: 'write' })
is([own.token.scope, own.token.refresh_token], ['write', undefined],
  'client credentials give an access token alone')
ok((await introspect(own.token.access_token)).active, 'it is active')
await own.revoke('access_token')
is(await introspect(own.token.access_token), { active: false }, 'until it is revoked')
listener.close()
