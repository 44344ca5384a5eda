import { readFileSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'

/**
 * Loaded before a service of ours (`node --import`), it ends the process by SIGKILL at one exact point in the
 * processing of one change. The service itself is the built product, unchanged.
 *
 * The file that `CRASH_FILE` names has the members `on` and `at`. It is read until it exists, and removed by the crash.
 * `on` is the id of the change. `at` is `before` or `after`, then a kind, then a name:
 * - `statement:STATEMENT` is that statement, if it contains the id.
 * - `produce:TOPIC` is the append of a record with the id.
 * - `store:STATEMENT` is the first such statement for the partition of a record that was appended.
 * - `commit:STATEMENT` is the commit of a transaction that had one of these statements.
 */
const file = process.env.CRASH_FILE
const root = new URL('../../packages/', import.meta.url)
/** The module as the package itself resolves it, so that it is the same module that the service will use. */
const moduleOf = (dir, name) => createRequire(new URL(`${dir}/package.json`, root))(name)

delete process.env.CRASH_FILE
let plan
const appendedIn = new Set()
watchStatements(moduleOf('postgres', 'pg').Client.prototype)
watchAppends(moduleOf('kafka', 'kafkajs/src/network/connectionPool').prototype)

function planned() {
  if (plan !== undefined) return plan
  try {
    plan = JSON.parse(readFileSync(file, 'utf8'))
  } catch {
    // The file is absent, or incomplete.
  }
  return plan
}

function reach(point) {
  if (point !== planned()?.at) return
  rmSync(file)
  process.kill(process.pid, 'SIGKILL')
}

/** Returns whether a value contains the id of the change. */
function carries(value) {
  const id = planned()?.on
  return id !== undefined && contains(value, id)
}

function contains(value, id) {
  if (Array.isArray(value)) return value.some((item) => contains(item, id))
  if (Buffer.isBuffer(value)) return value.includes(id)
  return typeof value === 'string' && value.includes(id)
}

function watchStatements(client) {
  const original = client.query
  const carried = new WeakMap()
  client.query = function query(config, ...rest) {
    const points = pointsOf(config, this, carried)
    for (const point of points) reach(`before:${point}`)
    const told = () => {
      for (const point of points) reach(`after:${point}`)
    }
    // A query that writes its own messages receives its answer itself.
    if (typeof config.submit === 'function') {
      config.callback = tellingFirst(told, config.callback)
      return original.call(this, config, ...rest)
    }
    const done = rest.at(-1)
    if (typeof done !== 'function') {
      return original.call(this, config, ...rest).then((result) => {
        told()
        return result
      })
    }
    return original.call(this, config, ...rest.slice(0, -1), tellingFirst(told, done))
  }
}

function tellingFirst(told, done) {
  return (error, result) => {
    if (!error) told()
    return done(error, result)
  }
}

/** Returns the points of a statement; a commit is one for each statement that contained the id. */
function pointsOf(config, client, carried) {
  const text = typeof config === 'string' ? config : config.text
  if (text.startsWith('BEGIN')) carried.set(client, [])
  if (text === 'COMMIT') return (carried.get(client) ?? []).map((name) => `commit:${name}`)
  const { name, values = [] } = config
  const stores = partitionsIn(values[0]).some((partition) => appendedIn.has(partition))
  const tells = carries(values)
  if (stores || tells) carried.get(client)?.push(name)
  return [...(stores ? [`store:${name}`] : []), ...(tells ? [`statement:${name}`] : [])]
}

/** Type `int4` of Postgres; an array in its binary format has this at byte 8, and its length at byte 12. */
const INT4 = 23
const ARRAY_HEADER_BYTES = 20

/** Returns the partitions of a statement: its first value, which is one number or an array of them. */
function partitionsIn(value) {
  if (!Buffer.isBuffer(value)) return [value]
  if (value.length < ARRAY_HEADER_BYTES || value.readInt32BE(8) !== INT4) return []
  const lengthBytes = 4
  const byteOf = (n) => ARRAY_HEADER_BYTES + n * (lengthBytes + 4) + lengthBytes
  return Array.from({ length: value.readInt32BE(12) }, (_, n) => value.readInt32BE(byteOf(n)))
}

/** Watches the request when it is sent, and its answer when it was read. */
function watchAppends(pool) {
  const original = pool.send
  pool.send = async function send({ request, response }) {
    if (request.apiKey !== PRODUCE) return original.call(this, { request, response })
    const encoded = await request.encode()
    const found = appendsIn(encoded.buffer).filter(({ batch }) => carries(batch))
    for (const { topic } of found) reach(`before:produce:${topic}`)
    const encode = () => Promise.resolve(encoded)
    const answer = await original.call(this, { request: { ...request, encode }, response })
    for (const { topic, partition } of found) {
      reach(`after:produce:${topic}`)
      appendedIn.add(partition)
    }
    return answer
  }
}

const PRODUCE = 0

/** Returns the parts of a produce request; the records of a batch are not compressed. */
function appendsIn(bytes) {
  const appends = []
  let next = 2 + 2 + 4
  const int32 = () => bytes.readInt32BE((next += 4) - 4)
  for (let topics = int32(); topics > 0; topics--) {
    const start = next + 2
    next = start + bytes.readInt16BE(next)
    const topic = bytes.toString('utf8', start, next)
    for (let count = int32(); count > 0; count--) {
      const partition = int32()
      const length = int32()
      appends.push({ topic, partition, batch: bytes.subarray(next, (next += length)) })
    }
  }
  return appends
}
