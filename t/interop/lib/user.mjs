// A user at a browser, and the client's own end of the redirection.

import { createServer } from 'node:http'

const login = `Basic ${Buffer.from('alice:open-sesame').toString('base64')}`

const entities = { amp: '&', lt: '<', gt: '>', quot: '"', '#39': "'" }

function hiddenFields(html) {
  const fields = new URLSearchParams()
  for (const [, name, value] of html.matchAll(/<input type="hidden" name="([^"]*)" value="([^"]*)">/g)) {
    fields.append(name, value.replace(/&(#?\w+);/g, (_, entity) => entities[entity]))
  }
  return fields
}

// Opens `address`, logs in, presses the button of `decision` and goes where the answer leads.
export async function visit(address, decision = 'approve') {
  const page = await fetch(address, { headers: { authorization: login }, redirect: 'manual' })
  const html = await page.text()
  if (page.status !== 200) {
    throw new Error(`no consent page: ${page.status} ${page.headers.get('location')} ${html}`)
  }
  const fields = hiddenFields(html)
  fields.append('decision', decision)
  const { origin, pathname } = new URL(address)
  const answer = await fetch(origin + pathname, {
    method: 'POST', headers: { authorization: login }, body: fields, redirect: 'manual'
  })
  if (answer.status !== 303) {
    throw new Error(`no redirection: ${answer.status} ${await answer.text()}`)
  }
  await (await fetch(answer.headers.get('location'))).text()
}

const closing = '<!DOCTYPE html><title>Done</title><p>You can close this window.'

// Listens at a redirect URI on the loopback interface, and answers each request with `page`; port 0
// takes any.
export async function listen(port, page = closing) {
  const arrived = []
  const waiting = []
  const server = createServer((request, response) => {
    const url = new URL(request.url, redirectUri)
    response.setHeader('content-type', 'text/html; charset=utf-8')
    response.end(page)
    if (url.pathname === '/callback') {
      waiting.length > 0 ? waiting.shift()(url) : arrived.push(url)
    }
  })
  await new Promise(resolve => server.listen(port, '127.0.0.1', resolve))
  const redirectUri = `http://127.0.0.1:${server.address().port}/callback`
  return {
    redirectUri,
    // The address at which the next browser arrives.
    next: () => arrived.length > 0 ? Promise.resolve(arrived.shift())
      : new Promise(resolve => waiting.push(resolve)),
    close: () => { server.closeAllConnections(); server.close() }
  }
}
