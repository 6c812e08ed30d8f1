// The checks of a client: one line of output for each, which Interop.pm reads.

import { isDeepStrictEqual, inspect } from 'node:util'

export function ok(value, name) {
  console.log(`${value ? 'ok' : 'not ok'} - ${name}`)
  return value
}

export function is(got, expected, name) {
  if (!ok(isDeepStrictEqual(got, expected), name)) {
    console.log(`    got      ${inspect(got)}\n    expected ${inspect(expected)}`)
  }
}

// That `promise` is rejected with something that `test` accepts.
export async function rejects(promise, test, name) {
  try {
    const value = await promise
    ok(false, name)
    console.log(`    got ${inspect(value)}`)
  } catch (error) {
    if (!ok(test(error), name)) {
      console.log(`    got ${inspect(error)}`)
    }
  }
}
