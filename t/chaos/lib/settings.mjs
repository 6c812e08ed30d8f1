// The clients of a run and the numbers of its configuration, which the invariants know too. Times are
// seconds here, unless a name says otherwise.

export const PREFIX = 'oauth2'
const RETRY = 3
export const MARGIN = 5                     // clock_margin_ms of the module
export const CONNECT_TIMEOUT_MS = 400
export const TIMEOUT_MS = 400
export const BUDGET_MS = CONNECT_TIMEOUT_MS + 2 * TIMEOUT_MS
export const LONGEST_STEP = 4               // of a clock: less than the margin

// What they may send; `lifetime` 0 is no end.
export const clients = {
  app: { secret: 'app-secret-7Qk', validity: 3600, lifetime: 0 },
  page: { validity: 3600, lifetime: 0 },
  mayfly: { secret: 'mayfly-secret-x2', validity: 6, retry: 2, lifetime: 9 },
  still: { secret: 'still-secret-9b', validity: 3600, lifetime: 0, renewal: false },
  other: { secret: 'other-secret-Zt', validity: 3600, lifetime: 0 },
  guard: { secret: 'guard-secret-5r', introspects: true }
}

export const retryOf = client => clients[client].retry ?? RETRY

export function clientBlocks() {
  return Object.entries(clients).map(([id, client]) => {
    const lines = client.introspects ? ['introspect on;'] : [
      'grant_types password refresh_token;', 'scope read write;',
      `refresh_token_validity ${client.validity}s;`, `refresh_token_retry ${client.retry ?? RETRY}s;`,
      `refresh_token_lifetime ${client.lifetime}s;`, `refresh_token_renewal ${client.renewal === false ? 'off' : 'on'};`
    ]
    lines.unshift(client.secret ? `secret plain:${client.secret};` : 'auth_method none;')
    return `    oauth2_client ${id} {\n${lines.map(line => `        ${line}\n`).join('')}    }\n`
  }).join('')
}
