// A single-page application: the authorization code flow with PKCE, refreshing and revoking, by hand.
// Use a library in a real one.

const client = 'browser-app'
const redirectUri = location.origin + location.pathname
const element = id => document.getElementById(id)

let server   // the metadata (RFC 8414)
let tokens = null

function show(message) {
  element('message').textContent = message
  element('outside').hidden = tokens !== null
  element('inside').hidden = tokens === null
  for (const name of ['access_token', 'refresh_token', 'scope']) {
    element(name).textContent = tokens?.[name] ?? ''
  }
}

function base64url(bytes) {
  return btoa(String.fromCharCode(...bytes)).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')
}

function random() {
  return base64url(crypto.getRandomValues(new Uint8Array(32)))
}

// The user's login by auth_basic is for the authorization endpoint; the browser would send it to the
// other endpoints of the same host, too, where it would pass for the client's.
async function post(address, parameters) {
  const response = await fetch(address, {
    method: 'POST', credentials: 'omit', body: new URLSearchParams({ client_id: client, ...parameters })
  })
  const answer = await response.json()
  if (!response.ok) {
    throw Object.assign(new Error(answer.error_description ?? answer.error), { code: answer.error })
  }
  return answer
}

async function logIn() {
  const verifier = random()
  const state = random()
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(verifier))
  sessionStorage.setItem('login', JSON.stringify({ verifier, state }))
  const address = new URL(server.authorization_endpoint)
  address.search = new URLSearchParams({
    response_type: 'code', client_id: client, redirect_uri: redirectUri, scope: 'read', state,
    code_challenge: base64url(new Uint8Array(digest)), code_challenge_method: 'S256'
  })
  location.assign(address)
}

// The browser is back from the authorization endpoint.
async function comeBack(answer) {
  const login = JSON.parse(sessionStorage.getItem('login') ?? '{}')
  sessionStorage.removeItem('login')
  history.replaceState(null, '', redirectUri)   // the code is nobody else's business
  if (answer.get('state') !== login.state || answer.get('iss') !== server.issuer) {
    throw new Error('This answer does not belong to a login of this page.')
  }
  if (answer.has('error')) {
    throw new Error(answer.get('error_description') ?? answer.get('error'))
  }
  tokens = await post(server.token_endpoint, {
    grant_type: 'authorization_code', code: answer.get('code'), redirect_uri: redirectUri, code_verifier: login.verifier
  })
  show('You are logged in.')
}

// Whatever fails but invalid_grant leaves the token good, to be sent again.
async function refresh() {
  try {
    tokens = await post(server.token_endpoint, { grant_type: 'refresh_token', refresh_token: tokens.refresh_token })
  } catch (error) {
    tokens = error.code === 'invalid_grant' ? null : tokens
    throw error
  }
  show('Both tokens are new.')
}

async function call() {
  const response = await fetch('/api/hello', { headers: { authorization: `Bearer ${tokens.access_token}` } })
  const answer = await response.json()
  show(`The API says: you are ${answer.user}.`)
}

async function logOut() {
  await post(server.revocation_endpoint, { token: tokens.refresh_token })
  tokens = null
  show('The tokens are revoked.')
}

function attempt(action) {
  return async () => {
    try {
      await action()
    } catch (error) {
      show(error.message)
    }
  }
}

async function begin() {
  server = await (await fetch('/.well-known/oauth-authorization-server')).json()
  const answer = new URLSearchParams(location.search)
  if (answer.has('code') || answer.has('error')) {
    await comeBack(answer)
  } else {
    show('You are not logged in.')
  }
}

element('log-in').addEventListener('click', attempt(logIn))
element('refresh').addEventListener('click', attempt(refresh))
element('call').addEventListener('click', attempt(call))
element('log-out').addEventListener('click', attempt(logOut))
await attempt(begin)()
