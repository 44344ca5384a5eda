import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ensureBuilt } from './ensure.mjs'

/** The number of measurements; the first time includes compilation by the engine. */
const TIMES = 7

await ensureBuilt()
const { lintRegistryAt } = await import('../../packages/runtime/dist/index.js')
const claims = Number(process.argv[2] ?? 5_000)
const dir = await mkdtemp(join(tmpdir(), 'freshet-lint-speed-'))
try {
  const file = join(dir, 'registry.yaml')
  const text = registryOf(claims)
  await writeFile(file, text)
  const taken = []
  for (let n = 0; n < TIMES; n += 1) taken.push(await measure(file))
  const { findings } = await lintRegistryAt(file, { keys: false })
  const errors = findings.filter(({ severity }) => severity === 'error')
  console.log(`${claims} claim types, ${text.length} bytes, ${errors.length} errors`)
  console.log(
    `first ${taken[0]} ms of CPU time, median ${taken.toSorted((a, b) => a - b)[TIMES >> 1]} ms`,
  )
} finally {
  await rm(dir, { recursive: true })
}

async function measure(file) {
  const before = process.cpuUsage()
  await lintRegistryAt(file, { keys: false })
  const { user, system } = process.cpuUsage(before)
  return Math.round((user + system) / 1_000)
}

/** Each claim is derived from the one before it, and half of them are carried by an audience. */
function registryOf(count) {
  const names = Array.from({ length: count }, (_, n) => `claim-${n}`)
  return `version: 1
account: hr
sources:
  hr: { owner: people, keys: hr.jwks.json, ordering: monotonic, heartbeat: 1s, lease: 5s }
claims:
${names.map(claimOf).join('')}audiences:
  all: { claims: [${names.slice(0, count / 2).join(', ')}], ttl: 5m }
slo:
  reduce: { objective: 99.9%, within: 2s, window: 28d }
`
}

function claimOf(name, n) {
  return `  ${name}:
    source: hr
    owner: iam
    description: What a person may do in system ${n}.
    kind: authoritative
    shape: set
    class: reduce
    maxTtl: 10m
    from: [${n === 0 ? '' : `claim-${n - 1}`}]
`
}
