// The parts that the checker stands on.

import assert from 'node:assert/strict'
import { createServer } from 'node:net'
import test from 'node:test'

import { freePort } from './lib/processes.mjs'
import { Proxy, harms } from './lib/proxy.mjs'
import { Random } from './lib/random.mjs'
import { Cutter, RedisClient, decode, encode } from './lib/resp.mjs'
import { Secrets } from './lib/secrets.mjs'
import { readRecord } from './lib/tokens.mjs'

test('a seed gives the same numbers again, and each part of a run its own', () => {
  const draw = random => Array.from({ length: 5 }, () => random.next())
  assert.deepEqual(draw(new Random('1')), draw(new Random('1')))
  assert.notDeepEqual(draw(new Random('1')), draw(new Random('2')))
  assert.notDeepEqual(draw(new Random('1').stream('a')), draw(new Random('1').stream('b')))
  const numbers = draw(new Random('1').stream('many'))
  assert.ok(numbers.every(number => number >= 0 && number < 1))
  assert.deepEqual(new Random('1').shuffle([1, 2, 3, 4]).sort(), [1, 2, 3, 4])
})

test('values are cut wherever the bytes are split', () => {
  const stream = Buffer.from('+OK\r\n$3\r\na\r\n\r\n*2\r\n:1\r\n*1\r\n$-1\r\n-ERR no\r\n')
  for (let split = 0; split <= stream.length; split++) {
    const cutter = new Cutter()
    const values = [...cutter.take(stream.subarray(0, split)), ...cutter.take(stream.subarray(split))]
    assert.deepEqual(values.map(value => value.toString()), ['+OK\r\n', '$3\r\na\r\n\r\n', '*2\r\n:1\r\n*1\r\n$-1\r\n', '-ERR no\r\n'])
    assert.equal(cutter.rest.length, 0)
  }
  assert.deepEqual(decode(Buffer.from('*2\r\n:1\r\n*1\r\n$-1\r\n')), [1, [null]])
  assert.equal(encode(['GET', 'é']).toString(), '*2\r\n$3\r\nGET\r\n$2\r\né\r\n')
})

test('a record is read as docs/formats.md has it, and nothing else', () => {
  const bytes = Buffer.from('\x01R\0\0\0\x07\0\0\x05\0\0\x0e\x10\0\0\0\x09\x03app\x05alice\0\x04read', 'latin1')
  assert.deepEqual(readRecord(bytes), { layout: 1, state: 'R', generation: 7, scopeTag: 0, keyId: 5, ttl: 3600, grantedAt: 9,
    client: 'app', subject: 'alice', scope: 'read' })
  assert.equal(readRecord(bytes.subarray(0, -1)), null)
  assert.equal(readRecord(Buffer.concat([Buffer.from([2]), bytes.subarray(1)])), null)
})

// A server that echoes the second word of each command, and a proxy before it.
async function withProxy(body) {
  const server = createServer(socket => {
    const cutter = new Cutter()
    socket.on('error', () => {})
    socket.on('data', bytes => cutter.take(bytes).forEach(value => socket.write(`+${decode(value)[1]}\r\n`)))
  })
  const target = await freePort()
  await new Promise(resolve => server.listen(target, '127.0.0.1', resolve))
  const port = await freePort()
  const proxy = new Proxy({ port, target, random: new Random('proxy'), clock: () => 0, observe: () => {} })
  await proxy.listen()
  try {
    await body(proxy, port)
  } finally {
    proxy.close()
    server.close()
  }
}

async function echo(port, word) {
  const client = await RedisClient.open(port)
  try {
    return String(await client.command({ within: 1500 }, 'ECHO', word))
  } finally {
    client.close()
  }
}

test('an open proxy changes nothing', () => withProxy(async (proxy, port) => {
  assert.equal(await echo(port, 'hello'), 'hello')
  assert.equal(proxy.count('ECHO'), 1)
}))

for (const mode of ['refused', 'blackhole', 'mute']) {
  test(`a proxy that is "${mode}" gives no reply, and heals`, () => withProxy(async (proxy, port) => {
    proxy.setMode(mode)
    await assert.rejects(echo(port, 'hello'))
    proxy.setMode('open')
    assert.equal(await echo(port, 'again'), 'again')
  }))
}

for (const harm of harms) {
  const arrives = ['delay', 'duplicate', 'dribble'].includes(harm)
  test(`the harm "${harm}" ${arrives ? 'lets the reply arrive' : 'keeps the reply away'}`, () => withProxy(async (proxy, port) => {
    proxy.rule = { harms: [harm], chance: 1 }
    const word = 'a word of some length'
    const got = await echo(port, word).catch(error => error)
    assert.equal(got === word, arrives, String(got))
    assert.equal(proxy.harmed.get(harm), 1)
  }))
}

test('secrets are found as bytes, in hexadecimal digits, in base64url and as they are', () => {
  const mac = Buffer.from('0123456789abcdef')
  const token = Buffer.concat([Buffer.alloc(26, 1), mac]).toString('base64url')
  const secrets = new Secrets({ ops: [{ out: { token } }] }, [Buffer.from('a root key of a test')])
  const place = bytes => secrets.find(Buffer.from(bytes))
  assert.equal(place(`before ${mac} behind`), 7)
  assert.equal(place(`before ${mac.toString('hex')} behind`), 7)
  assert.ok(place(`before ${token} behind`) >= 7)
  assert.equal(place('the key is a root key of a test'), 11)
  assert.equal(place('nothing of that, but 0123456789a-bcdef and more'), -1)
})
