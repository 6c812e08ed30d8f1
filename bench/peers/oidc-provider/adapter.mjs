// Keeps the models of oidc-provider in Redis, with the keys and types of the adapter that its repository
// has as an example. It is quicker than that one: a value and its TTL are one command, and the TTL of a
// grant's list is raised by Redis, where the example asks for it first and waits for the answer.

import Redis from 'ioredis'

const consumable = new Set(['AuthorizationCode', 'RefreshToken', 'DeviceCode', 'BackchannelAuthenticationRequest'])
const grantable = new Set(['AccessToken', ...consumable])

const grantKey = id => `grant:${id}`
const uidKey = uid => `uid:${uid}`
const userCodeKey = code => `userCode:${code}`

// The class for one Redis; `url` is unix:/path or redis://host:port. Commands of one turn of the event loop
// leave in one write.
export function redisAdapter(url) {
  const options = { keyPrefix: 'oidc:', enableAutoPipelining: true }
  const redis = url.startsWith('unix:') ? new Redis(url.slice('unix:'.length), options) : new Redis(url, options)

  return class RedisAdapter {
    static redis = redis

    constructor(name) {
      this.name = name
    }

    key(id) {
      return `${this.name}:${id}`
    }

    async upsert(id, payload, seconds) {
      const key = this.key(id)
      const multi = redis.multi()
      if (consumable.has(this.name)) {
        multi.hset(key, 'payload', JSON.stringify(payload))
        if (seconds) multi.expire(key, seconds)
      } else if (seconds) {
        multi.set(key, JSON.stringify(payload), 'EX', seconds)
      } else {
        multi.set(key, JSON.stringify(payload))
      }
      if (grantable.has(this.name) && payload.grantId) {
        const list = grantKey(payload.grantId)
        multi.rpush(list, key)
        if (seconds) multi.expire(list, seconds, 'NX').expire(list, seconds, 'GT')
      }
      if (payload.userCode) multi.set(userCodeKey(payload.userCode), id, 'EX', seconds)
      if (payload.uid) multi.set(uidKey(payload.uid), id, 'EX', seconds)
      const replies = await multi.exec()
      const failed = replies.find(([error]) => error)
      if (failed) throw failed[0]
    }

    async find(id) {
      const key = this.key(id)
      if (!consumable.has(this.name)) {
        const text = await redis.get(key)
        return text ? JSON.parse(text) : undefined
      }
      const { payload, ...rest } = await redis.hgetall(key)
      return payload ? { ...rest, ...JSON.parse(payload) } : undefined
    }

    async findByUid(uid) {
      const id = await redis.get(uidKey(uid))
      return id ? this.find(id) : undefined
    }

    async findByUserCode(code) {
      const id = await redis.get(userCodeKey(code))
      return id ? this.find(id) : undefined
    }

    async consume(id) {
      await redis.hset(this.key(id), 'consumed', Math.floor(Date.now() / 1000))
    }

    async destroy(id) {
      await redis.del(this.key(id))
    }

    async revokeByGrantId(id) {
      const list = grantKey(id)
      const keys = await redis.lrange(list, 0, -1)
      await redis.del(list, ...keys)
    }
  }
}
