// The requests of clients, each noted in the history with what came of it.

import { Agent, request } from 'node:http'

import { clients } from './settings.mjs'

const PATIENCE_MS = 8000  // of a client; far more than a request may take

const basic = (name, secret) => `Basic ${Buffer.from(`${name}:${secret}`).toString('base64')}`

export class Requests {
  #agent = new Agent({ keepAlive: true, maxSockets: 64, timeout: 20000 })

  constructor({ port, history, tokens }) {
    Object.assign(this, { port, history, tokens })
  }

  // Resolves with { status, headers, body } or { failure }; never rejects. `abortAfter`: the client
  // leaves after so many milliseconds.
  send({ path, method = 'POST', headers = {}, form, keepAlive = false, abortAfter }) {
    const body = form ? new URLSearchParams(form).toString() : undefined
    return new Promise(resolve => {
      const sent = request({
        host: '127.0.0.1', port: this.port, path, method, agent: keepAlive ? this.#agent : false,
        headers: { ...headers, ...(body && { 'content-type': 'application/x-www-form-urlencoded', 'content-length': body.length }) }
      }, response => {
        const chunks = []
        response.on('data', chunk => chunks.push(chunk))
        response.on('error', error => resolve({ failure: error.code ?? error.message }))
        response.on('end', () => resolve({
          status: response.statusCode, headers: response.headers, body: Buffer.concat(chunks).toString()
        }))
      })
      const leave = code => sent.destroy(Object.assign(new Error(), { code }))
      const timer = abortAfter === undefined ? setTimeout(leave, PATIENCE_MS, 'GAVE_UP') : setTimeout(leave, abortAfter, 'ABORTED')
      sent.on('error', error => resolve({ failure: error.code ?? error.message }))
      sent.on('close', () => { clearTimeout(timer); resolve({ failure: 'CLOSED' }) })
      sent.end(body)
    })
  }

  #as(client, form) {
    const { secret } = clients[client]
    return secret ? { form, headers: { authorization: basic(client, secret) } } : { form: { ...form, client_id: client } }
  }

  // A request of a client, as an operation of the history. `note` is what the caller knows about it.
  async perform(note, options) {
    const invoke = this.history.clock()
    const answer = await this.send(options)
    const complete = this.history.clock()
    const { status = 0, failure } = answer
    let json = {}
    try {
      json = JSON.parse(answer.body || '{}')
    } catch {
      // nginx's own page.
    }
    const out = json.refresh_token && { token: json.refresh_token, ...this.tokens.refresh(json.refresh_token, note.client) }
    return this.history.op({
      ...note, invoke, complete, status, failure, error: json.error,
      outcome: status >= 200 && status < 300 ? 'ok' : status === 0 || status >= 500 ? 'unknown' : 'refused',
      out, family: note.family ?? out?.family,
      access: json.access_token && { token: json.access_token, ...this.tokens.access(json.access_token) },
      keepAlive: options.keepAlive, json, subjectHeader: answer.headers?.['x-subject'],
      isOurs: /^application\/json/.test(answer.headers?.['content-type'] ?? ''),
      noStore: answer.headers?.['cache-control'] === 'no-store', retryAfter: answer.headers?.['retry-after']
    })
  }

  login(note) {
    const { client, subject } = note
    return this.perform({ kind: 'login', ...note }, {
      path: '/token', ...this.#as(client, { grant_type: 'password', username: subject, password: `password of ${subject}` })
    })
  }

  #presented(note, token) {
    return { ...note, in: { token, ...this.tokens.refresh(token, note.owner ?? note.client) ?? this.tokens.access(token) } }
  }

  // `note.owner`: whose the token is, if it is not the sender's.
  refresh(note, token, { keepAlive, abortAfter } = {}) {
    const presented = this.#presented({ kind: 'refresh', ...note }, token)
    return this.perform({ ...presented, family: presented.in.family }, {
      path: '/token', keepAlive, abortAfter, ...this.#as(note.client, { grant_type: 'refresh_token', refresh_token: token })
    })
  }

  revoke(note, token) {
    const presented = this.#presented({ kind: 'revoke', ...note }, token)
    return this.perform({ ...presented, family: presented.in.family }, { path: '/revoke', ...this.#as(note.client, { token }) })
  }

  introspect(note, access) {
    return this.perform({ kind: 'introspect', family: access.family, ...note },
      { path: '/introspect', ...this.#as('guard', { token: access.token }) })
  }

  callApi(note, access) {
    return this.perform({ kind: 'api', family: access.family, ...note },
      { path: '/api', method: 'GET', headers: { authorization: `Bearer ${access.token}` } })
  }

  async metrics() {
    const { status, body } = await this.send({ path: '/status', method: 'GET' })
    return status === 200 ? JSON.parse(body) : null
  }

  close() {
    this.#agent.destroy()
  }
}
