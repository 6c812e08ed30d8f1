// A private nginx with the built module: two workers, all endpoints, and its processes and log.

import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { chmodSync, existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'

import { childrenOf, Process, signalProcess, until } from './processes.mjs'
import { CONNECT_TIMEOUT_MS, PREFIX, TIMEOUT_MS, clientBlocks } from './settings.mjs'
import { keyId } from './tokens.mjs'

export const WORKERS = 2
export const CONNECTIONS = 256
const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']

// Root keys of a seed, of different ids.
export function rootKeys(seed, count) {
  const roots = new Map()
  for (let i = 0; roots.size < count; i++) {
    const root = createHash('sha256').update(`root key ${i} of ${seed}`).digest()
    roots.set(keyId(root), root)
  }
  return [...roots.values()]
}

export class Nginx {
  #binary = process.env.TEST_NGINX_BINARY || 'nginx'

  // `store`: the lines of oauth2_redis that say where it is.
  constructor({ folder, port, store, roots, subjects, module }) {
    Object.assign(this, { folder, port, store, roots, module })
    this.keys = [0]
    mkdirSync(folder, { recursive: true })
    roots.forEach((root, i) => writeFileSync(`${folder}/key${i}`, root.toString('hex'), { mode: 0o600 }))
    writeFileSync(`${folder}/users`, subjects.map(subject => `${subject}:{PLAIN}password of ${subject}\n`).join(''))
  }

  configure() {
    const { folder } = this
    writeFileSync(`${folder}/nginx.conf`, `load_module ${this.module};
daemon off;
worker_processes ${WORKERS};
worker_shutdown_timeout 10s;
pid ${folder}/nginx.pid;
error_log ${folder}/error.log info;
${process.getuid() === 0 ? 'user nobody nogroup;' : ''}
${['LD_PRELOAD', 'ASAN_OPTIONS', 'UBSAN_OPTIONS'].map(name => `env ${name};\n`).join('')}
events {
    worker_connections ${CONNECTIONS};
}
http {
    access_log ${folder}/access.log;
${temporary.map(name => `    ${name}_temp_path ${folder}/temp_${name};\n`).join('')}
    oauth2_redis {
${this.store.map(line => `        ${line}\n`).join('')}
        prefix ${PREFIX};
        connect_timeout ${CONNECT_TIMEOUT_MS}ms;
        timeout ${TIMEOUT_MS}ms;
    }
${this.keys.map(key => `    oauth2_key ${folder}/key${key};\n`).join('')}
${clientBlocks()}
    server {
        listen 127.0.0.1:${this.port};
        oauth2_password_file ${folder}/users;
        location = /token { oauth2_token; }
        location = /revoke { oauth2_revoke; }
        location = /introspect { oauth2_introspect; }
        location = /status { oauth2_status json; }
        location = /api {
            oauth2_require;
            add_header X-Subject $oauth2_subject always;
            empty_gif;
        }
    }
}
`)
  }

  async start() {
    const { folder } = this
    this.configure()
    this.process = new Process(this.#binary, ['-p', folder, '-e', `${folder}/error.log`, '-c', `${folder}/nginx.conf`],
      { log: `${folder}/stderr.log` })
    await until('nginx listens', () => {
      if (this.process.over) {
        throw new Error(`nginx does not start:\n${this.log()}${readFileSync(`${folder}/stderr.log`)}`)
      }
      return this.#listens()
    }, 60000)
    await until('all workers run', () => this.workers().length === WORKERS)
  }

  #listens() {
    return new Promise(resolve => {
      const socket = connect(this.port, '127.0.0.1')
      socket.once('connect', () => { socket.destroy(); resolve(true) })
      socket.once('error', () => resolve(false))
    })
  }

  workers() {
    return childrenOf(this.process.pid)
  }

  // Returns when only workers of the new configuration are left.
  async reload() {
    const old = new Set(this.workers())
    this.configure()
    this.process.signal('SIGHUP')
    await until('the new workers are alone', () => {
      const now = this.workers()
      return now.length === WORKERS && now.every(pid => !old.has(pid))
    }, 30000)
  }

  killWorker(random) {
    const workers = this.workers()
    if (workers.length > 0) {
      signalProcess(random.pick(workers), 'SIGKILL')
    }
  }

  allWorkersRun() {
    return until('all workers run', () => this.workers().length === WORKERS)
  }

  // Whether it has quit gracefully in time.
  async quit(milliseconds = 15000) {
    this.process.signal('SIGQUIT')
    return this.process.ends(milliseconds)
  }

  // No new descriptors for the workers, until `end` is called.
  exhaustDescriptors() {
    const limited = this.workers().map(pid => [pid, readdirSync(`/proc/${pid}/fd`).length])
    const limit = (pid, number) => {
      try {
        execFileSync('prlimit', ['--pid', String(pid), `--nofile=${number}:`], { stdio: 'ignore' })
      } catch {
        // The worker has ended meanwhile.
      }
    }
    limited.forEach(([pid, count]) => limit(pid, count))
    return () => limited.forEach(([pid]) => limit(pid, 1024))
  }

  log() {
    const file = `${this.folder}/error.log`
    return existsSync(file) ? readFileSync(file, 'latin1') : ''
  }

  resources() {
    return this.workers().map(pid => ({
      pid,
      descriptors: readdirSync(`/proc/${pid}/fd`).length,
      resident: Number(readFileSync(`/proc/${pid}/statm`, 'latin1').split(' ')[1]) * 4
    }))
  }
}

// nginx's workers may be nobody.
export function openFolder(folder) {
  mkdirSync(folder, { recursive: true })
  chmodSync(folder, 0o755)
  return folder
}
