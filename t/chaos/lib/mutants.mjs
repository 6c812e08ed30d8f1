// Known mistakes, each a small change of the code, which the checker must find. `old` stands exactly once
// in its file. `topology` is a single Redis where none is named. `faults` are those that bring the mistake to light, `caughtBy` the invariants that may see it.

const raw = String.raw

const current = {
  file: 'src/refresh_token_grant.cpp',
  old: '  if (!exchange.policy().renewal || !exchange.requested_scope.empty() ||\n'
}

export const mutants = [
  {
    name: 'no deadline on a command',
    faults: ['SIGSTOP', 'partition'],
    caughtBy: ['I20'],
    changes: [
      {
        file: 'src/redis/connection.cpp',
        old: '      if (commands_.is_late(options_.timeout_ms, now)) {\n',
        new: '      if (options_.timeout_ms == 0 && commands_.is_late(options_.timeout_ms, now)) {\n'
      }
    ]
  },
  {
    name: 'sliding window',
    faults: ['nginx reload'],
    caughtBy: ['I10'],
    changes: [
      {
        file: 'src/redis/scripts.cpp',
        old: raw`  local same_scope = string.sub(record, 7, 8) == string.sub(ARGV[2], 7, 8)
`,
        new: raw`  local same_scope = string.sub(record, 7, 8) == string.sub(ARGV[2], 7, 8)
  if ahead == -1 and string.sub(record, 1, 2) == '\1L' and redis.call('TTL', KEYS[1]) > ARGV[4] - 4 then
    redis.call('EXPIRE', KEYS[1], ARGV[4])
  end
`
      }
    ]
  },
  {
    name: 'window before tombstone',
    faults: ['nginx reload'],
    caughtBy: ['I11'],
    changes: [
      {
        file: 'src/rotation_rule.cpp',
        old: `  if (answer.record.revoked) {
    return Standing::revoked;
`,
        new: `  if (answer.record.revoked && answer.record.generation != presented.generation + 1) {
    return Standing::revoked;
`
      }
    ]
  },
  {
    name: 'DEL instead of a tombstone',
    faults: ['nginx reload'],
    caughtBy: ['I14', 'I8'],
    changes: [
      {
        file: 'src/redis/scripts.cpp',
        old: raw`redis.call('SET', KEYS[1], '\1R' .. string.sub(record, 3), 'KEEPTTL')
`,
        new: `redis.call('DEL', KEYS[1])
`
      }
    ]
  },
  {
    name: 'connection reused after a timeout',
    faults: ['replies slow'],
    caughtBy: ['I19'],
    changes: [
      {
        file: 'src/redis/connection.cpp',
        old: '        lose(Severity::error, "does not answer (timeout)");\n',
        new: '        fail_all(commands_.take_all(), now);\n'
      }
    ]
  },
  {
    name: 'the same, and no nonce is compared',
    faults: ['replies slow'],
    caughtBy: ['I15', 'I4'],
    changes: [
      {
        file: 'src/redis/connection.cpp',
        old: '        lose(Severity::error, "does not answer (timeout)");\n',
        new: '        fail_all(commands_.take_all(), now);\n'
      },
      {
        file: 'src/redis/redis_store.cpp',
        old: 'text.substr(0, nonce_size) == nonce_ && read_answer(',
        new: 'text.size() > nonce_size && read_answer('
      }
    ]
  },
  {
    name: 'invalid_grant on a timeout',
    faults: ['SIGSTOP', 'partition'],
    caughtBy: ['I7', 'I8'],
    changes: [
      {
        file: 'src/refresh_token_grant.cpp',
        old: '      exchange.fail_uncertain(why_uncertain(answer));\n',
        new: '      refuse_token(exchange, why_uncertain(answer));\n'
      }
    ]
  },
  {
    name: 'no healing',
    faults: ['lost writes'],
    caughtBy: ['I7'],
    changes: [
      { file: 'src/redis/scripts.cpp', old: 'or not ahead or ahead < 0 or ahead > 64 then\n', new: 'or ahead ~= 0 then\n' },
      {
        file: 'src/rotation_rule.cpp',
        old: '<= max_healed_distance ? Standing::ahead\n',
        new: '<= max_healed_distance ? Standing::revoked\n'
      }
    ]
  },
  {
    name: 'rotation in two commands',
    faults: ['replies slow'],
    caughtBy: ['I14', 'I11', 'I10', 'I3'],
    changes: [
      { ...current, new: '  if (exchange.policy().retry.seconds < 99 || !exchange.requested_scope.empty() ||\n' },
      { file: 'src/redis/scripts.cpp', old: 'if string.sub(record, 1, 8) ~= ARGV[2] then\n', new: 'if false then\n' }
    ]
  },
  {
    name: 'an outage counts against the window',
    faults: ['replies lost', 'SIGSTOP'],
    caughtBy: ['I7', 'I5'],
    changes: [
      {
        file: 'src/redis/store_state.cpp',
        old: '  return elapsed(began, now_ms) + state_->down_before_ms;\n',
        new: '  return 0;\n'
      }
    ]
  },
  {
    name: 'requests in flight together are a replay',
    faults: ['replies slow'],
    caughtBy: ['I7'],
    changes: [
      {
        file: 'src/rotation_rule.cpp',
        old: 'age_ms <= presented.since_received_ms + rounding_ms ? Standing::overtaken\n',
        new: 'age_ms > UINT32_MAX ? Standing::overtaken\n'
      }
    ]
  },
  {
    name: 'the lifetime begins anew with each refresh',
    faults: ['nginx reload'],
    caughtBy: ['I13'],
    changes: [
      {
        file: 'src/refresh_token_grant.cpp',
        old: '  return exchange.remaining_lifetime(presented(exchange).granted_at);\n',
        new: '  return exchange.remaining_lifetime(exchange.environment().unix_time());\n'
      }
    ]
  },
  {
    name: 'WAIT on another connection',
    topology: 'sentinel',
    waits: true,
    faults: ['kill -9 ahead of the replicas'],
    caughtBy: ['I7', 'I11'],
    changes: [
      {
        file: 'src/redis/node.cpp',
        old: '  Connection& connection = command->fenced && fenced_.has_value() ? *fenced_ : plain_;\n',
        new: '  Connection& connection = plain_;\n'
      }
    ]
  }
]
