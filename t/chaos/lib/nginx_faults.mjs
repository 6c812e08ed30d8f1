// What happens to nginx. It is never away for as long as the retry window.

import { connect } from 'node:net'

import { CONNECTIONS, WORKERS } from './nginx.mjs'

async function reload({ nginx }) {
  await nginx.reload()
  return null
}

async function killWorker({ nginx }, random) {
  nginx.killWorker(random)
  await nginx.allWorkersRun()
  return null
}

// Its counters begin anew, so they are read just before.
async function restart(world) {
  const { history, nginx } = world
  const at = history.clock()
  const metrics = await world.requests.metrics()
  const inTime = await nginx.quit()
  if (!inTime) {
    await nginx.process.kill()
  }
  await nginx.start()
  history.event('restarted', { from: at, to: history.clock(), metrics, inTime })
  return null
}

// A new key verifies everywhere before it mints, and an old one stays until its tokens are gone.
async function rotateKey(world) {
  const { nginx } = world
  const [minting] = nginx.keys
  const next = (minting + 1) % nginx.roots.length
  nginx.keys = [...nginx.keys.filter(key => key !== next), next]
  await nginx.reload()
  nginx.keys = [next, ...nginx.keys.filter(key => key !== next)]
  await nginx.reload()
  return null
}

async function exhaustDescriptors({ nginx }) {
  return nginx.exhaustDescriptors()
}

// Clients that begin a request and stop there.
async function exhaustConnections({ nginx }) {
  const sockets = Array.from({ length: CONNECTIONS * WORKERS + 50 }, () => {
    const socket = connect(nginx.port, '127.0.0.1')
    socket.on('error', () => {})
    socket.write('POST /token HTTP/1.1\r\nHost: ')
    return socket
  })
  return () => sockets.forEach(socket => socket.destroy())
}

export const nginxFaults = [
  { name: 'nginx reload', inject: reload, goesWithOthers: true },
  { name: 'nginx quit', inject: restart },
  { name: 'kill -9 of a worker', inject: killWorker, goesWithOthers: true, alerts: [/exited on signal 9/] },
  { name: 'key rotation', inject: rotateKey },
  { name: 'no descriptors', inject: exhaustDescriptors, lasts: [300, 1500], alerts: [/\(24: [^)]*\)/] },
  { name: 'no connections', inject: exhaustConnections, lasts: [300, 1500], alerts: [/worker_connections are not enough/] }
].map(fault => ({ where: 'nginx', ...fault }))
