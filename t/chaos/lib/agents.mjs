// Who uses the server: honest clients, one request after the other or from several tabs at once, and
// some that are not honest. An agent acts in turns until the run tells it to stop. An honest one keeps
// the token of the newest answer and, on anything but an answer, sends the same token again.

class Agent {
  #wake = () => {}
  held = null     // the newest token that it has
  previous = null
  access = null
  stopped = false

  constructor(world, name, { client = 'app' } = {}) {
    this.world = world
    this.name = name
    this.subject = name
    this.client = client
    this.random = world.random.stream(name)
  }

  get requests() {
    return this.world.requests
  }

  note(more) {
    return { agent: this.name, client: this.client, subject: this.subject, ...more }
  }

  // Ends early if the agent is stopped meanwhile.
  pause(low, high) {
    return new Promise(resolve => {
      this.#wake = resolve
      setTimeout(resolve, this.random.between(low, high))
    })
  }

  stop() {
    this.stopped = true
    this.#wake()
  }

  async run() {
    await this.pause(0, 1000)
    while (!this.stopped || this.isHonest && this.held && !this.answered) {
      await this.turn()
    }
  }

  take(op) {
    this.answered = op.outcome !== 'unknown'
    if (op.outcome === 'ok' && op.out) {
      this.previous = this.held
      this.held = op.out.token
      this.access = op.access
    } else if (op.outcome === 'refused') {
      this.held = null
    }
  }

  async logIn() {
    const op = await this.requests.login(this.note({ honest: this.isHonest }))
    this.take(op)
    if (!this.held) {
      await this.pause(50, 300)
    }
  }

  async refresh() {
    const op = await this.requests.refresh(this.note({ honest: this.isHonest }), this.held, {
      keepAlive: this.random.chance(0.3), abortAfter: this.random.chance(0.05) ? this.random.between(0, 15) : undefined
    })
    this.take(op)
    if (op.outcome === 'unknown') {
      await this.pause(30, 300)
    }
    return op
  }
}

class Sequential extends Agent {
  isHonest = true

  // Mostly busy; now and then it rests for longer than any retry window, but not without an answer.
  think() {
    return this.answered && this.random.chance(0.02) ? this.pause(3000, 9000) : this.pause(10, 250)
  }

  async turn() {
    if (!this.held) {
      return this.logIn()
    }
    await this.think()
    await this.refresh()
    if (this.held && this.access && this.random.chance(0.2)) {
      await this.use()
    }
    if (this.held && this.world.revoking && this.random.chance(0.01)) {
      await this.logOut()
    }
  }

  use() {
    return this.random.chance(0.5) ? this.requests.introspect(this.note(), this.access)
      : this.requests.callApi(this.note(), this.access)
  }

  // Until it is acknowledged; then nothing of the family may work, which is tried.
  async logOut() {
    const { held, previous, access } = this
    for (;;) {
      const op = await this.requests.revoke(this.note(), this.random.pick([held, previous ?? held, access.token]))
      if (op.outcome !== 'unknown') {
        break
      }
      if (this.stopped) {
        this.held = null
        return
      }
      await this.pause(30, 300)
    }
    for (const token of [held, previous].filter(Boolean)) {
      await this.requests.refresh(this.note(), token)
    }
    await this.requests.introspect(this.note(), access)
    this.held = null
    this.previous = null
  }
}

// Tabs that share what they keep, and all refresh at once.
class Tabs extends Agent {
  isHonest = true

  async turn() {
    if (!this.held) {
      return this.logIn()
    }
    await this.pause(20, 400)
    const token = this.held
    const count = 2 + this.random.below(3)
    const note = this.note({ honest: true, tabs: true })
    const sent = Array.from({ length: count }, () => this.requests.refresh(note, token, { keepAlive: this.random.chance(0.3) }))
    const ops = await Promise.all(sent)
    const newest = ops.filter(op => op.outcome === 'ok').sort((a, b) => a.complete - b.complete).at(-1)
    this.take(newest ?? ops.find(op => op.outcome === 'refused') ?? ops[0])
    if (!newest) {
      await this.pause(30, 300)
    }
  }
}

// A client that goes on with the first answer while its own duplicates are still on their way.
class Hasty extends Agent {
  isHonest = true

  async turn() {
    if (!this.held) {
      return this.logIn()
    }
    await this.pause(20, 400)
    const token = this.held
    const note = this.note({ honest: true, tabs: true })
    const first = this.requests.refresh(note, token)
    const second = this.requests.refresh(note, token)
    this.take(await Promise.race([first, second]))
    if (this.held) {
      await this.refresh()
    }
    await Promise.all([first, second])
  }
}

// It rests for about as long as its tokens live.
class Mayfly extends Sequential {
  think() {
    return this.answered && this.random.chance(0.2) ? this.pause(3500, 8500) : this.pause(50, 1200)
  }
}

// It has copied a token of a victim, the newest one or an old one, and uses it once or over and over.
class Thief extends Agent {
  constructor(world, name, victim) {
    super(world, name, { client: victim.client })
    this.victim = victim
    this.subject = victim.subject
  }

  async turn() {
    await this.pause(1500, 6000)
    const loot = this.random.chance(0.7) ? this.victim.held : this.victim.previous
    if (!loot || this.stopped) {
      return
    }
    const { family } = this.requests.tokens.refresh(loot, this.client)
    this.world.history.event('theft', { family, thief: this.name })
    this.held = loot
    await (this.random.chance(0.4) ? this.pause(6000, 11000) : this.pause(0, 4000))
    const uses = this.random.pick([1, 1, 4, 20])
    for (let i = 0; i < uses && this.held && !this.stopped; i++) {
      await this.refresh()
      await this.pause(50, 1000)
    }
    this.held = null
  }
}

// It sends one token over and over although it is answered, until that is refused, and then the
// successor, which should be dead.
class Stubborn extends Agent {
  async turn() {
    if (!this.held) {
      return this.logIn()
    }
    const token = this.held
    const { family } = this.requests.tokens.refresh(token, this.client)
    this.world.history.event('theft', { family, thief: this.name })
    let op
    let successor
    do {
      op = await this.requests.refresh(this.note(), token)
      successor = op.out?.token ?? successor
      await this.pause(300, 1800)
    } while (op.outcome !== 'refused' && !this.stopped)
    await this.pause(5000, 7000)
    for (const again of [token, successor].filter(Boolean)) {
      await this.requests.refresh(this.note(), again)
    }
    this.held = null
  }
}

// Tokens that nobody has issued to whom they come from: noise, cut and changed ones, and those of
// another client.
class Garbage extends Agent {
  constructor(world, name, owners) {
    super(world, name, { client: 'other' })
    this.owners = owners
  }

  async turn() {
    await this.pause(20, 250)
    const owner = this.random.pick(this.owners)
    const token = owner.held
    if (!token) {
      return
    }
    if (this.random.chance(0.4)) {
      await this.requests.refresh({ ...this.note({ subject: owner.subject }), foreign: true, owner: owner.client }, token)
    } else {
      await this.requests.refresh({ agent: this.name, client: owner.client, subject: owner.subject, forged: true }, this.forge(token))
    }
  }

  forge(token) {
    const bytes = Buffer.from(token, 'base64url')
    switch (this.random.below(4)) {
      case 0: return this.random.bytes(42).toString('base64url')
      case 1: return token.slice(0, this.random.below(token.length)) || 'x'
      case 2: return token + this.random.pick(['A', '=', token])
      default:
        bytes[this.random.below(bytes.length)] ^= 1 << this.random.below(8)
        return bytes.toString('base64url')
    }
  }
}

// All agents of a world.
export function makeAgents(world, { scale = 1 } = {}) {
  const many = (count, make) => Array.from({ length: Math.ceil(count * scale) }, (_, i) => make(i + 1))
  const sequential = many(16, i => new Sequential(world, `seq-${i}`, { client: i % 4 === 0 ? 'page' : 'app' }))
  const victims = many(5, i => new Sequential(world, `victim-${i}`))
  const honest = [
    ...sequential, ...victims,
    ...many(6, i => new Tabs(world, `tabs-${i}`)),
    ...many(3, i => new Hasty(world, `hasty-${i}`)),
    ...many(2, i => new Sequential(world, `still-${i}`, { client: 'still' }))
  ]
  return {
    honest,
    others: [
      ...many(4, i => new Mayfly(world, `mayfly-${i}`, { client: 'mayfly' })),
      ...victims.map((victim, i) => new Thief(world, `thief-${i + 1}`, victim)),
      ...many(3, i => new Stubborn(world, `stubborn-${i}`)),
      ...many(2, i => new Garbage(world, `garbage-${i}`, sequential))
    ]
  }
}
