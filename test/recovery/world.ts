import { createHash } from 'node:crypto'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Kafka } from '@freshet/kafka'
import { startPostgres, type LocalPostgres } from '@freshet/local-postgres'
import type { Document } from 'yaml'
import { until } from '../../packages/cli/src/demo/until.ts'
import { devFileIn, writeDevFile } from '../../packages/cli/src/stack/dev-file.ts'
import { DEV_IDP, DEV_TENANT } from '../../packages/cli/src/stack/workspace.ts'
import { SECRET } from '../e2e/authority.ts'
import { cliFolder, FRESHET, ROOT, type CliFolder, type Ended } from '../e2e/cli.ts'
import { kafkaOf } from '../e2e/direct-world.ts'
import { startOnStores, type TestStack } from '../e2e/test-stack.ts'
import { takeBroker, type StackBroker } from '../setup/stack-broker.ts'
import { Truth } from './truth.ts'

const UNTOUCHED = ['probe', 'relay']
/** A machine that is busy answers late, which the doctor takes for another clock. */
const HEALTHY_WITHIN_MS = 90_000
const BURNED = 'error budget is used up'

/** A started stack with stores that a test can lose, its sources, and a folder with their files. */
export interface World {
  readonly stack: TestStack
  readonly postgres: LocalPostgres
  readonly kafka: Kafka
  readonly cli: CliFolder
  readonly truth: Truth
  /** An empty folder for backups. */
  readonly dir: string
  /**
   * Runs a command line of docs/recovery.md, by the built CLI, in the folder with the files. A name of a file can
   * stand for another path.
   *
   * @throws if the page does not have the line
   */
  run(line: string, paths?: Readonly<Record<string, string>>): Promise<Ended>
  /** Writes the files of all sources, and runs the three commands of the page. Each must end with 0. */
  resync(): Promise<void>
  /** Drops each record of the quarantine as the page shows. */
  dropQuarantined(): Promise<void>
  /**
   * Waits until `freshet status` and `freshet doctor` find nothing but error budgets that the outage used up. A test can
   * name another effect that remains.
   */
  untilHealthy(remaining?: string): Promise<void>
  stop(): Promise<void>
}

/** Starts everything on a Postgres and a broker of the test. */
export async function startWorld(
  environmentOf: (process: string) => Readonly<Record<string, string>> = () => ({}),
  brokerOf: () => Promise<StackBroker> = takeBroker,
): Promise<World> {
  const dir = await mkdtemp(join(tmpdir(), 'freshet-loss-'))
  const page = await readFile(join(ROOT, 'docs', 'recovery.md'), 'utf8')
  const lines = new Set(page.split('\n').map((line) => line.trim()))
  const postgres = await startPostgres({ durable: false, databaseUrl: '' })
  const broker = await brokerOf()
  const stores = { brokers: broker.brokers, databaseUrl: postgres.url }
  const stack = await startOnStores(stores, environmentOf, edit)
  const cli = await cliFolder(stack)
  const kafka = kafkaOf(stack)
  const truth = new Truth()
  for (const subject of UNTOUCHED) truth.add(subject)
  const run: World['run'] = (line, paths = {}) => {
    if (!lines.has(line)) throw new Error(`docs/recovery.md does not have the line: ${line}`)
    const [, ...words] = line.split(' ')
    const args = words.map((word) => paths[word] ?? word)
    return cli.start('node', [FRESHET, ...args], { DATABASE_URL: postgres.url }).ended
  }
  return {
    stack,
    postgres,
    kafka,
    cli,
    truth,
    dir,
    run,
    async resync() {
      await truth.writeFiles(cli.dir)
      await done(run('freshet source resync people.jsonl --source hr'))
      await done(run('freshet source resync security.jsonl --source security --states cut-offs'))
      await done(run('freshet source resync entitlements.csv --source iga'))
    },
    async dropQuarantined() {
      const { items } = JSON.parse(await done(cli.freshet('quarantine', 'ls', '-o', 'json'))) as {
        readonly items: readonly { readonly id: string }[]
      }
      for (const { id } of items)
        await done(run('freshet quarantine drop ID --reason resynced', { ID: id }))
    },
    async untilHealthy(remaining = BURNED) {
      // A process that was started again has another id.
      await writeDevFile(devFileIn(cli.dir), stack.describe())
      await until('no fault', HEALTHY_WITHIN_MS, async () => {
        const status = await run('freshet status')
        if (status.code !== 0 && !hasOnly([BURNED, remaining], status.out))
          throw new Error(status.out)
        await done(run('freshet doctor'))
        return true
      })
    },
    async stop() {
      await Promise.all([cli.dispose(), kafka.close()])
      await stack.stop()
      await broker.free()
      await postgres.stop()
      await rm(dir, { recursive: true, force: true })
    },
  }
}

/** Returns true if the findings have these effects alone. */
function hasOnly(effects: readonly string[], status: string): boolean {
  const found = status.match(/^ {2}effect .*$/gm) ?? []
  return found.length > 0 && found.every((line) => effects.some((effect) => line.includes(effect)))
}

/** Waits for a command that must end with 0. */
export async function done(running: Promise<Ended>): Promise<string> {
  const { code, out, err } = await running
  if (code !== 0) throw new Error(`A command ended with ${code}:\n${out}\n${err}`)
  return out
}

/** A restriction, two clients that are cut off, and a resource server that exchanges the tokens of its callers. */
function edit(registry: Document): void {
  registry.setIn(['sources', 'iga', 'heartbeat'], '1s')
  registry.setIn(['sources', 'iga', 'lease'], '5s')
  registry.setIn(['claims', 'holds'], {
    source: 'iga',
    owner: 'iam',
    description: 'The actions that a subject is kept from.',
    kind: 'authoritative',
    shape: 'set',
    polarity: 'restrict',
    class: 'reduce',
    maxTtl: '5m',
  })
  registry.setIn(['audiences', 'payments', 'claims'], ['groups', 'entitlements', 'holds'])
  const secretHash = createHash('sha256').update(SECRET).digest('base64url')
  const shop = { tenant: DEV_TENANT, secretHash, audiences: ['payments'] }
  for (const client of ['shop-web', 'shop-app'])
    registry.setIn(['clients', client], registry.createNode(shop))
  const relay = { audiences: ['payments'], subject: { iss: DEV_IDP, sub: 'relay' } }
  for (const [name, value] of Object.entries(relay))
    registry.setIn(['clients', 'payments-api', name], registry.createNode(value))
}
