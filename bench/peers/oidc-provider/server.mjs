// The peer "oidc-provider": a token server of Node.js, as its users configure it for production.
//
//   node server.mjs serve <port> <url of Redis>     runs it
//   node server.mjs found <count> <url of Redis>    makes sessions by its own models, and prints their
//                                                   refresh tokens, one a line
//
// Refresh tokens rotate at each use. One that is used again ends its grant. Access tokens are opaque, the
// default, and stored: resource servers check them by introspection. The scope is without "openid", so that
// no ID token is signed for each refresh.

import { generateKeyPairSync, randomBytes, randomUUID } from 'node:crypto'
import { createServer } from 'node:http'
import { once } from 'node:events'
import Provider from 'oidc-provider'
import { redisAdapter } from './adapter.mjs'

const clientId = 's6BhdRkqt3app01'
const scope = 'accounts:read orders'
const foundedAtOnce = 200

function makeProvider(issuer, adapter) {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const provider = new Provider(issuer, {
    adapter,
    clients: [{
      client_id: clientId,
      client_secret: 'gX1fBat3bV',
      redirect_uris: ['https://app.example/callback'],
      grant_types: ['authorization_code', 'refresh_token'],
      id_token_signed_response_alg: 'ES256'
    }],
    cookies: { keys: [randomBytes(32).toString('base64url')] },
    features: { devInteractions: { enabled: false } },
    findAccount: (_, id) => ({ accountId: id, claims: () => ({ sub: id }) }),
    jwks: { keys: [{ ...privateKey.export({ format: 'jwk' }), alg: 'ES256', use: 'sig' }] },
    rotateRefreshToken: true,
    scopes: ['openid', 'offline_access', ...scope.split(' ')],
    ttl: { AccessToken: 3600, Grant: 14 * 86400, RefreshToken: 86400 }
  })
  provider.on('server_error', (_, error) => console.error(error))
  return provider
}

async function serve(port, adapter) {
  const provider = makeProvider(`http://127.0.0.1:${port}`, adapter)
  const server = createServer(provider.callback())
  server.keepAliveTimeout = 75_000
  server.listen({ port, host: '127.0.0.1', backlog: 1024 })
  await once(server, 'listening')
}

// What is left of a user's login once the authorization code was exchanged.
async function foundSession(provider, client) {
  const accountId = randomUUID()
  const grant = new provider.Grant({ accountId, clientId })
  grant.addOIDCScope(scope)
  const grantId = await grant.save()
  return new provider.RefreshToken({ accountId, client, grantId, gty: 'authorization_code', rotations: 0, scope }).save()
}

async function found(count, adapter) {
  const provider = makeProvider('http://127.0.0.1', adapter)
  const client = await provider.Client.find(clientId)
  for (let left = count; left > 0; left -= foundedAtOnce) {
    const sessions = Array.from({ length: Math.min(left, foundedAtOnce) }, () => foundSession(provider, client))
    for (const token of await Promise.all(sessions)) console.log(token)
  }
  await adapter.redis.quit()
}

const [, , command, number, url] = process.argv
const commands = { serve, found }
await commands[command](Number(number), redisAdapter(url))
