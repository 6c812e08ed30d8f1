// A second implementation of docs/formats.md: it tells which family and generation a token is of, and
// what a record says.

import { createCipheriv, createDecipheriv, createHash, createHmac, hkdfSync } from 'node:crypto'

const base64url = bytes => bytes.toString('base64url')
const sha256 = bytes => createHash('sha256').update(bytes).digest()
const withLength = text => Buffer.concat([Buffer.from([text.length >> 8, text.length & 255]), Buffer.from(text)])

const derive = (root, info, size) => Buffer.from(hkdfSync('sha256', root, Buffer.alloc(0), info, size))

function aes(key, block, make = createCipheriv) {
  const cipher = make('aes-256-ecb', key, null).setAutoPadding(false)
  return Buffer.concat([cipher.update(block), cipher.final()])
}

export const keyId = root => derive(root, 'oauth2/v1/key-id/', 1)[0]

// The first 6 bytes of the family ids of a user, in hexadecimal digits.
export const tagOf = subject => sha256(subject).toString('hex', 0, 6)

export function familyKey(prefix, family) {
  const id = Buffer.from(family, 'hex')
  return `${prefix}:{${base64url(id.subarray(0, 6))}}:${base64url(sha256(id).subarray(0, 16))}`
}

class Reader {
  #bytes
  #at = 0

  constructor(bytes) {
    this.#bytes = bytes
  }

  take(size) {
    this.#at += size
    return this.#bytes.subarray(this.#at - size, this.#at)
  }

  number(size) {
    return this.take(size).readUIntBE(0, size)
  }

  text(size) {
    return this.take(this.number(size)).toString()
  }

  get overrun() {
    return this.#at > this.#bytes.length
  }
}

// Null if it is none.
export function readRecord(bytes) {
  if (bytes.length < 21) {
    return null
  }
  const reader = new Reader(bytes)
  const record = {
    layout: reader.number(1), state: reader.take(1).toString(), generation: reader.number(4),
    scopeTag: reader.number(2), keyId: reader.number(1), ttl: reader.number(4), grantedAt: reader.number(4)
  }
  try {
    Object.assign(record, { client: reader.text(1), subject: reader.text(1), scope: reader.text(2) })
  } catch {
    return null
  }
  return reader.overrun || record.layout !== 1 || !'LR'.includes(record.state) ? null : record
}

export class Tokens {
  #keys

  constructor(roots, prefix) {
    this.prefix = prefix
    const subkey = (root, purpose) => derive(root, `oauth2/v1/${purpose}/${prefix}`, 32)
    this.#keys = new Map(roots.map(root => [keyId(root), {
      mac: subkey(root, 'refresh-token-mac'),
      family: subkey(root, 'refresh-token-family'),
      access: subkey(root, 'access-token')
    }]))
  }

  // Null if it is no refresh token of this client.
  refresh(token, client) {
    const bytes = Buffer.from(token, 'base64url')
    const key = bytes.length === 42 && bytes[0] === 1 && this.#keys.get(bytes[1])
    if (!key) {
      return null
    }
    const mac = createHmac('sha256', key.mac).update(bytes.subarray(0, 26)).update(withLength(client)).digest()
    if (!mac.subarray(0, 16).equals(bytes.subarray(26))) {
      return null
    }
    return {
      family: aes(key.family, bytes.subarray(6, 22), createDecipheriv).toString('hex'),
      generation: bytes.readUInt32BE(22), grantedAt: bytes.readUInt32BE(2), keyId: bytes[1]
    }
  }

  // The claims, or null.
  access(token) {
    const bytes = Buffer.from(token, 'base64url')
    const key = bytes.length > 42 && bytes[0] === 1 && this.#keys.get(bytes[1])
    if (!key) {
      return null
    }
    const nonce = bytes.subarray(2, 26)
    const decipher = createDecipheriv('aes-256-gcm', xaesKey(key.access, nonce), nonce.subarray(12))
    decipher.setAAD(Buffer.from(this.prefix)).setAuthTag(bytes.subarray(-16))
    try {
      const reader = new Reader(Buffer.concat([decipher.update(bytes.subarray(26, -16)), decipher.final()]))
      return {
        family: reader.take(16).toString('hex'), issuedAt: reader.number(4), expiresAt: reader.number(4),
        client: reader.text(1), subject: reader.text(1), scope: reader.text(2)
      }
    } catch {
      return null
    }
  }
}

// The key of XAES-256-GCM for a nonce: two blocks of CMAC.
function xaesKey(key, nonce) {
  const mask = aes(key, Buffer.alloc(16))
  const carry = mask[0] >> 7
  for (let i = 0; i < 16; i++) {
    mask[i] = (mask[i] << 1 | (i < 15 ? mask[i + 1] >> 7 : 0)) & 255
  }
  mask[15] ^= carry * 0x87
  return Buffer.concat([1, 2].map(number => {
    const block = Buffer.concat([Buffer.from([0, number, 0x58, 0]), nonce.subarray(0, 12)])
    return aes(key, block.map((byte, i) => byte ^ mask[i]))
  }))
}
